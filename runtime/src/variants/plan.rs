//! Which part gets which colour in which version.

use super::modes::{Mode, distance};
use crate::hints::Patch;

/// A part of the photograph that may have several colours.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// Cells of the grid.
    pub cells: Vec<usize>,
    /// The colour that was painted.
    pub painted: [f32; 2],
    /// Colours that it may have instead or as well.
    pub modes: Vec<Mode>,
}

/// Beyond this distance, in CIELAB's units, a colour is different enough.
const DIFFERENT: f32 = 35.0;
/// Modes of less than this share of the likeliest one's weight are not plausible.
const PLAUSIBLE: f32 = 0.3;

impl Choice {
    /// The colour for the next version: likely, and unlike those of the versions before.
    pub fn next(&self, before: &[[f32; 2]]) -> [f32; 2] {
        let likeliest = self.modes.first().map_or(0.0, |mode| mode.weight);
        let plausible = self
            .modes
            .iter()
            .filter(|mode| mode.weight >= PLAUSIBLE * likeliest);
        let score = |mode: &&Mode| {
            let distances = before.iter().map(|colour| distance(*colour, mode.chroma));
            let nearest = distances.fold(DIFFERENT, f32::min);
            nearest / DIFFERENT * (mode.weight / likeliest).sqrt()
        };
        let best = plausible.max_by(|x, y| score(x).total_cmp(&score(y)));
        best.map_or(self.painted, |mode| mode.chroma)
    }
}

/// Patches of a colour over a part: the cell that is deepest inside, then those that are farthest
/// from it and from each other. `grid` is the width and the height.
pub(super) fn patches(
    cells: &[usize],
    grid: (usize, usize),
    chroma: [f32; 2],
    count: usize,
) -> Vec<Patch> {
    let depths = depths(cells, grid);
    let place = |cell: usize| [(cell % grid.0) as f32, (cell / grid.0) as f32];
    let mut chosen: Vec<usize> = Vec::new();
    while chosen.len() < count.min(cells.len()) {
        let score = |index: &usize| {
            let cell = cells[*index];
            let far = chosen
                .iter()
                .map(|&other| distance(place(cell), place(other)));
            // Depth counts, lest points lie on borders.
            far.fold(depths[*index] * 4.0, f32::min)
        };
        let candidates = 0..cells.len();
        let best = candidates.max_by(|x, y| score(x).total_cmp(&score(y)));
        let Some(best) = best.filter(|best| score(best) > 0.0) else {
            break;
        };
        chosen.push(cells[best]);
    }
    let patch = |cell: usize| Patch {
        middle: [
            ((cell % grid.0) as f64 + 0.5) / grid.0 as f64,
            ((cell / grid.0) as f64 + 0.5) / grid.1 as f64,
        ],
        side: SIDE,
        chroma,
    };
    chosen.into_iter().map(patch).collect()
}

/// Side of a patch, in pixels of the working size.
const SIDE: u32 = 7;

/// Steps from each of the cells to the nearest cell of another part, or out of the picture.
fn depths(cells: &[usize], (width, height): (usize, usize)) -> Vec<f32> {
    let mut inside = vec![0u32; width * height];
    for &cell in cells {
        inside[cell] = u32::MAX;
    }
    // Two sweeps of city-block distance.
    for cell in 0..inside.len() {
        let (x, y) = (cell % width, cell / width);
        let left = if x > 0 { inside[cell - 1] } else { 0 };
        let above = if y > 0 { inside[cell - width] } else { 0 };
        inside[cell] = inside[cell].min(left.min(above).saturating_add(1));
    }
    for cell in (0..inside.len()).rev() {
        let (x, y) = (cell % width, cell / width);
        let right = if x + 1 < width { inside[cell + 1] } else { 0 };
        let below = if y + 1 < height {
            inside[cell + width]
        } else {
            0
        };
        inside[cell] = inside[cell].min(right.min(below).saturating_add(1));
    }
    cells.iter().map(|&cell| inside[cell] as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(chroma: [f32; 2], weight: f32) -> Mode {
        Mode { chroma, weight }
    }

    #[test]
    fn the_next_colour_is_likely_and_new() {
        let choice = Choice {
            cells: vec![0],
            painted: [5.0, 5.0],
            modes: vec![
                mode([10.0, 10.0], 0.4),
                mode([40.0, 20.0], 0.3),
                mode([-10.0, -40.0], 0.2),
                mode([90.0, -90.0], 0.01),
            ],
        };
        let mut before = vec![choice.painted];
        for expected in [[40.0, 20.0], [-10.0, -40.0]] {
            let next = choice.next(&before);
            assert_eq!(next, expected);
            before.push(next);
        }
        // However new it is, what is not plausible is not chosen.
        before.extend([[40.0, 20.0], [-10.0, -40.0], [10.0, 10.0]]);
        assert_ne!(choice.next(&before), [90.0, -90.0]);
    }

    #[test]
    fn points_lie_inside_and_apart() {
        // An L in a grid of 20x20: 6 thick.
        let inside = |cell: &usize| cell % 20 < 6 || cell / 20 >= 14;
        let cells: Vec<usize> = (0..400).filter(inside).collect();
        let patches = patches(&cells, (20, 20), [1.0, 2.0], 4);
        assert_eq!(patches.len(), 4);
        for (index, patch) in patches.iter().enumerate() {
            let [x, y] = patch.middle.map(|share| share * 20.0);
            assert!(
                (1.0..5.0).contains(&x) || (15.0..19.0).contains(&y),
                "{x} {y}"
            );
            for other in &patches[..index] {
                let [u, v] = other.middle.map(|share| share * 20.0);
                assert!((x - u).hypot(y - v) >= 3.0, "{x} {y}, {u} {v}");
            }
        }
    }
}
