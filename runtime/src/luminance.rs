//! The full-size lightness of a photograph: what every later stage leaves alone.
//!
//! It stays in the codes in which the photograph has it and is turned into L\* row by row, so that a
//! scan of a hundred megapixels costs a byte or two a pixel, not four.

use std::borrow::Cow;
use std::sync::LazyLock;

use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer};
use rayon::prelude::*;

use crate::color::{
    self, Codes16, Tables, lightness_of_rgb8, luminance_of_lightness, srgb_to_linear,
};
use crate::plane::Plane;

/// CIELAB's L\* (0 to 100) of each pixel, in one of the forms that photographs come in.
#[derive(Clone, Debug)]
pub(crate) struct Luminance<'a> {
    pub width: u32,
    pub height: u32,
    codes: Codes<'a>,
}

/// sRGB-coded, row by row.
#[derive(Clone, Debug)]
pub(crate) enum Codes<'a> {
    Gray8(Cow<'a, [u8]>),
    Gray16(Cow<'a, [u16]>),
    Rgb8(Cow<'a, [u8]>),
    /// L\* itself.
    Lightness(Cow<'a, [f32]>),
}

/// L\* of each 16-bit gray.
static DEEP: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let codes = (0..=u16::MAX).into_par_iter();
    let lightness = codes.map(|code| {
        let light = srgb_to_linear(f64::from(code) / f64::from(u16::MAX));
        (116.0 * color::lab_f(light) - 16.0) as f32
    });
    lightness.collect()
});

impl<'a> Luminance<'a> {
    /// `codes` has as many pixels as the product of the sides.
    pub fn new(width: u32, height: u32, codes: Codes<'a>) -> Self {
        Self {
            width,
            height,
            codes,
        }
    }

    /// 8-bit grays go through a table, so that they can come back as they were; 16-bit grays keep
    /// their precision; of coloured pictures, the luminance Y is taken in linear light. Transparency
    /// is left out.
    pub fn of(image: &'a DynamicImage) -> Self {
        let codes = match image {
            DynamicImage::ImageLuma8(gray) => Codes::Gray8(gray.as_raw().into()),
            DynamicImage::ImageLumaA8(_) => Codes::Gray8(image.to_luma8().into_raw().into()),
            DynamicImage::ImageLuma16(gray) => Codes::Gray16(gray.as_raw().into()),
            DynamicImage::ImageLumaA16(_) => Codes::Gray16(image.to_luma16().into_raw().into()),
            DynamicImage::ImageRgb8(rgb) => Codes::Rgb8(rgb.as_raw().into()),
            DynamicImage::ImageRgba8(_) => Codes::Rgb8(image.to_rgb8().into_raw().into()),
            DynamicImage::ImageRgb16(rgb) => Codes::Gray16(gray_of_deep(rgb.as_raw()).into()),
            _ => Codes::Gray16(gray_of_deep(image.to_rgb16().as_raw()).into()),
        };
        Self::new(image.width(), image.height(), codes)
    }

    /// Writes the lightness of a row of pixels.
    pub fn row(&self, y: usize, lightness: &mut [f32]) {
        let width = self.width as usize;
        let pixels = y * width..(y + 1) * width;
        match &self.codes {
            Codes::Gray8(codes) => {
                let table = &Tables::get().lightness;
                for (lightness, code) in lightness.iter_mut().zip(&codes[pixels]) {
                    *lightness = table[usize::from(*code)];
                }
            }
            Codes::Gray16(codes) => {
                let table = &DEEP;
                for (lightness, code) in lightness.iter_mut().zip(&codes[pixels]) {
                    *lightness = table[usize::from(*code)];
                }
            }
            Codes::Lightness(values) => lightness.copy_from_slice(&values[pixels]),
            Codes::Rgb8(codes) => {
                lightness_of_rgb8(&codes[3 * pixels.start..3 * pixels.end], lightness);
            }
        }
    }

    /// As a gray picture of 8 bits or 16.
    pub fn gray(&self, deep: bool) -> DynamicImage {
        let (width, height) = (self.width, self.height);
        let picture = match (&self.codes, deep) {
            (Codes::Gray8(codes), false) => {
                ImageBuffer::from_raw(width, height, codes.to_vec()).map(DynamicImage::ImageLuma8)
            }
            (Codes::Gray16(codes), true) => {
                ImageBuffer::from_raw(width, height, codes.to_vec()).map(DynamicImage::ImageLuma16)
            }
            _ => {
                let (codes, tables) = (Codes16::get(), Tables::get());
                let lightness = self.plane().values;
                let light = lightness.par_iter().map(|l| luminance_of_lightness(*l));
                match deep {
                    true => {
                        let grays = light.map(|light| codes.nearest(light)).collect();
                        ImageBuffer::from_raw(width, height, grays).map(DynamicImage::ImageLuma16)
                    }
                    false => {
                        let grays = light.map(|light| tables.nearest_code(light)).collect();
                        ImageBuffer::from_raw(width, height, grays).map(DynamicImage::ImageLuma8)
                    }
                }
            }
        };
        picture.unwrap_or_default()
    }

    /// Turned and mirrored.
    pub fn turned(self, orientation: Orientation) -> Luminance<'static> {
        let (width, height) = (self.width, self.height);
        let picture = match self.codes {
            Codes::Gray8(codes) => ImageBuffer::from_raw(width, height, codes.into_owned())
                .map(DynamicImage::ImageLuma8),
            Codes::Gray16(codes) => ImageBuffer::from_raw(width, height, codes.into_owned())
                .map(DynamicImage::ImageLuma16),
            Codes::Rgb8(codes) => ImageBuffer::from_raw(width, height, codes.into_owned())
                .map(DynamicImage::ImageRgb8),
            Codes::Lightness(_) => Some(self.gray(true)),
        };
        let mut picture = picture.unwrap_or_default();
        picture.apply_orientation(orientation);
        let (width, height) = (picture.width(), picture.height());
        let codes = match picture {
            DynamicImage::ImageLuma16(gray) => Codes::Gray16(gray.into_raw().into()),
            DynamicImage::ImageRgb8(rgb) => Codes::Rgb8(rgb.into_raw().into()),
            picture => Codes::Gray8(picture.into_luma8().into_raw().into()),
        };
        Luminance::new(width, height, codes)
    }

    /// The whole of it.
    pub fn plane(&self) -> Plane {
        let width = self.width as usize;
        let mut values = vec![0.0; width * self.height as usize];
        let rows = values.par_chunks_mut(width.max(1)).enumerate();
        rows.for_each(|(y, row)| self.row(y, row));
        Plane::new(self.width, self.height, values)
    }

    /// Averaged over squares of `side` pixels, which at the right and the bottom may be cut.
    pub fn averaged(&self, side: usize) -> Plane {
        if side <= 1 {
            return self.plane();
        }
        let (width, height) = (self.width as usize, self.height as usize);
        let columns = width.div_ceil(side);
        let mut values = vec![0.0; columns * height.div_ceil(side)];
        let rows = values.par_chunks_mut(columns).enumerate();
        rows.for_each_init(
            || vec![0.0; width],
            |lightness, (row, means)| {
                let lines = row * side..((row + 1) * side).min(height);
                let count = lines.len();
                for y in lines {
                    self.row(y, lightness);
                    for (mean, square) in means.iter_mut().zip(lightness.chunks(side)) {
                        *mean += square.iter().sum::<f32>();
                    }
                }
                for (column, mean) in means.iter_mut().enumerate() {
                    let across = side.min(width - column * side);
                    *mean /= (count * across) as f32;
                }
            },
        );
        Plane::new(columns as u32, height.div_ceil(side) as u32, values)
    }
}

