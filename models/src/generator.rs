//! The generator: a U-Net with self-attention, gray in, colour out.

use burn::module::Module;
use burn::tensor::activation::tanh;
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::ConfigError;
use crate::attention::SelfAttention;
use crate::block::{ConvBlock, UpBlock};
use crate::spectral::{SpectralConv2d, SpectralConv2dConfig};

/// The U-Net goes down to maps of this side.
const DEEPEST: usize = 8;
/// Attention works on maps of this side.
pub(crate) const ATTENTION: usize = 32;

/// What the generator paints; tanh keeps each in [-1, 1].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Head {
    /// The a* and b* planes of CIELAB, divided by [`Head::CHROMA_SCALE`]. Input: L* / 50 - 1.
    #[default]
    Chroma,
    /// Red, green and blue, `x / 127.5 - 1`, as in the reference. Input: gray in the same range.
    Rgb,
}

impl Head {
    /// All of sRGB lies within ±110 on the a* and b* axes.
    pub const CHROMA_SCALE: f64 = 110.0;

    /// Planes that it paints.
    pub fn channels(self) -> usize {
        match self {
            Head::Chroma => 2,
            Head::Rgb => 3,
        }
    }
}

/// The figures of a [`Generator`]; the reference has resolution 64, width 16 and an RGB head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GeneratorConfig {
    /// Side of the training pictures: a power of two, at least 32.
    pub resolution: usize,
    /// Channels at full resolution, doubled at each level down: a multiple of 8.
    pub width: usize,
    /// What it paints.
    pub head: Head,
}

impl Default for GeneratorConfig {
    fn default() -> Self {
        Self {
            resolution: 64,
            width: 16,
            head: Head::Chroma,
        }
    }
}

impl GeneratorConfig {
    /// Channels of each level, from full resolution to maps of 8x8.
    pub fn widths(&self) -> Vec<usize> {
        (0..)
            .take_while(|level| self.resolution >> level >= DEEPEST)
            .map(|level| self.width << level)
            .collect()
    }

    /// Heights and widths that the network takes are multiples of this.
    pub fn multiple(&self) -> usize {
        self.resolution / DEEPEST
    }

    /// Checks the figures and initialises the weights (He et al. 2015).
    ///
    /// # Errors
    /// A resolution that is no power of two of at least 32, or a width that is no multiple of 8.
    pub fn init(&self, device: &Device) -> Result<Generator, ConfigError> {
        check_resolution("generator", self.resolution)?;
        if self.width == 0 || !self.width.is_multiple_of(8) {
            return Err(ConfigError::new(format!(
                "generator: width {} is not a multiple of 8",
                self.width
            )));
        }
        let widths = self.widths();
        let attention_level = (self.resolution / ATTENTION).ilog2() as usize;
        let inputs = std::iter::once(1).chain(widths.iter().copied());
        Ok(Generator {
            down: inputs
                .zip(&widths)
                .map(|(from, &to)| ConvBlock::init([from, to], device))
                .collect(),
            down_attention: SelfAttention::init(widths[attention_level], device),
            up: widths
                .iter()
                .rev()
                .skip(1)
                .map(|&width| UpBlock::init(width, device))
                .collect(),
            up_attention: SelfAttention::init(widths[attention_level], device),
            output: SpectralConv2dConfig::same([self.width, self.head.channels()], 1).init(device),
            attention_level,
        })
    }
}

pub(crate) fn check_resolution(network: &str, resolution: usize) -> Result<(), ConfigError> {
    if resolution.is_power_of_two() && (ATTENTION..=1024).contains(&resolution) {
        return Ok(());
    }
    Err(ConfigError::new(format!(
        "{network}: resolution {resolution} is not a power of two from {ATTENTION} to 1024"
    )))
}

/// The U-Net. Attention stands after the block whose maps are 32x32 at the training resolution,
/// on the way down and on the way up.
#[derive(Module, Debug)]
pub struct Generator {
    /// From full resolution to the 8x8 maps.
    pub down: Vec<ConvBlock>,
    /// After `down[attention_level]`.
    pub down_attention: SelfAttention,
    /// From the 8x8 maps to full resolution.
    pub up: Vec<UpBlock>,
    /// After the up block of the same level.
    pub up_attention: SelfAttention,
    /// 1x1 to the planes of the head.
    pub output: SpectralConv2d,
    /// The level (0 is full resolution) whose maps attention sees.
    pub attention_level: usize,
}

impl Generator {
    /// Gray `[n, 1, h, w]` in [-1, 1] to colour `[n, 2 or 3, h, w]` in [-1, 1]; h and w multiples
    /// of [`GeneratorConfig::multiple`].
    pub fn forward(&self, gray: Tensor<4>) -> Tensor<4> {
        let halve = || AvgPoolOptions::new([2, 2]);
        let mut skips = Vec::with_capacity(self.down.len());
        let mut x = gray;
        for (level, block) in self.down.iter().enumerate() {
            if level > 0 {
                x = avg_pool2d(x, halve());
            }
            x = block.forward(x); // [n, width · 2^level, h / 2^level, w / 2^level]
            if level == self.attention_level {
                x = self.down_attention.forward(x);
            }
            skips.push(x.clone());
        }
        skips.pop(); // the deepest maps go up themselves
        for (block, (level, skip)) in self.up.iter().zip(skips.into_iter().enumerate().rev()) {
            x = block.forward(x, skip);
            if level == self.attention_level {
                x = self.up_attention.forward(x);
            }
        }
        tanh(self.output.forward(x))
    }
}
