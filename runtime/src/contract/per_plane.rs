//! A number for each plane of a tensor.

use std::fmt;
use std::str::FromStr;

/// A number for each plane of a tensor; mostly the same for all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerPlane([f32; 3]);

impl PerPlane {
    /// That of one plane.
    pub fn of(self, plane: usize) -> f32 {
        self.0[plane.min(2)]
    }

    pub(super) fn all(self, holds: impl Fn(f32) -> bool) -> bool {
        self.0.into_iter().all(holds)
    }
}

impl From<f32> for PerPlane {
    fn from(number: f32) -> Self {
        PerPlane([number; 3])
    }
}

impl From<[f32; 3]> for PerPlane {
    fn from(numbers: [f32; 3]) -> Self {
        PerPlane(numbers)
    }
}

impl fmt::Display for PerPlane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c] = self.0;
        if [b, c] == [a; 2] {
            write!(f, "{a}")
        } else {
            write!(f, "{a}, {b}, {c}")
        }
    }
}

impl FromStr for PerPlane {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let numbers: Vec<f32> = text
            .split(',')
            .map(|number| number.trim().parse().map_err(|_| ()))
            .collect::<Result<_, ()>>()?;
        match numbers[..] {
            [number] => Ok(number.into()),
            [a, b, c] => Ok([a, b, c].into()),
            _ => Err(()),
        }
    }
}
