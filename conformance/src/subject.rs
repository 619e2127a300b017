//! What is compared: a network in burn, and its ONNX form.

use burn::tensor::Device;
use colorize_export::Precision;
use colorize_export::verify::Difference;
use colorize_rt::onnx::ModelProto;
use ndarray::ArrayD;

use crate::inputs::Input;

/// A network, or a part of one.
pub struct Subject {
    /// For people.
    pub name: String,
    /// Of the graph's input.
    pub input: String,
    /// The graph's outputs, and by how much an engine may differ in each.
    pub outputs: Vec<(String, Tolerance)>,
    /// What goes in.
    pub inputs: Vec<Input>,
    /// The ONNX form.
    pub model: Box<dyn Fn(Precision) -> ModelProto>,
    /// What burn makes of an input, on a device.
    pub burn: InBurn,
}

/// A network in burn: from an input, on a device, to every output.
pub type InBurn = Box<dyn Fn(&Input, &Device) -> Vec<ArrayD<f32>>>;

/// By how much an engine may differ from burn on the CPU, and how that is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// On planes in [-1, 1], where 1 is 110 units of a* or b*: what [`Precision::tolerance`] says of
    /// 16 bits, and this of 32.
    Planes(f64),
    /// Maps of any size: as a share of the largest value.
    Share(f64),
}

/// Colour planes of networks whose activations are of the size of a trained one's.
pub const PLANES: Tolerance = Tolerance::Planes(1e-5);
/// Maps inside a network, and logits.
pub const MAPS: Tolerance = Tolerance::Share(1e-5);

impl Tolerance {
    /// What is allowed in a precision.
    pub fn of(self, precision: Precision) -> f64 {
        match (self, precision) {
            (Self::Planes(allowed) | Self::Share(allowed), Precision::F32) => allowed,
            (_, other) => other.tolerance(),
        }
    }

    /// How far an output is from burn's; infinite where shapes differ.
    pub fn measure(self, expected: &ArrayD<f32>, made: &ArrayD<f32>) -> f64 {
        let Difference { max, relative, .. } = Difference::between(expected, made);
        match self {
            Self::Planes(_) => max,
            Self::Share(_) => relative,
        }
    }
}

impl Subject {
    /// What burn on the CPU, the reference, makes of each input.
    pub fn expected(&self) -> Vec<Vec<ArrayD<f32>>> {
        let of = |input: &Input| (self.burn)(input, &Device::flex());
        self.inputs.iter().map(of).collect()
    }

    /// The largest difference over all outputs of one input.
    pub fn far(&self, expected: &[ArrayD<f32>], made: &[ArrayD<f32>]) -> f64 {
        if expected.len() != made.len() || expected.len() != self.outputs.len() {
            return f64::INFINITY;
        }
        let pairs = expected.iter().zip(made).zip(&self.outputs);
        pairs
            .map(|((expected, made), (_, tolerance))| tolerance.measure(expected, made))
            .fold(0.0, f64::max)
    }

    /// What is allowed in a precision, of any output.
    pub fn allowed(&self, precision: Precision) -> f64 {
        let each = self.outputs.iter();
        each.map(|(_, tolerance)| tolerance.of(precision))
            .fold(f64::INFINITY, f64::min)
    }

    /// The names of the outputs.
    pub fn output_names(&self) -> Vec<&str> {
        self.outputs.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The same without the inputs that take long: for tests, and for mistakes.
    pub fn quick(mut self) -> Self {
        self.inputs
            .retain(|input| input.values.len() <= QUICK && input.name != "noise, 8 of 64x64");
        self
    }
}

/// Values of the largest input that is quick: three of 96x160.
const QUICK: usize = 3 * 96 * 160;
