//! The network's chroma at full size, row by row, merged with the photograph's lightness.

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::guided::{Lines, MARGIN};
use crate::luminance::Luminance;
use crate::merge::Sample;
use crate::painting::Painted;
use crate::plane::Plane;
use crate::resize::{resize, resize_part};
use crate::view::{Guide, View};

/// How a photograph is brought to the network's size, and the network's chroma to the photograph's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Enlargement {
    /// At its own shape, mirrored beyond its edges up to a size that the network takes; and back along
    /// the edges of the photograph's own lightness, so that colour ends where things end.
    #[default]
    Guided,
    /// Stretched to a size that the network takes, and back by bicubic interpolation: what a graph
    /// that takes and gives pixels does inside.
    Plain,
}

/// Chroma of every pixel of the photograph.
pub(crate) enum FullChroma {
    Lines(Lines),
    Planes([Plane; 2]),
}

impl FullChroma {
    /// What the network painted of a view.
    pub fn of(view: &View<'_>, painted: &Painted) -> Result<Self> {
        let (width, height) = view.photograph();
        let [a, b] = &painted.chroma;
        let Some(guide) = &view.guide else {
            let full = |plane| resize(plane, width, height);
            return Ok(Self::Planes([full(a)?, full(b)?]));
        };
        let Guide { lightness, side } = guide;
        let part = painted.part();
        let at_guide = |plane| resize_part(plane, part, lightness.width, lightness.height);
        let chroma = [at_guide(a)?, at_guide(b)?];
        let cell = f64::from(lightness.width) / part[0];
        Ok(Self::Lines(Lines::new(
            lightness,
            &chroma,
            cell as f32,
            *side,
            width,
        )))
    }

    fn row(&self, y: usize, room: &mut Room) {
        let [a, b] = &mut room.chroma;
        match self {
            Self::Lines(lines) => lines.row(y, &room.lightness, [a, b], &mut room.line),
            Self::Planes(planes) => {
                for (chroma, plane) in [a, b].into_iter().zip(planes) {
                    let width = plane.width as usize;
                    chroma[..width].copy_from_slice(&plane.values[y * width..(y + 1) * width]);
                }
            }
        }
    }
}

/// What one task works in: rows with a margin.
struct Room {
    lightness: Vec<f32>,
    chroma: [Vec<f32>; 2],
    line: Vec<[f32; 8]>,
}

impl Room {
    fn of(width: usize) -> Self {
        let row = || vec![0.0; width + MARGIN];
        Room {
            lightness: row(),
            chroma: [row(), row()],
            line: Vec::new(),
        }
    }
}

/// Pixels of three samples or four, of which the fourth is left at zero.
pub(crate) fn merged<T: Sample>(
    luminance: &Luminance<'_>,
    chroma: &FullChroma,
    strength: f32,
    channels: usize,
) -> Result<Vec<T>> {
    let (width, height) = (luminance.width as usize, luminance.height as usize);
    let count = channels * width * height;
    if Vec::<T>::new().try_reserve_exact(count).is_err() {
        return Err(too_large(luminance));
    }
    // Zeros of the system's: each task is the first to touch its rows.
    let mut pixels = vec![T::default(); count];
    let rows = pixels.par_chunks_mut(channels * width).enumerate();
    rows.for_each_init(
        || Room::of(width),
        |room, (y, pixels)| {
            luminance.row(y, &mut room.lightness[..width]);
            chroma.row(y, room);
            let [a, b] = room.chroma.each_mut().map(|row| &mut row[..width]);
            if strength != 1.0 {
                for value in a.iter_mut().chain(b.iter_mut()) {
                    *value *= strength;
                }
            }
            T::merge_row(&room.lightness[..width], [a, b], channels, pixels);
        },
    );
    Ok(pixels)
}

/// The chroma as planes.
pub(crate) fn planes(luminance: &Luminance<'_>, chroma: &FullChroma) -> [Vec<f32>; 2] {
    let (width, height) = (luminance.width as usize, luminance.height as usize);
    let [mut a, mut b] = [vec![0.0; width * height], vec![0.0; width * height]];
    let rows = a.par_chunks_mut(width).zip(b.par_chunks_mut(width));
    rows.enumerate().for_each_init(
        || Room::of(width),
        |room, (y, (a, b))| {
            luminance.row(y, &mut room.lightness[..width]);
            chroma.row(y, room);
            a.copy_from_slice(&room.chroma[0][..width]);
            b.copy_from_slice(&room.chroma[1][..width]);
        },
    );
    [a, b]
}

pub(crate) fn too_large(luminance: &Luminance<'_>) -> Error {
    Error::limit(
        format!(
            "a picture of {}x{} does not fit into memory",
            luminance.width, luminance.height
        ),
        "make it smaller first",
    )
}
