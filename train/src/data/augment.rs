//! What old photographs have gone through, on the square in CIELAB: soft lenses, faded or hard
//! prints, grain. All of it is lightness; the truth's chroma is only ever made stronger.

use colorize_rt::color;
use image::{ImageBuffer, Luma, imageops};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::sample::Sample;
use crate::config::AugmentConfig;

/// A Gaussian of a smaller deviation reaches no neighbour.
const SHARP: f32 = 0.2;

/// One draw's deviations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Film {
    /// Added to L*.
    lightness: f32,
    /// Factor of L* around 50.
    contrast: f32,
    /// Factor of a* and b*.
    saturation: f32,
    /// Standard deviation of the blur, in pixels of the square. The tails are cut off at about two.
    blur: f32,
    /// Standard deviation of the grain, in L*.
    grain: f32,
}

impl Film {
    /// Nothing is done.
    const NONE: Self = Self {
        lightness: 0.0,
        contrast: 1.0,
        saturation: 1.0,
        blur: 0.0,
        grain: 0.0,
    };

    /// Draws each deviation evenly up to the recipe's largest.
    pub(super) fn draw(augment: &AugmentConfig, rng: &mut ChaCha8Rng) -> Self {
        let mut share = |from: f64| (from + (1.0 - from) * rng.random::<f64>()) as f32;
        Self {
            lightness: share(-1.0) * augment.lightness as f32,
            contrast: 1.0 + share(-1.0) * augment.contrast as f32,
            saturation: 1.0 + share(0.0) * augment.saturation as f32,
            blur: share(0.0) * augment.blur as f32,
            grain: share(0.0) * augment.grain as f32,
        }
    }

    /// Blurs, prints and grains the square. The result is bytes again, so that the gray that the
    /// network is given, its chroma target and the truth in RGB stay one photograph; a colour that
    /// leaves sRGB is clipped.
    pub(super) fn apply(self, sample: &mut Sample, rng: &mut ChaCha8Rng) {
        if self == Self::NONE {
            return;
        }
        let mut lab = sample.lab();
        let (lightness, chroma) = lab.split_at_mut(sample.side * sample.side);
        if self.blur >= SHARP {
            blur(lightness, sample.side, self.blur);
        }
        for value in &mut *lightness {
            *value = (*value - 50.0) * self.contrast + 50.0 + self.lightness;
            if self.grain > 0.0 {
                *value += self.grain * rng.sample::<f32, _>(StandardNormal);
            }
            *value = value.clamp(0.0, 100.0);
        }
        for value in chroma {
            *value *= self.saturation;
        }
        color::lab_planes_to_rgb8(&lab, &mut sample.rgb);
    }
}

