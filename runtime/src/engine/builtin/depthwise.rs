//! Depthwise convolution: rten's goes along rows, of which the deep layers have six or twelve
//! pixels; this one takes a whole plane for one long row.

use multiversion::multiversion;
use rayon::prelude::*;

/// Values that are summed at once: a multiple of every processor's vectors.
const LANES: usize = 64;

/// A convolution of each plane with a kernel of its own, the bias, and the bounds of the activation
/// after it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Depthwise {
    /// Height and width of the kernels.
    pub kernel: [usize; 2],
    /// Of both axes.
    pub stride: usize,
    /// Zeros above, left, below and right.
    pub pads: [usize; 4],
    /// A kernel for each plane.
    pub weights: Vec<f32>,
    /// One for each plane.
    pub bias: Vec<f32>,
    /// The least and the greatest output.
    pub bounds: [f32; 2],
}

impl Depthwise {
    /// The convolution of `[n, c, h, w]`, which has as many planes as there are kernels, and the shape
    /// of it; nothing if the numbers of planes differ, or a side is shorter than the kernel.
    pub fn run(&self, input: &[f32], shape: [usize; 4]) -> Option<(Vec<f32>, [usize; 4])> {
        let [n, c, h, w] = shape;
        if h * w == 0 || self.bias.len() != c || input.len() != n * c * h * w {
            return None;
        }
        let plan = self.plan(h, w)?;
        let [height, width] = plan.output;
        let mut output = vec![0.0; n * c * height * width];
        output
            .par_chunks_mut(height * width)
            .zip(input.par_chunks(h * w))
            .enumerate()
            .with_min_len(16)
            .for_each_init(
                || plan.room(),
                |room, (index, (to, from))| self.plane(&plan, room, index % c, from, to),
            );
        Some((output, [n, c, height, width]))
    }

    fn plan(&self, h: usize, w: usize) -> Option<Plan> {
        let ([kernel_h, kernel_w], stride) = (self.kernel, self.stride);
        let [top, left, bottom, right] = self.pads;
        let side = |padded: usize, kernel: usize| Some(padded.checked_sub(kernel)? / stride + 1);
        let [padded_h, padded_w] = [h + top + bottom, w + left + right];
        let output = [side(padded_h, kernel_h)?, side(padded_w, kernel_w)?];
        let row = padded_w.div_ceil(stride);
        let sums = ((output[0] - 1) * row + output[1]).next_multiple_of(LANES);
        // As far as the last kernel value reads for the last sum.
        let phase = (kernel_h - 1) / stride * row + (kernel_w - 1) / stride + sums;
        let phase = phase.max(padded_h.div_ceil(stride) * row);
        let taps = (0..kernel_h).flat_map(|y| (0..kernel_w).map(move |x| (y, x)));
        let start = |(y, x): (usize, usize)| {
            let which = y % stride * stride + x % stride;
            which * phase + y / stride * row + x / stride
        };
        Some(Plan {
            stride,
            input: [h, w],
            output,
            row,
            phase,
            sums,
            starts: taps.map(start).collect(),
        })
    }

    fn plane(&self, plan: &Plan, room: &mut Room, channel: usize, from: &[f32], to: &mut [f32]) {
        let [_, width] = plan.output;
        let [top, left, ..] = self.pads;
        // Every `stride`th pixel of every `stride`th row, a phase, so that what is summed lies in a row.
        for (y, line) in from.chunks_exact(plan.input[1]).enumerate() {
            let y = y + top;
            let place = y % self.stride * self.stride * plan.phase + y / self.stride * plan.row;
            for phase in 0..self.stride {
                // The first pixel of the line that is in this phase.
                let first = (phase + self.stride - left % self.stride) % self.stride;
                let at = place + phase * plan.phase + (first + left) / self.stride;
                let pixels = line.get(first..).unwrap_or_default();
                match self.stride {
                    1 => room.phases[at..at + pixels.len()].copy_from_slice(pixels),
                    stride => {
                        let to = room.phases[at..].iter_mut();
                        to.zip(pixels.iter().step_by(stride))
                            .for_each(|(to, from)| *to = *from);
                    }
                }
            }
        }
        let taps = plan.starts.len();
        let kernel = Kernel {
            starts: &plan.starts,
            weights: &self.weights[channel * taps..][..taps],
            bias: self.bias[channel],
            bounds: self.bounds,
        };
        sum(&room.phases, &kernel, &mut room.sums);
        for (to, sums) in to.chunks_exact_mut(width).zip(room.sums.chunks(plan.row)) {
            to.copy_from_slice(&sums[..width]);
        }
    }
}

/// That of one plane.
struct Kernel<'a> {
    /// Where each value reads for the first sum.
    starts: &'a [usize],
    weights: &'a [f32],
    bias: f32,
    bounds: [f32; 2],
}

/// How planes of one size are gone through.
struct Plan {
    stride: usize,
    input: [usize; 2],
    output: [usize; 2],
    /// Values in a row of a phase.
    row: usize,
    /// Values in a phase.
    phase: usize,
    /// Sums of a plane, those between the rows too, which mean nothing.
    sums: usize,
    /// Where each kernel value reads for the first sum.
    starts: Vec<usize>,
}

