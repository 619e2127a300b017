//! Burn against the engines, on the bytes of an exported file.

use std::fmt;
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use colorize_models::{AbBins, Generator, Hints};
use colorize_rt::engine::{Builtin, Engine, OnnxRuntime};
use colorize_rt::onnx::{GraphProto, ModelProto};
use colorize_train::contract::{CONFIDENCE, HINTS, LOGITS, PALETTE};
use ndarray::{Array, Array2, Array4, ArrayD, ArrayView4, ArrayViewD, Dimension, Ix4};
use prost::Message;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::error::Error;

/// How far two results are apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// The largest absolute difference; infinite where shapes differ or a value is no number.
    pub max: f64,
    /// The mean absolute difference.
    pub mean: f64,
    /// The largest difference as a share of the largest value of the first result.
    pub relative: f64,
}

impl Difference {
    const SHAPES: Self = Self {
        max: f64::INFINITY,
        mean: f64::INFINITY,
        relative: f64::INFINITY,
    };

    /// Between two results, of which the first is the right one.
    pub fn between<D: Dimension>(a: &Array<f32, D>, b: &Array<f32, D>) -> Self {
        if a.shape() != b.shape() || a.is_empty() {
            return Self::SHAPES;
        }
        let differences = a.iter().zip(b).map(|(&a, &b)| {
            let difference = (f64::from(a) - f64::from(b)).abs();
            if difference.is_nan() {
                f64::INFINITY
            } else {
                difference
            }
        });
        let max = differences.clone().fold(0.0, f64::max);
        let largest = a
            .iter()
            .fold(0.0_f64, |most, v| most.max(f64::from(*v).abs()));
        Self {
            max,
            mean: differences.sum::<f64>() / a.len() as f64,
            relative: max / largest.max(f64::MIN_POSITIVE),
        }
    }
}

/// One output of one engine on one input.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Which engine, with its version.
    pub engine: String,
    /// Which output, and whether hints went in.
    pub what: What,
    /// `[batch, channels, height, width]` of the input.
    pub shape: [usize; 4],
    /// From burn.
    pub difference: Difference,
}

/// What was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The colours, without hints.
    Colours,
    /// The colours, with hints.
    ColoursWithHints,
    /// How sure they are.
    Confidence,
    /// The distribution.
    Logits,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Colours => "colours",
            Self::ColoursWithHints => "colours with hints",
            Self::Confidence => "confidence",
            Self::Logits => "logits",
        })
    }
}

impl Comparison {
    pub(crate) fn error(&self, tolerance: f64) -> Error {
        Error::Parity {
            engine: format!("{} ({})", self.engine, self.what),
            shape: self.shape,
            difference: self.measure(),
            tolerance,
        }
    }

    /// What is held to a tolerance: the largest difference of values in [-1, 1]. Logits may be of
    /// any size: theirs is a share of the largest.
    pub fn measure(&self) -> f64 {
        match self.what {
            What::Logits => self.difference.relative,
            _ => self.difference.max,
        }
    }

    /// Whether it is of the colours, of which the file says how far they are from burn.
    pub(crate) fn is_of_colours(&self) -> bool {
        [What::Colours, What::ColoursWithHints].contains(&self.what)
    }
}

/// Runs the network in burn and in an engine on inputs of several shapes: without hints; and with
/// some, where its graph takes them, to all outputs, where it has more than one.
///
/// # Errors
/// The engine fails.
pub fn compare_in(
    generator: &Generator,
    engine: &dyn Engine,
    graph: &GraphProto,
    shapes: &[[usize; 4]],
) -> crate::Result<Vec<Comparison>> {
    let mut comparisons = Vec::new();
    for (index, &shape) in shapes.iter().enumerate() {
        let input = noise(shape, index as u64);
        let comparison = |what, difference| Comparison {
            engine: engine.name().to_owned(),
            what,
            shape,
            difference,
        };
        let expected = run_burn(generator, input.view());
        let got = engine.run(input.view())?;
        let difference = Difference::between(&expected, &got);
        comparisons.push(comparison(What::Colours, difference));

        let given = takes_hints(graph).then(|| given(shape, index as u64));
        let mut everything = run_burn_with(generator, input.view(), given.as_ref());
        everything.retain(|(name, ..)| graph.output.iter().any(|output| output.name == *name));
        if everything.len() <= 1 && given.is_none() {
            continue;
        }
        let tensors = given.iter().flat_map(Given::tensors).collect::<Vec<_>>();
        let names: Vec<&str> = everything.iter().map(|(name, ..)| &**name).collect();
        let made = engine.run_with(input.view(), &tensors, &names)?;
        for ((_, what, expected), made) in everything.iter().zip(made) {
            let difference = Difference::between(expected, &four_axes(made));
            comparisons.push(comparison(*what, difference));
        }
    }
    Ok(comparisons)
}

/// Whether a graph has inputs for hints.
pub(crate) fn takes_hints(graph: &GraphProto) -> bool {
    graph.input.iter().any(|input| input.name == HINTS)
}

/// An array of other axes than four has no values.
pub fn four_axes(array: ArrayD<f32>) -> Array4<f32> {
    array
        .into_dimensionality::<Ix4>()
        .unwrap_or_else(|_| Array4::zeros([0; 4]))
}

/// Hints of a batch.
#[derive(Clone, Debug)]
pub struct Given {
    /// `[n, 3, h, w]`.
    pub planes: Array4<f32>,
    /// `[n, bins]`.
    pub palette: Array2<f32>,
}

