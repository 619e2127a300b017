//! Dots of colour on a transparent picture.

use image::{DynamicImage, RgbaImage};

use super::{Coordinate, Hints, MOST_POINTS};
use crate::error::{Error, Result};

/// Less opaque is a dot's soft edge.
const OPAQUE: u8 = 128;
/// Codes by which the colours within a dot may differ, on any channel: two dots may touch.
const SAME: u8 = 40;
/// Dots of fewer pixels are specks at the edge between two, where there are larger ones.
const SPECK: usize = 4;

/// A point for each dot.
pub(super) fn points(picture: &DynamicImage) -> Result<Hints> {
    let advice = "draw dots on an empty, transparent layer and save that alone as PNG";
    if !picture.color().has_alpha() {
        let problem = "this picture of hints has no transparency";
        return Err(Error::request(problem, advice));
    }
    let picture = picture.to_rgba8();
    if picture.pixels().all(|pixel| pixel.0[3] >= OPAQUE) {
        let problem = "this picture of hints is opaque everywhere";
        return Err(Error::request(problem, advice));
    }
    let mut dots = dots(&picture);
    if dots.iter().any(|dot| dot.len() >= SPECK) {
        dots.retain(|dot| dot.len() >= SPECK);
    }
    if dots.is_empty() {
        let problem = "this picture of hints has no dots";
        return Err(Error::request(problem, advice));
    }
    if dots.len() > MOST_POINTS {
        let problem = format!("this picture of hints has {} dots", dots.len());
        return Err(Error::request(problem, advice));
    }
    let (width, height) = picture.dimensions();
    let percent = |place: u32, extent: u32| {
        Coordinate::Percent((f64::from(place) + 0.5) / f64::from(extent) * 100.0)
    };
    let mut hints = Hints::new();
    for dot in &dots {
        let (x, y) = middle(dot);
        let colour = mean_colour(&picture, dot);
        hints = hints.point(percent(x, width), percent(y, height), colour);
    }
    hints.marked_on = Some((width, height));
    Ok(hints)
}

/// Connected pixels of about one colour, from the top left.
fn dots(picture: &RgbaImage) -> Vec<Vec<(u32, u32)>> {
    let (width, height) = picture.dimensions();
    let mut seen = vec![false; width as usize * height as usize];
    let index = |x: u32, y: u32| y as usize * width as usize + x as usize;
    let mut dots = Vec::new();
    for (x, y, seed) in picture.enumerate_pixels() {
        if seed.0[3] < OPAQUE || seen[index(x, y)] {
            continue;
        }
        seen[index(x, y)] = true;
        let mut dot = vec![(x, y)];
        let mut next = 0;
        while let Some(&(x, y)) = dot.get(next) {
            next += 1;
            for y in y.saturating_sub(1)..=(y + 1).min(height - 1) {
                for x in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                    let pixel = picture.get_pixel(x, y).0;
                    let same = (0..3).all(|c| pixel[c].abs_diff(seed.0[c]) <= SAME);
                    if pixel[3] >= OPAQUE && same && !seen[index(x, y)] {
                        seen[index(x, y)] = true;
                        dot.push((x, y));
                    }
                }
            }
        }
        dots.push(dot);
    }
    dots
}

/// The pixel of a dot that is nearest to its middle: of a ring or a hook, that itself is not on it.
fn middle(dot: &[(u32, u32)]) -> (u32, u32) {
    let count = dot.len().max(1) as f64;
    let mean =
        |of: fn(&(u32, u32)) -> u32| dot.iter().map(|p| f64::from(of(p))).sum::<f64>() / count;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let far = |p: &(u32, u32)| (f64::from(p.0) - x).powi(2) + (f64::from(p.1) - y).powi(2);
    let nearest = dot.iter().min_by(|p, q| far(p).total_cmp(&far(q)));
    nearest.copied().unwrap_or_default()
}

fn mean_colour(picture: &RgbaImage, dot: &[(u32, u32)]) -> [u8; 3] {
    [0, 1, 2].map(|channel| {
        let codes = dot
            .iter()
            .map(|&(x, y)| u64::from(picture.get_pixel(x, y).0[channel]));
        (codes.sum::<u64>() / dot.len().max(1) as u64) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{RgbImage, Rgba};

    fn disc(picture: &mut RgbaImage, (x, y): (i64, i64), radius: i64, colour: [u8; 3]) {
        for (px, py, pixel) in picture.enumerate_pixels_mut() {
            let far = (i64::from(px) - x).pow(2) + (i64::from(py) - y).pow(2);
            if far <= radius * radius {
                let [r, g, b] = colour;
                *pixel = Rgba([r, g, b, 255]);
            }
        }
    }

    #[test]
    fn every_dot_becomes_a_point_at_its_middle() {
        let mut picture = RgbaImage::new(200, 100);
        disc(&mut picture, (20, 30), 6, [200, 20, 20]);
        disc(&mut picture, (150, 70), 3, [20, 20, 200]);
        // Touches the first.
        disc(&mut picture, (33, 30), 6, [20, 160, 20]);
        let hints = points(&picture.into()).unwrap();
        let marked = hints.points_on((400, 200)).unwrap();
        let shares: Vec<_> = marked
            .iter()
            .map(|p| {
                (
                    (p.x.share(400) * 200.0) as i64,
                    (p.y.share(200) * 100.0) as i64,
                    p.colour,
                )
            })
            .collect();
        let expected = [
            (20, 30, [200, 20, 20]),
            (33, 30, [20, 160, 20]),
            (150, 70, [20, 20, 200]),
        ];
        assert_eq!(shares, expected);
    }

    #[test]
    fn a_picture_without_dots_says_what_to_do() {
        let opaque = RgbImage::new(30, 20);
        let empty = RgbaImage::new(30, 20);
        let full = RgbaImage::from_pixel(30, 20, Rgba([1, 2, 3, 255]));
        let cases: [(DynamicImage, &str); 3] = [
            (opaque.into(), "has no transparency"),
            (empty.into(), "has no dots"),
            (full.into(), "opaque everywhere"),
        ];
        for (picture, complaint) in cases {
            let error = points(&picture).unwrap_err().to_string();
            assert!(
                error.contains(complaint) && error.contains("draw dots"),
                "{error}"
            );
        }
    }
}
