//! Colours that are revealed from the truth during training, so that the network learns to take
//! them from a person (Zhang et al. 2017, <https://arxiv.org/abs/1705.02999>).

use colorize_models::{AbBins, Head};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::data::Batch;
use crate::seed::Seed;

/// How much of the truth is revealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HintTraining {
    /// Share of the photographs without any hint.
    pub none: f64,
    /// Share of the photographs with a palette: how often each colour occurs, not where; in half of
    /// them, a few of these colours alone, as a person gives them.
    pub palette: f64,
    /// The number of points is geometric: after each, the next comes with 1 minus this chance.
    pub stop: f64,
    /// Each point reveals the mean colour of a square of up to this side, in pixels.
    pub largest: usize,
}

impl Default for HintTraining {
    /// The geometric distribution and the squares are the paper's.
    fn default() -> Self {
        Self {
            none: 0.4,
            palette: 0.2,
            stop: 0.125,
            largest: 9,
        }
    }
}

/// Hints of a batch, as flat planes.
#[derive(Clone, Debug, PartialEq)]
pub struct HintPlanes {
    /// `[n, 3, side, side]`: a* and b*, divided by [`Head::CHROMA_SCALE`], and where they hold.
    pub planes: Vec<f32>,
    /// `[n, bins]`: shares that sum to 1, or zeros.
    pub palette: Vec<f32>,
}

/// Reveals parts of a batch's truth: a function of the seed and of `index`, the number of the
/// batch in its stage.
pub fn reveal(batch: &Batch, training: &HintTraining, seed: Seed, index: u64) -> HintPlanes {
    let pixels = batch.side * batch.side;
    let bins = AbBins::centres().len();
    let mut hints = HintPlanes {
        planes: vec![0.0; batch.len * 3 * pixels],
        palette: vec![0.0; batch.len * bins],
    };
    let mut rng = seed.stream("hints", index);
    let planes = hints.planes.chunks_exact_mut(3 * pixels);
    let palettes = hints.palette.chunks_exact_mut(bins);
    let truths = batch.target.chunks_exact(2 * pixels);
    for ((planes, palette), truth) in planes.zip(palettes).zip(truths) {
        if !rng.random_bool(training.none) {
            while !rng.random_bool(training.stop) {
                point(planes, truth, batch.side, training.largest, &mut rng);
            }
        }
        if rng.random_bool(training.palette) {
            if rng.random_bool(0.5) {
                fill_palette(palette, truth);
            } else {
                draw_palette(palette, truth, &mut rng);
            }
        }
    }
    hints
}

/// Reveals the mean chroma of one square.
fn point(planes: &mut [f32], truth: &[f32], side: usize, largest: usize, rng: &mut ChaCha8Rng) {
    let pixels = side * side;
    let size = rng.random_range(1..=largest.min(side).max(1));
    let (top, left) = (
        rng.random_range(0..=side - size),
        rng.random_range(0..=side - size),
    );
    let square = || (0..size * size).map(|i| (top + i / size) * side + left + i % size);
    for plane in 0..2 {
        let sum: f32 = square().map(|at| truth[plane * pixels + at]).sum();
        let mean = sum / (size * size) as f32;
        square().for_each(|at| planes[plane * pixels + at] = mean);
    }
    square().for_each(|at| planes[2 * pixels + at] = 1.0);
}

/// How often each bin is the nearest to a pixel.
fn fill_palette(palette: &mut [f32], truth: &[f32]) {
    let scale = Head::CHROMA_SCALE as f32;
    let (a, b) = truth.split_at(truth.len() / 2);
    let share = 1.0 / a.len() as f32;
    for (a, b) in a.iter().zip(b) {
        palette[AbBins::nearest([a * scale, b * scale])] += share;
    }
}

/// Up to this many colours are drawn.
const DRAWN: usize = 6;

/// The colours of a few pixels, each as often as drawn.
fn draw_palette(palette: &mut [f32], truth: &[f32], rng: &mut ChaCha8Rng) {
    let scale = Head::CHROMA_SCALE as f32;
    let (a, b) = truth.split_at(truth.len() / 2);
    let count = rng.random_range(1..=DRAWN);
    for _ in 0..count {
        let at = rng.random_range(0..a.len());
        palette[AbBins::nearest([a[at] * scale, b[at] * scale])] += 1.0 / count as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Batch {
        let side = 16;
        let mut batch = Batch::new(side);
        batch.len = 2;
        batch.target = (0..2 * 2 * side * side)
            .map(|i| (i % 7) as f32 / 20.0)
            .collect();
        batch
    }

    #[test]
    fn the_same_batch_gives_the_same_hints() {
        let training = HintTraining::default();
        let hints = |index| reveal(&batch(), &training, Seed(1), index);
        assert_eq!(hints(5), hints(5));
        assert!((0..20).any(|index| hints(index) != hints(index + 1)));
    }

    #[test]
    fn what_is_revealed_is_the_truth_and_only_where_the_mask_says() {
        let training = HintTraining {
            none: 0.0,
            palette: 1.0,
            largest: 1,
            ..HintTraining::default()
        };
        let batch = batch();
        let pixels = batch.side * batch.side;
        let hints = reveal(&batch, &training, Seed(3), 0);
        for picture in 0..2 {
            let planes = &hints.planes[picture * 3 * pixels..][..3 * pixels];
            for at in 0..pixels {
                let known = planes[2 * pixels + at];
                for plane in 0..2 {
                    let truth = batch.target[(2 * picture + plane) * pixels + at];
                    assert_eq!(planes[plane * pixels + at], known * truth);
                }
            }
        }
        let sums = hints.palette.chunks_exact(AbBins::centres().len());
        for sum in sums.map(|palette| palette.iter().sum::<f32>()) {
            assert!((sum - 1.0).abs() < 1e-4, "{sum}");
        }
    }

    #[test]
    fn no_hints_are_zeros() {
        let training = HintTraining {
            none: 1.0,
            palette: 0.0,
            ..HintTraining::default()
        };
        let hints = reveal(&batch(), &training, Seed(3), 0);
        assert!(hints.planes.iter().chain(&hints.palette).all(|v| *v == 0.0));
    }
}
