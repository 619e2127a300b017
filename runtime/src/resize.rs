//! Between the photograph's size and the size at which the network works.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::F32;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use crate::contract::SizeRule;
use crate::error::{Error, Result};
use crate::plane::Plane;

/// Panoramas are squeezed beyond this shape, because attention's memory grows with the square of
/// the pixels.
pub(crate) const MAX_ASPECT: f64 = 4.0;

/// The width and height that the network sees of a photograph: the short side is
/// `working_size`, the other follows the shape of the photograph up to `max_aspect`
/// times that, and both keep to the size rule.
pub(crate) fn working_dimensions(
    width: u32,
    height: u32,
    rule: SizeRule,
    working_size: u32,
    max_aspect: f64,
) -> (u32, u32) {
    let multiple = match rule {
        SizeRule::Fixed { height, width } => return (width, height),
        SizeRule::MultipleOf(n) => n.max(1),
    };
    let short = f64::from(width.min(height).max(1));
    let side = |pixels: u32| {
        let wanted = f64::from(working_size) * (f64::from(pixels) / short).clamp(1.0, max_aspect);
        let multiples = (wanted / f64::from(multiple)).round().max(1.0);
        multiples as u32 * multiple
    };
    (side(width), side(height))
}

/// A plane at another size, at least 1x1. Reducing averages over the area that falls
/// on a pixel, so that fine texture does not turn into false patterns; enlarging is
/// bicubic.
pub(crate) fn resize(plane: &Plane, width: u32, height: u32) -> Result<Plane> {
    let whole = [f64::from(plane.width), f64::from(plane.height)];
    resize_part(plane, whole, width, height)
}

/// The part of a plane at its left and top, of so many pixels and fractions of pixels, as [`resize`]
/// does it.
pub(crate) fn resize_part(plane: &Plane, part: [f64; 2], width: u32, height: u32) -> Result<Plane> {
    let part = [
        part[0].min(f64::from(plane.width)),
        part[1].min(f64::from(plane.height)),
    ];
    let reduces = f64::from(width) < part[0] || f64::from(height) < part[1];
    let filter = if reduces {
        FilterType::Hamming
    } else {
        FilterType::CatmullRom
    };
    let source: Vec<F32> = plane.values.iter().copied().map(F32::new).collect();
    let mut target = vec![F32::new(0.0); width as usize * height as usize];
    let mut resized = || -> std::result::Result<(), Box<dyn std::error::Error>> {
        let source = TypedImageRef::new(plane.width, plane.height, &source)?;
        let mut target = TypedImage::from_pixels_slice(width, height, &mut target)?;
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(filter))
            .crop(0.0, 0.0, part[0], part[1]);
        Ok(Resizer::new().resize_typed(&source, &mut target, &options)?)
    };
    resized().map_err(|problem| {
        Error::request(
            format!(
                "a plane of {}x{} cannot be resized to {width}x{height} ({problem})",
                plane.width, plane.height
            ),
            "give a picture with at least one pixel",
        )
    })?;
    Ok(Plane::new(
        width,
        height,
        target.into_iter().map(|pixel| pixel.0).collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_working_dimensions_follow_the_shape_and_the_rule() {
        let eight = SizeRule::MultipleOf(8);
        for (width, height, rule, size, expected) in [
            (256, 256, eight, 256, (256, 256)),
            (4000, 3000, eight, 256, (344, 256)),
            (3000, 4000, eight, 256, (256, 344)),
            (451, 300, eight, 256, (384, 256)),
            (451, 300, SizeRule::MultipleOf(1), 256, (385, 256)),
            (451, 300, SizeRule::MultipleOf(32), 100, (160, 96)),
            (451, 300, SizeRule::MultipleOf(32), 1, (32, 32)),
            (
                451,
                300,
                SizeRule::Fixed {
                    height: 64,
                    width: 96,
                },
                256,
                (96, 64),
            ),
            (1, 1, eight, 256, (256, 256)),
            (1, 30_000, eight, 256, (256, 1024)),
            (100_000, 1, eight, 256, (1024, 256)),
        ] {
            let got = working_dimensions(width, height, rule, size, 4.0);
            assert_eq!(got, expected, "{width}x{height}, {rule:?}, {size}");
        }
    }

    #[test]
    fn reducing_averages_instead_of_picking() {
        // A checkerboard of 0 and 100 must become an even 50.
        let board = (0..64 * 64).map(|i| if (i + i / 64) % 2 == 0 { 0.0 } else { 100.0 });
        let small = resize(&Plane::new(64, 64, board.collect()), 8, 8).unwrap();
        assert!(
            small.values.iter().all(|v| (v - 50.0).abs() < 2.0),
            "{:?}",
            small.values
        );
    }

    #[test]
    fn enlarging_is_smooth_and_keeps_even_planes_even() {
        let even = resize(&Plane::new(3, 2, vec![42.0; 6]), 301, 77).unwrap();
        assert!(even.values.iter().all(|v| (v - 42.0).abs() < 1e-3));
        let step = resize(&Plane::new(2, 1, vec![0.0, 100.0]), 200, 1).unwrap();
        let jump = step
            .values
            .windows(2)
            .map(|w| (w[1] - w[0]).abs())
            .fold(0.0, f32::max);
        assert!(jump < 2.0, "a step of {jump} between neighbours");
    }
}