impl Given {
    /// By the names of the inputs.
    pub fn tensors(&self) -> [(&'static str, ArrayViewD<'_, f32>); 2] {
        [
            (HINTS, self.planes.view().into_dyn()),
            (PALETTE, self.palette.view().into_dyn()),
        ]
    }

    /// Zeros, which say nothing, for an input of this shape.
    pub fn nothing([n, _, h, w]: [usize; 4]) -> Self {
        Self {
            planes: Array4::zeros([n, 3, h, w]),
            palette: Array2::zeros([n, AbBins::count()]),
        }
    }

    /// As burn takes them, on a device.
    pub fn hints(&self, device: &Device) -> Hints {
        let (n, bins) = self.palette.dim();
        let palette: Vec<f32> = self.palette.iter().copied().collect();
        Hints {
            planes: tensor(self.planes.view()).to_device(device),
            palette: Tensor::from_data(TensorData::new(palette, [n, bins]), device),
        }
    }
}

/// Hints for an input of this shape, the same for the same seed: squares of colour, and shares.
pub fn given([n, _, h, w]: [usize; 4], seed: u64) -> Given {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x4849_4e54);
    let mut planes = Array4::zeros([n, 3, h, w]);
    for mut picture in planes.outer_iter_mut() {
        for _ in 0..8 {
            let (y, x) = (rng.random_range(0..h - 5), rng.random_range(0..w - 5));
            let chroma = [(); 2].map(|()| rng.random_range(-0.6..=0.6));
            for (plane, value) in chroma.into_iter().chain([1.0]).enumerate() {
                let square = ndarray::s![plane, y..y + 5, x..x + 5];
                picture.slice_mut(square).fill(value);
            }
        }
    }
    let bins = AbBins::count();
    let shares = |_| rng.random_range(0.0..=2.0 / bins as f32);
    let palette = Array2::from_shape_simple_fn([n, bins], || 0.0).mapv_into(shares);
    Given { planes, palette }
}

/// Compares a file's bytes with burn in every engine at hand: the built-in one, and ONNX Runtime,
/// where `onnxruntime` names a library of it.
///
/// # Errors
/// An engine refuses the file, or fails.
pub fn compare(
    bytes: &[u8],
    generator: &Generator,
    shapes: &[[usize; 4]],
    onnxruntime: Option<&Path>,
) -> crate::Result<Vec<Comparison>> {
    let model = ModelProto::decode(bytes);
    let model = model.map_err(|e| Error::Options(format!("no ONNX file: {e}")))?;
    let graph = model.graph.unwrap_or_default();
    let mut comparisons = compare_in(generator, &Builtin::from_bytes(bytes)?, &graph, shapes)?;
    if let Some(library) = onnxruntime {
        let engine = OnnxRuntime::from_bytes(bytes, library)?;
        comparisons.extend(compare_in(generator, &engine, &graph, shapes)?);
    }
    Ok(comparisons)
}

/// Runs the network in burn on the CPU, with hints or without; gives each output that its file has,
/// with its name.
pub fn run_burn_with(
    generator: &Generator,
    input: ArrayView4<'_, f32>,
    given: Option<&Given>,
) -> Vec<(String, What, Array4<f32>)> {
    let hints = given.map(|given| given.hints(&Device::flex()));
    let painted = generator.paint(tensor(input), hints.as_ref());
    let confidence = generator.confidence(&painted);
    let colours = match given {
        Some(_) => What::ColoursWithHints,
        None => What::Colours,
    };
    let name = match painted.planes.dims()[1] {
        3 => "rgb",
        _ => "chroma",
    };
    let mut outputs = vec![(name.to_owned(), colours, array(painted.planes))];
    if let (Some(sure), Some(logits)) = (confidence, painted.logits) {
        outputs.push((CONFIDENCE.to_owned(), What::Confidence, array(sure)));
        outputs.push((LOGITS.to_owned(), What::Logits, array(logits)));
    }
    outputs
}

/// Runs the network in burn on the CPU.
pub fn run_burn(generator: &Generator, input: ArrayView4<'_, f32>) -> Array4<f32> {
    array(generator.forward(tensor(input)))
}

/// An array as a tensor of burn, on the CPU.
pub fn tensor(input: ArrayView4<'_, f32>) -> Tensor<4> {
    let (n, c, h, w) = input.dim();
    let values: Vec<f32> = input.iter().copied().collect();
    Tensor::from_data(TensorData::new(values, [n, c, h, w]), &Device::flex())
}

/// A tensor of burn as an array.
pub fn array(tensor: Tensor<4>) -> Array4<f32> {
    four_axes(any_axes(tensor))
}

/// The same of any number of axes.
pub fn any_axes<const D: usize>(tensor: Tensor<D>) -> ArrayD<f32> {
    let shape = tensor.dims();
    let values = tensor.into_data().iter::<f32>().collect();
    ArrayD::from_shape_vec(&shape[..], values).unwrap_or_else(|_| ArrayD::zeros(&shape[..]))
}

/// Values in [-1, 1]: a slope across the picture with noise on it, the same for the same seed.
pub fn noise([n, c, h, w]: [usize; 4], seed: u64) -> Array4<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Array4::from_shape_fn([n, c, h, w], |(_, _, y, x)| {
        let slope = (x + y) as f32 / (w + h) as f32 * 1.6 - 0.8;
        slope + rng.random_range(-0.2..=0.2)
    })
}
