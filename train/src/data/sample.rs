//! One photograph as the networks see it: a square.

use colorize_rt::color;
use fast_image_resize as fir;
use image::RgbImage;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::augment::Film;
use crate::config::{AugmentConfig, Fit};

/// A square photograph of `side`, as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Interleaved sRGB, `3 · side²`.
    pub rgb: Vec<u8>,
    /// Pixels on each axis.
    pub side: usize,
}

/// The rectangle of a photograph that becomes the square, in its pixels.
#[derive(Clone, Copy, Debug)]
struct Cut {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

impl Sample {
    /// The largest square in the middle, reduced to `side`: always the same. (A photograph without
    /// pixels, which no source gives, becomes black.)
    pub fn square(photo: &RgbImage, side: usize) -> Self {
        let (width, height) = sides(photo);
        let short = width.min(height);
        let cut = Cut {
            left: (width - short) / 2.0,
            top: (height - short) / 2.0,
            width: short,
            height: short,
        };
        Self::cut(photo, cut, side)
    }

    /// A square of `side` that varies from draw to draw as the recipe says.
    ///
    /// The numbers drawn do not depend on what is switched on, so one augmentation more leaves the
    /// others as they were.
    pub fn draw(
        photo: &RgbImage,
        side: usize,
        augment: &AugmentConfig,
        rng: &mut ChaCha8Rng,
    ) -> Self {
        let (width, height) = sides(photo);
        let smallest = augment.crop.clamp(f64::MIN_POSITIVE, 1.0);
        let cut = width.min(height) * rng.random_range(smallest..=1.0);
        let (x, y, mirrored) = (
            rng.random::<f64>(),
            rng.random::<f64>(),
            rng.random::<bool>(),
        );
        let film = Film::draw(augment, rng);
        let cut = match augment.fit {
            Fit::Crop => Cut {
                left: x * (width - cut),
                top: y * (height - cut),
                width: cut,
                height: cut,
            },
            Fit::Stretch => Cut {
                left: 0.0,
                top: 0.0,
                width,
                height,
            },
        };
        let mut sample = Self::cut(photo, cut, side);
        if augment.flip && mirrored {
            sample.mirror();
        }
        film.apply(&mut sample, rng);
        sample
    }

    fn cut(photo: &RgbImage, cut: Cut, side: usize) -> Self {
        let (width, height) = sides(photo);
        let mut square = fir::images::Image::new(side as u32, side as u32, fir::PixelType::U8x3);
        // Rounding may lead a hair beyond the edge.
        let (right, bottom) = (width - cut.left, height - cut.top);
        let options = fir::ResizeOptions::new()
            .resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Bilinear))
            .crop(
                cut.left,
                cut.top,
                cut.width.min(right),
                cut.height.min(bottom),
            );
        // Its errors are a rectangle beyond the photograph, and bytes of two kinds.
        let resized = fir::Resizer::new().resize(photo, &mut square, &options);
        debug_assert!(resized.is_ok() || photo.is_empty(), "{cut:?}: {resized:?}");
        Self {
            rgb: square.into_vec(),
            side,
        }
    }

    /// L*, a* and b* planes in CIELAB's own units, `3 · side²`.
    pub fn lab(&self) -> Vec<f32> {
        let mut lab = vec![0.0; self.rgb.len()];
        color::rgb8_to_lab_planes(&self.rgb, &mut lab);
        lab
    }

    fn mirror(&mut self) {
        for row in self.rgb.chunks_exact_mut(3 * self.side) {
            row.as_chunks_mut::<3>().0.reverse();
        }
    }
}

fn sides(photo: &RgbImage) -> (f64, f64) {
    (f64::from(photo.width()), f64::from(photo.height()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    fn gradient(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, 90])
        })
    }

    fn plain() -> AugmentConfig {
        AugmentConfig {
            crop: 1.0,
            flip: false,
            ..AugmentConfig::default()
        }
    }

    #[test]
    fn the_same_stream_gives_the_same_square() {
        let photo = gradient(90, 60);
        let augment = AugmentConfig {
            crop: 0.5,
            grain: 3.0,
            ..AugmentConfig::default()
        };
        let draw = |index| {
            let mut rng = Seed(7).stream("augment", index);
            Sample::draw(&photo, 32, &augment, &mut rng)
        };
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }

    #[test]
    fn without_augmentation_a_square_photograph_is_itself() {
        let photo = gradient(32, 32);
        for fit in [Fit::Crop, Fit::Stretch] {
            let augment = AugmentConfig { fit, ..plain() };
            let mut rng = Seed(7).stream("augment", 0);
            let sample = Sample::draw(&photo, 32, &augment, &mut rng);
            assert_eq!(&sample.rgb, photo.as_raw(), "{fit:?}");
        }
        assert_eq!(&Sample::square(&photo, 32).rgb, photo.as_raw());
    }

    #[test]
    fn the_centre_square_leaves_the_sides_out_and_stretching_keeps_them() {
        // Left and right of the middle square other colours.
        let photo = RgbImage::from_fn(96, 32, |x, _| {
            image::Rgb(if (32..64).contains(&x) {
                [10, 200, 30]
            } else {
                [250, 0, 0]
            })
        });
        let square = Sample::square(&photo, 32);
        assert!(
            square
                .rgb
                .as_chunks::<3>()
                .0
                .iter()
                .all(|pixel| *pixel == [10, 200, 30])
        );
        let augment = AugmentConfig {
            fit: Fit::Stretch,
            ..plain()
        };
        let stretched = Sample::draw(&photo, 30, &augment, &mut Seed(0).stream("augment", 0));
        let middle = |x: usize| stretched.rgb[3 * (15 * 30 + x)..][..3].to_vec();
        assert_eq!(
            (middle(2), middle(15)),
            (vec![250, 0, 0], vec![10, 200, 30])
        );
    }

    #[test]
    fn mirroring_turns_rows_round() {
        let mut sample = Sample {
            rgb: (0..12).collect(),
            side: 2,
        };
        sample.mirror();
        assert_eq!(sample.rgb, [3, 4, 5, 0, 1, 2, 9, 10, 11, 6, 7, 8]);
    }

    #[test]
    fn every_other_draw_is_mirrored_where_that_is_asked_for() {
        let photo = gradient(16, 16);
        let mirrored = |flip: bool| {
            let augment = AugmentConfig { flip, ..plain() };
            let draw = |index| {
                let mut rng = Seed(1).stream("augment", index);
                Sample::draw(&photo, 16, &augment, &mut rng)
            };
            (0..400)
                .filter(|&index| draw(index).rgb != *photo.as_raw())
                .count()
        };
        assert_eq!(mirrored(false), 0);
        assert!((150..250).contains(&mirrored(true)));
    }
}
