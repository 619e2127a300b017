//! One photograph as the networks see it.

use colorize_models::Head;
use colorize_rt::color;
use fast_image_resize as fir;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::config::DataConfig;

/// How a photograph becomes a square.
#[derive(Clone, Copy, Debug)]
pub enum Crop {
    /// The middle, as large as it goes: the same each time.
    Center,
    /// A random square, sometimes mirrored.
    Random {
        /// The smallest side, as a share of the short side.
        smallest: f64,
        /// Whether it may be mirrored.
        flip: bool,
    },
}

impl Crop {
    /// As the recipe says.
    pub fn of(config: &DataConfig) -> Self {
        Self::Random {
            smallest: config.crop,
            flip: config.flip,
        }
    }
}

/// A square photograph of `side`, as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Interleaved sRGB, `3 · side²`.
    pub rgb: Vec<u8>,
    /// Pixels on each axis.
    pub side: usize,
}

impl Sample {
    /// Decodes, cuts and reduces a photograph.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn decode(
        bytes: &[u8],
        side: usize,
        crop: Crop,
        rng: &mut ChaCha8Rng,
    ) -> Result<Self, String> {
        let photo = image::load_from_memory(bytes)
            .map_err(|e| e.to_string())?
            .into_rgb8();
        let (width, height) = (f64::from(photo.width()), f64::from(photo.height()));
        let short = width.min(height);
        let (cut, x, y, mirrored) = match crop {
            Crop::Center => (short, 0.5, 0.5, false),
            Crop::Random { smallest, flip } => (
                short * rng.random_range(smallest..=1.0),
                rng.random::<f64>(),
                rng.random::<f64>(),
                flip && rng.random::<bool>(),
            ),
        };
        let (left, top) = (x * (width - cut), y * (height - cut));
        let mut square = fir::images::Image::new(side as u32, side as u32, fir::PixelType::U8x3);
        let options = fir::ResizeOptions::new()
            .resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Bilinear))
            .crop(left, top, cut, cut);
        fir::Resizer::new()
            .resize(&photo, &mut square, &options)
            .map_err(|e| e.to_string())?;
        let mut rgb = square.into_vec();
        if mirrored {
            for row in rgb.chunks_exact_mut(3 * side) {
                mirror(row);
            }
        }
        Ok(Self { rgb, side })
    }

    /// L*, a* and b* planes in CIELAB's own units, `3 · side²`.
    pub fn lab(&self) -> Vec<f32> {
        let mut lab = vec![0.0; self.rgb.len()];
        color::rgb8_to_lab_planes(&self.rgb, &mut lab);
        lab
    }

    fn rgb_planes(&self) -> impl Iterator<Item = f32> + '_ {
        (0..3).flat_map(|channel| {
            self.rgb[channel..]
                .iter()
                .step_by(3)
                .map(|&value| f32::from(value) / 127.5 - 1.0)
        })
    }

    /// Luma of ITU-R BT.601 in [-1, 1]: the gray of the reference.
    fn luma(&self) -> impl Iterator<Item = f32> + '_ {
        self.rgb.chunks_exact(3).map(|pixel| {
            let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(f32::from);
            (0.2989 * r + 0.5870 * g + 0.1140 * b) / 127.5 - 1.0
        })
    }
}

fn mirror(row: &mut [u8]) {
    let pixels = row.len() / 3;
    for left in 0..pixels / 2 {
        let right = pixels - 1 - left;
        for channel in 0..3 {
            row.swap(3 * left + channel, 3 * right + channel);
        }
    }
}

/// Photographs side by side, as flat planes in the order `[n, channel, row, column]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// Photographs.
    pub len: usize,
    /// Pixels on each axis.
    pub side: usize,
    /// What the generator is given: one plane in [-1, 1].
    pub gray: Vec<f32>,
    /// What it should paint: two or three planes in [-1, 1].
    pub target: Vec<f32>,
    /// The photograph itself: three planes in [-1, 1].
    pub rgb: Vec<f32>,
}

impl Batch {
    /// An empty batch of squares of `side`.
    pub fn new(side: usize) -> Self {
        Self {
            side,
            ..Self::default()
        }
    }

    /// Adds a photograph, as a generator with this head takes and gives it.
    pub fn push(&mut self, sample: &Sample, head: Head) {
        self.len += 1;
        match head {
            Head::Chroma => {
                let lab = sample.lab();
                let (lightness, chroma) = lab.split_at(sample.side * sample.side);
                let scale = Head::CHROMA_SCALE as f32;
                self.gray.extend(lightness.iter().map(|l| l / 50.0 - 1.0));
                self.target.extend(chroma.iter().map(|c| c / scale));
            }
            Head::Rgb => {
                self.gray.extend(sample.luma());
                self.target.extend(sample.rgb_planes());
            }
        }
        self.rgb.extend(sample.rgb_planes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    fn gradient(width: u32, height: u32) -> Vec<u8> {
        let picture = image::RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, 90])
        });
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture
            .write_to(&mut bytes, image::ImageFormat::Png)
            .unwrap();
        bytes.into_inner()
    }

    #[test]
    fn the_same_stream_gives_the_same_square() {
        let bytes = gradient(90, 60);
        let crop = Crop::Random {
            smallest: 0.5,
            flip: true,
        };
        let draw = |index| {
            let mut rng = Seed(7).stream("augment", index);
            Sample::decode(&bytes, 32, crop, &mut rng).unwrap()
        };
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }

    #[test]
    fn the_batch_has_what_each_head_takes() {
        let bytes = gradient(50, 40);
        let mut rng = Seed(0).stream("augment", 0);
        let sample = Sample::decode(&bytes, 32, Crop::Center, &mut rng).unwrap();
        for head in [Head::Chroma, Head::Rgb] {
            let mut batch = Batch::new(32);
            batch.push(&sample, head);
            batch.push(&sample, head);
            assert_eq!(batch.gray.len(), 2 * 32 * 32);
            assert_eq!(batch.target.len(), 2 * head.channels() * 32 * 32);
            assert_eq!(batch.rgb.len(), 2 * 3 * 32 * 32);
            let all = batch.gray.iter().chain(&batch.target).chain(&batch.rgb);
            assert!(all.into_iter().all(|v| (-1.0..=1.0).contains(v)));
        }
    }

    #[test]
    fn mirroring_twice_changes_nothing() {
        let mut row: Vec<u8> = (0..15).collect();
        mirror(&mut row);
        assert_eq!(row[..3], [12, 13, 14]);
        mirror(&mut row);
        assert_eq!(row, (0..15).collect::<Vec<u8>>());
    }

    #[test]
    fn rubbish_is_an_error_in_words() {
        let mut rng = Seed(0).stream("augment", 0);
        let error = Sample::decode(b"not a picture", 32, Crop::Center, &mut rng).unwrap_err();
        assert!(!error.is_empty());
    }
}
