//! Colours at points, spread over the things that they are on.
//!
//! Yatziv & Sapiro 2006, "Fast Image and Video Colorization Using Chrominance Blending": a colour
//! reaches as far as lightness changes little on the way, and where several reach a place, the nearest
//! counts most. What is spread is the difference between the colour that is known and the one that the
//! network painted there, so that shades stay, and a network that follows the hints by itself is left
//! alone.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::points::Patch;
use crate::merge::in_gamut;
use crate::plane::Plane;

/// The distance over which a colour fades to a third: in units of lightness on the way ...
const REACH: f32 = 22.0;
/// ... where a step of less than this is texture or noise, and costs nothing ...
const TEXTURE: f32 = 3.0;
/// ... a step of painted chroma counts by this much ...
const CHROMA: f32 = 0.5;
/// ... and the whole short side of the picture, without any edge on it, counts as this much.
const ACROSS: f32 = 16.0;
/// Beyond so many reaches nothing arrives.
const FARTHEST: f32 = 2.2;

/// Pixels around its middle over which a point's painted colour is taken.
const AROUND: u32 = 1;

/// Changes what was painted to the colours that are known, at the size of `lightness`, and on the
/// things around them.
pub(crate) fn spread(chroma: &mut [Plane; 2], patches: &[Patch], lightness: &Plane) {
    let count = lightness.values.len();
    let field = Field {
        lightness,
        chroma: &chroma.clone(),
    };
    // Of all colours that reach a place: the sum of their weights, of the weighed differences, and
    // how much of the nearest arrives.
    let (mut weights, mut arrives) = (vec![0.0; count], vec![0.0_f32; count]);
    let mut sums = [vec![0.0; count], vec![0.0; count]];
    for patch in patches {
        let seeds = field.seeds(patch);
        let known = in_gamut(field.mean(&seeds, lightness), patch.chroma);
        let painted = [0, 1].map(|plane| field.mean(&seeds, &field.chroma[plane]));
        let change = [known[0] - painted[0], known[1] - painted[1]];
        for (at, far) in field.distances(&seeds) {
            let share = far / REACH;
            let weight = 1.0 / (share * share + 1e-4);
            weights[at] += weight;
            for (sum, change) in sums.iter_mut().zip(change) {
                sum[at] += weight * change;
            }
            arrives[at] = arrives[at].max((-share * share).exp());
        }
    }
    for (plane, sum) in chroma.iter_mut().zip(&sums) {
        for (at, value) in plane.values.iter_mut().enumerate() {
            if weights[at] > 0.0 {
                *value += arrives[at] * sum[at] / weights[at];
            }
        }
    }
}

/// What the way of a colour depends on.
struct Field<'a> {
    lightness: &'a Plane,
    chroma: &'a [Plane; 2],
}

impl Field<'_> {
    /// The pixels in the middle of a patch.
    fn seeds(&self, patch: &Patch) -> Vec<usize> {
        let (width, height) = (self.lightness.width, self.lightness.height);
        let pixel = |share: f64, extent: u32| {
            ((share * f64::from(extent)).floor().max(0.0) as u32).min(extent.saturating_sub(1))
        };
        let [x, y] = [
            pixel(patch.middle[0], width),
            pixel(patch.middle[1], height),
        ];
        let around = |middle: u32, extent: u32| {
            middle.saturating_sub(AROUND)..=(middle + AROUND).min(extent - 1)
        };
        around(y, height)
            .flat_map(|y| around(x, width).map(move |x| (y * width + x) as usize))
            .collect()
    }

    fn mean(&self, places: &[usize], plane: &Plane) -> f32 {
        places.iter().map(|&at| plane.values[at]).sum::<f32>() / places.len().max(1) as f32
    }

    /// What a step to a neighbour costs.
    fn step(&self, from: usize, to: usize) -> f32 {
        let difference = |plane: &Plane| plane.values[from] - plane.values[to];
        let [a, b] = [0, 1].map(|plane| difference(&self.chroma[plane]));
        let edge = (difference(self.lightness).abs() - TEXTURE).max(0.0);
        let short = self.lightness.width.min(self.lightness.height) as f32;
        edge + CHROMA * (a.hypot(b) - TEXTURE).max(0.0) + ACROSS / short
    }

    /// The cost of the cheapest way from the seeds to each place that they reach (Dijkstra 1959).
    fn distances(&self, seeds: &[usize]) -> Vec<(usize, f32)> {
        let width = self.lightness.width as usize;
        let mut found = vec![f32::INFINITY; self.lightness.values.len()];
        let mut queue = BinaryHeap::new();
        for &seed in seeds {
            found[seed] = 0.0;
            queue.push(Reached { far: 0.0, at: seed });
        }
        let mut reached = Vec::new();
        while let Some(Reached { far, at }) = queue.pop() {
            if far > found[at] {
                continue;
            }
            reached.push((at, far));
            let x = at % width;
            let neighbours = [
                (x > 0).then(|| at - 1),
                (x + 1 < width).then_some(at + 1),
                at.checked_sub(width),
                (at + width < found.len()).then_some(at + width),
            ];
            for to in neighbours.into_iter().flatten() {
                let far = far + self.step(at, to);
                if far < found[to] && far <= FARTHEST * REACH {
                    found[to] = far;
                    queue.push(Reached { far, at: to });
                }
            }
        }
        reached
    }
}

