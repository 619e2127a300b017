//! Measuring on photographs that are held back.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use colorize_models::{Generator, Head};
use colorize_rt::color;

use crate::config::Config;
use crate::data::{Batch, Sample, SkipList, Sources};

/// Photographs a forward pass.
const BATCH: usize = 16;

/// The photographs held back, decoded once.
pub struct Validation {
    samples: Vec<Sample>,
}

impl Validation {
    /// Decodes them; those that cannot be used are listed in `skips`.
    ///
    /// # Errors
    /// None can be used.
    pub fn open(sources: &Arc<Sources>, config: &Config, skips: &SkipList) -> crate::Result<Self> {
        let side = config.validation_resolution();
        let mut samples = Vec::new();
        for &photo in sources.validation() {
            match sources.decode(photo) {
                Ok(picture) => samples.push(Sample::square(&picture, side)),
                Err(skip) => skips.note(sources, photo, skip)?,
            }
        }
        if samples.is_empty() {
            return Err(crate::Error::data(
                &config.data.root,
                "none of the photographs held back can be used; raise data.validation",
            ));
        }
        Ok(Self { samples })
    }

    /// Photographs.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there are none; never true.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Colours them all: pairs of truth and output.
    pub fn colorize(&self, generator: &Generator, device: &Device) -> Vec<(&Sample, Sample)> {
        let mut pairs = Vec::with_capacity(self.samples.len());
        for truths in self.samples.chunks(BATCH) {
            let outputs = colorize(generator, truths, device);
            pairs.extend(truths.iter().zip(outputs));
        }
        pairs
    }
}

/// Colours photographs of one size, as the product would: lightness kept, chroma painted.
pub fn colorize(generator: &Generator, truths: &[Sample], device: &Device) -> Vec<Sample> {
    let Some(side) = truths.first().map(|sample| sample.side) else {
        return Vec::new();
    };
    let head = generator.head();
    let mut batch = Batch::new(side);
    for sample in truths {
        batch.push(sample, head);
    }
    let gray = TensorData::new(batch.gray, [batch.len, 1, side, side]);
    let painted = generator
        .forward(Tensor::from_data(gray, device))
        .into_data();
    let painted: Vec<f32> = painted.iter::<f32>().collect();
    let planes = painted.chunks_exact(head.channels() * side * side);
    truths
        .iter()
        .zip(planes)
        .map(|(truth, painted)| Sample {
            rgb: match head {
                Head::Chroma | Head::Distribution => {
                    let mut lab = truth.lab();
                    for (value, chroma) in lab[side * side..].iter_mut().zip(painted) {
                        *value = chroma * Head::CHROMA_SCALE as f32;
                    }
                    let mut rgb = vec![0; 3 * side * side];
                    color::lab_planes_to_rgb8(&lab, &mut rgb);
                    rgb
                }
                Head::Rgb => interleave(painted, side * side),
            },
            side,
        })
        .collect()
}

fn interleave(planes: &[f32], n: usize) -> Vec<u8> {
    (0..3 * n)
        .map(|i| ((planes[i % 3 * n + i / 3] + 1.0) * 127.5).round() as u8)
        .collect()
}