/// 16-bit grays of the same luminance as interleaved 16-bit sRGB.
pub(crate) fn gray_of_deep(rgb: &[u16]) -> Vec<u16> {
    let codes = Codes16::get();
    rgb.par_chunks_exact(3)
        .map(|pixel| codes.gray([pixel[0], pixel[1], pixel[2]]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayImage, Luma, RgbImage};

    fn lightness(image: &DynamicImage) -> Plane {
        Luminance::of(image).plane()
    }

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
        let red = DynamicImage::from(RgbImage::from_pixel(3, 2, image::Rgb([255, 0, 0])));
        for image in [DynamicImage::from(red.to_rgb16()), red] {
            let plane = lightness(&image);
            assert_eq!((plane.width, plane.height), (3, 2));
            assert!(
                plane.values.iter().all(|l| (l - 53.2408).abs() < 1e-3),
                "{plane:?}"
            );
        }
    }

    #[test]
    fn averages_are_those_of_the_squares_even_where_they_are_cut() {
        let gray = GrayImage::from_fn(7, 5, |x, y| Luma([(30 * x + 10 * y) as u8]));
        let image = DynamicImage::from(gray);
        let (whole, averaged) = (lightness(&image), Luminance::of(&image).averaged(3));
        assert_eq!((averaged.width, averaged.height), (3, 2));
        let last = (whole.values[3 * 7 + 6] + whole.values[4 * 7 + 6]) / 2.0;
        assert!((averaged.values[5] - last).abs() < 1e-4);
        let first: f32 = (0..9).map(|i| whole.values[i / 3 * 7 + i % 3]).sum();
        assert!((averaged.values[0] - first / 9.0).abs() < 1e-4);
    }
}
