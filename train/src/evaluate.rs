//! A colorizer on photographs whose colours are known, as a user would run it: gray in, at full
//! size, through the product's own way.

use burn::tensor::{Device, Tensor, TensorData};
use colorize_models::Generator;
use colorize_rt::engine::Engine;
use colorize_rt::{Colorizer, color};
use image::{DynamicImage, GrayImage, Luma, RgbImage};
use ndarray::{Array4, ArrayView4};

use crate::checkpoint::Checkpoint;
use crate::contract::contract;
use crate::error::Error;
use crate::metrics::Figures;

/// burn, as an engine of the runtime.
pub struct BurnEngine {
    generator: Generator,
    device: Device,
}

impl BurnEngine {
    /// Runs a generator on its own device, without autodiff.
    pub fn new(generator: Generator, device: Device) -> Self {
        Self { generator, device }
    }
}

impl Engine for BurnEngine {
    fn name(&self) -> &str {
        "burn"
    }

    fn run(&self, input: ArrayView4<'_, f32>) -> colorize_rt::Result<Array4<f32>> {
        let (n, c, h, w) = input.dim();
        let values: Vec<f32> = input.iter().copied().collect();
        let input = Tensor::from_data(TensorData::new(values, [n, c, h, w]), &self.device);
        let output = self.generator.forward(input);
        let shape = output.dims();
        let values = output.into_data().iter::<f32>().collect();
        Ok(Array4::from_shape_vec(shape, values).unwrap_or_else(|_| Array4::zeros(shape)))
    }
}

/// A checkpoint as a colorizer.
///
/// # Errors
/// Its weights do not fit.
pub fn colorizer(checkpoint: &Checkpoint, device: &Device) -> crate::Result<Colorizer> {
    let engine = BurnEngine::new(checkpoint.generator(device)?, device.clone());
    let contract = contract(&checkpoint.state.generator);
    Colorizer::builder()
        .engine_with(Box::new(engine), contract)
        .build()
        .map_err(|e| Error::weights(&checkpoint.path, e))
}

/// Takes the colour out of photographs, lets `colorizer` put some back, and measures.
///
/// # Errors
/// The engine fails.
pub fn evaluate(
    colorizer: &Colorizer,
    truths: impl IntoIterator<Item = RgbImage>,
    mut done: impl FnMut(),
) -> colorize_rt::Result<Figures> {
    let mut one = Vec::new();
    for truth in truths {
        let gray = DynamicImage::ImageLuma8(gray(&truth));
        let output = colorizer.colorize(&gray)?.image;
        one.push(Figures::of(&[(truth, output)]));
        done();
    }
    Ok(Figures::mean(&one))
}

/// The gray of the same lightness: luminance, encoded as sRGB.
pub fn gray(photograph: &RgbImage) -> GrayImage {
    GrayImage::from_fn(photograph.width(), photograph.height(), |x, y| {
        let rgb = photograph.get_pixel(x, y).0.map(|v| f64::from(v) / 255.0);
        let [r, g, b] = rgb.map(color::srgb_to_linear);
        let [wr, wg, wb] = color::RGB_TO_XYZ[1];
        let luminance = wr * r + wg * g + wb * b;
        Luma([(color::linear_to_srgb(luminance) * 255.0).round() as u8])
    })
}