/// What one thread needs.
struct Room {
    phases: Vec<f32>,
    sums: Vec<f32>,
}

impl Plan {
    fn room(&self) -> Room {
        Room {
            phases: vec![0.0; self.stride * self.stride * self.phase],
            sums: vec![0.0; self.sums],
        }
    }
}

/// Nothing is fused, so every processor has the same sums.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn sum(values: &[f32], kernel: &Kernel<'_>, sums: &mut [f32]) {
    sum_in_lanes(values, kernel, sums);
}

#[inline(always)]
fn sum_in_lanes(values: &[f32], kernel: &Kernel<'_>, sums: &mut [f32]) {
    let [least, most] = kernel.bounds;
    for (at, sums) in sums.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let mut made = [kernel.bias; LANES];
        for (start, weight) in kernel.starts.iter().zip(kernel.weights) {
            let Some(values) = values[start + at * LANES..].first_chunk::<LANES>() else {
                return;
            };
            for (made, value) in made.iter_mut().zip(values) {
                *made += weight * value;
            }
        }
        for (sum, made) in sums.iter_mut().zip(made) {
            // What is no number stays none.
            let above = if made < least { least } else { made };
            *sum = if above > most { most } else { above };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{assert_same_bits, on_each_target};

    /// As ONNX defines it.
    fn plainly(conv: &Depthwise, input: &[f32], [n, c, h, w]: [usize; 4]) -> Vec<f32> {
        let ([kernel_h, kernel_w], [top, left, bottom, right]) = (conv.kernel, conv.pads);
        let height = (h + top + bottom - kernel_h) / conv.stride + 1;
        let width = (w + left + right - kernel_w) / conv.stride + 1;
        let mut output = Vec::new();
        for (plane, y, x) in (0..n * c)
            .flat_map(|p| (0..height).flat_map(move |y| (0..width).map(move |x| (p, y, x))))
        {
            let mut sum = conv.bias[plane % c];
            for (ky, kx) in (0..kernel_h).flat_map(|y| (0..kernel_w).map(move |x| (y, x))) {
                let (y, x) = (y * conv.stride + ky, x * conv.stride + kx);
                if y >= top && y - top < h && x >= left && x - left < w {
                    let value = input[(plane * h + y - top) * w + x - left];
                    sum += conv.weights[(plane % c * kernel_h + ky) * kernel_w + kx] * value;
                }
            }
            output.push(sum.max(conv.bounds[0]).min(conv.bounds[1]));
        }
        output
    }

    #[test]
    fn every_kernel_stride_and_padding_is_as_defined() {
        for (kernel, stride, pads) in [
            ([3, 3], 1, [1, 1, 1, 1]),
            ([5, 5], 1, [2, 2, 2, 2]),
            ([3, 3], 2, [0, 0, 1, 1]),
            ([3, 3], 2, [1, 1, 1, 1]),
            ([5, 5], 2, [1, 1, 2, 2]),
            ([5, 3], 2, [2, 0, 1, 3]),
            ([1, 1], 3, [0, 0, 0, 0]),
            ([2, 4], 3, [1, 2, 0, 1]),
        ] {
            for (h, w) in [(6, 6), (7, 13), (24, 17), (5, 40)] {
                let shape = [2, 3, h, w];
                let wave = |count: usize, speed: f32| -> Vec<f32> {
                    (0..count).map(|at| (at as f32 * speed).sin()).collect()
                };
                let conv = Depthwise {
                    kernel,
                    stride,
                    pads,
                    weights: wave(3 * kernel[0] * kernel[1], 1.7),
                    bias: wave(3, 0.9),
                    bounds: [-0.5, 2.0],
                };
                let input = wave(shape.iter().product(), 0.37);
                let (output, sides) = conv.run(&input, shape).unwrap();
                let expected = plainly(&conv, &input, shape);
                assert_eq!(sides.iter().product::<usize>(), expected.len());
                for (got, expected) in output.iter().zip(&expected) {
                    assert!(
                        (got - expected).abs() < 1e-5,
                        "{kernel:?} {stride} {pads:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_set_of_instructions_makes_the_same_sums() {
        let all = on_each_target!(Vec<f32>, {
            let wave = |speed: f32, count: usize| -> Vec<f32> {
                (0..count).map(|at| (at as f32 * speed).sin()).collect()
            };
            let (values, weights) = (wave(0.37, 4096), wave(1.7, 9));
            let kernel = Kernel {
                starts: &[0, 1, 2, 40, 41, 42, 80, 81, 82],
                weights: &weights,
                bias: 0.1,
                bounds: [-0.5, 2.0],
            };
            let mut sums = vec![0.0; 3000];
            sum_in_lanes(&values, &kernel, &mut sums);
            sums
        });
        let (_, plain) = &all[0];
        assert!(plain[0] != plain[1]);
        assert_same_bits(&all);
    }
}
