//! sRGB and CIELAB (D65).
//!
//! Two forms of the same arithmetic: scalars in `f64` that follow the standards
//! line by line (here), and slices in `f32` that are fast enough for millions of
//! pixels (`planes`), held to the first by a test.
//!
//! | quantity | range |
//! | --- | --- |
//! | sRGB | 0 to 1 (or 0 to 255 as bytes), gamma-coded |
//! | linear RGB, XYZ | 0 to 1; XYZ is relative to [`WHITE`] only where said so |
//! | lightness L\* | 0 (black) to 100 (white) |
//! | chroma a\*, b\* | about -108 to 108 inside sRGB; 0, 0 is gray |

mod deep;
mod planes;

pub(crate) use deep::Codes16;
pub(crate) use planes::{Tables, linear_of_lab, luminance_of_lightness};
pub use planes::{lab_planes_to_rgb8, lightness_of_rgb8, rgb8_to_lab_planes};

/// Linear sRGB to CIE XYZ (IEC 61966-2-1, seven digits as Lindbloom gives them).
pub const RGB_TO_XYZ: [[f64; 3]; 3] = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
];

/// CIE XYZ to linear sRGB: the inverse of [`RGB_TO_XYZ`].
pub const XYZ_TO_RGB: [[f64; 3]; 3] = inverse(RGB_TO_XYZ);

/// XYZ of sRGB's white (D65): the row sums of [`RGB_TO_XYZ`], so that white is
/// exactly L\* = 100, a\* = b\* = 0.
pub const WHITE: [f64; 3] = [
    RGB_TO_XYZ[0][0] + RGB_TO_XYZ[0][1] + RGB_TO_XYZ[0][2],
    RGB_TO_XYZ[1][0] + RGB_TO_XYZ[1][1] + RGB_TO_XYZ[1][2],
    RGB_TO_XYZ[2][0] + RGB_TO_XYZ[2][1] + RGB_TO_XYZ[2][2],
];

/// Where CIELAB's cube root gives way to a straight line: 6/29.
const DELTA: f64 = 6.0 / 29.0;

/// Gamma-coded sRGB (0 to 1) to linear light (0 to 1).
pub fn srgb_to_linear(coded: f64) -> f64 {
    if coded <= 0.04045 {
        coded / 12.92
    } else {
        ((coded + 0.055) / 1.055).powf(2.4)
    }
}

/// Linear light (0 to 1) to gamma-coded sRGB (0 to 1). Negative light, which only
/// colours outside the gamut have, goes on along the straight line.
pub fn linear_to_srgb(linear: f64) -> f64 {
    if linear <= 0.0031308 {
        12.92 * linear
    } else {
        1.055 * linear.powf(1.0 / 2.4) - 0.055
    }
}

/// CIELAB's response to a tristimulus value relative to white: f(1) = 1.
pub fn lab_f(relative: f64) -> f64 {
    if relative > DELTA * DELTA * DELTA {
        relative.cbrt()
    } else {
        relative / (3.0 * DELTA * DELTA) + 4.0 / 29.0
    }
}

/// The inverse of [`lab_f`].
pub fn lab_f_inverse(response: f64) -> f64 {
    if response > DELTA {
        response * response * response
    } else {
        3.0 * DELTA * DELTA * (response - 4.0 / 29.0)
    }
}

/// sRGB (0 to 1) to CIELAB.
pub fn srgb_to_lab(rgb: [f64; 3]) -> [f64; 3] {
    let xyz = multiply(&RGB_TO_XYZ, rgb.map(srgb_to_linear));
    let [x, y, z] = [0, 1, 2].map(|i| lab_f(xyz[i] / WHITE[i]));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// CIELAB to sRGB. Nothing is clamped: a colour outside the gamut has a channel
/// below 0 or above 1.
pub fn lab_to_srgb(lab: [f64; 3]) -> [f64; 3] {
    let y = (lab[0] + 16.0) / 116.0;
    let response = [y + lab[1] / 500.0, y, y - lab[2] / 200.0];
    let xyz = [0, 1, 2].map(|i| WHITE[i] * lab_f_inverse(response[i]));
    multiply(&XYZ_TO_RGB, xyz).map(linear_to_srgb)
}

/// The lightness L\* (0 to 100) of an 8-bit gray.
pub fn lightness_of_gray(gray: u8) -> f64 {
    116.0 * lab_f(srgb_to_linear(f64::from(gray) / 255.0)) - 16.0
}

fn multiply(matrix: &[[f64; 3]; 3], v: [f64; 3]) -> [f64; 3] {
    [0, 1, 2].map(|i| matrix[i][0] * v[0] + matrix[i][1] * v[1] + matrix[i][2] * v[2])
}

/// Cramer's rule, as a constant, so that the two matrices cannot drift apart.
const fn inverse(m: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let mut adjugate = [[0.0; 3]; 3];
    let mut row = 0;
    while row < 3 {
        let mut column = 0;
        while column < 3 {
            // Cyclic indices give the cofactor its sign.
            let (r1, r2) = ((row + 1) % 3, (row + 2) % 3);
            let (c1, c2) = ((column + 1) % 3, (column + 2) % 3);
            adjugate[column][row] = m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1];
            column += 1;
        }
        row += 1;
    }
    let determinant =
        m[0][0] * adjugate[0][0] + m[0][1] * adjugate[1][0] + m[0][2] * adjugate[2][0];
    let mut row = 0;
    while row < 3 {
        let mut column = 0;
        while column < 3 {
            adjugate[row][column] /= determinant;
            column += 1;
        }
        row += 1;
    }
    adjugate
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(got: [f64; 3], want: [f64; 3], tolerance: f64) {
        for i in 0..3 {
            assert!(
                (got[i] - want[i]).abs() <= tolerance,
                "{got:?} is not {want:?}"
            );
        }
    }

    #[test]
    fn the_primaries_have_the_published_values() {
        // Lindbloom's calculator, sRGB, D65, to four decimals.
        assert_near(
            srgb_to_lab([1.0, 0.0, 0.0]),
            [53.2408, 80.0925, 67.2032],
            2e-3,
        );
        assert_near(
            srgb_to_lab([0.0, 1.0, 0.0]),
            [87.7347, -86.1827, 83.1793],
            2e-3,
        );
        assert_near(
            srgb_to_lab([0.0, 0.0, 1.0]),
            [32.2970, 79.1875, -107.8602],
            2e-3,
        );
    }

    #[test]
    fn white_gray_and_black_have_no_chroma() {
        for gray in 0..=255u8 {
            let lab = srgb_to_lab([f64::from(gray) / 255.0; 3]);
            assert_near(lab, [lightness_of_gray(gray), 0.0, 0.0], 1e-9);
        }
        assert_near(srgb_to_lab([1.0; 3]), [100.0, 0.0, 0.0], 1e-12);
    }

    #[test]
    fn there_and_back_is_the_same_colour() {
        for r in 0..=10 {
            for g in 0..=10 {
                for b in 0..=10 {
                    let rgb = [r, g, b].map(|c| f64::from(c) / 10.0);
                    assert_near(lab_to_srgb(srgb_to_lab(rgb)), rgb, 1e-6);
                }
            }
        }
    }
}
