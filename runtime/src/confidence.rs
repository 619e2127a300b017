//! How sure a colorizer is of the colours that it gave.

use image::GrayImage;

use crate::error::Result;
use crate::plane::Plane;
use crate::resize::resize;

/// How sure a colorizer is of each place's colour, 0 (anything may be) to 1 (certain).
///
/// For this project's own networks it is the share of their distribution that Chebyshev's inequality
/// puts within 20 units of a\* and b\* of the colour that was painted, a lower bound: 0.5 where they
/// expect to be off by 20.
#[derive(Clone, Debug)]
pub struct Confidence {
    /// At the size at which the network saw the photograph.
    pub(crate) plane: Plane,
    /// Width and height of the photograph.
    pub(crate) photograph: (u32, u32),
}

impl Confidence {
    /// The mean over the photograph, 0 to 1.
    pub fn mean(&self) -> f32 {
        let sum: f64 = self.plane.values.iter().map(|v| f64::from(*v)).sum();
        (sum / self.plane.values.len().max(1) as f64) as f32
    }

    /// The map as a gray picture as large as the photograph: black is 0 and white is 1.
    ///
    /// # Errors
    /// [`Error::Limit`](crate::Error::Limit) if it does not fit into memory.
    pub fn map(&self) -> Result<GrayImage> {
        let (width, height) = self.photograph;
        let full = resize(&self.plane, width, height)?;
        let codes = full.values.iter().map(|v| (v * 255.0).round() as u8);
        GrayImage::from_raw(width, height, codes.collect()).ok_or_else(|| {
            crate::Error::limit(
                format!("a map of {width}x{height} does not fit into memory"),
                "make the photograph smaller first",
            )
        })
    }
}
