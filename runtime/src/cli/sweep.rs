//! What other working sizes and strengths give, on one sheet.

use image::imageops::replace;
use image::{DynamicImage, Rgb, RgbImage};

use super::arguments::Arguments;
use super::{builder, lettering};
use crate::enlargement::{FullChroma, merged, too_large};
use crate::luminance::Luminance;
use crate::{Colorizer, Hints, Photograph, Result, SizeRule};

/// Working sizes in quarters of the colorizer's own.
const QUARTERS: [u32; 5] = [2, 3, 4, 6, 8];
/// What chroma is multiplied by.
const STRENGTHS: [f32; 4] = [0.6, 0.8, 1.0, 1.3];

/// Pixels of the long side of each picture.
const SIDE: u32 = 400;
const GAP: u32 = 12;
const BACKGROUND: Rgb<u8> = Rgb([32; 3]);

/// The colorizer at several working sizes, if it has more than one.
pub(super) fn colorizers(arguments: &Arguments, usual: &Colorizer) -> Result<Vec<Colorizer>> {
    let contract = usual.contract();
    if contract.takes_pixels() || matches!(contract.size, SizeRule::Fixed { .. }) {
        return Ok(vec![builder(arguments)?.build()?]);
    }
    QUARTERS
        .map(|quarters| contract.working_size * quarters / 4)
        .into_iter()
        .map(|pixels| builder(arguments)?.working_size(pixels.max(1)).build())
        .collect()
}

/// A row a working size, a column a strength.
pub(super) fn sheet(
    colorizers: &[Colorizer],
    photograph: &Photograph,
    hints: &Hints,
) -> Result<RgbImage> {
    let small = small(photograph.gray());
    let (width, height) = (small.width(), small.height());
    let cell = (
        width.max(22 * lettering::WIDTH) + GAP,
        height + lettering::HEIGHT + GAP,
    );
    let rows = colorizers.len() as u32;
    let columns = STRENGTHS.len() as u32;
    let size = (columns * cell.0 + GAP, rows * cell.1 + GAP);
    let mut sheet = RgbImage::from_pixel(size.0, size.1, BACKGROUND);
    for (row, colorizer) in (0..).zip(colorizers) {
        let pictures = strengths(colorizer, photograph, &small, hints)?;
        for (column, (strength, picture)) in (0..).zip(pictures) {
            let (left, top) = (GAP + column * cell.0, GAP + row * cell.1);
            replace(&mut sheet, &picture, i64::from(left), i64::from(top));
            let words = format!("size {}, strength {strength}", colorizer.working_size);
            lettering::write(&mut sheet, (left, top + height), &words);
        }
    }
    Ok(sheet)
}

/// The small photograph in the colours that the network gives the large one, with each strength.
fn strengths(
    colorizer: &Colorizer,
    photograph: &Photograph,
    small: &DynamicImage,
    hints: &Hints,
) -> Result<Vec<(f32, RgbImage)>> {
    if colorizer.contract().takes_pixels() {
        let colorized = colorizer.colorize_with(small, hints)?;
        return Ok(vec![(1.0, colorized.image)]);
    }
    let large = colorizer.view(&photograph.luminance)?;
    let painted = colorizer.paint_view(&large, hints)?;
    let luminance = Luminance::of(small);
    let view = colorizer.view(&luminance)?;
    let chroma = FullChroma::of(&view, &painted)?;
    let picture = |strength: f32| {
        let pixels = merged(&luminance, &chroma, strength, 3)?;
        let picture = RgbImage::from_raw(luminance.width, luminance.height, pixels);
        Ok((strength, picture.ok_or_else(|| too_large(&luminance))?))
    };
    STRENGTHS.into_iter().map(picture).collect()
}

fn small(photograph: DynamicImage) -> DynamicImage {
    let (width, height) = (photograph.width(), photograph.height());
    let longer = width.max(height);
    if longer <= SIDE {
        return photograph;
    }
    let side =
        |pixels: u32| (u64::from(pixels) * u64::from(SIDE) / u64::from(longer)).max(1) as u32;
    photograph.thumbnail_exact(side(width), side(height))
}
