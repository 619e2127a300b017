//! Whole planes of pixels in `f32`, by tables for the gamma curve and a cube root
//! made of integer and multiply-add steps, which the compiler can vectorise.

use std::sync::LazyLock;

use super::{RGB_TO_XYZ, WHITE, XYZ_TO_RGB, lightness_of_gray, srgb_to_linear};

/// Buckets of linear light in which the search for an 8-bit code starts: so narrow that not more than
/// one step from code to code falls into any, as few as 12.92 * 255 would do.
const BUCKETS: usize = 4096;

/// The sRGB curve for 8-bit codes, computed once from the exact reference.
pub(crate) struct Tables {
    /// Linear light (0 to 1) of each code.
    pub linear: [f32; 256],
    /// L\* (0 to 100) of each gray.
    pub lightness: [f32; 256],
    /// Linear light half-way (in code) to the next code; the last is never reached.
    boundary: [f32; 256],
    /// The lowest code that may be nearest to a light in this bucket.
    lowest: [u8; BUCKETS],
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let boundary: [f32; 256] = std::array::from_fn(|code| match code {
        255 => f32::INFINITY,
        _ => srgb_to_linear((code as f64 + 0.5) / 255.0) as f32,
    });
    Tables {
        linear: std::array::from_fn(|code| srgb_to_linear(code as f64 / 255.0) as f32),
        lightness: std::array::from_fn(|code| lightness_of_gray(code as u8) as f32),
        lowest: std::array::from_fn(|bucket| {
            let least = bucket as f32 / BUCKETS as f32;
            boundary.iter().take_while(|b| **b <= least).count() as u8
        }),
        boundary,
    }
});

impl Tables {
    pub(crate) fn get() -> &'static Tables {
        &TABLES
    }

    /// The 8-bit sRGB code nearest to a linear light, which is clipped to 0..=1.
    #[inline]
    pub(crate) fn nearest_code(&self, linear: f32) -> u8 {
        // NaN ends as 0: so it is cast, and no comparison moves it.
        let linear = linear.clamp(0.0, 1.0);
        let bucket = ((linear * BUCKETS as f32) as i32 as usize).min(BUCKETS - 1);
        let code = self.lowest[bucket];
        // No branch: which way it goes cannot be foretold.
        code + u8::from(linear >= self.boundary[usize::from(code)])
    }
}

const fn f32_matrix(m: [[f64; 3]; 3]) -> [[f32; 3]; 3] {
    let mut out = [[0.0; 3]; 3];
    let mut i = 0;
    while i < 9 {
        out[i / 3][i % 3] = m[i / 3][i % 3] as f32;
        i += 1;
    }
    out
}

/// Linear RGB to XYZ relative to white, and back: the division by [`WHITE`] is in
/// the matrix.
const TO_RELATIVE_XYZ: [[f32; 3]; 3] = {
    let mut m = RGB_TO_XYZ;
    let mut i = 0;
    while i < 9 {
        m[i / 3][i % 3] /= WHITE[i / 3];
        i += 1;
    }
    f32_matrix(m)
};
const FROM_RELATIVE_XYZ: [[f32; 3]; 3] = {
    let mut m = XYZ_TO_RGB;
    let mut i = 0;
    while i < 9 {
        m[i / 3][i % 3] *= WHITE[i % 3];
        i += 1;
    }
    f32_matrix(m)
};

/// The cube root for 1e-4 < x < 2, to about one unit in the last place: a guess by
/// dividing the exponent by three, then two of Halley's steps.
#[inline(always)]
fn cube_root(x: f32) -> f32 {
    let mut root = f32::from_bits(x.to_bits() / 3 + 0x2a51_19f2);
    for _ in 0..2 {
        let cube = root * root * root;
        root *= (cube + 2.0 * x) / (2.0 * cube + x);
    }
    root
}

fn lab_f(relative: f32) -> f32 {
    const KNEE: f32 = 216.0 / 24389.0;
    if relative > KNEE {
        cube_root(relative)
    } else {
        relative * (841.0 / 108.0) + 4.0 / 29.0
    }
}

#[inline(always)]
fn lab_f_inverse(response: f32) -> f32 {
    if response > 6.0 / 29.0 {
        response * response * response
    } else {
        (response - 4.0 / 29.0) * (108.0 / 841.0)
    }
}

#[inline(always)]
fn row(m: &[f32; 3], v: [f32; 3]) -> f32 {
    m[0] * v[0] + m[1] * v[1] + m[2] * v[2]
}

/// The luminance Y (0 to 1) of a lightness L\* (0 to 100).
#[inline(always)]
pub(crate) fn luminance_of_lightness(lightness: f32) -> f32 {
    lab_f_inverse((lightness + 16.0) / 116.0)
}

/// CIELAB to linear RGB, unclamped.
#[inline(always)]
pub(crate) fn linear_of_lab(l: f32, a: f32, b: f32) -> [f32; 3] {
    let y = (l + 16.0) / 116.0;
    let xyz = [y + a / 500.0, y, y - b / 200.0].map(lab_f_inverse);
    FROM_RELATIVE_XYZ.map(|m| row(&m, xyz))
}

/// The luminance Y (0 to 1) of linear RGB.
pub(super) fn luminance_of_linear(linear: [f32; 3]) -> f32 {
    row(&TO_RELATIVE_XYZ[1], linear)
}

/// L\* (0 to 100) of linear RGB.
pub(crate) fn lightness_of_linear(linear: [f32; 3]) -> f32 {
    116.0 * lab_f(luminance_of_linear(linear)) - 16.0
}

