//! Colour profiles: what luminance a file's codes stand for.
//!
//! Gray and matrix profiles (nearly all of RGB: Adobe RGB, Display P3, ProPhoto) are computed
//! directly from their curves, so that a colour outside of sRGB's gamut keeps its luminance; profiles
//! of tables (CMYK, some scanners) go through a colour-management library.

use image::DynamicImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};
use rayon::prelude::*;

use crate::color::{Codes16, RGB_TO_XYZ, Tables};

/// Pixels that one task converts.
const CHUNK: usize = 1 << 14;
/// Differences of linear light and weights up to which a profile is sRGB's.
const SAME: f32 = 2e-3;

/// How codes become luminance.
pub(crate) enum Profile {
    /// The curve of a gray.
    Gray(Curve),
    /// Curves of red, green and blue, and the luminance of each one's full light.
    Matrix(Box<[Curve; 3]>, [f32; 3]),
    /// Through tables, to sRGB.
    Tables(Box<ColorProfile>),
}

/// Linear light of each 16-bit code.
type Curve = Vec<f32>;

/// A profile that cannot be used.
#[derive(Debug, PartialEq)]
pub(crate) struct Unusable;

impl Profile {
    /// From an ICC profile; none if it is sRGB's, which is assumed of files without one.
    pub fn read(icc: &[u8]) -> Result<Option<Self>, Unusable> {
        let profile = ColorProfile::new_from_slice(icc).map_err(|_| Unusable)?;
        let profile = match profile.color_space {
            DataColorSpace::Gray => Self::of_gray(&profile)?,
            DataColorSpace::Rgb if profile.red_trc.is_some() => Self::of_rgb(&profile)?,
            DataColorSpace::Rgb | DataColorSpace::Cmyk => Self::Tables(Box::new(profile)),
            _ => return Err(Unusable),
        };
        Ok(Some(profile).filter(|profile| !profile.is_srgb()))
    }

    fn of_gray(profile: &ColorProfile) -> Result<Self, Unusable> {
        let curve = profile.build_gray_linearize_table::<u16, 65536, 16>();
        Ok(Self::Gray(curve.map_err(|_| Unusable)?.to_vec()))
    }

    fn of_rgb(profile: &ColorProfile) -> Result<Self, Unusable> {
        let curves = [
            profile.build_r_linearize_table::<u16, 65536, 16>(false),
            profile.build_g_linearize_table::<u16, 65536, 16>(false),
            profile.build_b_linearize_table::<u16, 65536, 16>(false),
        ];
        let [r, g, b] = curves.map(|curve| curve.map(|curve| curve.to_vec()));
        let curves = [
            r.map_err(|_| Unusable)?,
            g.map_err(|_| Unusable)?,
            b.map_err(|_| Unusable)?,
        ];
        // Through the profile's own white to that of sRGB, as the colour itself would go.
        let to_srgb = profile.transform_matrix(&ColorProfile::new_srgb());
        let weights = [0, 1, 2].map(|channel| {
            let rows = RGB_TO_XYZ[1].iter().zip(&to_srgb.v);
            rows.map(|(weight, row)| weight * row[channel]).sum::<f64>() as f32
        });
        let sum: f32 = weights.iter().sum();
        if !(0.5..2.0).contains(&sum) {
            return Err(Unusable);
        }
        Ok(Self::Matrix(Box::new(curves), weights))
    }

    fn is_srgb(&self) -> bool {
        let is_curve = |curve: &Curve| {
            let table = Tables::get().linear.iter().enumerate();
            let mut pairs = table.map(|(code, light)| (light, curve[257 * code]));
            pairs.all(|(light, other)| (light - other).abs() < SAME)
        };
        match self {
            Self::Gray(curve) => is_curve(curve),
            Self::Matrix(curves, weights) => {
                let pairs = weights.iter().zip(RGB_TO_XYZ[1]);
                curves.iter().all(is_curve)
                    && pairs.into_iter().all(|(w, s)| (w - s as f32).abs() < SAME)
            }
            Self::Tables(_) => false,
        }
    }

    /// Whether it says something about such pixels.
    pub fn suits(&self, image: &DynamicImage) -> bool {
        match self {
            Self::Gray(_) => !image.color().has_color(),
            Self::Matrix(..) => true,
            Self::Tables(profile) => {
                image.color().has_color() && profile.color_space == DataColorSpace::Rgb
            }
        }
    }

