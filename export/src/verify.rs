//! Burn against the engines, on the bytes of an exported file.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use colorize_models::Generator;
use colorize_rt::engine::{Builtin, Engine, OnnxRuntime};
use ndarray::{Array4, ArrayView4};
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
    pub fn between(a: &Array4<f32>, b: &Array4<f32>) -> Self {
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

/// One engine on one input.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Which engine, with its version.
    pub engine: String,
    /// `[batch, channels, height, width]` of the input.
    pub shape: [usize; 4],
    /// From burn.
    pub difference: Difference,
}

impl Comparison {
    pub(crate) fn error(&self, tolerance: f64) -> Error {
        Error::Parity {
            engine: self.engine.clone(),
            shape: self.shape,
            difference: self.difference.max,
            tolerance,
        }
    }
}

/// Runs the network in burn and in an engine on inputs of several shapes.
///
/// # Errors
/// The engine fails.
pub fn compare_in(
    generator: &Generator,
    engine: &dyn Engine,
    shapes: &[[usize; 4]],
) -> crate::Result<Vec<Comparison>> {
    let compare = |(index, &shape): (usize, &[usize; 4])| {
        let input = noise(shape, index as u64);
        let expected = run_burn(generator, input.view());
        let got = engine.run(input.view())?;
        Ok(Comparison {
            engine: engine.name().to_owned(),
            shape,
            difference: Difference::between(&expected, &got),
        })
    };
    shapes.iter().enumerate().map(compare).collect()
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
    let mut comparisons = compare_in(generator, &Builtin::from_bytes(bytes)?, shapes)?;
    if let Some(library) = onnxruntime {
        let engine = OnnxRuntime::from_bytes(bytes, library)?;
        comparisons.extend(compare_in(generator, &engine, shapes)?);
    }
    Ok(comparisons)
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
    let shape = tensor.dims();
    let values: Vec<f32> = tensor.into_data().iter::<f32>().collect();
    let mut array = Array4::zeros(shape);
    for (place, value) in array.iter_mut().zip(values) {
        *place = value;
    }
    array
}

/// Values in [-1, 1]: a slope across the picture with noise on it, the same for the same seed.
pub fn noise([n, c, h, w]: [usize; 4], seed: u64) -> Array4<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Array4::from_shape_fn([n, c, h, w], |(_, _, y, x)| {
        let slope = (x + y) as f32 / (w + h) as f32 * 1.6 - 0.8;
        slope + rng.random_range(-0.2..=0.2)
    })
}
