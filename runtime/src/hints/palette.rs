//! Colours for the whole of a photograph, as shares of a network's bins.

use std::collections::BTreeMap;

use image::DynamicImage;

use super::colour::chroma;
use crate::color::rgb8_to_lab_planes;
use crate::contract::{Bins, nearest};
use crate::error::{Error, Result};

/// Colours with their weights: a\* and b\* in CIELAB's units.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Palette {
    colours: Vec<([f32; 2], f32)>,
    /// Whether each stands for the shades of its hue, down to gray, that a photograph of it has.
    shaded: bool,
}

/// Reference pictures are counted at this size of the short side, as those of the training were.
const COUNTED_AT: u32 = 128;

/// How much of each shade of a colour there is, from gray to the colour itself.
const SHADES: [(f32, f32); 4] = [(0.25, 0.2), (0.5, 0.25), (0.75, 0.3), (1.0, 0.25)];

impl Palette {
    /// Each as much as the others; None: no colours.
    pub fn of_colours(colours: impl IntoIterator<Item = [u8; 3]>) -> Option<Self> {
        let colours: Vec<_> = colours.into_iter().map(|c| (chroma(c), 1.0)).collect();
        (!colours.is_empty()).then_some(Self {
            colours,
            shaded: true,
        })
    }

    /// As often as they occur in a picture.
    pub fn of_picture(picture: &DynamicImage) -> Result<Self> {
        let (width, height) = (picture.width(), picture.height());
        if width == 0 || height == 0 {
            return Err(Error::request(
                "this picture has no pixels",
                "give one that has",
            ));
        }
        let factor = f64::from(COUNTED_AT) / f64::from(width.min(height));
        let small = match factor < 1.0 {
            true => {
                let side = |pixels: u32| ((f64::from(pixels) * factor).round() as u32).max(1);
                picture.thumbnail_exact(side(width), side(height))
            }
            false => picture.clone(),
        };
        let rgb = small.to_rgb8();
        let count = (rgb.width() * rgb.height()) as usize;
        let mut lab = vec![0.0; 3 * count];
        rgb8_to_lab_planes(rgb.as_raw(), &mut lab);
        // Counted by whole units: few numbers instead of one for each pixel.
        let mut counts: BTreeMap<[i32; 2], u32> = BTreeMap::new();
        for (a, b) in lab[count..2 * count].iter().zip(&lab[2 * count..]) {
            *counts.entry([a, b].map(|v| v.round() as i32)).or_default() += 1;
        }
        let colours = counts.into_iter();
        let colours = colours.map(|(ab, count)| (ab.map(|v| v as f32), count as f32));
        Ok(Self {
            colours: colours.collect(),
            shaded: false,
        })
    }
}

/// The share of each bin; they sum to 1.
pub(crate) fn shares(palette: &Palette, bins: &Bins) -> Vec<f32> {
    let centres = bins.centres();
    let mut shares = vec![0.0; centres.len()];
    let total: f32 = palette.colours.iter().map(|(_, weight)| weight).sum();
    let shades: &[(f32, f32)] = match palette.shaded {
        true => &SHADES,
        false => &[(1.0, 1.0)],
    };
    for (colour, weight) in &palette.colours {
        for (strength, part) in shades {
            let shade = colour.map(|value| value * strength);
            shares[nearest(&centres, shade)] += part * weight / total;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;

    fn bins() -> Bins {
        let rows = (-11..=11).map(|a| format!("{a} -11 11"));
        let text = format!("10: {}", rows.collect::<Vec<_>>().join(", "));
        text.parse().unwrap()
    }

    #[test]
    fn shares_sum_to_one_and_say_which_colours() {
        let palette = Palette::of_colours([[200, 30, 30], [30, 60, 200]]).unwrap();
        let shares = shares(&palette, &bins());
        assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        let centres = bins().centres();
        let [reds, blues]: [f32; 2] = [[1.0, 0.7], [0.3, -1.0]].map(|[a, b]: [f32; 2]| {
            let all = centres.iter().zip(&shares);
            let towards = all.filter(|(c, _)| c[0] * a + c[1] * b > 15.0);
            towards.map(|(_, share)| share).sum()
        });
        assert!(reds > 0.3 && blues > 0.3, "{reds} {blues}");
        assert_eq!(Palette::of_colours([]), None);
    }

    #[test]
    fn a_picture_s_colours_are_counted() {
        let picture = RgbImage::from_fn(300, 400, |x, _| match x < 75 {
            true => image::Rgb([200, 30, 30]),
            false => image::Rgb([128; 3]),
        });
        let palette = Palette::of_picture(&picture.into()).unwrap();
        let shares = shares(&palette, &bins());
        let centres = bins().centres();
        let gray = shares[nearest(&centres, [0.0, 0.0])];
        let reds = centres
            .iter()
            .zip(&shares)
            .filter(|(c, _)| c[0] > 40.0 && c[1] > 20.0);
        let red: f32 = reds.map(|(_, share)| share).sum();
        assert!(
            (gray - 0.75).abs() < 0.02 && (red - 0.25).abs() < 0.02,
            "{gray} {red}"
        );
        assert!(Palette::of_picture(&DynamicImage::new_rgb8(0, 4)).is_err());
    }
}
