//! How each module stands in ONNX.

mod attention;
mod convolution;
mod discriminator;
mod distribution;
mod efficientnet;
mod encoder_unet;
mod enlarge;
pub(crate) mod perceptual;
mod unet;

use colorize_models::Generator;

use crate::graph::GraphBuilder;

/// A module that can be written as ONNX. It must be on a plain device, not one for autodiff.
pub trait ToOnnx {
    /// Writes the module at `path` on the value `x`; gives the name of what it makes.
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str) -> String;
}

impl ToOnnx for Generator {
    /// As it is without hints: gray goes in and nothing else. The name of the kind of network, with
    /// which paths in a checkpoint begin, is left out.
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
