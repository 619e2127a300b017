//! The pixels' part of a file against the runtime, which does the same outside of the graph.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use colorize_rt::engine::Engine;
use colorize_rt::onnx::ModelProto;
use colorize_rt::{Colorizer, Contract, Enlargement};
use image::{DynamicImage, RgbImage};
use ndarray::{Array4, ArrayD, ArrayView4, Ix4};
use prost::Message;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::{NETWORK_INPUT, NETWORK_OUTPUT};
use crate::error::Error;
use crate::graph::floats;
use crate::probed::AnyEngine;

/// One engine on one photograph: what it makes of it, and what the runtime makes of it around the same
/// run of the network.
#[derive(Clone, Debug, Serialize)]
pub struct PixelComparison {
    /// Which engine, with its version.
    pub engine: String,
    /// Width and height of the photograph.
    pub size: [u32; 2],
    /// The largest difference of what the network is given; 0 where that was not compared.
    pub input: f32,
    /// The largest difference of a channel, of 255.
    pub most: u8,
    /// The share of channels that differ by more than one.
    pub beyond_one: f64,
    /// The share of channels that differ at all.
    pub differing: f64,
}

impl PixelComparison {
    /// The largest difference that is allowed, of 255. A channel differs by one where a value lies
    /// on the border between two codes; by more where the search for the gamut's boundary ends a step
    /// earlier or later.
    pub const MOST: u8 = 3;

    /// The largest share of channels that may differ by more than one; on random networks, which
    /// paint far outside of the gamut, 1e-4 was measured.
    pub const BEYOND_ONE: f64 = 2e-4;

    /// The largest share of channels that may differ at all; 2e-3 was measured.
    pub const DIFFERING: f64 = 5e-3;

    /// Between two pictures of one size, of which the first is the right one.
    pub fn between(engine: &str, right: &RgbImage, made: ArrayView4<'_, u8>) -> Self {
        let size = [right.width(), right.height()];
        let mut comparison = Self {
            engine: engine.to_owned(),
            size,
            input: 0.0,
            most: u8::MAX,
            beyond_one: 1.0,
            differing: 1.0,
        };
        let [width, height] = size.map(|side| side as usize);
        if made.dim() == (1, height, width, 3) {
            let pairs = right.as_raw().iter().zip(made);
            let differences: Vec<u8> = pairs.map(|(a, b)| a.abs_diff(*b)).collect();
            let share = |than: u8| {
                let more = differences.iter().filter(|&&d| d > than).count();
                more as f64 / differences.len() as f64
            };
            comparison.most = differences.iter().copied().max().unwrap_or(0);
            comparison.beyond_one = share(1);
            comparison.differing = share(0);
        }
        comparison
    }

    pub(crate) fn error(&self) -> Error {
        let [width, height] = self.size;
        Error::Pixels {
            engine: self.engine.clone(),
            width,
            height,
            most: self.most,
            beyond_one: self.beyond_one,
            differing: self.differing,
        }
    }

    /// The largest difference of the network's input that is allowed, of values in [-1, 1]: one code
    /// of an 8-bit gray, which one that is computed in 32 bits may round the other way.
    pub const INPUT: f32 = 1.01 / 127.5;

    /// Whether the difference is allowed. Of a small picture, one channel is more than the share that is.
    pub fn within(&self) -> bool {
        let channels = 3.0 * f64::from(self.size[0]) * f64::from(self.size[1]);
        self.input <= Self::INPUT
            && self.most <= Self::MOST
            && self.beyond_one <= Self::BEYOND_ONE.max(1.0 / channels)
            && self.differing <= Self::DIFFERING
    }
}

impl fmt::Display for PixelComparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [width, height] = self.size;
        write!(
            f,
            "{:<28} {width} x {height} pixels: at most {} of 255, beyond one {:.4}%, differing {:.3}%",
            self.engine,
            self.most,
            100.0 * self.beyond_one,
            100.0 * self.differing
        )
    }
}

