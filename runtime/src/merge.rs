//! The photograph's own lightness and the network's chroma, into sRGB.
//!
//! The lightness is never touched. Where a chroma is too strong for its lightness (no
//! sRGB colour is both that saturated and that light), it is the chroma that gives
//! way, at constant hue. Rounding to bytes is steered by the luminance too: a gray
//! photograph that was colorized has, in gray, the same lightness again.

mod block;
mod rounding;

use multiversion::multiversion;

use crate::color::{Codes16, RGB_TO_XYZ, linear_of_lab, luminance_of_lightness};
use block::{BLOCK, Block};

/// How far outside 0..=1 linear light may lie and still count as inside the gamut:
/// above f32's rounding, and a thousandth of an 8-bit step.
pub(crate) const TOLERANCE: f32 = 1e-6;

/// Halvings in the search for the gamut's boundary: to 1/1024 of the chroma.
pub(crate) const HALVINGS: u32 = 10;

/// The luminance of each channel's full light.
const WEIGHTS: [f32; 3] = [
    RGB_TO_XYZ[1][0] as f32,
    RGB_TO_XYZ[1][1] as f32,
    RGB_TO_XYZ[1][2] as f32,
];

/// Samples in which a picture is written: 8 bits or 16.
pub(crate) trait Sample: Copy + Default + Send + Sync {
    /// Merges a row of L\* (0 to 100), a\* and b\* into pixels of three samples or, where there is
    /// alpha, four, of which the fourth stays.
    fn merge_row(lightness: &[f32], chroma: [&[f32]; 2], channels: usize, pixels: &mut [Self]);
}

