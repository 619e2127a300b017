//! Colour as classification (Zhang et al. 2016, <https://arxiv.org/abs/1603.08511>, sections 2.1
//! to 2.3): cross-entropy over quantised a*b*, with soft targets and class rebalancing.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor, TensorData};
use colorize_models::{AbBins, Head};

/// Bins that share a colour.
const NEIGHBOURS: usize = 5;
/// Width of the Gaussian that weighs them, in units of a* and b*.
const SIGMA: f64 = 5.0;
/// The table of soft targets has a cell every so many units.
const CELL: f32 = 2.0;
/// Cells on each axis: -110 to 110.
const CELLS: usize = 111;
/// Pixels of the photograph, on each axis, for one of the network's classification.
const REDUCTION: usize = 4;

/// The bins, and for every colour the nearest of them.
pub struct ColourClasses {
    bins: usize,
    /// `CELLS² · NEIGHBOURS`
    nearest: Vec<i32>,
    /// Their weights, which sum to 1.
    weights: Vec<f32>,
}

/// The classes of the pixels of a batch, at a quarter of its resolution.
pub struct SoftTargets {
    /// `[n, 5, h, w]`: bins.
    nearest: Vec<i32>,
    /// `[n, 5, h, w]`: their shares.
    shares: Vec<f32>,
    shape: [usize; 4],
}

/// How much each bin counts.
pub struct Rebalancing(Vec<f32>);

impl ColourClasses {
    /// Finds the bins next to each colour.
    pub fn new() -> Self {
        let centres = AbBins::centres();
        let mut nearest = Vec::with_capacity(CELLS * CELLS * NEIGHBOURS);
        let mut weights = Vec::with_capacity(CELLS * CELLS * NEIGHBOURS);
        for cell in 0..CELLS * CELLS {
            let on_axis = |index: usize| f64::from(CELL) * index as f64 - Head::CHROMA_SCALE;
            let (a, b) = (on_axis(cell / CELLS), on_axis(cell % CELLS));
            let mut by_distance: Vec<(f64, usize)> = (0..)
                .zip(centres)
                .map(|(bin, centre)| {
                    let [x, y] = centre.map(f64::from);
                    ((x - a).powi(2) + (y - b).powi(2), bin)
                })
                .collect();
            by_distance.sort_by(|x, y| x.0.total_cmp(&y.0));
            by_distance.truncate(NEIGHBOURS);
            // Relative to the nearest, so that a colour far outside does not vanish.
            let closest = by_distance[0].0;
            let bell = |d: f64| (-(d - closest) / (2.0 * SIGMA * SIGMA)).exp();
            let total: f64 = by_distance.iter().map(|(d, _)| bell(*d)).sum();
            for (distance, bin) in by_distance {
                nearest.push(bin as i32);
                weights.push((bell(distance) / total) as f32);
            }
        }
        Self {
            bins: centres.len(),
            nearest,
            weights,
        }
    }

    /// The classes of `n` pairs of planes `[2, side, side]` of a* and b*, divided by
    /// [`Head::CHROMA_SCALE`], one after the other.
    pub fn targets(&self, chroma: &[f32], n: usize, side: usize) -> SoftTargets {
        let reduced = side / REDUCTION;
        let pixels = reduced * reduced;
        let mut nearest = vec![0; n * NEIGHBOURS * pixels];
        let mut shares = vec![0.0; n * NEIGHBOURS * pixels];
        for (index, planes) in chroma.chunks_exact(2 * side * side).enumerate() {
            let (a, b) = planes.split_at(side * side);
            for pixel in 0..pixels {
                let at = (pixel / reduced, pixel % reduced);
                let cell = cell(mean(a, side, at)) * CELLS + cell(mean(b, side, at));
                for neighbour in 0..NEIGHBOURS {
                    let from = cell * NEIGHBOURS + neighbour;
                    let to = (index * NEIGHBOURS + neighbour) * pixels + pixel;
                    nearest[to] = self.nearest[from];
                    shares[to] = self.weights[from];
                }
            }
        }
        SoftTargets {
            nearest,
            shares,
            shape: [n, NEIGHBOURS, reduced, reduced],
        }
    }

    /// No colour counts more than another, as long as nothing was counted.
    pub fn prior(&self) -> Vec<f64> {
        vec![0.0; self.bins]
    }
}

impl Default for ColourClasses {
    fn default() -> Self {
        Self::new()
    }
}

/// The mean over the pixels of the photograph that one of the network's covers.
fn mean(plane: &[f32], side: usize, (row, column): (usize, usize)) -> f32 {
    let start = row * REDUCTION * side + column * REDUCTION;
    let rows = (0..REDUCTION).map(|y| &plane[start + y * side..][..REDUCTION]);
    rows.flatten().sum::<f32>() / (REDUCTION * REDUCTION) as f32
}

/// The table's row or column of a value divided by [`Head::CHROMA_SCALE`].
fn cell(value: f32) -> usize {
    let scale = Head::CHROMA_SCALE as f32;
    let cell = ((value + 1.0) * scale / CELL).round_ties_even();
    cell.clamp(0.0, (CELLS - 1) as f32) as usize
}