    /// sRGB-coded 16-bit grays of the luminance of each pixel, transparency left out.
    pub fn grays(&self, image: &DynamicImage) -> Result<Vec<u16>, Unusable> {
        if image.color().has_color() {
            return self.of_colours(image);
        }
        let gray = self.of_code();
        Ok(match image {
            DynamicImage::ImageLuma8(image) => {
                let codes = image.as_raw().par_iter();
                codes.map(|code| gray[257 * usize::from(*code)]).collect()
            }
            DynamicImage::ImageLuma16(image) => {
                let codes = image.as_raw().par_iter();
                codes.map(|code| gray[usize::from(*code)]).collect()
            }
            _ => {
                let image = image.to_luma16();
                let codes = image.as_raw().par_iter();
                codes.map(|code| gray[usize::from(*code)]).collect()
            }
        })
    }

    /// The gray of each code of a picture that has no colour.
    fn of_code(&self) -> Vec<u16> {
        let codes = Codes16::get();
        let of = |code: usize| match self {
            Self::Gray(curve) => codes.nearest(curve[code]),
            Self::Matrix(curves, weights) => {
                let lights = curves.iter().zip(weights);
                codes.nearest(lights.map(|(curve, weight)| weight * curve[code]).sum())
            }
            // A gray has no table in a profile of colours: it is taken as it is.
            Self::Tables(_) => code as u16,
        };
        (0..1 << 16).map(of).collect()
    }

    fn of_colours(&self, image: &DynamicImage) -> Result<Vec<u16>, Unusable> {
        match self {
            Self::Gray(_) => Err(Unusable),
            Self::Matrix(curves, weights) => Ok(match image {
                DynamicImage::ImageRgb8(image) => weighed(image.as_raw(), 257, curves, *weights),
                DynamicImage::ImageRgb16(image) => weighed(image.as_raw(), 1, curves, *weights),
                _ => weighed(image.to_rgb16().as_raw(), 1, curves, *weights),
            }),
            Self::Tables(profile) => {
                if profile.color_space != DataColorSpace::Rgb {
                    return Err(Unusable);
                }
                let rgb = image.to_rgb16();
                let srgb = ColorProfile::new_srgb();
                let transform = profile
                    .create_transform_16bit(Layout::Rgb, &srgb, Layout::Rgb, options())
                    .map_err(|_| Unusable)?;
                converted(rgb.as_raw(), 3, |source, target| {
                    transform.transform(source, target).map_err(|_| Unusable)
                })
            }
        }
    }

    /// sRGB-coded grays of 8-bit inks: cyan, magenta, yellow and black, 255 full.
    pub fn grays_of_inks(&self, inks: &[u8]) -> Result<Vec<u16>, Unusable> {
        let Self::Tables(profile) = self else {
            return Err(Unusable);
        };
        if profile.color_space != DataColorSpace::Cmyk {
            return Err(Unusable);
        }
        let srgb = ColorProfile::new_srgb();
        // A layout of four channels; which ones, the profile says.
        let transform = profile
            .create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgb, options())
            .map_err(|_| Unusable)?;
        converted(inks, 4, |source, target: &mut [u16]| {
            let mut rgb = vec![0; target.len()];
            transform
                .transform(source, &mut rgb)
                .map_err(|_| Unusable)?;
            for (target, code) in target.iter_mut().zip(rgb) {
                *target = 257 * u16::from(code);
            }
            Ok(())
        })
    }
}

fn options() -> TransformOptions {
    TransformOptions {
        prefer_fixed_point: false,
        ..TransformOptions::default()
    }
}

/// The profile that says that a file is sRGB.
pub(crate) fn srgb() -> Option<Vec<u8>> {
    ColorProfile::new_srgb().encode().ok()
}

fn weighed<T: Copy + Into<usize> + Sync>(
    rgb: &[T],
    step: usize,
    curves: &[Curve; 3],
    weights: [f32; 3],
) -> Vec<u16> {
    let codes = Codes16::get();
    rgb.par_chunks_exact(3)
        .map(|pixel| {
            let light = |c: usize| weights[c] * curves[c][step * pixel[c].into()];
            codes.nearest(light(0) + light(1) + light(2))
        })
        .collect()
}

