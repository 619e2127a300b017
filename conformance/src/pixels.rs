//! What a person sees: the pixels of a photograph that the product paints.

use colorize_export::{Options, contract};
use colorize_models::GeneratorConfig;
use colorize_rt::{Colorizer, Engine, Enlargement};
use image::{DynamicImage, RgbImage};

use crate::inputs::photograph_path;

/// Photographs of the repository, in which the suite compares pixels.
///
/// # Errors
/// One cannot be read.
pub fn photographs() -> Result<Vec<(&'static str, DynamicImage)>, String> {
    let read = |name: &'static str| {
        let path = photograph_path(name);
        let picture = image::open(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok((name, picture))
    };
    ["astronaut", "china", "coffee"]
        .into_iter()
        .map(read)
        .collect()
}

/// A photograph's way through the product with the network in this engine.
///
/// # Errors
/// The engine fails.
pub fn painted(
    engine: Box<dyn Engine>,
    config: &GeneratorConfig,
    photographs: &[(&'static str, DynamicImage)],
    enlargement: Enlargement,
) -> Result<Vec<RgbImage>, String> {
    let contract = contract(config, &Options::default());
    let builder = Colorizer::builder().engine_with(engine, contract);
    let colorizer = builder.enlargement(enlargement).build();
    let colorizer = colorizer.map_err(|e| e.to_string())?;
    let paint = |(_, photograph): &(&str, DynamicImage)| {
        let painted = colorizer.colorize(photograph).map_err(|e| e.to_string())?;
        Ok(painted.image)
    };
    photographs.iter().map(paint).collect()
}

/// How far pictures are apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PixelDifference {
    /// The largest difference in any channel, of 255.
    pub max: u8,
    /// Over all channels, in dB; infinite where they are the same.
    pub psnr: f64,
}

impl PixelDifference {
    /// What is allowed of a file of 32 bits, in any channel.
    pub const WHOLE: u8 = 1;
    /// What is allowed of files of 16 bits, in any channel …
    pub const HALF: u8 = 2;
    /// … and at least this over all.
    pub const HALF_PSNR: f64 = 50.0;

    /// Between two lists of pictures of the same sizes.
    pub fn between(a: &[RgbImage], b: &[RgbImage]) -> Self {
        let values = |pictures: &'_ [RgbImage]| -> Vec<u8> {
            pictures.iter().flat_map(|p| p.as_raw().clone()).collect()
        };
        let (a, b) = (values(a), values(b));
        if a.len() != b.len() {
            return Self {
                max: u8::MAX,
                psnr: 0.0,
            };
        }
        let differences = a.iter().zip(&b).map(|(a, b)| a.abs_diff(*b));
        let squares: f64 = differences.clone().map(|d| f64::from(d).powi(2)).sum();
        let mean = squares / a.len() as f64;
        Self {
            max: differences.max().unwrap_or(0),
            psnr: 10.0 * (255.0_f64.powi(2) / mean).log10(),
        }
    }
}
