//! A colorizer on photographs whose colours are known, as a user would run it: gray in, at full
//! size, through the product's own way.

mod calibration;
mod points;

use burn::tensor::{Device, Tensor, TensorData};
use colorize_models::{AbBins, Generator, Hints};
use colorize_rt::engine::Engine;
use colorize_rt::{Colorizer, color};
use image::{DynamicImage, GrayImage, Luma, RgbImage};
use ndarray::{Array4, ArrayD, ArrayView4, ArrayViewD};

use crate::checkpoint::Checkpoint;
use crate::contract::{CONFIDENCE, HINTS, LOGITS, PALETTE, contract};
use crate::error::Error;
use crate::metrics::Figures;

pub use calibration::{Band, Calibration, calibration};
pub use points::{WithPoints, curve};

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

    fn tensor<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
        Tensor::from_data(TensorData::new(values, shape), &self.device)
    }
}

impl Engine for BurnEngine {
    fn name(&self) -> &str {
        "burn"
    }

    fn run(&self, input: ArrayView4<'_, f32>) -> colorize_rt::Result<Array4<f32>> {
        let (n, c, h, w) = input.dim();
        let input = self.tensor(input.iter().copied().collect(), [n, c, h, w]);
        Ok(array(self.generator.forward(input)))
    }

    fn has_run_with(&self) -> bool {
        true
    }

    fn run_with(
        &self,
        input: ArrayView4<'_, f32>,
        given: &[(&str, ArrayViewD<'_, f32>)],
        outputs: &[&str],
    ) -> colorize_rt::Result<Vec<ArrayD<f32>>> {
        let (n, _, height, width) = input.dim();
        let of = |name: &str, len: usize| {
            let found = given.iter().find(|(given, _)| *given == name);
            found.map_or_else(
                || vec![0.0; len],
                |(_, array)| array.iter().copied().collect(),
            )
        };
        let bins = AbBins::count();
        let planes = of(HINTS, n * 3 * height * width);
        let palette = of(PALETTE, n * bins);
        let hints = Hints {
            planes: self.tensor(planes, [n, 3, height, width]),
            palette: self.tensor(palette, [n, bins]),
        };
        let gray = input.iter().copied().collect();
        let gray = self.tensor(gray, [n, 1, height, width]);
        let painted = self.generator.paint(gray, Some(&hints));
        let named = |name: &&str| {
            let output = match *name {
                CONFIDENCE => self.generator.confidence(&painted),
                LOGITS => painted.logits.clone(),
                _ => Some(painted.planes.clone()),
            };
            let missing = || {
                let line = format!("burn failed: the network gives no `{name}`; leave it out");
                colorize_rt::Error::Engine(line)
            };
            Ok(array(output.ok_or_else(missing)?).into_dyn())
        };
        outputs.iter().map(named).collect()
    }
}

fn array(tensor: Tensor<4>) -> Array4<f32> {
    let shape = tensor.dims();
    let values = tensor.into_data().iter::<f32>().collect();
    Array4::from_shape_vec(shape, values).unwrap_or_else(|_| Array4::zeros(shape))
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
