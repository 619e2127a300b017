//! How much better a colorizer is for points of the truth.

use colorize_rt::{Colorizer, Hints, color};
use image::{DynamicImage, RgbImage};
use rand::RngExt;
use serde::Serialize;

use super::gray;
use crate::metrics::Figures;
use crate::seed::Seed;

/// The side of what a person sees when they pick a colour, as a share of the short side.
const PICKED: f64 = 0.03;

/// The figures with so many points known.
#[derive(Clone, Debug, Serialize)]
pub struct WithPoints {
    /// Points of each photograph.
    pub points: usize,
    /// Means over the photographs.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Colorizes photographs with the first so many of the same random points of their truth.
///
/// # Errors
/// The engine fails, or the colorizer takes no hints.
pub fn curve(
    colorizer: &Colorizer,
    truths: impl IntoIterator<Item = RgbImage>,
    counts: &[usize],
    seed: Seed,
    mut done: impl FnMut(),
) -> colorize_rt::Result<Vec<WithPoints>> {
    let most = counts.iter().copied().max().unwrap_or(0);
    let mut figures: Vec<Vec<Figures>> = vec![Vec::new(); counts.len()];
    for (index, truth) in truths.into_iter().enumerate() {
        let photograph = DynamicImage::ImageLuma8(gray(&truth));
        let points = points(&truth, most, seed, index as u64);
        for (count, figures) in counts.iter().zip(&mut figures) {
            let known = points[..*count].iter();
            let hints = known.fold(Hints::new(), |hints, &(x, y, colour)| {
                hints.point(x, y, colour)
            });
            let output = colorizer.colorize_with(&photograph, &hints)?.image;
            figures.push(Figures::of(&[(truth.clone(), output)]));
        }
        done();
    }
    let rows = counts.iter().zip(&figures);
    let rows = rows.map(|(&points, figures)| WithPoints {
        points,
        figures: Figures::mean(figures),
    });
    Ok(rows.collect())
}

/// Places of a photograph with the colour of a small square there: the first ones are the same
/// however many there are.
fn points(truth: &RgbImage, count: usize, seed: Seed, index: u64) -> Vec<(u32, u32, [u8; 3])> {
    let mut rng = seed.stream("points", index);
    let (width, height) = truth.dimensions();
    let side = f64::from(width.min(height)) * PICKED;
    let reach = (side / 2.0).floor() as u32;
    let place = |_| {
        let (x, y) = (rng.random_range(0..width), rng.random_range(0..height));
        (x, y, mean_colour(truth, (x, y), reach))
    };
    (0..count).map(place).collect()
}

/// The colour of the mean in CIELAB, over a square that is cut at the photograph's edge.
fn mean_colour(truth: &RgbImage, (x, y): (u32, u32), reach: u32) -> [u8; 3] {
    let range = |middle: u32, extent: u32| {
        middle.saturating_sub(reach)..=(middle + reach).min(extent.saturating_sub(1))
    };
    let (mut sum, mut count) = ([0.0; 3], 0.0);
    for y in range(y, truth.height()) {
        for x in range(x, truth.width()) {
            let rgb = truth.get_pixel(x, y).0.map(|v| f64::from(v) / 255.0);
            let lab = color::srgb_to_lab(rgb);
            sum = [0, 1, 2].map(|i| sum[i] + lab[i]);
            count += 1.0;
        }
    }
    let rgb = color::lab_to_srgb(sum.map(|v| v / count));
    rgb.map(|v| (v * 255.0).round().clamp(0.0, 255.0) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_points_are_the_first_of_more_and_have_the_truth_s_colours() {
        let truth = RgbImage::from_fn(60, 40, |x, _| match x < 30 {
            true => image::Rgb([200, 40, 40]),
            false => image::Rgb([40, 40, 200]),
        });
        let many = points(&truth, 50, Seed(1), 3);
        assert_eq!(points(&truth, 5, Seed(1), 3), many[..5]);
        assert_ne!(points(&truth, 5, Seed(1), 4), many[..5]);
        for (x, _, colour) in many {
            // The square of one next to the border has both colours.
            if !(29..=30).contains(&x) {
                let at = truth.get_pixel(x, 0).0;
                let near = colour.iter().zip(at).all(|(a, b)| a.abs_diff(b) <= 1);
                assert!(near, "{x}: {colour:?}");
            }
        }
    }
}
