//! Measuring on photographs that are held back.
//!
//! No figure alone says that colours are good: gray does well on PSNR and on the distance in the
//! a*b* plane, and any blob of red is colourful. `object` asks whether the right thing is coloured.

use burn::tensor::{Device, Tensor, TensorData};
use colorize_models::{Generator, Head};
use colorize_rt::color;
use serde::{Deserialize, Serialize};

use crate::data::{Batch, Crop, Photographs, Sample};
use crate::seed::Seed;

/// Photographs a forward pass.
const BATCH: usize = 16;

/// Means over the photographs held back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Peak signal-to-noise ratio in RGB, dB; up.
    pub psnr: f64,
    /// Distance in the a*b* plane of CIELAB; down.
    pub ab: f64,
    /// Correlation between the truth's chroma and ours, means removed; up. Gray has 0.
    pub object: f64,
    /// Colourfulness (Hasler & Süsstrunk 2003); near the truth's.
    pub colour: f64,
    /// The truth's colourfulness.
    pub colour_truth: f64,
}

/// The photographs held back, decoded once.
pub struct Validation {
    samples: Vec<Sample>,
    head: Head,
}

impl Validation {
    /// Decodes them; those that cannot be are left out.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn open(photographs: &Photographs, config: &crate::Config) -> crate::Result<Self> {
        let mut samples = Vec::new();
        for &photo in &photographs.validation {
            let bytes = photographs.read(photo)?;
            let mut unused = Seed(config.seed).stream("unused", 0);
            match Sample::decode(&bytes, config.resolution, Crop::Center, &mut unused) {
                Ok(sample) => samples.push(sample),
                Err(message) => eprintln!("{}: {message}; skipped", photographs.name(photo)),
            }
        }
        Ok(Self {
            samples,
            head: config.generator.head,
        })
    }

    /// Colours them all: pairs of truth and output.
    pub fn colorize(&self, generator: &Generator, device: &Device) -> Vec<(&Sample, Sample)> {
        let mut pairs = Vec::with_capacity(self.samples.len());
        for truths in self.samples.chunks(BATCH) {
            let outputs = colorize(generator, self.head, truths, device);
            pairs.extend(truths.iter().zip(outputs));
        }
        pairs
    }
}

/// Colours photographs of one size, as the product would: lightness kept, chroma painted.
fn colorize(generator: &Generator, head: Head, truths: &[Sample], device: &Device) -> Vec<Sample> {
    let Some(side) = truths.first().map(|sample| sample.side) else {
        return Vec::new();
    };
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
                Head::Chroma => {
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

impl Figures {
    /// Measures pairs of truth and output.
    pub fn of(pairs: &[(&Sample, Sample)]) -> Self {
        let n = pairs.len() as f64;
        let mut sum = Self::default();
        for (truth, output) in pairs {
            let one = Self::of_one(truth, output);
            sum.psnr += one.psnr / n;
            sum.ab += one.ab / n;
            sum.object += one.object / n;
            sum.colour += one.colour / n;
            sum.colour_truth += one.colour_truth / n;
        }
        sum
    }

    fn of_one(truth: &Sample, output: &Sample) -> Self {
        let squares = truth
            .rgb
            .iter()
            .zip(&output.rgb)
            .map(|(&t, &o)| (f64::from(t) - f64::from(o)).powi(2));
        let error = squares.sum::<f64>() / truth.rgb.len() as f64;
        let n = truth.side * truth.side;
        let (lab_truth, lab_output) = (truth.lab(), output.lab());
        let ab = |lab: &[f32], i: usize| (f64::from(lab[n + i]), f64::from(lab[2 * n + i]));
        let distance = (0..n).map(|i| {
            let ((at, bt), (ao, bo)) = (ab(&lab_truth, i), ab(&lab_output, i));
            (at - ao).hypot(bt - bo)
        });
        Self {
            psnr: 10.0 * (255.0_f64.powi(2) / error.max(1e-2)).log10(),
            ab: distance.sum::<f64>() / n as f64,
            object: correlation(&lab_truth[n..], &lab_output[n..], n),
            colour: colourfulness(&output.rgb),
            colour_truth: colourfulness(&truth.rgb),
        }
    }
}

/// Correlation of two pictures' a* and b* planes together, each plane's mean removed; 0 where the
/// output has hardly any chroma of its own.
fn correlation(truth: &[f32], output: &[f32], n: usize) -> f64 {
    let centred = |planes: &[f32]| -> Vec<f64> {
        planes
            .chunks_exact(n)
            .flat_map(|plane| {
                let mean = plane.iter().map(|&v| f64::from(v)).sum::<f64>() / n as f64;
                plane.iter().map(move |&v| f64::from(v) - mean)
            })
            .collect()
    };
    let (truth, output) = (centred(truth), centred(output));
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(a, b)| a * b).sum::<f64>();
    let length = product(&output, &output).sqrt();
    if length > 1.0 {
        product(&truth, &output) / (product(&truth, &truth).sqrt() * length + 1e-9)
    } else {
        0.0
    }
}

fn colourfulness(rgb: &[u8]) -> f64 {
    let n = (rgb.len() / 3) as f64;
    let opponents = rgb.chunks_exact(3).map(|pixel| {
        let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(f64::from);
        (r - g, (r + g) / 2.0 - b)
    });
    let (mut rg, mut yb, mut rg2, mut yb2) = (0.0, 0.0, 0.0, 0.0);
    for (x, y) in opponents {
        rg += x / n;
        yb += y / n;
        rg2 += x * x / n;
        yb2 += y * y / n;
    }
    let deviation = (rg2 - rg * rg + yb2 - yb * yb).max(0.0).sqrt();
    deviation + 0.3 * rg.hypot(yb)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(colour: impl Fn(usize) -> [u8; 3]) -> Sample {
        Sample {
            rgb: (0..64).flat_map(colour).collect(),
            side: 8,
        }
    }

    #[test]
    fn the_truth_itself_is_perfect_and_gray_has_no_object() {
        let truth = sample(|i| if i < 32 { [200, 60, 40] } else { [40, 90, 220] });
        let same = Figures::of(&[(&truth, truth.clone())]);
        assert!((same.object - 1.0).abs() < 1e-6, "{same:?}");
        assert_eq!(same.ab, 0.0);
        assert_eq!(same.colour, same.colour_truth);
        let gray = Figures::of(&[(&truth, sample(|_| [128; 3]))]);
        assert_eq!((gray.object, gray.colour), (0.0, 0.0));
        assert!(gray.ab > 30.0 && gray.psnr < same.psnr);
    }

    #[test]
    fn colour_on_the_wrong_thing_correlates_negatively() {
        let truth = sample(|i| if i < 32 { [200, 60, 40] } else { [40, 90, 220] });
        let swapped = sample(|i| {
            if i >= 32 {
                [200, 60, 40]
            } else {
                [40, 90, 220]
            }
        });
        assert!(Figures::of(&[(&truth, swapped)]).object < -0.9);
    }

    #[test]
    fn colourfulness_follows_its_definition() {
        // One half red, one half green: rg = ±255, yb = 127.5.
        let rgb: Vec<u8> = (0..64)
            .flat_map(|i| if i < 32 { [255, 0, 0] } else { [0, 255, 0] })
            .collect();
        assert!((colourfulness(&rgb) - (255.0 + 0.3 * 127.5)).abs() < 1e-9);
    }
}
