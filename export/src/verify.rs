//! Burn against the engines, on the bytes of an exported file.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use colorize_models::Generator;
use colorize_rt::engine::{Builtin, Engine, OnnxRuntime};
use ndarray::{Array4, ArrayView4};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::error::Error;

/// The largest difference allowed between burn and an engine in float32, on values in [-1, 1].
pub const TOLERANCE: f64 = 1e-4;

/// How far two results are apart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Difference {
    /// The largest absolute difference; infinite where shapes differ or a value is no number.
    pub max: f64,
    /// The mean absolute difference.
    pub mean: f64,
}

impl Difference {
    /// Between two results.
    pub fn between(a: &Array4<f32>, b: &Array4<f32>) -> Self {
        if a.shape() != b.shape() || a.is_empty() {
            return Self {
                max: f64::INFINITY,
                mean: f64::INFINITY,
            };
        }
        let differences = a.iter().zip(b).map(|(&a, &b)| {
            let difference = (f64::from(a) - f64::from(b)).abs();
            if difference.is_nan() {
                f64::INFINITY
            } else {
                difference
            }
        });
        Self {
            max: differences.clone().fold(0.0, f64::max),
            mean: differences.sum::<f64>() / a.len() as f64,
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

/// Runs the network in burn and in an engine on inputs of several shapes.
///
/// # Errors
/// The engine fails.
pub fn compare(
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

/// Verifies a file's bytes in the built-in engine and, where `onnxruntime` names a library of it,
/// in ONNX Runtime.
///
/// # Errors
/// An engine refuses the file, or differs by more than [`TOLERANCE`].
pub fn verify(
    bytes: &[u8],
    generator: &Generator,
    shapes: &[[usize; 4]],
    onnxruntime: Option<&Path>,
) -> crate::Result<Vec<Comparison>> {
    let mut comparisons = compare(generator, &Builtin::from_bytes(bytes)?, shapes)?;
    if let Some(library) = onnxruntime {
        let engine = OnnxRuntime::from_bytes(bytes, library)?;
        comparisons.extend(compare(generator, &engine, shapes)?);
    }
    let within = |c: &&Comparison| c.difference.max > TOLERANCE;
    match comparisons.iter().find(within) {
        None => Ok(comparisons),
        Some(worst) => Err(Error::Parity {
            engine: worst.engine.clone(),
            shape: worst.shape,
            difference: worst.difference.max,
            tolerance: TOLERANCE,
        }),
    }
}

/// Runs the network in burn on the CPU.
pub fn run_burn(generator: &Generator, input: ArrayView4<'_, f32>) -> Array4<f32> {
    let (n, c, h, w) = input.dim();
    let values: Vec<f32> = input.iter().copied().collect();
    let input = Tensor::from_data(TensorData::new(values, [n, c, h, w]), &Device::flex());
    let output = generator.forward(input);
    let shape = output.dims();
    let values: Vec<f32> = output.into_data().iter::<f32>().collect();
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
