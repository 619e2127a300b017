//! Whether a colorizer is right where it is sure.

use colorize_models::Head;
use colorize_rt::{Colorizer, color};
use image::imageops::{FilterType, resize};
use image::{DynamicImage, GrayImage, RgbImage};
use serde::Serialize;

use super::gray;

/// Sides of the squares whose colours are compared, in pixels.
const CELL: u32 = 4;
/// Lower ends of the bands of confidence.
const BANDS: [f32; 7] = [0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9];

/// How confidence and error go together, over small squares of many photographs.
#[derive(Clone, Debug, Serialize)]
pub struct Calibration {
    /// Correlation of their ranks (Spearman): -1 where the surest is always the nearest to the truth.
    pub correlation: f64,
    /// By confidence, from low to high; without those that are empty.
    pub bands: Vec<Band>,
}

/// Squares of about the same confidence.
#[derive(Clone, Debug, Serialize)]
pub struct Band {
    /// The least confidence in it.
    pub from: f32,
    /// Share of all squares.
    pub share: f64,
    /// Mean confidence.
    pub confidence: f64,
    /// Mean distance from the truth in the a\*b\* plane.
    pub error: f64,
    /// Share of its squares that are nearer to the truth than
    /// [`Head::HALF_SURE`](colorize_models::Head::HALF_SURE): confidence promises as much, at least.
    pub right: f64,
}

/// A square's confidence and its distance from the truth.
type Square = (f32, f64);

/// Colorizes photographs and compares how sure the colorizer is with how near it comes; None where
/// it does not say.
///
/// # Errors
/// The engine fails.
pub fn calibration(
    colorizer: &Colorizer,
    truths: impl IntoIterator<Item = RgbImage>,
    mut done: impl FnMut(),
) -> colorize_rt::Result<Option<Calibration>> {
    let mut squares = Vec::new();
    for truth in truths {
        let colorized = colorizer.colorize(&DynamicImage::ImageLuma8(gray(&truth)))?;
        let Some(confidence) = &colorized.confidence else {
            return Ok(None);
        };
        squares.extend(compare(&truth, &colorized.image, &confidence.map()?));
        done();
    }
    Ok(Some(Calibration::of(&squares)))
}

fn compare(truth: &RgbImage, output: &RgbImage, map: &GrayImage) -> Vec<Square> {
    let side = |pixels: u32| (pixels / CELL).max(1);
    let (width, height) = (side(truth.width()), side(truth.height()));
    let small = |image: &RgbImage| resize(image, width, height, FilterType::Triangle);
    let (truth, output) = (small(truth), small(output));
    let map = resize(map, width, height, FilterType::Triangle);
    let chroma = |pixel: &image::Rgb<u8>| {
        let [_, a, b] = color::srgb_to_lab(pixel.0.map(|v| f64::from(v) / 255.0));
        [a, b]
    };
    let pairs = truth.pixels().zip(output.pixels()).zip(map.pixels());
    let square =
        |((truth, output), sure): ((&image::Rgb<u8>, &image::Rgb<u8>), &image::Luma<u8>)| {
            let ([a, b], [c, d]) = (chroma(truth), chroma(output));
            (f32::from(sure.0[0]) / 255.0, (a - c).hypot(b - d))
        };
    pairs.map(square).collect()
}

impl Calibration {
    fn of(squares: &[Square]) -> Self {
        let confidences: Vec<f64> = squares.iter().map(|(sure, _)| f64::from(*sure)).collect();
        let errors: Vec<f64> = squares.iter().map(|(_, error)| *error).collect();
        let ends = BANDS[1..].iter().copied().chain([f32::INFINITY]);
        let bands = BANDS.into_iter().zip(ends).filter_map(|(from, to)| {
            let inside = squares.iter().filter(|(sure, _)| (from..to).contains(sure));
            let inside: Vec<&Square> = inside.collect();
            let count = inside.len() as f64;
            let sum = |of: fn(&Square) -> f64| inside.iter().map(|square| of(square)).sum::<f64>();
            (count > 0.0).then(|| Band {
                from,
                share: count / squares.len() as f64,
                confidence: sum(|(sure, _)| f64::from(*sure)) / count,
                error: sum(|(_, error)| *error) / count,
                right: sum(|(_, error)| f64::from(u8::from(*error < Head::HALF_SURE))) / count,
            })
        });
        Self {
            correlation: correlation(&ranks(&confidences), &ranks(&errors)),
            bands: bands.collect(),
        }
    }
}

/// The place of each value among all, equal ones sharing theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&x, &y| values[x].total_cmp(&values[y]));
    let mut ranks = vec![0.0; values.len()];
    for equal in order.chunk_by(|&x, &y| values[x] == values[y]) {
        let first = order.partition_point(|&place| values[place] < values[equal[0]]);
        for &place in equal {
            ranks[place] = first as f64 + (equal.len() - 1) as f64 / 2.0;
        }
    }
    ranks
}

fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let (mean_x, mean_y) = (mean(x), mean(y));
    let product = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        let pairs = x.iter().zip(y);
        pairs.map(|(x, y)| of(x - mean_x, y - mean_y)).sum()
    };
    let length = (product(&|x, _| x * x) * product(&|_, y| y * y)).sqrt();
    product(&|x, y| x * y) / length.max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surest_being_the_nearest_is_minus_one() {
        let squares: Vec<Square> = (0..100)
            .map(|i| (i as f32 / 100.0, f64::from(100 - i).powi(2) / 200.0))
            .collect();
        let calibration = Calibration::of(&squares);
        assert!((calibration.correlation + 1.0).abs() < 1e-9);
        assert_eq!(calibration.bands.len(), BANDS.len());
        let shares: f64 = calibration.bands.iter().map(|band| band.share).sum();
        assert!((shares - 1.0).abs() < 1e-9);
        let last = calibration.bands.last().unwrap();
        assert_eq!((last.from, last.right), (0.9, 1.0));
        assert_eq!(calibration.bands[0].right, 0.0);
    }

    #[test]
    fn equal_values_share_their_rank() {
        assert_eq!(ranks(&[5.0, 1.0, 5.0, 9.0]), [1.5, 0.0, 1.5, 3.0]);
        assert_eq!(correlation(&[1.0, 1.0], &[1.0, 2.0]), 0.0);
    }
}
