//! Which photograph is drawn when: a function of the seed, the stage and the number of the draw.

use rand::RngExt;
use rand::seq::SliceRandom;

use super::sources::{PhotoId, Sources};
use crate::seed::Seed;

/// 1 as a share.
const WHOLE: u64 = 1 << 32;

/// Sources mixed by weight, evenly: after any number of draws, each source has had its share but
/// for one draw a source at most.
///
/// A source with the share p of what is left has draw d where ⌊(d + 1)·p + φ⌋ > ⌊d·p + φ⌋ (a Beatty
/// sequence), and has had ⌊d·p + φ⌋ draws before it; the draws left, counted anew, go to the next
/// source in the same way. So the place in a source follows from d alone, without playing back
/// what was drawn before. Phases φ in [0, 1) come from the seed.
#[derive(Clone, Debug)]
pub(super) struct Mixture {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    source: usize,
    /// Of the draws that the parts before have left, in 2^-32.
    share: u64,
    phase: u64,
}

impl Mixture {
    /// From sources with positive weights.
    pub(super) fn new(weights: &[(usize, f64)], seed: Seed, stage: u64) -> Self {
        let mut phases = seed.stream("mixture", stage);
        let mut parts = Vec::with_capacity(weights.len());
        for (index, &(source, weight)) in weights.iter().enumerate() {
            let left: f64 = weights[index..].iter().map(|&(_, weight)| weight).sum();
            let share = if index + 1 == weights.len() {
                WHOLE
            } else {
                ((weight / left * WHOLE as f64).round() as u64).clamp(1, WHOLE)
            };
            parts.push(Part {
                source,
                share,
                phase: phases.random_range(0..WHOLE),
            });
        }
        Self { parts }
    }

    /// The source of a draw, and how many draws it had before.
    pub(super) fn place(&self, mut draw: u64) -> (usize, u64) {
        let mut place = (0, draw);
        for part in &self.parts {
            let had = |draws: u64| {
                let exact = u128::from(draws) * u128::from(part.share) + u128::from(part.phase);
                (exact >> 32) as u64
            };
            let before = had(draw);
            place = (part.source, before);
            if had(draw + 1) > before {
                break;
            }
            draw -= before;
        }
        place
    }
}

/// A stage's draws. Each source is passed through in shuffled epochs; the order of the current one
/// is kept, so every thread has its own.
#[derive(Clone, Debug)]
pub(super) struct Draws {
    seed: Seed,
    stage: u64,
    mixture: Mixture,
    /// By source: the epoch, and its order.
    epochs: Vec<Option<(u64, Vec<u32>)>>,
}

impl Draws {
    pub(super) fn new(sources: &Sources, weights: &[(usize, f64)], seed: Seed, stage: u64) -> Self {
        Self {
            seed,
            stage,
            mixture: Mixture::new(weights, seed, stage),
            epochs: vec![None; sources.names_and_counts().len()],
        }
    }

    /// The photograph of a draw, then those to take instead where it is of no use: the next ones of
    /// its source's epoch, each once. Also gives the source.
    pub(super) fn candidates<'a>(
        &'a mut self,
        sources: &Sources,
        draw: u64,
    ) -> (usize, impl Iterator<Item = PhotoId> + 'a) {
        let (source, position) = self.mixture.place(draw);
        let training = sources.training(source);
        let length = training.len() as u64;
        let (epoch, first) = (position / length, (position % length) as usize);
        let kept = &mut self.epochs[source];
        if kept.as_ref().is_none_or(|(kept, _)| *kept != epoch) {
            let purpose = format!("stage {}/order/{}", self.stage, sources.name_of(source));
            let mut order = training.to_vec();
            order.shuffle(&mut self.seed.stream(&purpose, epoch));
            *kept = Some((epoch, order));
        }
        let order = kept.as_ref().map_or(&[][..], |(_, order)| order);
        let (earlier, later) = order.split_at(first.min(order.len()));
        let all = later.iter().chain(earlier);
        (source, all.map(move |&index| PhotoId::new(source, index)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_keeps_its_share_at_any_time() {
        for (stage, weights) in [
            vec![(0, 1.0)],
            vec![(0, 0.5), (1, 0.5)],
            vec![(2, 3.0), (0, 1.0), (1, 0.01)],
            vec![(0, 1_281_167.0), (1, 118_287.0), (2, 16_241.0), (3, 7.0)],
        ]
        .into_iter()
        .enumerate()
        {
            let mixture = Mixture::new(&weights, Seed(5), stage as u64);
            let total: f64 = weights.iter().map(|w| w.1).sum();
            let mut had = [0_u64; 4];
            for draw in 0..20_000 {
                let (source, position) = mixture.place(draw);
                assert_eq!(position, had[source], "draw {draw} of {weights:?}");
                had[source] += 1;
                for &(source, weight) in &weights {
                    let exact = (draw + 1) as f64 * weight / total;
                    let off = (had[source] as f64 - exact).abs();
                    assert!(
                        off < weights.len() as f64,
                        "draw {draw}: {source} is off by {off}"
                    );
                }
            }
        }
    }

    #[test]
    fn far_draws_need_no_playing_back() {
        let mixture = Mixture::new(&[(0, 0.3), (1, 0.7)], Seed(1), 0);
        let far = 1 << 50;
        let (source, position) = mixture.place(far);
        let exact = far as f64 * [0.3, 0.7][source];
        assert!((position as f64 / exact - 1.0).abs() < 1e-9);
    }
}
