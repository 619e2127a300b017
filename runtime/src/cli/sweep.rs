//! What other working sizes and strengths give, on one sheet.

use image::imageops::{replace, thumbnail};
use image::{DynamicImage, Rgb, RgbImage};

use super::arguments::Arguments;
use super::{builder, lettering};
use crate::colorizer::View;
use crate::luminance::lightness;
use crate::painting::{Painted, Told};
use crate::plane::Plane;
use crate::{Colorizer, Hints, Result, SizeRule};

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
    photograph: &DynamicImage,
    hints: &Hints,
) -> Result<RgbImage> {
    let small = small(photograph);
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
    photograph: &DynamicImage,
    small: &DynamicImage,
    hints: &Hints,
) -> Result<Vec<(f32, RgbImage)>> {
    if colorizer.contract().takes_pixels() {
        let colorized = colorizer.colorize_with(small, hints)?;
        return Ok(vec![(1.0, colorized.image)]);
    }
    let View { reduced, .. } = colorizer.view(photograph)?;
    let size = (photograph.width(), photograph.height());
    let told = Told::of(hints, &[], &colorizer.contract.steering, size, &reduced)?;
    let painted = colorizer.paint(&reduced, &told, false)?;
    let view = View {
        lightness: lightness(small),
        reduced,
    };
    let finished = |strength: f32| {
        let scaled = Painted {
            chroma: painted
                .chroma
                .each_ref()
                .map(|plane| scaled(plane, strength)),
            confidence: None,
            logits: None,
        };
        let colorized = colorizer.finish(&view, scaled)?;
        Ok((strength, colorized.image))
    };
    STRENGTHS.into_iter().map(finished).collect()
}

fn scaled(plane: &Plane, strength: f32) -> Plane {
    let values = plane.values.iter().map(|value| value * strength);
    Plane::new(plane.width, plane.height, values.collect())
}

fn small(photograph: &DynamicImage) -> DynamicImage {
    let (width, height) = (photograph.width(), photograph.height());
    let longer = width.max(height);
    if longer <= SIDE {
        return photograph.clone();
    }
    let side =
        |pixels: u32| (u64::from(pixels) * u64::from(SIDE) / u64::from(longer)).max(1) as u32;
    thumbnail(photograph, side(width), side(height)).into()
}
