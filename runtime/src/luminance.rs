//! The full-size lightness of a photograph: what every later stage leaves alone.

use image::{DynamicImage, Luma};
use rayon::prelude::*;

use crate::color::{self, Tables, lightness_of_rgb8, srgb_to_linear};
use crate::plane::Plane;

/// Pixels that one task works on: enough to make its start worth while.
const CHUNK: usize = 1 << 14;

/// CIELAB's L\* (0 to 100) of each pixel.
///
/// 8-bit grays go through a table, so that they can come back as they were; 16-bit
/// grays keep their precision; of coloured pictures, the luminance Y is taken in linear
/// light. Transparency is left out.
pub(crate) fn lightness(image: &DynamicImage) -> Plane {
    let (width, height) = (image.width(), image.height());
    let values = match image {
        DynamicImage::ImageLuma8(gray) => of_gray(gray.as_raw()),
        DynamicImage::ImageLumaA8(_) => of_gray(image.to_luma8().as_raw()),
        DynamicImage::ImageLuma16(gray) => of_deep_gray(gray.pixels()),
        DynamicImage::ImageLumaA16(_) => of_deep_gray(image.to_luma16().pixels()),
        DynamicImage::ImageRgb8(rgb) => of_rgb(rgb.as_raw()),
        _ => of_rgb(image.to_rgb8().as_raw()),
    };
    Plane::new(width, height, values)
}

fn of_gray(codes: &[u8]) -> Vec<f32> {
    let tables = Tables::get();
    codes
        .par_iter()
        .map(|code| tables.lightness[usize::from(*code)])
        .collect()
}

fn of_deep_gray<'a>(pixels: impl Iterator<Item = &'a Luma<u16>>) -> Vec<f32> {
    let table: Vec<f32> = (0..=u16::MAX)
        .map(|code| {
            let light = srgb_to_linear(f64::from(code) / f64::from(u16::MAX));
            (116.0 * color::lab_f(light) - 16.0) as f32
        })
        .collect();
    pixels
        .map(|Luma([code])| table[usize::from(*code)])
        .collect()
}

fn of_rgb(rgb: &[u8]) -> Vec<f32> {
    let mut values = vec![0.0; rgb.len() / 3];
    rgb.par_chunks(3 * CHUNK)
        .zip(values.par_chunks_mut(CHUNK))
        .for_each(|(rgb, values)| lightness_of_rgb8(rgb, values));
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayImage, RgbImage};

    #[test]
    fn the_same_gray_has_the_same_lightness_in_every_form() {
        let gray = GrayImage::from_fn(256, 1, |x, _| Luma([x as u8]));
        let gray = DynamicImage::from(gray);
        let wanted = lightness(&gray).values;
        let forms = [
            DynamicImage::from(gray.to_luma_alpha8()),
            DynamicImage::from(gray.to_luma16()),
            DynamicImage::from(gray.to_rgb8()),
            DynamicImage::from(gray.to_rgba8()),
            DynamicImage::from(gray.to_rgb16()),
        ];
        for form in forms {
            for (got, wanted) in lightness(&form).values.iter().zip(&wanted) {
                assert!(
                    (got - wanted).abs() < 1e-4,
                    "{:?}: {got}, not {wanted}",
                    form.color()
                );
            }
        }
    }

    #[test]
    fn a_coloured_picture_gives_its_luminance() {
        let red = RgbImage::from_pixel(3, 2, image::Rgb([255, 0, 0]));
        let plane = lightness(&red.into());
        assert_eq!((plane.width, plane.height), (3, 2));
        assert!(
            plane.values.iter().all(|l| (l - 53.2408).abs() < 1e-3),
            "{plane:?}"
        );
    }
}
