//! The colours between which a network chooses, or in whose shares a palette is counted.

use std::fmt;
use std::str::FromStr;

/// Cells of the a\*b\* plane, by rows of one a\*, each from one b\* to another (Zhang et al. 2016,
/// <https://arxiv.org/abs/1603.08511>, section 2.1). A tensor over them has them in this order.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    /// Side of a cell, in CIELAB's units.
    step: f32,
    /// a\* and the first and the last b\*, in steps.
    rows: Vec<[i16; 3]>,
}

/// More rows or columns than colours could need.
const MOST: i16 = 256;

impl Bins {
    /// The bins with these centres, a\* and b\* in CIELAB's units, if they are rows of multiples of
    /// `step` without gaps, in order.
    pub fn of_centres(step: f32, centres: &[[f32; 2]]) -> Option<Self> {
        let in_steps = |value: f32| (value / step).round() as i16;
        let mut rows: Vec<[i16; 3]> = Vec::new();
        for &[a, b] in centres {
            let (a, b) = (in_steps(a), in_steps(b));
            match rows.last_mut() {
                Some([row, _, last]) if *row == a => *last = b,
                _ => rows.push([a, b, b]),
            }
        }
        let bins = Self { step, rows };
        let same = |(one, other): (&[f32; 2], &[f32; 2])| {
            one.iter().zip(other).all(|(x, y)| (x - y).abs() < 1e-3)
        };
        let found = bins.centres();
        let kept = found.len() == centres.len() && found.iter().zip(centres).all(same);
        (bins.is_sound() && kept).then_some(bins)
    }

    fn is_sound(&self) -> bool {
        let few = |value: &i16| (-MOST..=MOST).contains(value);
        let sound = |row: &[i16; 3]| row.iter().all(few) && row[1] <= row[2];
        let step = self.step.is_finite() && self.step > 0.0;
        step && !self.rows.is_empty()
            && self.rows.len() <= MOST as usize
            && self.rows.iter().all(sound)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        let counts = self.rows.iter().map(|[_, first, last]| last - first + 1);
        counts.map(|count| count as usize).sum()
    }

    /// a\* and b\* of each bin's centre, in CIELAB's units.
    pub fn centres(&self) -> Vec<[f32; 2]> {
        let centre = |a: i16, b: i16| [a, b].map(|steps| f32::from(steps) * self.step);
        let rows = self.rows.iter();
        rows.flat_map(|&[a, first, last]| (first..=last).map(move |b| centre(a, b)))
            .collect()
    }
}

/// The number of the centre that is nearest to a colour.
pub(crate) fn nearest(centres: &[[f32; 2]], [a, b]: [f32; 2]) -> usize {
    let distance = |&[x, y]: &[f32; 2]| (x - a).powi(2) + (y - b).powi(2);
    let distances = centres.iter().map(distance).enumerate();
    distances
        .min_by(|x, y| x.1.total_cmp(&y.1))
        .map_or(0, |(bin, _)| bin)
}

/// `10: -9 8 8, -8 4 8`: the step, then each row's a\*, first and last b\* in steps.
impl fmt::Display for Bins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows.iter();
        let rows = rows.map(|[a, first, last]| format!("{a} {first} {last}"));
        write!(f, "{}: {}", self.step, rows.collect::<Vec<_>>().join(", "))
    }
}

impl FromStr for Bins {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (step, rows) = text.split_once(':').ok_or(())?;
        let row = |row: &str| {
            let numbers = row.split_whitespace().map(|n| n.parse().map_err(|_| ()));
            let numbers: Vec<i16> = numbers.collect::<Result<_, ()>>()?;
            numbers.try_into().map_err(|_| ())
        };
        let bins = Self {
            step: step.trim().parse().map_err(|_| ())?,
            rows: rows.split(',').map(row).collect::<Result<_, ()>>()?,
        };
        if bins.is_sound() { Ok(bins) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_in_centres_and_kept_as_text() {
        let centres = [[-10.0, 0.0], [-10.0, 10.0], [0.0, -10.0], [0.0, 0.0]];
        let bins = Bins::of_centres(10.0, &centres).unwrap();
        assert_eq!((bins.count(), bins.centres()), (4, centres.to_vec()));
        assert_eq!(bins.to_string(), "10: -1 0 1, 0 -1 0");
        assert_eq!(bins.to_string().parse(), Ok(bins));
        // A gap, and a centre between two cells.
        assert_eq!(Bins::of_centres(10.0, &[[0.0, 0.0], [0.0, 20.0]]), None);
        assert_eq!(Bins::of_centres(10.0, &[[0.0, 4.0]]), None);
    }

    #[test]
    fn nonsense_is_no_bins() {
        for text in [
            "",
            "10",
            "0: 1 2 3",
            "10: 1 2",
            "10: 1 3 2",
            "10: 1 2 9999",
            "x: 1 2 3",
        ] {
            assert_eq!(text.parse::<Bins>(), Err(()), "{text}");
        }
    }

    #[test]
    fn the_nearest_is_by_distance() {
        let centres = [[0.0, 0.0], [0.0, 10.0], [10.0, 0.0]];
        assert_eq!(nearest(&centres, [3.0, 4.0]), 0);
        assert_eq!(nearest(&centres, [90.0, 20.0]), 2);
    }
}