/// Compares a file that takes pixels, in every engine at hand: the built-in one, and ONNX Runtime,
/// where `onnxruntime` names a library of it. `contract` is that of its network.
///
/// # Errors
/// The file does not take pixels, or an engine refuses it.
pub fn compare(
    bytes: &[u8],
    contract: &Contract,
    onnxruntime: Option<&Path>,
) -> crate::Result<Vec<PixelComparison>> {
    let bytes = with_network_s_values(bytes)?;
    let mut engines = vec![AnyEngine::new(&bytes, None)?];
    if let Some(library) = onnxruntime {
        engines.push(AnyEngine::new(&bytes, Some(library))?);
    }
    let mut comparisons = Vec::new();
    for engine in engines {
        for size in sizes(contract.working_size) {
            comparisons.push(compare_one(&engine, contract, photograph(size))?);
        }
    }
    Ok(comparisons)
}

/// The file, in which what the network takes and gives can be asked for.
fn with_network_s_values(bytes: &[u8]) -> crate::Result<Vec<u8>> {
    let mut model = ModelProto::decode(bytes)
        .map_err(|problem| Error::Options(format!("no ONNX file: {problem}")))?;
    let graph = super::graph_with_pixels(&mut model)?;
    let values = [NETWORK_INPUT, NETWORK_OUTPUT].map(|name| floats(name, None));
    graph.output.extend(values);
    Ok(model.encode_to_vec())
}

fn compare_one(
    engine: &AnyEngine,
    contract: &Contract,
    photograph: RgbImage,
) -> crate::Result<PixelComparison> {
    let names = [NETWORK_INPUT, NETWORK_OUTPUT];
    let (made, values) = engine.run_pixels(pixels(&photograph)?.view(), &names)?;
    let values = values.into_iter().map(ArrayD::into_dimensionality::<Ix4>);
    let values: Result<Vec<_>, _> = values.collect();
    let values = values.map_err(|problem| Error::Options(problem.to_string()))?;
    let [input, output]: [Array4<f32>; 2] = values
        .try_into()
        .map_err(|_| Error::Options("an engine gave too few values".to_owned()))?;
    let difference = Arc::new(Mutex::new(f32::INFINITY));
    let given = Given {
        input,
        output,
        difference: Arc::clone(&difference),
    };
    let runtime = Colorizer::builder()
        .engine_with(Box::new(given), contract.clone())
        .enlargement(Enlargement::Plain);
    let right = runtime.build()?.colorize(&DynamicImage::from(photograph))?;
    let mut comparison = PixelComparison::between(engine.name(), &right.image, made.view());
    comparison.input = *difference.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(comparison)
}

/// Gives what the network in the graph gave, and looks at what it would be given here.
struct Given {
    input: Array4<f32>,
    output: Array4<f32>,
    difference: Arc<Mutex<f32>>,
}

impl Engine for Given {
    fn name(&self) -> &str {
        "the same network"
    }

    fn run(&self, input: ArrayView4<'_, f32>) -> colorize_rt::Result<Array4<f32>> {
        let mut difference = self
            .difference
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *difference = f32::INFINITY;
        if input.shape() == self.input.shape() {
            let pairs = input.iter().zip(&self.input);
            *difference = pairs.fold(0.0, |most, (a, b)| most.max((a - b).abs()));
        }
        Ok(self.output.clone())
    }
}

/// Larger than the network's copy on both sides, on one (a panorama), and on none.
fn sizes(working: u32) -> [[u32; 2]; 3] {
    [
        [2 * working + 101, working + 47],
        [5 * working + 7, working - working / 3],
        [working - working / 4, working / 2],
    ]
}

/// A picture as an engine takes it.
fn pixels(picture: &RgbImage) -> crate::Result<Array4<u8>> {
    let shape = (1, picture.height() as usize, picture.width() as usize, 3);
    let values = picture.as_raw().clone();
    Array4::from_shape_vec(shape, values).map_err(|e| Error::Options(e.to_string()))
}

/// What a photograph has: slopes, edges, texture, noise, black and white; grays on the left, colours
/// on the right. The same for the same size.
fn photograph([width, height]: [u32; 2]) -> RgbImage {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(width));
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
        let disc = (u - 0.6).hypot(v - 0.4) < 0.2;
        let texture = 0.1 * (x as f32 * 0.9).sin() * (y as f32 * 0.7).cos();
        let level = 1.2 * v - 0.1 + texture + if disc { 0.3 } else { 0.0 };
        let level = level + rng.random_range(-0.03..0.03);
        let tint = if u < 0.5 { 0.0 } else { 0.3 * (9.0 * v).sin() };
        let code = |value: f32| (255.0 * value).round() as u8;
        image::Rgb([code(level + tint), code(level), code(level - tint)])
    })
}
