//! Rounding to 8-bit codes that keeps the luminance, of many pixels at once: arithmetic instead of tables
//! and branches, so that the compiler fills the processor's vectors.

use super::WEIGHTS;

/// Linear light up to which sRGB's curve is a straight line.
const KNEE: f32 = 0.003_130_8;
/// Slope of that line, in codes.
const LINE: f32 = 12.92 * 255.0;
/// Codes of the curve beyond it: `SPAN * light^(1/2.4) - SHIFT`.
const SPAN: f32 = 1.055 * 255.0;
const SHIFT: f32 = 0.055 * 255.0;
/// Some 17/12 of the bits of 1: light^(-5/12) is guessed by taking away 5/12 of the light's. Such that the
/// guess is 4 % off at most.
const GUESS: u32 = 0x59eb_914a;
/// Added, it leaves no room for a fraction: the last bits are then the nearest whole number.
const WHOLE: f32 = 8_388_608.0;

/// A light between 0 and 1 as a code that is not rounded, and how light changes around it: by
/// `slope * step + bend * step^2` for a step of up to a code, to 1e-6.
#[derive(Clone, Copy)]
struct Coded {
    code: f32,
    slope: f32,
    bend: f32,
}

impl Coded {
    #[inline(always)]
    fn of(light: f32) -> Self {
        let inverse = inverse_root(light);
        let slope = (2.4 / SPAN) * light * inverse;
        let curve = Self {
            code: SPAN / inverse - SHIFT,
            slope,
            bend: (0.7 / SPAN) * slope * inverse,
        };
        let line = Self {
            code: LINE * light,
            slope: 1.0 / LINE,
            bend: 0.0,
        };
        let is_line = light <= KNEE;
        let choose = |line, curve| if is_line { line } else { curve };
        Self {
            code: choose(line.code, curve.code),
            slope: choose(line.slope, curve.slope),
            bend: choose(line.bend, curve.bend),
        }
    }

    /// Light at a code near this one, less the light here.
    #[inline(always)]
    fn change(self, code: f32) -> f32 {
        let step = code - self.code;
        (self.slope + self.bend * step) * step
    }
}

/// light^(-1/2.4), the curve's power upside down, for light above the knee: a guess by the exponent's bits,
/// then two steps of the binomial series of what is missing. It has no division and no square root, which
/// were most of the time that the merge took.
#[inline(always)]
fn inverse_root(light: f32) -> f32 {
    let light = if light > KNEE { light } else { KNEE };
    let squared = light * light;
    let fifth = squared * squared * light;
    let mut root = f32::from_bits(GUESS - (light.to_bits() / 12) * 5);
    for _ in 0..2 {
        let square = root * root;
        let fourth = square * square;
        let missing = 1.0 - fifth * (fourth * fourth * fourth);
        let series = 1.0 / 12.0 + missing * (13.0 / 288.0 + missing * (325.0 / 10_368.0));
        root += root * missing * series;
    }
    root
}

/// Each channel of linear RGB goes to its nearest code; then red and blue may take the code on the other
/// side of what is wanted, to make up for what the rounding of green, which weighs most, did to the
/// luminance. So no channel is a whole code off, and a difference of the network's that cannot be seen
/// stays one: at most two codes. Light is clipped to 0..=1; pixels that are `gray` stay so.
#[inline(always)]
pub(super) fn codes<const N: usize>(rgb: &[[f32; N]; 3], gray: &[bool; N]) -> [[u8; N]; 3] {
    // Apart, a value of many pixels fills a vector.
    let [mut code, mut slope, mut bend] = [[[0.0; N]; 3]; 3];
    for channel in 0..3 {
        for i in 0..N {
            let coded = Coded::of(clipped(rgb[channel][i]));
            code[channel][i] = coded.code;
            slope[channel][i] = coded.slope;
            bend[channel][i] = coded.bend;
        }
    }
    let mut codes = [[0; N]; 3];
    for i in 0..N {
        let lights = [0, 1, 2].map(|channel: usize| Coded {
            code: code[channel][i],
            slope: slope[channel][i],
            bend: bend[channel][i],
        });
        let mut nearest = [0, 1, 2].map(|channel: usize| rounded(lights[channel].code));
        let change = |channel: usize, code: f32| WEIGHTS[channel] * lights[channel].change(code);
        let mut excess = change(0, nearest[0]) + change(1, nearest[1]) + change(2, nearest[2]);
        for channel in [0, 2] {
            let code = nearest[channel];
            let down = code > lights[channel].code;
            let other = if down { code - 1.0 } else { code + 1.0 };
            let other = other.clamp(0.0, 255.0);
            let changed = excess + change(channel, other) - change(channel, code);
            let better = (changed.abs() < excess.abs()) & !gray[i];
            excess = if better { changed } else { excess };
            nearest[channel] = if better { other } else { code };
        }
        for (codes, code) in codes.iter_mut().zip(nearest) {
            codes[i] = (code + WHOLE).to_bits() as u8;
        }
    }
    codes
}

/// What is no number is black.
#[inline(always)]
fn clipped(light: f32) -> f32 {
    let light = if light > 0.0 { light } else { 0.0 };
    if light < 1.0 { light } else { 1.0 }
}

#[inline(always)]
fn rounded(code: f32) -> f32 {
    (code + WHOLE) - WHOLE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::{linear_to_srgb, srgb_to_linear};

    #[test]
    fn codes_are_the_curve_s() {
        for step in 0..=100_000 {
            let light = step as f32 / 100_000.0;
            let exact = linear_to_srgb(f64::from(light)) * 255.0;
            let code = f64::from(Coded::of(light).code);
            assert!((code - exact).abs() < 1e-4, "{light}: {code}, not {exact}");
        }
    }

    #[test]
    fn light_around_a_code_is_the_curve_s() {
        for step in 0..=10_000 {
            let light = step as f32 / 10_000.0;
            let coded = Coded::of(light);
            for code in [-1.0, -0.4, 0.6, 1.0].map(|step| coded.code + step) {
                let exact = srgb_to_linear(f64::from(code) / 255.0) - f64::from(light);
                let got = f64::from(coded.change(code));
                // Where the straight line ends, the curve does not go on as it did: a 25th of a step.
                let knee = LINE * KNEE;
                let across = (coded.code < knee) != (code < knee);
                let allowed = if across { 2e-5 } else { 1e-6 };
                assert!(
                    (got - exact).abs() < allowed,
                    "{light}, {code}: {got}, not {exact}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_light_is_clipped() {
        let rgb = [[f32::NAN], [-2.0], [f32::INFINITY]];
        assert_eq!(codes(&rgb, &[true]), [[0], [0], [255]]);
    }
}