/// Interleaved 8-bit sRGB to the three planes of CIELAB.
///
/// `rgb` holds n pixels (3n bytes); `lab` takes 3n values: the plane of L\*
/// (0 to 100), then that of a\*, then that of b\*.
///
/// # Panics
/// If the two lengths differ or are no multiple of three.
pub fn rgb8_to_lab_planes(rgb: &[u8], lab: &mut [f32]) {
    assert_eq!(rgb.len(), lab.len(), "three bytes and three values a pixel");
    let n = pixels(rgb.len());
    let tables = Tables::get();
    let (l, ab) = lab.split_at_mut(n);
    let (a, b) = ab.split_at_mut(n);
    for (((pixel, l), a), b) in rgb.chunks_exact(3).zip(l).zip(a).zip(b) {
        let linear = [pixel[0], pixel[1], pixel[2]].map(|c| tables.linear[usize::from(c)]);
        let [x, y, z] = TO_RELATIVE_XYZ.map(|m| lab_f(row(&m, linear)));
        *l = 116.0 * y - 16.0;
        *a = 500.0 * (x - y);
        *b = 200.0 * (y - z);
    }
}

/// The three planes of CIELAB to interleaved 8-bit sRGB, each channel clipped to
/// the gamut. The layout is that of [`rgb8_to_lab_planes`].
///
/// Clipping changes lightness: a photograph's final merge reduces chroma instead.
///
/// # Panics
/// If the two lengths differ or are no multiple of three.
pub fn lab_planes_to_rgb8(lab: &[f32], rgb: &mut [u8]) {
    assert_eq!(rgb.len(), lab.len(), "three values and three bytes a pixel");
    let n = pixels(rgb.len());
    let tables = Tables::get();
    let (l, ab) = lab.split_at(n);
    let (a, b) = ab.split_at(n);
    for (((pixel, l), a), b) in rgb.chunks_exact_mut(3).zip(l).zip(a).zip(b) {
        let linear = linear_of_lab(*l, *a, *b);
        for (byte, light) in pixel.iter_mut().zip(linear) {
            *byte = tables.nearest_code(light);
        }
    }
}

/// The lightness L\* (0 to 100) of each pixel of interleaved 8-bit sRGB: 3n bytes
/// in, n values out. Exact grays take their value from the same table as gray files.
///
/// # Panics
/// If `rgb` is not three times as long as `lightness`.
pub fn lightness_of_rgb8(rgb: &[u8], lightness: &mut [f32]) {
    assert_eq!(rgb.len(), 3 * lightness.len(), "three bytes a pixel");
    let tables = Tables::get();
    for (pixel, lightness) in rgb.chunks_exact(3).zip(lightness) {
        *lightness = if pixel[0] == pixel[1] && pixel[1] == pixel[2] {
            tables.lightness[usize::from(pixel[0])]
        } else {
            let linear = [pixel[0], pixel[1], pixel[2]].map(|c| tables.linear[usize::from(c)]);
            lightness_of_linear(linear)
        };
    }
}

fn pixels(values: usize) -> usize {
    assert_eq!(values % 3, 0, "three values a pixel");
    values / 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::srgb_to_lab;

    /// Every third code of each channel, and white: 636,056 colours, all corners
    /// and edges of the cube among them.
    fn lattice() -> Vec<u8> {
        let codes = || (0..=255u8).step_by(3);
        codes()
            .flat_map(|r| codes().flat_map(move |g| codes().flat_map(move |b| [r, g, b])))
            .collect()
    }

    #[test]
    fn the_fast_planes_keep_to_the_exact_reference() {
        let rgb = lattice();
        let mut lab = vec![0.0; rgb.len()];
        rgb8_to_lab_planes(&rgb, &mut lab);
        let n = rgb.len() / 3;
        let mut lightness = vec![0.0; n];
        lightness_of_rgb8(&rgb, &mut lightness);
        for (i, pixel) in rgb.chunks_exact(3).enumerate() {
            let exact = srgb_to_lab([0, 1, 2].map(|c| f64::from(pixel[c]) / 255.0));
            for c in 0..3 {
                let error = (f64::from(lab[c * n + i]) - exact[c]).abs();
                assert!(error < 3e-4, "{pixel:?}: component {c} is off by {error}");
            }
            assert!(
                (f64::from(lightness[i]) - exact[0]).abs() < 5e-5,
                "{pixel:?}"
            );
        }
    }

    #[test]
    fn every_colour_comes_back_as_it_was() {
        let rgb = lattice();
        let (mut lab, mut back) = (vec![0.0; rgb.len()], vec![0; rgb.len()]);
        rgb8_to_lab_planes(&rgb, &mut lab);
        lab_planes_to_rgb8(&lab, &mut back);
        assert!(rgb == back);
    }

    #[test]
    fn the_nearest_code_is_the_rounded_one() {
        let tables = Tables::get();
        for step in 0..=100_000 {
            let linear = step as f32 / 100_000.0;
            let exact = crate::color::linear_to_srgb(f64::from(linear)) * 255.0;
            let code = f64::from(tables.nearest_code(linear));
            assert!(
                (code - exact).abs() <= 0.5 + 1e-4,
                "{linear}: {code}, not {exact}"
            );
        }
        assert_eq!(tables.nearest_code(f32::NAN), 0);
        assert_eq!(tables.nearest_code(-1.0), 0);
        assert_eq!(tables.nearest_code(f32::INFINITY), 255);
    }
}
