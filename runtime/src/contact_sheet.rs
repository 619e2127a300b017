//! Several versions of a photograph on one page, numbered.

use image::imageops::{FilterType, replace, resize};
use image::{Rgb, RgbImage};

/// Pixels of the long side of each version.
const SIDE: u32 = 480;
/// Pixels between versions.
const GAP: u32 = 12;
const BACKGROUND: Rgb<u8> = Rgb([32; 3]);
const PAPER: Rgb<u8> = Rgb([255; 3]);
const INK: Rgb<u8> = Rgb([0; 3]);
/// Pixels of the sheet a pixel of a digit.
const DOT: u32 = 5;

/// Digits of 3x5, a row each three bits.
const DIGITS: [[u8; 5]; 10] = [
    [0b111, 0b101, 0b101, 0b101, 0b111],
    [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111],
    [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001],
    [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111],
    [0b111, 0b001, 0b010, 0b010, 0b010],
    [0b111, 0b101, 0b111, 0b101, 0b111],
    [0b111, 0b101, 0b111, 0b001, 0b111],
];

/// Versions beside and below each other, in rows from the left, each reduced to 480 pixels of its
/// longer side and numbered from 1 in its corner. Without any, a sheet of one pixel.
pub fn contact_sheet(versions: &[&RgbImage]) -> RgbImage {
    let columns = (versions.len() as f64).sqrt().ceil().max(1.0) as u32;
    let small: Vec<RgbImage> = versions.iter().map(|version| reduced(version)).collect();
    let most = |of: fn(&RgbImage) -> u32| small.iter().map(of).max().unwrap_or(0);
    let (cell_width, cell_height) = (most(RgbImage::width) + GAP, most(RgbImage::height) + GAP);
    let rows = (small.len() as u32).div_ceil(columns);
    let (width, height) = match small.is_empty() {
        true => (1, 1),
        false => (
            columns.min(small.len() as u32) * cell_width + GAP,
            rows * cell_height + GAP,
        ),
    };
    let mut sheet = RgbImage::from_pixel(width, height, BACKGROUND);
    for (index, version) in small.iter().enumerate() {
        let index = index as u32;
        let (x, y) = (
            GAP + index % columns * cell_width,
            GAP + index / columns * cell_height,
        );
        replace(&mut sheet, version, i64::from(x), i64::from(y));
        number(&mut sheet, (x, y), index + 1);
    }
    sheet
}

fn reduced(version: &RgbImage) -> RgbImage {
    let (width, height) = version.dimensions();
    let factor = (f64::from(SIDE) / f64::from(width.max(height).max(1))).min(1.0);
    let side = |pixels: u32| ((f64::from(pixels) * factor).round() as u32).max(1);
    resize(version, side(width), side(height), FilterType::Triangle)
}

/// Writes a number on a patch of paper.
fn number(sheet: &mut RgbImage, (left, top): (u32, u32), number: u32) {
    let digits = number.to_string();
    let columns = 4 * digits.len() as u32 + 1;
    for row in 0..7_u32 {
        for column in 0..columns {
            let digit = digits.as_bytes().get(column.saturating_sub(1) as usize / 4);
            let shape = digit.map_or([0; 5], |digit| DIGITS[usize::from(digit - b'0')]);
            let in_digit = column >= 1 && (column - 1) % 4 < 3 && (1..6).contains(&row);
            let inked = in_digit && shape[row as usize - 1] >> (2 - (column - 1) % 4) & 1 == 1;
            let ink = if inked { INK } else { PAPER };
            for y in top + row * DOT..top + (row + 1) * DOT {
                for x in left + column * DOT..left + (column + 1) * DOT {
                    if let Some(pixel) = sheet.get_pixel_mut_checked(x, y) {
                        *pixel = ink;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_stand_in_rows_with_their_numbers() {
        let colours = [[200, 0, 0], [0, 200, 0], [0, 0, 200]];
        let versions = colours.map(|colour| RgbImage::from_pixel(960, 480, Rgb(colour)));
        let sheet = contact_sheet(&versions.each_ref());
        assert_eq!(sheet.dimensions(), (2 * 492 + 12, 2 * 252 + 12));
        for (index, (x, y)) in [(0, 0), (1, 0), (0, 1)].into_iter().enumerate() {
            let middle = sheet.get_pixel(12 + x * 492 + 240, 12 + y * 252 + 120);
            assert_eq!(middle.0, colours[index]);
            let corner = |dx: u32, dy: u32| {
                let (x, y) = (12 + x * 492 + dx * DOT, 12 + y * 252 + dy * DOT);
                sheet.get_pixel(x, y).0
            };
            assert_eq!(corner(0, 0), PAPER.0);
            // The middle of a digit's foot is inked in 1 and 2 and 3.
            assert_eq!(corner(2, 5), INK.0);
            // The right of the second row tells 1 from the others.
            assert_eq!(corner(3, 2) == INK.0, index > 0);
        }
        assert_eq!(contact_sheet(&[]).dimensions(), (1, 1));
    }
}
