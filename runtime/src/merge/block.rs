//! Some pixels at once, so that the compiler fills the processor's vectors.

use super::{HALVINGS, is_light_inside as is_inside, rounding};
use crate::color::{linear_of_lab, luminance_of_lightness};

/// Pixels of a block.
pub(super) const BLOCK: usize = 256;
/// Pixels outside the gamut that are brought inside together.
const LANES: usize = 16;

/// Pixels, and their light inside the gamut.
pub(super) struct Block {
    lab: [[f32; BLOCK]; 3],
    rgb: [[f32; BLOCK]; 3],
    /// Without chroma: the three lights are the luminance, and stay the same when they are rounded.
    gray: [bool; BLOCK],
}

impl Default for Block {
    fn default() -> Self {
        Self {
            lab: [[0.0; BLOCK]; 3],
            rgb: [[0.0; BLOCK]; 3],
            gray: [false; BLOCK],
        }
    }
}

impl Block {
    /// Takes the L\*, a\* and b\* of pixels, at most a block.
    #[inline(always)]
    pub fn fill(&mut self, planes: [&[f32]; 3]) {
        let count = planes[0].len();
        for (plane, values) in self.lab.iter_mut().zip(planes) {
            plane[..values.len()].copy_from_slice(values);
        }
        self.rgb = linear(&self.lab);
        self.reduce_chroma(count);
        let [l, a, b] = &self.lab;
        for at in 0..BLOCK {
            let gray = (a[at] == 0.0) & (b[at] == 0.0);
            let luminance = luminance_of_lightness(l[at]);
            for plane in &mut self.rgb {
                plane[at] = if gray { luminance } else { plane[at] };
            }
            self.gray[at] = gray;
        }
    }

    /// 8-bit codes whose gray has the pixels' lightness.
    #[inline(always)]
    pub fn codes(&self) -> [[u8; BLOCK]; 3] {
        rounding::codes(&self.rgb, &self.gray)
    }

    /// Linear RGB of a pixel.
    pub fn linear(&self, at: usize) -> [f32; 3] {
        self.rgb.map(|plane| plane[at])
    }

    /// Reduces the chroma of pixels outside of the gamut, as `greatest_share` does.
    #[inline(always)]
    fn reduce_chroma(&mut self, count: usize) {
        let inside = inside(&self.rgb);
        let mut outside = [0; BLOCK];
        let mut found = 0;
        for (at, inside) in inside.iter().enumerate().take(count) {
            outside[found] = at;
            found += usize::from(!inside);
        }
        for places in outside[..found].chunks(LANES) {
            let mut lab = [[0.0; LANES]; 3];
            for (lanes, plane) in lab.iter_mut().zip(&self.lab) {
                for (lane, at) in lanes.iter_mut().zip(places) {
                    *lane = plane[*at];
                }
            }
            let rgb = reduced(&lab);
            for (plane, lanes) in self.rgb.iter_mut().zip(&rgb) {
                for (lane, at) in lanes.iter().zip(places) {
                    plane[*at] = *lane;
                }
            }
        }
    }
}

/// Linear RGB of the largest chroma of each pixel's hue that is in the gamut.
#[inline(always)]
fn reduced(lab: &[[f32; LANES]; 3]) -> [[f32; LANES]; 3] {
    let [l, a, b] = lab;
    // Gray is inside for every lightness, so the lower end always is.
    let (mut low, mut high) = ([0.0_f32; LANES], [1.0_f32; LANES]);
    let mut best = [l.map(luminance_of_lightness); 3];
    for _ in 0..HALVINGS {
        let mut tried = [*l, *a, *b];
        let mut share = [0.0; LANES];
        for i in 0..LANES {
            share[i] = (low[i] + high[i]) / 2.0;
            tried[1][i] *= share[i];
            tried[2][i] *= share[i];
        }
        let rgb = linear(&tried);
        let inside = inside(&rgb);
        for i in 0..LANES {
            low[i] = if inside[i] { share[i] } else { low[i] };
            high[i] = if inside[i] { high[i] } else { share[i] };
            for (best, rgb) in best.iter_mut().zip(&rgb) {
                best[i] = if inside[i] { rgb[i] } else { best[i] };
            }
        }
    }
    best
}

#[inline(always)]
fn linear<const N: usize>(lab: &[[f32; N]; 3]) -> [[f32; N]; 3] {
    let mut rgb = [[0.0; N]; 3];
    for i in 0..N {
        let [r, g, b] = linear_of_lab(lab[0][i], lab[1][i], lab[2][i]);
        rgb[0][i] = r;
        rgb[1][i] = g;
        rgb[2][i] = b;
    }
    rgb
}

#[inline(always)]
fn inside<const N: usize>(rgb: &[[f32; N]; 3]) -> [bool; N] {
    let mut inside = [false; N];
    for (i, inside) in inside.iter_mut().enumerate() {
        // Without branches, and such that what is no number is outside.
        *inside = rgb
            .iter()
            .fold(true, |all, plane| all & is_inside(plane[i]));
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::super::greatest_share;
    use super::*;

    #[test]
    fn a_block_is_what_its_pixels_are_one_by_one() {
        let value =
            |i: usize, step: usize, range: f32| (i * step % 101) as f32 / 50.0 * range - range;
        for count in [1, 15, 40, BLOCK] {
            let l: Vec<f32> = (0..count).map(|i| value(i, 37, 50.0) + 50.0).collect();
            let a: Vec<f32> = (0..count).map(|i| value(i, 53, 110.0)).collect();
            let b: Vec<f32> = (0..count).map(|i| value(i, 71, 110.0)).collect();
            let mut block = Block::default();
            block.fill([&l, &a, &b]);
            for i in 0..count {
                let (_, linear) = greatest_share(l[i], a[i], b[i]);
                assert_eq!(block.linear(i), linear, "{} {} {}", l[i], a[i], b[i]);
            }
        }
    }
}