impl Sample for u8 {
    fn merge_row(lightness: &[f32], chroma: [&[f32]; 2], channels: usize, pixels: &mut [u8]) {
        merge_bytes(lightness, chroma, channels, pixels);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn merge_bytes(lightness: &[f32], chroma: [&[f32]; 2], channels: usize, pixels: &mut [u8]) {
    merge_in_blocks(lightness, chroma, channels, pixels);
}

// A loop and no closure: what is in it has to be compiled for each set of instructions.
#[inline(always)]
fn merge_in_blocks(lightness: &[f32], chroma: [&[f32]; 2], channels: usize, pixels: &mut [u8]) {
    let mut block = Block::default();
    for (pixels, planes) in blocks(lightness, chroma, channels, pixels) {
        block.fill(planes);
        let [red, green, blue] = block.codes();
        for (at, pixel) in pixels.chunks_exact_mut(channels).enumerate() {
            pixel[0] = red[at];
            pixel[1] = green[at];
            pixel[2] = blue[at];
        }
    }
}

impl Sample for u16 {
    fn merge_row(lightness: &[f32], chroma: [&[f32]; 2], channels: usize, pixels: &mut [u16]) {
        // A step of 16 bits is too small for its rounding to be seen in the luminance.
        let codes = Codes16::get();
        let mut block = Block::default();
        for (pixels, planes) in blocks(lightness, chroma, channels, pixels) {
            block.fill(planes);
            for (at, pixel) in pixels.chunks_exact_mut(channels).enumerate() {
                let lights = block.linear(at);
                pixel[..3].copy_from_slice(&lights.map(|light| codes.nearest(light)));
            }
        }
    }
}

/// The pixels of a row in blocks, and their L\*, a\* and b\*.
#[inline(always)]
fn blocks<'a, T>(
    lightness: &'a [f32],
    [a, b]: [&'a [f32]; 2],
    channels: usize,
    pixels: &'a mut [T],
) -> impl Iterator<Item = (&'a mut [T], [&'a [f32]; 3])> {
    let planes = lightness
        .chunks(BLOCK)
        .zip(a.chunks(BLOCK))
        .zip(b.chunks(BLOCK));
    let planes = planes.map(|((lightness, a), b)| [lightness, a, b]);
    pixels.chunks_mut(channels * BLOCK).zip(planes)
}

/// Chroma at this lightness, reduced at constant hue until it is in the gamut.
pub(crate) fn in_gamut(l: f32, chroma: [f32; 2]) -> [f32; 2] {
    let [a, b] = chroma;
    let (share, _) = greatest_share(l, a, b);
    chroma.map(|value| share * value)
}

/// The largest share of a chroma, 0 to 1, that is in the gamut, and its linear RGB.
fn greatest_share(l: f32, a: f32, b: f32) -> (f32, [f32; 3]) {
    let full = linear_of_lab(l, a, b);
    if is_inside(full) {
        return (1.0, full);
    }
    // Gray is inside for every lightness, so the lower end always is.
    let (mut inside, mut outside) = (0.0, 1.0);
    let mut linear = [luminance_of_lightness(l); 3];
    for _ in 0..HALVINGS {
        let share = (inside + outside) / 2.0;
        let candidate = linear_of_lab(l, share * a, share * b);
        if is_inside(candidate) {
            (inside, linear) = (share, candidate);
        } else {
            outside = share;
        }
    }
    (inside, linear)
}

fn is_inside(linear: [f32; 3]) -> bool {
    linear.into_iter().all(is_light_inside)
}

#[inline(always)]
fn is_light_inside(light: f32) -> bool {
    (-TOLERANCE..=1.0 + TOLERANCE).contains(&light)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::{lightness_of_gray, srgb_to_lab};
    use crate::vectors::on_each_target;

    fn colour(l: f32, a: f32, b: f32) -> [u8; 3] {
        let mut pixel = [0; 3];
        u8::merge_row(&[l], [&[a], &[b]], 3, &mut pixel);
        pixel
    }

    fn lightness_of(rgb: [u8; 3]) -> f64 {
        srgb_to_lab(rgb.map(|c| f64::from(c) / 255.0))[0]
    }

    #[test]
    fn no_chroma_gives_every_gray_back_as_it_was() {
        for gray in 0..=255u8 {
            assert_eq!(colour(lightness_of_gray(gray) as f32, 0.0, 0.0), [gray; 3]);
        }
    }

    #[test]
    fn white_and_black_stay_whatever_the_network_says() {
        for (a, b) in [
            (1e-3, 0.0),
            (40.0, -80.0),
            (-500.0, 500.0),
            (3.0, 90.0),
            (1e6, -1e6),
        ] {
            assert_eq!(colour(100.0, a, b), [255; 3], "white with {a}, {b}");
            assert_eq!(colour(0.0, a, b), [0; 3], "black with {a}, {b}");
        }
    }

    #[test]
    fn the_lightness_stays_for_every_gray_and_every_chroma() {
        let (mut worst, mut sum, mut count) = (0.0f64, 0.0, 0u32);
        for gray in 0..=255u8 {
            let wanted = lightness_of_gray(gray);
            for a in (-120..=120).step_by(8) {
                for b in (-120..=120).step_by(8) {
                    let (a, b) = (a as f32 + 0.37, b as f32 - 0.21);
                    let off = (lightness_of(colour(wanted as f32, a, b)) - wanted).abs();
                    assert!(
                        off < 0.25,
                        "gray {gray} with {a}, {b}: lightness is off by {off}"
                    );
                    (worst, sum, count) = (worst.max(off), sum + off, count + 1);
                }
            }
        }
        let mean = sum / f64::from(count);
        assert!(
            mean < 0.05,
            "the mean is off by {mean} (the worst by {worst})"
        );
    }

    #[test]
    fn a_colour_inside_the_gamut_keeps_its_chroma() {
        for rgb in [
            [200, 120, 90],
            [20, 60, 30],
            [90, 110, 200],
            [128, 127, 129],
        ] {
            let lab = srgb_to_lab(rgb.map(|c| f64::from(c) / 255.0));
            let got = colour(lab[0] as f32, lab[1] as f32, lab[2] as f32);
            for c in 0..3 {
                assert!(got[c].abs_diff(rgb[c]) <= 1, "{rgb:?} became {got:?}");
            }
        }
    }

    #[test]
    fn a_colour_outside_the_gamut_keeps_its_hue() {
        // Light enough that rounding does not turn the hue by itself.
        for (l, a, b) in [
            (60.0, 120.0, 40.0),
            (70.0, -120.0, 30.0),
            (50.0, 20.0, -110.0),
        ] {
            let got = srgb_to_lab(colour(l, a, b).map(|c| f64::from(c) / 255.0));
            let turned = (got[2].atan2(got[1]) - f64::from(b.atan2(a)))
                .abs()
                .to_degrees();
            assert!(
                turned < 1.0,
                "{l}, {a}, {b}: the hue turned by {turned} degrees"
            );
            assert!(
                got[1].hypot(got[2]) > 30.0,
                "{l}, {a}, {b}: nearly gray: {got:?}"
            );
        }
    }

    #[test]
    fn every_set_of_instructions_makes_the_same_pixels() {
        let all = on_each_target!(Vec<u8>, {
            let count = 20_000;
            let wave = |at: usize, speed: f32, most: f32| most * (at as f32 * speed).sin();
            let lightness: Vec<f32> = (0..count).map(|at| 50.0 + wave(at, 0.37, 51.0)).collect();
            let a: Vec<f32> = (0..count).map(|at| wave(at, 0.013, 110.0)).collect();
            let b: Vec<f32> = (0..count).map(|at| wave(at, 0.171, 110.0)).collect();
            let mut pixels = vec![0; 3 * count];
            merge_in_blocks(&lightness, [&a, &b], 3, &mut pixels);
            pixels
        });
        let (_, plain) = &all[0];
        assert!(plain[..3] != plain[3..6]);
        for (name, made) in &all {
            assert!(made == plain, "{name}");
        }
    }
}