/// A place in the queue, the nearest first.
#[derive(PartialEq)]
struct Reached {
    far: f32,
    at: usize,
}

impl Eq for Reached {}

impl Ord for Reached {
    fn cmp(&self, other: &Self) -> Ordering {
        other.far.total_cmp(&self.far).then(self.at.cmp(&other.at))
    }
}

impl PartialOrd for Reached {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: u32 = 64;

    /// A light square of 24 pixels, with texture, on a dark ground; nothing is painted.
    fn picture() -> (Plane, [Plane; 2]) {
        let inside = |at: u32| (20..44).contains(&(at % SIDE)) && (20..44).contains(&(at / SIDE));
        let lightness = (0..SIDE * SIDE).map(|at| match inside(at) {
            true => 70.0 + (at % 3) as f32 * 0.5,
            false => 30.0,
        });
        let gray = || Plane::new(SIDE, SIDE, vec![0.0; (SIDE * SIDE) as usize]);
        let lightness = Plane::new(SIDE, SIDE, lightness.collect());
        (lightness, [gray(), gray()])
    }

    fn patch(x: f64, y: f64, chroma: [f32; 2]) -> Patch {
        Patch {
            middle: [x / f64::from(SIDE), y / f64::from(SIDE)],
            side: 7,
            chroma,
        }
    }

    #[test]
    fn the_thing_takes_the_colour_and_the_ground_does_not() {
        let (lightness, mut chroma) = picture();
        spread(&mut chroma, &[patch(24.0, 24.0, [30.0, 20.0])], &lightness);
        let at = |x: usize, y: usize| chroma[0].values[y * SIDE as usize + x];
        assert!((at(24, 24) - 30.0).abs() < 0.5, "{}", at(24, 24));
        for (x, y) in [(21, 21), (32, 32), (42, 42), (42, 21)] {
            assert!(at(x, y) > 12.0, "{x}, {y}: {}", at(x, y));
        }
        for (x, y) in [(2, 2), (18, 30), (46, 30), (60, 60)] {
            assert!(at(x, y).abs() < 1.5, "{x}, {y}: {}", at(x, y));
        }
    }

    #[test]
    fn between_two_colours_the_nearer_counts() {
        let (lightness, mut chroma) = picture();
        let patches = [
            patch(23.0, 32.0, [30.0, 0.0]),
            patch(41.0, 32.0, [-30.0, 0.0]),
        ];
        spread(&mut chroma, &patches, &lightness);
        let at = |x: usize| chroma[0].values[32 * SIDE as usize + x];
        assert!(at(23) > 28.0 && at(41) < -28.0, "{} {}", at(23), at(41));
        assert!(at(27) > 8.0 && at(37) < -8.0, "{} {}", at(27), at(37));
    }

    #[test]
    fn what_is_painted_as_it_is_known_stays() {
        let (lightness, mut chroma) = picture();
        chroma[0].values.fill(12.0);
        chroma[1].values.fill(-7.0);
        let before = chroma.clone();
        spread(&mut chroma, &[patch(30.0, 30.0, [12.0, -7.0])], &lightness);
        for (after, before) in chroma.iter().zip(&before) {
            let pairs = after.values.iter().zip(&before.values);
            assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-3));
        }
    }
}
