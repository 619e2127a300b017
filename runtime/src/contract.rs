//! What a colorizer file says of itself: the only thing that training, export and
//! this crate agree on.
//!
//! It is kept in the file's `metadata_props` as text under keys that begin with
//! `colorize.`, so that any ONNX viewer shows it. `colorize.contract` is the version
//! of these keys: 1, or 2 in a file that says how it can be steered.

mod bins;
mod check;
mod foreign;
mod metadata;
mod per_plane;
mod steering;

use prost::Message;

use crate::error::{Error, Result};
use crate::onnx::ModelProto;

pub use bins::Bins;
pub(crate) use bins::nearest;
pub use per_plane::PerPlane;
pub(crate) use steering::Further;
pub use steering::{Distribution, HintsInput, Steering};

/// What a colorizer takes and gives, and where it comes from.
///
/// Tensors are `f32` in NCHW layout: `[batch, 1 or 3, height, width]` in and
/// `[batch, 2 or 3, h, w]` out, where h and w may be smaller than the input's. Only a file
/// that [takes pixels](Self::takes_pixels) has bytes, `[batch, height, width, 3]`, on both sides.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Contract {
    /// Name of the network, for people.
    pub name: String,
    /// Version of the network, for people.
    pub version: String,
    /// What goes in.
    pub input: Input,
    /// What comes out.
    pub output: Output,
    /// How it can be steered, and what it says beside its colours.
    pub steering: Steering,
    /// Which heights and widths the network takes. A file that [takes pixels](Self::takes_pixels)
    /// takes them at any size, and reduces them to this itself.
    pub size: SizeRule,
    /// Pixels of the short side at which it works best.
    pub working_size: u32,
    /// How often it is best to look at a photograph, 1 to 4 times: mirrored, too, and larger.
    pub views: u32,
    /// Licence of the weights.
    pub licence: String,
    /// The training run that it comes from, such as a hash of its configuration.
    pub training_run: String,
    /// The largest absolute difference in the output tensor that was measured
    /// between this file and the network that it was exported from. Where the file
    /// [takes pixels](Self::takes_pixels): that of the network in it, or of the pixels as a share
    /// of 255, whichever is larger.
    pub parity: Option<f64>,
}

/// The tensor that goes in: `value * scale + offset`.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Name of the graph's input.
    pub tensor: String,
    /// What a value is.
    pub kind: InputKind,
    /// Factor from value to tensor.
    pub scale: PerPlane,
    /// Added after the factor.
    pub offset: PerPlane,
    /// Further inputs that are given zeros: their names, and their planes. Inputs that say something are
    /// in [`Steering`].
    pub zeros: Vec<(String, usize)>,
}

/// What one value of the input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputKind {
    /// CIELAB's L\*, 0 to 100.
    Lightness,
    /// The sRGB-coded gray of that lightness, 0 to 255.
    Gray,
    /// Three planes, each CIELAB's L\*.
    LightnessThrice,
    /// Three planes, each the sRGB-coded gray: a gray picture in RGB.
    GrayThrice,
    /// A photograph of any size as 8-bit sRGB, `[batch, height, width, 3]`: the graph takes its
    /// lightness and reduces it. Scale and offset do not count. Goes with [`OutputKind::RgbBytes`].
    RgbBytes,
}

impl InputKind {
    /// The number of planes.
    pub fn planes(self) -> usize {
        match self {
            InputKind::Lightness | InputKind::Gray => 1,
            InputKind::LightnessThrice | InputKind::GrayThrice | InputKind::RgbBytes => 3,
        }
    }
}

/// The tensor that comes out: `value = tensor * scale + offset`.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Name of the graph's output.
    pub tensor: String,
    /// What the values are.
    pub kind: OutputKind,
    /// Factor from tensor to value.
    pub scale: PerPlane,
    /// Added after the factor.
    pub offset: PerPlane,
}

