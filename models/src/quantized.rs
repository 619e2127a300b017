//! The colours between which the distribution head chooses (Zhang et al. 2016,
//! <https://arxiv.org/abs/1603.08511>, section 2.1).

use std::sync::LazyLock;

use burn::tensor::{Device, Tensor, TensorData};

use crate::head::Head;

/// Side of a cell in a* and b*.
const STEP: f32 = 10.0;

/// The standard deviation of [`AbBins::likenesses`].
const ALIKE: f32 = 15.0;

/// The cells that sRGB reaches, by rows: a* / 10, and the first and the last b* / 10. Made by
/// tests/golden/ab_bins.py.
const ROWS: [(i8, i8, i8); 20] = [
    (-9, 8, 8),
    (-8, 4, 8),
    (-7, 2, 9),
    (-6, 0, 9),
    (-5, -2, 9),
    (-4, -3, 9),
    (-3, -4, 9),
    (-2, -4, 9),
    (-1, -5, 9),
    (0, -6, 9),
    (1, -7, 8),
    (2, -7, 8),
    (3, -8, 8),
    (4, -9, 8),
    (5, -9, 7),
    (6, -10, 7),
    (7, -11, 7),
    (8, -11, 7),
    (9, -9, 0),
    (10, -7, -5),
];

static CENTRES: LazyLock<Vec<[f32; 2]>> = LazyLock::new(|| {
    let row = |&(a, first, last): &(i8, i8, i8)| {
        (first..=last).map(move |b| [f32::from(a) * STEP, f32::from(b) * STEP])
    };
    ROWS.iter().flat_map(row).collect()
});

/// The bin that each of [`ROWS`] begins with.
const ROW_STARTS: [usize; ROWS.len()] = {
    let mut starts = [0; ROWS.len()];
    let mut row = 1;
    while row < ROWS.len() {
        let (_, first, last) = ROWS[row - 1];
        starts[row] = starts[row - 1] + (last - first + 1) as usize;
        row += 1;
    }
    starts
};

/// The quantised a*b* plane.
#[derive(Clone, Copy, Debug)]
pub struct AbBins;

impl AbBins {
    /// Side of a cell, in CIELAB's units.
    pub const STEP: f32 = STEP;

    /// a* and b* of each bin's centre, in CIELAB's units.
    pub fn centres() -> &'static [[f32; 2]] {
        &CENTRES
    }

    /// How many there are.
    pub fn count() -> usize {
        CENTRES.len()
    }

    /// The bin whose centre is nearest to a colour.
    pub fn nearest([a, b]: [f32; 2]) -> usize {
        Self::cell([a, b]).unwrap_or_else(|| Self::search([a, b]))
    }

    /// The bin in whose cell a colour lies: none outside of sRGB's reach.
    fn cell([a, b]: [f32; 2]) -> Option<usize> {
        let [row, column] = [a, b].map(|value| (value / STEP).round() as i32);
        let row = usize::try_from(row - i32::from(ROWS[0].0)).ok()?;
        let &(_, first, last) = ROWS.get(row)?;
        let (first, last) = (i32::from(first), i32::from(last));
        (first..=last)
            .contains(&column)
            .then(|| ROW_STARTS[row] + (column - first) as usize)
    }

    fn search([a, b]: [f32; 2]) -> usize {
        let distance = |&[x, y]: &[f32; 2]| (x - a).powi(2) + (y - b).powi(2);
        let distances = CENTRES.iter().map(distance).enumerate();
        distances
            .min_by(|x, y| x.1.total_cmp(&y.1))
            .map_or(0, |(bin, _)| bin)
    }

    /// How much colours of one bin count as those of another, from 0 to 1: Gaussian in their distance.
    /// Row by row, `bins * bins`.
    pub fn likenesses() -> Vec<f32> {
        let likeness = |&[a, b]: &[f32; 2], &[x, y]: &[f32; 2]| {
            let squared = (a - x).powi(2) + (b - y).powi(2);
            (-squared / (2.0 * ALIKE * ALIKE)).exp()
        };
        let row = |from| CENTRES.iter().map(move |to| likeness(from, to));
        CENTRES.iter().flat_map(row).collect()
    }

    /// The same: `[bins, bins]`.
    pub(crate) fn likeness(device: &Device) -> Tensor<2> {
        let data = TensorData::new(Self::likenesses(), [CENTRES.len(); 2]);
        Tensor::from_data(data, device)
    }

    /// The centres, divided by [`Head::CHROMA_SCALE`]: `[1, 2, bins]`.
    pub(crate) fn scaled(device: &Device) -> Tensor<3> {
        let plane = |axis: usize| {
            CENTRES
                .iter()
                .map(move |c| c[axis] / Head::CHROMA_SCALE as f32)
        };
        let values: Vec<f32> = plane(0).chain(plane(1)).collect();
        Tensor::from_data(TensorData::new(values, [1, 2, CENTRES.len()]), device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_centre_is_nearest_to_itself_and_gray_is_one() {
        for (bin, centre) in AbBins::centres().iter().enumerate() {
            assert_eq!(AbBins::nearest(*centre), bin);
        }
        assert_eq!(AbBins::centres()[AbBins::nearest([3.0, -4.0])], [0.0, 0.0]);
    }

    #[test]
    fn the_cell_is_what_a_search_finds() {
        for a in -130..=130 {
            for b in -130..=130 {
                let colour = [a as f32 + 0.3, b as f32 + 0.3];
                assert_eq!(
                    AbBins::nearest(colour),
                    AbBins::search(colour),
                    "{colour:?}"
                );
            }
        }
    }
}
