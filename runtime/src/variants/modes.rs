//! What colours a part of a photograph may have.

use ndarray::Array3;

/// A colour about which a distribution gathers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mode {
    /// a\* and b\*, in CIELAB's units.
    pub chroma: [f32; 2],
    /// How much of the distribution is near it, 0 to 1.
    pub weight: f32,
}

/// Colours nearer to each other than this, in CIELAB's units, are one mode ...
const APART: f32 = 24.0;
/// ... and so much of the distribution around counts for a colour.
const NEAR: f32 = 15.0;
/// At most so many modes are of interest.
const MOST: usize = 12;

/// Shares of a temperature from logits: `[bins, h, w]`, summing to 1 over the bins.
pub(super) fn shares(logits: &Array3<f32>, temperature: f32) -> Array3<f32> {
    let mut shares = logits.clone();
    for mut cell in shares.lanes_mut(ndarray::Axis(0)) {
        let largest = cell.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        cell.mapv_inplace(|logit| ((logit - largest) / temperature).exp());
        let sum = cell.sum();
        cell.mapv_inplace(|share| share / sum);
    }
    shares
}

/// The mean distribution of some cells.
pub(super) fn mean(shares: &Array3<f32>, cells: &[usize]) -> Vec<f32> {
    let (bins, _, width) = shares.dim();
    let mut mean = vec![0.0; bins];
    for &cell in cells {
        for (bin, sum) in mean.iter_mut().enumerate() {
            *sum += shares[[bin, cell / width, cell % width]];
        }
    }
    let count = cells.len().max(1) as f32;
    mean.iter().map(|sum| sum / count).collect()
}

/// How much of a distribution is near a colour: 1 at the colour itself, less with the distance.
pub(super) fn near(distribution: &[f32], centres: &[[f32; 2]], colour: [f32; 2]) -> f32 {
    let weighed = centres.iter().zip(distribution).map(|(centre, share)| {
        let far = distance(*centre, colour) / NEAR;
        share * (-far * far / 2.0).exp()
    });
    weighed.sum()
}

/// The colours about which a distribution gathers, the likeliest first.
pub(super) fn modes(distribution: &[f32], centres: &[[f32; 2]]) -> Vec<Mode> {
    let mut candidates: Vec<Mode> = centres
        .iter()
        .map(|&chroma| Mode {
            chroma,
            weight: near(distribution, centres, chroma),
        })
        .collect();
    candidates.sort_by(|x, y| y.weight.total_cmp(&x.weight));
    let mut modes: Vec<Mode> = Vec::new();
    for candidate in candidates {
        let is_new = |mode: &Mode| distance(mode.chroma, candidate.chroma) >= APART;
        if modes.len() < MOST && modes.iter().all(is_new) {
            modes.push(candidate);
        }
    }
    modes
}

pub(super) fn distance(one: [f32; 2], other: [f32; 2]) -> f32 {
    (one[0] - other[0]).hypot(one[1] - other[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn centres() -> Vec<[f32; 2]> {
        let steps = || (-6..=6).map(|step| 10.0 * step as f32);
        steps().flat_map(|a| steps().map(move |b| [a, b])).collect()
    }

    #[test]
    fn two_hills_are_two_modes_the_higher_first() {
        let hill = |colour, height: f32| {
            let centres = centres().into_iter();
            centres.map(move |c| height * (-(distance(c, colour) / 8.0).powi(2)).exp())
        };
        let both = hill([40.0, 20.0], 1.0).zip(hill([-20.0, -40.0], 0.6));
        let sum: Vec<f32> = both.map(|(x, y)| x + y).collect();
        let total: f32 = sum.iter().sum();
        let distribution: Vec<f32> = sum.iter().map(|v| v / total).collect();
        let modes = modes(&distribution, &centres());
        assert_eq!(modes[0].chroma, [40.0, 20.0]);
        assert_eq!(modes[1].chroma, [-20.0, -40.0]);
        assert!(modes[0].weight > modes[1].weight && modes[1].weight > modes[2].weight);
    }

    #[test]
    fn shares_sum_to_one_and_follow_the_temperature() {
        let logits = Array3::from_shape_fn((3, 2, 2), |(bin, y, x)| (bin * (1 + y + x)) as f32);
        for temperature in [1.0, 0.5] {
            let shares = shares(&logits, temperature);
            let sums = shares.sum_axis(ndarray::Axis(0));
            assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-5));
            let ratio = shares[[1, 1, 1]] / shares[[0, 1, 1]];
            assert!((ratio.ln() - 3.0 / temperature).abs() < 1e-3);
        }
        assert_eq!(mean(&shares(&logits, 1.0), &[0]).len(), 3);
    }
}
