//! A graph that takes pixels and gives pixels: nothing is left to be done but to run it.

use image::{DynamicImage, RgbImage};
use ndarray::Array4;

use crate::engine::Engine;
use crate::error::Result;
use crate::network::{broken, no_shape};

/// The photograph in colour. What the graph gives must be as large as what it was given.
pub(crate) fn colorize(engine: &dyn Engine, photograph: &DynamicImage) -> Result<RgbImage> {
    let pixels = photograph.to_rgb8();
    let (width, height) = pixels.dimensions();
    let shape = (1, height as usize, width as usize, 3);
    let pixels = Array4::from_shape_vec(shape, pixels.into_raw());
    let pixels = pixels.map_err(|e| no_shape(shape, e))?;
    let colorized = engine.run_pixels(pixels.view())?;
    let made = colorized.dim();
    let values = colorized.into_iter().collect();
    let image = RgbImage::from_raw(width, height, values).filter(|_| made == shape);
    image.ok_or_else(|| broken(format!("its output is {made:?}, not {shape:?}")))
}
