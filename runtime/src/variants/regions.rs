//! Parts of a photograph that are likely to be one thing each.
//!
//! Felzenszwalb & Huttenlocher 2004, "Efficient Graph-Based Image Segmentation": neighbours are
//! joined from the most alike on, unless the step between two parts is larger than what varies
//! within them; large parts may vary little, small ones much.

/// What a cell of the grid looks like: lightness, a\* and b\* in CIELAB's units.
pub(super) type Look = [f32; 3];

/// How much small parts may vary, in CIELAB's units times cells.
const SCALE: f32 = 60.0;
/// Parts of a smaller share of the grid are joined to a neighbour.
const SMALLEST: f32 = 0.015;
/// Differences of lightness count less than those of colour: shading is no border.
const LIGHTNESS: f32 = 0.5;

/// The cells of each part, in the order of their first cells. `looks` is a grid of `width`.
pub(super) fn regions(looks: &[Look], width: usize) -> Vec<Vec<usize>> {
    let mut edges = edges(looks, width);
    edges.sort_by(|x, y| x.0.total_cmp(&y.0));
    let mut parts = Parts::new(looks.len());
    for &(step, one, other) in &edges {
        let (one, other) = (parts.find(one), parts.find(other));
        if one != other && step <= parts.bound(one).min(parts.bound(other)) {
            parts.join(one, other, step);
        }
    }
    let smallest = (looks.len() as f32 * SMALLEST).ceil() as usize;
    for &(step, one, other) in &edges {
        let (one, other) = (parts.find(one), parts.find(other));
        if one != other && parts.sizes[one].min(parts.sizes[other]) < smallest {
            parts.join(one, other, step);
        }
    }
    let mut places = vec![usize::MAX; looks.len()];
    let mut regions: Vec<Vec<usize>> = Vec::new();
    for cell in 0..looks.len() {
        let root = parts.find(cell);
        if places[root] == usize::MAX {
            places[root] = regions.len();
            regions.push(Vec::new());
        }
        regions[places[root]].push(cell);
    }
    regions
}

/// The step between each cell and those to the right and below.
fn edges(looks: &[Look], width: usize) -> Vec<(f32, usize, usize)> {
    let step = |one: usize, other: usize| {
        let [l, a, b] = [0, 1, 2].map(|i| looks[one][i] - looks[other][i]);
        ((LIGHTNESS * l).powi(2) + a * a + b * b).sqrt()
    };
    let cells = 0..looks.len();
    cells
        .flat_map(|cell| {
            let right = Some(cell + 1).filter(|next| next % width != 0);
            let below = Some(cell + width);
            [right, below]
                .into_iter()
                .flatten()
                .map(move |next| (cell, next))
        })
        .filter(|(_, next)| *next < looks.len())
        .map(|(cell, next)| (step(cell, next), cell, next))
        .collect()
}

/// Which cells are one part.
struct Parts {
    parents: Vec<usize>,
    sizes: Vec<usize>,
    /// The largest step within.
    steps: Vec<f32>,
}

impl Parts {
    fn new(count: usize) -> Self {
        Self {
            parents: (0..count).collect(),
            sizes: vec![1; count],
            steps: vec![0.0; count],
        }
    }

    fn find(&mut self, mut cell: usize) -> usize {
        while self.parents[cell] != cell {
            self.parents[cell] = self.parents[self.parents[cell]];
            cell = self.parents[cell];
        }
        cell
    }

    fn bound(&self, root: usize) -> f32 {
        self.steps[root] + SCALE / self.sizes[root] as f32
    }

    fn join(&mut self, one: usize, other: usize, step: f32) {
        let (root, child) = match self.sizes[one] >= self.sizes[other] {
            true => (one, other),
            false => (other, one),
        };
        self.parents[child] = root;
        self.sizes[root] += self.sizes[child];
        self.steps[root] = step.max(self.steps[root]).max(self.steps[child]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_of_one_look_are_one_part_although_they_are_shaded() {
        // Left: dark; right: light with a slope; in it a red square.
        let looks: Vec<Look> = (0..30 * 20)
            .map(|cell| {
                let (x, y) = (cell % 30, cell / 30);
                if (20..26).contains(&x) && (5..12).contains(&y) {
                    return [70.0, 50.0, 20.0];
                }
                [if x < 10 { 20.0 } else { 60.0 + y as f32 }, 0.0, 0.0]
            })
            .collect();
        let regions = regions(&looks, 30);
        let sizes: Vec<usize> = regions.iter().map(Vec::len).collect();
        assert_eq!(sizes, [200, 358, 42]);
    }

    #[test]
    fn every_cell_is_in_one_part() {
        let looks: Vec<Look> = (0..13 * 7)
            .map(|cell| [(cell * 37 % 100) as f32, (cell * 17 % 60) as f32, 0.0])
            .collect();
        let mut cells: Vec<usize> = regions(&looks, 13).concat();
        cells.sort_unstable();
        assert_eq!(cells, (0..91).collect::<Vec<_>>());
        assert_eq!(regions(&[[1.0; 3]], 1), [[0]]);
    }
}
