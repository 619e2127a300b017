//! Preview grids: gray | colorized | truth, to be watched as training goes on.

use image::imageops::{self, FilterType};
use image::{GrayImage, Rgb, RgbImage};

use crate::data::Sample;

/// Pixels on each axis of a cell.
const CELL: u32 = 128;
/// Triples side by side, and below each other.
const COLUMNS: u32 = 2;
const ROWS: u32 = 6;
const GAP: u32 = 4;

/// The first pairs of truth and output, side by side.
pub fn grid(pairs: &[(&Sample, Sample)]) -> RgbImage {
    let triples = pairs.iter().take((COLUMNS * ROWS) as usize);
    let rows = (pairs.len() as u32).min(COLUMNS * ROWS).div_ceil(COLUMNS);
    let triple = 3 * CELL + 3 * GAP;
    let size = (COLUMNS * triple + GAP, rows * (CELL + GAP) + GAP);
    let mut grid = RgbImage::from_pixel(size.0, size.1, Rgb([255; 3]));
    for (index, (truth, output)) in (0..).zip(triples) {
        let (column, row) = (index % COLUMNS, index / COLUMNS);
        let gray = imageops::grayscale(&picture(truth));
        for (place, cell) in (0..).zip([rgb_of(&gray), picture(output), picture(truth)]) {
            let cell = imageops::resize(&cell, CELL, CELL, FilterType::CatmullRom);
            let x = column * triple + place * (CELL + GAP) + GAP;
            let y = row * (CELL + GAP) + GAP;
            imageops::replace(&mut grid, &cell, x.into(), y.into());
        }
    }
    grid
}

fn picture(sample: &Sample) -> RgbImage {
    let side = sample.side as u32;
    RgbImage::from_fn(side, side, |x, y| {
        let at = 3 * (y * side + x) as usize;
        Rgb([sample.rgb[at], sample.rgb[at + 1], sample.rgb[at + 2]])
    })
}

fn rgb_of(gray: &GrayImage) -> RgbImage {
    RgbImage::from_fn(gray.width(), gray.height(), |x, y| {
        Rgb([gray.get_pixel(x, y).0[0]; 3])
    })
}
