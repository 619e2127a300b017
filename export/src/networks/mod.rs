//! How each module stands in ONNX.

mod attention;
mod convolution;
mod discriminator;
mod distribution;
mod efficientnet;
mod encoder_unet;
mod enlarge;
mod hints;
pub(crate) mod perceptual;
mod unet;

use colorize_models::Generator;

use crate::graph::GraphBuilder;

/// A module that can be written as ONNX. It must be on a plain device, not one for autodiff.
pub trait ToOnnx {
    /// Writes the module at `path` on the value `x`; gives the name of what it makes.
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str) -> String;
}

/// A module on the way up, which takes a skip connection besides.
pub trait ToOnnxWithSkip {
    /// Writes the module at `path` on the values `x` and `skip`, whose maps are twice as large; gives
    /// the name of what it makes.
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str, skip: &str) -> String;
}

impl ToOnnx for Generator {
    /// One that takes hints has inputs for them. The name of the kind of network, with which paths in
    /// a checkpoint begin, is left out.
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str) -> String {
        match self {
            Self::Unet(network) => network.to_onnx(graph, path, x),
            Self::EncoderUnet(network) => network.to_onnx(graph, path, x),
        }
    }
}

/// The path of a part; that of a whole network is empty.
fn join(path: &str, part: &str) -> String {
    if path.is_empty() {
        part.to_owned()
    } else {
        format!("{path}.{part}")
    }
}
