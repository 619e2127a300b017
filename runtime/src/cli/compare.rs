//! Before and after beside each other.

use image::imageops::replace;
use image::{DynamicImage, Rgb, RgbImage};

/// Pixels between the two.
const GAP: u32 = 8;

/// The photograph in gray on the left, and in colour on the right.
pub(super) fn beside(before: &DynamicImage, after: &DynamicImage) -> RgbImage {
    let after = after.to_rgb8();
    let (width, height) = after.dimensions();
    let mut both = RgbImage::from_pixel(2 * width + GAP, height, Rgb([255; 3]));
    replace(&mut both, &before.to_rgb8(), 0, 0);
    replace(&mut both, &after, i64::from(width + GAP), 0);
    both
}