impl SoftTargets {
    /// Adds each bin's share to `counts`.
    pub fn count(&self, counts: &mut [f64]) {
        for (bin, share) in self.nearest.iter().zip(&self.shares) {
            counts[*bin as usize] += f64::from(*share);
        }
    }
}

impl Rebalancing {
    /// From how often each bin occurs: ((1 - uniform) · prior + uniform / bins)^-power, scaled so
    /// that its mean over the prior is 1.
    pub fn new(counts: &[f64], uniform: f64, power: f64) -> Self {
        let total: f64 = counts.iter().sum();
        let prior = |count: f64| count / total.max(f64::MIN_POSITIVE);
        let weight = |count: f64| {
            ((1.0 - uniform) * prior(count) + uniform / counts.len() as f64).powf(-power)
        };
        let mean: f64 = counts.iter().map(|&c| prior(c) * weight(c)).sum();
        Self(counts.iter().map(|&c| (weight(c) / mean) as f32).collect())
    }

    /// The weight of each bin.
    pub fn weights(&self) -> &[f32] {
        &self.0
    }

    /// Cross-entropy of `logits` `[n, bins, h, w]` against soft targets of the same height and
    /// width, each pixel weighted by what its bins count; the mean.
    pub fn cross_entropy(&self, logits: Tensor<4>, targets: &SoftTargets) -> Tensor<1> {
        let device = logits.device();
        let shape = targets.shape;
        let [n, _, h, w] = shape;
        let pixels = h * w;
        let counts = (0..n * pixels).map(|i| {
            let (picture, pixel) = (i / pixels, i % pixels);
            (0..NEIGHBOURS)
                .map(|neighbour| {
                    let at = (picture * NEIGHBOURS + neighbour) * pixels + pixel;
                    self.0[targets.nearest[at] as usize] * targets.shares[at]
                })
                .sum::<f32>()
        });
        let counts: Vec<f32> = counts.collect();
        let counts = Tensor::<4>::from_data(TensorData::new(counts, [n, 1, h, w]), &device);
        let nearest = TensorData::new(targets.nearest.clone(), shape);
        let nearest = Tensor::<4, Int>::from_data(nearest, &device);
        let shares = TensorData::new(targets.shares.clone(), shape);
        let shares = Tensor::<4>::from_data(shares, &device);
        let chosen = log_softmax(logits, 1).gather(1, nearest); // [n, 5, h, w]
        let entropy = (chosen * shares).sum_dim(1).neg(); // [n, 1, h, w]
        (entropy * counts).mean()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn a_colour_at_a_bins_centre_belongs_mostly_to_it() {
        let classes = ColourClasses::new();
        let side = 8;
        let mut chroma = vec![0.0; 2 * side * side];
        chroma[..side * side].fill(20.0 / 110.0);
        let targets = classes.targets(&chroma, 1, side);
        let bin = AbBins::centres().iter().position(|c| *c == [20.0, 0.0]);
        assert_eq!(targets.nearest[0] as usize, bin.unwrap());
        assert!(targets.shares[0] > 0.5);
        let mut counts = classes.prior();
        targets.count(&mut counts);
        assert!((counts.iter().sum::<f64>() - 4.0).abs() < 1e-5);
    }

    #[test]
    fn rare_colours_count_more_and_the_mean_stays_one() {
        let counts = [90.0, 9.0, 1.0];
        let weights = Rebalancing::new(&counts, 0.5, 1.0).0;
        assert!(weights[2] > weights[1] && weights[1] > weights[0]);
        let mean: f32 = weights
            .iter()
            .zip(counts)
            .map(|(w, c)| w * c as f32 / 100.0)
            .sum();
        assert!((mean - 1.0).abs() < 1e-6);
        let even = Rebalancing::new(&counts, 0.5, 0.0);
        assert_eq!(even.weights(), [1.0; 3]);
    }

    #[test]
    fn a_certain_and_right_guess_costs_nothing() {
        let classes = ColourClasses::new();
        let targets = classes.targets(&[0.0; 32], 1, 4);
        let counts = vec![1.0; classes.bins];
        let even = Rebalancing::new(&counts, 0.5, 0.0);
        let logits = |height: f32| {
            let mut logits = vec![0.0; classes.bins];
            for (bin, share) in targets.nearest.iter().zip(&targets.shares) {
                logits[*bin as usize] = height + share.ln();
            }
            Tensor::from_data(
                TensorData::new(logits, [1, classes.bins, 1, 1]),
                &Device::flex(),
            )
        };
        let cost = |height| crate::loss::value(&even.cross_entropy(logits(height), &targets));
        let entropy: f32 = targets.shares.iter().map(|s| -s * s.ln()).sum();
        assert!(
            (cost(50.0) - entropy).abs() < 1e-4,
            "the target's own entropy is the least"
        );
        assert!(cost(0.0) > cost(50.0) + 1.0);
    }
}