/// Grays of what a conversion of `channels` to sRGB gives.
fn converted<T: Sync>(
    source: &[T],
    channels: usize,
    convert: impl Fn(&[T], &mut [u16]) -> Result<(), Unusable> + Sync,
) -> Result<Vec<u16>, Unusable> {
    let codes = Codes16::get();
    let mut grays = vec![0; source.len() / channels];
    source
        .par_chunks(channels * CHUNK)
        .zip(grays.par_chunks_mut(CHUNK))
        .try_for_each(|(source, grays)| {
            let mut rgb = vec![0; 3 * grays.len()];
            convert(source, &mut rgb)?;
            for (gray, pixel) in grays.iter_mut().zip(rgb.chunks_exact(3)) {
                *gray = codes.gray([pixel[0], pixel[1], pixel[2]]);
            }
            Ok(())
        })?;
    Ok(grays)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::linear_to_srgb;
    use image::{ImageBuffer, Luma, Rgb, RgbImage};

    fn read(profile: &ColorProfile) -> Option<Profile> {
        Profile::read(&profile.encode().unwrap()).unwrap()
    }

    fn grays(profile: &ColorProfile, image: impl Into<DynamicImage>) -> Vec<u16> {
        read(profile).unwrap().grays(&image.into()).unwrap()
    }

    fn coded(light: f64) -> f64 {
        65535.0 * linear_to_srgb(light)
    }

    #[test]
    fn srgb_needs_no_conversion() {
        assert!(read(&ColorProfile::new_srgb()).is_none());
        assert!(read(&ColorProfile::new_adobe_rgb()).is_some());
        assert!(Profile::read(b"no profile").is_err());
    }

    #[test]
    fn a_gray_of_another_gamma_is_as_light_as_it_was_meant() {
        let profile = ColorProfile::new_gray_with_gamma(1.8);
        let codes = [0u16, 1000, 20_000, 45_000, 65_535];
        let deep = ImageBuffer::from_raw(5, 1, codes.to_vec()).unwrap();
        let got = grays(&profile, DynamicImage::ImageLuma16(deep));
        for (code, got) in codes.into_iter().zip(got) {
            // The profile holds gamma as a number of 8 bits after the point.
            let gamma = (1.8_f64 * 256.0).round() / 256.0;
            let light = (f64::from(code) / 65535.0).powf(gamma);
            let off = (f64::from(got) - coded(light)).abs();
            assert!(off < 40.0, "{code}: {got}, not {}", coded(light));
        }
        let eight = ImageBuffer::from_pixel(1, 1, Luma([100u8]));
        let deep = ImageBuffer::from_pixel(1, 1, Luma([257 * 100u16]));
        assert_eq!(
            grays(&profile, DynamicImage::ImageLuma8(eight)),
            grays(&profile, DynamicImage::ImageLuma16(deep)),
        );
    }

    #[test]
    fn wide_gamuts_keep_their_luminance_beyond_srgb() {
        // The published luminance of each primary (Lindbloom: Adobe RGB (1998), D65; Display P3, D65).
        let cases = [
            (
                ColorProfile::new_adobe_rgb(),
                563.0 / 256.0,
                [0.2973, 0.6274, 0.0753],
            ),
            (
                ColorProfile::new_display_p3(),
                0.0,
                [0.2290, 0.6917, 0.0793],
            ),
        ];
        for (profile, gamma, luminance) in cases {
            for (channel, wanted) in luminance.into_iter().enumerate() {
                let mut pixel = [0; 3];
                pixel[channel] = 255;
                let got = grays(&profile, RgbImage::from_pixel(2, 1, Rgb(pixel)))[1];
                let off = (f64::from(got) - coded(wanted)).abs();
                // The profile's white is D50: a thousandth of the light is lost on the way.
                assert!(off < 250.0, "{channel}: {got}, not {}", coded(wanted));
            }
            if gamma > 0.0 {
                let got = grays(&profile, RgbImage::from_pixel(1, 1, Rgb([90; 3])))[0];
                let wanted = coded((90.0_f64 / 255.0).powf(gamma));
                assert!(
                    (f64::from(got) - wanted).abs() < 30.0,
                    "{got}, not {wanted}"
                );
            }
        }
    }

    #[test]
    fn white_stays_white() {
        for profile in [
            ColorProfile::new_adobe_rgb(),
            ColorProfile::new_display_p3(),
            ColorProfile::new_pro_photo_rgb(),
        ] {
            let got = grays(&profile, RgbImage::from_pixel(1, 1, Rgb([255; 3])))[0];
            assert!(got > 65_500, "{got}");
        }
    }
}
