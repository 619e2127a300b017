//! 16-bit sRGB codes.

use std::sync::LazyLock;

use super::planes::luminance_of_linear;
use super::{linear_to_srgb, srgb_to_linear};

/// Steps of linear light in the table of the way back; between them, the curve is a straight line
/// to a hundredth of a code.
const STEPS: usize = 1 << 16;

/// The sRGB curve for 16-bit codes, computed once from the exact reference.
pub(crate) struct Codes16 {
    linear: Vec<f32>,
    /// The code, not rounded, of each step of linear light, and once more of the last.
    coded: Vec<f32>,
}

static CODES: LazyLock<Codes16> = LazyLock::new(|| {
    let most = f64::from(u16::MAX);
    let linear = |code: u16| srgb_to_linear(f64::from(code) / most) as f32;
    let coded = |step: usize| {
        let light = step.min(STEPS) as f64 / STEPS as f64;
        (linear_to_srgb(light) * most) as f32
    };
    Codes16 {
        linear: (0..=u16::MAX).map(linear).collect(),
        coded: (0..STEPS + 2).map(coded).collect(),
    }
});

impl Codes16 {
    pub(crate) fn get() -> &'static Self {
        &CODES
    }

    /// Linear light, 0 to 1, of a code.
    pub(crate) fn linear(&self, code: u16) -> f32 {
        self.linear[usize::from(code)]
    }

    /// The code nearest to a linear light, which is clipped to 0..=1.
    #[inline]
    pub(crate) fn nearest(&self, linear: f32) -> u16 {
        // NaN is cast to 0.
        let at = linear.clamp(0.0, 1.0) * STEPS as f32;
        let step = at as usize;
        let (below, above) = (self.coded[step], self.coded[step + 1]);
        (below + (at - step as f32) * (above - below)).round() as u16
    }

    /// The gray that has a colour's luminance.
    pub(crate) fn gray(&self, rgb: [u16; 3]) -> u16 {
        if rgb[0] == rgb[1] && rgb[1] == rgb[2] {
            return rgb[0];
        }
        self.nearest(luminance_of_linear(rgb.map(|code| self.linear(code))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_comes_back_as_it_was() {
        let codes = Codes16::get();
        for code in 0..=u16::MAX {
            assert_eq!(codes.nearest(codes.linear(code)), code);
        }
        assert_eq!(codes.nearest(f32::NAN), 0);
        assert_eq!(codes.nearest(2.0), u16::MAX);
    }

    #[test]
    fn a_colour_s_gray_has_its_luminance() {
        let codes = Codes16::get();
        for rgb in [
            [65535, 0, 0],
            [0, 65535, 0],
            [1000, 40000, 65535],
            [7, 300, 9],
        ] {
            let linear = rgb.map(|c| srgb_to_linear(f64::from(c) / 65535.0));
            let wanted = 0.2126729 * linear[0] + 0.7151522 * linear[1] + 0.0721750 * linear[2];
            let wanted = linear_to_srgb(wanted) * 65535.0;
            let got = f64::from(codes.gray(rgb));
            assert!((got - wanted).abs() < 0.6, "{rgb:?}: {got}, not {wanted}");
        }
        assert_eq!(codes.gray([513; 3]), 513);
    }
}