/// What the planes of the output are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputKind {
    /// Two planes: a\* and b\* of CIELAB, in its units.
    Ab,
    /// Three planes: gamma-coded sRGB, 0 to 255. Only its chroma is used.
    Rgb,
    /// Three planes: Y 0 to 255, U and V around 0, of gamma-coded sRGB as ITU-R BT.601 has them
    /// (U to 0.436, V to 0.615 of 255). Only its chroma is used.
    Yuv,
    /// The photograph in colour as 8-bit sRGB, `[batch, height, width, 3]`, as large as it went in:
    /// the graph merges the chroma with the lightness. Scale and offset do not count. Goes with
    /// [`InputKind::RgbBytes`].
    RgbBytes,
}

impl OutputKind {
    /// The number of planes.
    pub fn planes(self) -> usize {
        match self {
            OutputKind::Ab => 2,
            OutputKind::Rgb | OutputKind::Yuv | OutputKind::RgbBytes => 3,
        }
    }
}

/// The heights and widths that a colorizer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SizeRule {
    /// Only this one.
    Fixed {
        /// Rows.
        height: u32,
        /// Columns.
        width: u32,
    },
    /// Any multiple of this number, on both sides.
    MultipleOf(u32),
}

impl Contract {
    /// A contract whose provenance is still empty: fill in the public fields.
    pub fn new(input: Input, output: Output, size: SizeRule, working_size: u32) -> Self {
        Contract {
            name: String::new(),
            version: String::new(),
            input,
            output,
            steering: Steering::default(),
            size,
            working_size,
            views: 1,
            licence: String::new(),
            training_run: String::new(),
            parity: None,
        }
    }

    /// The contract of an ONNX file's bytes.
    ///
    /// # Errors
    /// [`Error::Model`] if the bytes are not ONNX, and as [`from_onnx`](Self::from_onnx).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Contract::from_onnx(&decode(bytes)?)
    }

    /// The contract of an ONNX model, checked against its graph: the named tensors
    /// must be there, be `f32`, and have the layout that [`Contract`] describes.
    ///
    /// # Errors
    /// [`Error::Model`] if the model has no contract, one of a newer version, one
    /// with bad values, or one that its graph does not keep.
    pub fn from_onnx(model: &ModelProto) -> Result<Self> {
        let pairs = model.metadata_props.iter();
        let contract = Contract::from_metadata(pairs.map(|p| (p.key.as_str(), p.value.as_str())))?;
        contract.check_graph(model)?;
        Ok(contract)
    }

    /// Whether a model keeps this contract.
    pub(crate) fn check(&self, model: &ModelProto) -> Result<()> {
        self.check_values()?;
        self.check_graph(model)
    }

    /// Every input beside the photograph's.
    pub(crate) fn further_inputs(&self) -> Vec<Further<'_>> {
        let zeros = self.input.zeros.iter().map(|(name, planes)| Further {
            name,
            planes: *planes,
            axes: 4,
        });
        zeros.chain(self.steering.inputs()).collect()
    }

    /// Whether the file takes a photograph's pixels and gives them back in colour, so that nothing
    /// is left to be done before or after it.
    pub fn takes_pixels(&self) -> bool {
        self.input.kind == InputKind::RgbBytes
    }

    /// Whether a model says of itself what it takes and gives.
    pub fn is_in(model: &ModelProto) -> bool {
        let mut keys = model.metadata_props.iter().map(|pair| pair.key.as_str());
        keys.any(|key| key == "colorize.contract")
    }
}

/// A network's file.
pub(crate) fn decode(bytes: &[u8]) -> Result<ModelProto> {
    let not_onnx = || {
        Error::model(
            "this is not an ONNX file",
            "give a colorizer file, which `cargo export --to colorizer.onnx` makes",
        )
    };
    let model = ModelProto::decode(bytes).map_err(|_| not_onnx())?;
    // Many byte strings happen to parse as some message; a network has these three.
    if model.ir_version < 1 || model.opset_import.is_empty() || model.graph.is_none() {
        return Err(not_onnx());
    }
    Ok(model)
}

#[cfg(test)]
mod tests;