fn blur(lightness: &mut [f32], side: usize, deviation: f32) {
    // `image` takes fractions to be at most 1.
    let plane = lightness.iter().map(|l| l / 100.0).collect();
    let plane: Option<ImageBuffer<Luma<f32>, Vec<f32>>> =
        ImageBuffer::from_raw(side as u32, side as u32, plane);
    if let Some(plane) = plane {
        let blurred = imageops::blur(&plane, deviation);
        for (value, blurred) in lightness.iter_mut().zip(blurred.as_raw()) {
            *value = 100.0 * blurred;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    const SIDE: usize = 32;

    /// Muted colours, far from the gamut's edge, with sharp edges of lightness.
    fn sample() -> Sample {
        let mut lab = vec![0.0; 3 * SIDE * SIDE];
        for i in 0..SIDE * SIDE {
            let (x, y) = (i % SIDE, i / SIDE);
            lab[i] = if (x / 4 + y / 4).is_multiple_of(2) {
                40.0
            } else {
                65.0
            };
            lab[SIDE * SIDE + i] = 20.0 * (x as f32 / SIDE as f32 - 0.5);
            lab[2 * SIDE * SIDE + i] = 20.0 * (y as f32 / SIDE as f32 - 0.5);
        }
        let mut rgb = vec![0; lab.len()];
        color::lab_planes_to_rgb8(&lab, &mut rgb);
        Sample { rgb, side: SIDE }
    }

    fn applied(film: Film) -> (Vec<f32>, Vec<f32>) {
        let before = sample();
        let mut after = before.clone();
        film.apply(&mut after, &mut Seed(3).stream("augment", 0));
        (before.lab(), after.lab())
    }

    fn largest(before: &[f32], after: &[f32]) -> f32 {
        before
            .iter()
            .zip(after)
            .map(|(b, a)| (b - a).abs())
            .fold(0.0, f32::max)
    }

    #[test]
    fn nothing_asked_for_is_nothing_done() {
        let none = AugmentConfig::default();
        let film = Film::draw(&none, &mut Seed(3).stream("augment", 0));
        assert_eq!(film, Film::NONE);
        let mut after = sample();
        film.apply(&mut after, &mut Seed(3).stream("augment", 0));
        assert_eq!(after, sample());
    }

    #[test]
    fn draws_stay_within_the_recipes_bounds_and_reach_for_them() {
        let augment = AugmentConfig {
            lightness: 6.0,
            contrast: 0.2,
            grain: 4.0,
            blur: 1.5,
            saturation: 0.5,
            ..AugmentConfig::default()
        };
        let films = (0..1000).map(|i| Film::draw(&augment, &mut Seed(2).stream("augment", i)));
        let films: Vec<Film> = films.collect();
        let bounds = |of: fn(&Film) -> f32, low: f32, high: f32| {
            let (mut least, mut most) = (f32::MAX, f32::MIN);
            for value in films.iter().map(of) {
                (least, most) = (least.min(value), most.max(value));
            }
            let room = 0.02 * (high - low);
            assert!(
                least >= low && least < low + room,
                "{least} is not just above {low}"
            );
            assert!(
                most <= high && most > high - room,
                "{most} is not just below {high}"
            );
        };
        bounds(|film| film.lightness, -6.0, 6.0);
        bounds(|film| film.contrast, 0.8, 1.2);
        bounds(|film| film.grain, 0.0, 4.0);
        bounds(|film| film.blur, 0.0, 1.5);
        bounds(|film| film.saturation, 1.0, 1.5);
    }

    #[test]
    fn grain_and_blur_leave_the_chroma_alone() {
        let n = SIDE * SIDE;
        for film in [
            Film {
                grain: 3.0,
                ..Film::NONE
            },
            Film {
                blur: 1.5,
                ..Film::NONE
            },
        ] {
            let (before, after) = applied(film);
            // Half a step of each of three channels is at most this far in the a*b* plane.
            let off = largest(&before[n..], &after[n..]);
            assert!(off < 1.0, "{film:?}: {off}");
            assert!(largest(&before[..n], &after[..n]) > 3.0, "{film:?}");
        }
    }

    #[test]
    fn grain_has_its_deviation() {
        let (before, after) = applied(Film {
            grain: 3.0,
            ..Film::NONE
        });
        let n = SIDE * SIDE;
        let noise: Vec<f32> = (0..n).map(|i| after[i] - before[i]).collect();
        let mean = noise.iter().sum::<f32>() / n as f32;
        let variance = noise.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n as f32;
        assert!(mean.abs() < 0.3, "{mean}");
        assert!((variance.sqrt() - 3.0).abs() < 0.2, "{}", variance.sqrt());
    }

    /// scipy's `gaussian_filter` on a plane of squares; see `tests/data/make.py`.
    #[test]
    fn the_blur_is_scipys() {
        let golden = include_str!("../../tests/data/blur.json");
        let golden: std::collections::BTreeMap<String, Vec<f32>> =
            serde_json::from_str(golden).unwrap();
        for (deviation, expected) in golden {
            let square = |x: usize, y: usize| {
                if (x / 5 + y / 7).is_multiple_of(2) {
                    30.0
                } else {
                    70.0
                }
            };
            let mut plane: Vec<f32> = (0..24 * 24)
                .map(|i| square(i % 24, i / 24) + 0.3 * (i % 24) as f32)
                .collect();
            blur(&mut plane, 24, deviation.parse().unwrap());
            let off = largest(&expected, &plane);
            assert!(off < 0.01, "deviation {deviation}: off by {off}");
        }
    }

    #[test]
    fn lightness_and_contrast_move_lightness_as_they_say() {
        let (before, after) = applied(Film {
            lightness: 4.0,
            contrast: 0.8,
            ..Film::NONE
        });
        for i in 0..SIDE * SIDE {
            let expected = (before[i] - 50.0) * 0.8 + 54.0;
            assert!(
                (after[i] - expected).abs() < 0.5,
                "{} became {}",
                before[i],
                after[i]
            );
        }
        let n = SIDE * SIDE;
        assert!(largest(&before[n..], &after[n..]) < 1.0);
    }

    #[test]
    fn saturation_multiplies_the_truths_chroma_and_keeps_the_lightness() {
        let (before, after) = applied(Film {
            saturation: 1.5,
            ..Film::NONE
        });
        let n = SIDE * SIDE;
        let stronger: Vec<f32> = before[n..].iter().map(|c| 1.5 * c).collect();
        assert!(largest(&stronger, &after[n..]) < 1.0);
        assert!(largest(&before[..n], &after[..n]) < 0.5);
    }
}
