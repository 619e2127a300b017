//! The reference's generator: a U-Net with self-attention, trained from scratch.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::activation::tanh;
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{Device, Tensor};

use crate::attention::SelfAttention;
use crate::block::{ConvBlock, UpBlock};
use crate::encoder_unet::enlarge;
use crate::head::{Head, Painted, annealed_mean};
use crate::hints::{self, Hints, WITH_HINTS, palette};
use crate::spectral::{SpectralConv2d, SpectralConv2dConfig};
use crate::{ConfigError, GeneratorConfig};

/// The U-Net goes down to maps of this side.
pub(crate) const DEEPEST: usize = 8;
/// Attention works on maps of this side.
pub(crate) const ATTENTION: usize = 32;
/// Pixels, on each axis, that share a distribution over colours.
pub(crate) const CLASSIFIED: usize = 4;

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
pub struct Unet {
    /// From full resolution to the 8x8 maps.
    pub down: Vec<ConvBlock>,
    /// After `down[attention_level]`.
    pub down_attention: SelfAttention,
    /// From a palette to the deepest maps; None without hints.
    pub palette: Option<Linear>,
    /// From the 8x8 maps to full resolution.
    pub up: Vec<UpBlock>,
    /// After the up block of the same level.
    pub up_attention: SelfAttention,
    /// 1x1 to the planes or bins of the head.
    pub output: SpectralConv2d,
    /// The level (0 is full resolution) whose maps attention sees.
    pub attention_level: usize,
    /// What the output means.
    #[module(skip)]
    pub head: Head,
    /// Of the annealed mean.
    pub temperature: f64,
}

impl Unet {
    pub(crate) fn init(config: &GeneratorConfig, device: &Device) -> Result<Self, ConfigError> {
        check_resolution("generator", config.resolution)?;
        if config.width == 0 || !config.width.is_multiple_of(8) {
            return Err(ConfigError::new(format!(
                "generator: width {} is not a multiple of 8",
                config.width
            )));
        }
        let widths = config.widths();
        let deepest = widths.last().copied().unwrap_or(config.width);
        let attention_level = (config.resolution / ATTENTION).ilog2() as usize;
        let first = if config.hints { WITH_HINTS } else { 1 };
        let inputs = std::iter::once(first).chain(widths.iter().copied());
        let output = SpectralConv2dConfig::same([config.width, config.head.outputs()], 1);
        Ok(Self {
            down: inputs
                .zip(&widths)
                .map(|(from, &to)| ConvBlock::init([from, to], device))
                .collect(),
            down_attention: SelfAttention::init(widths[attention_level], device),
            palette: config.hints.then(|| palette(deepest, device)),
            up: widths
                .iter()
                .rev()
                .skip(1)
                .map(|&width| UpBlock::init(width, device))
                .collect(),
            up_attention: SelfAttention::init(widths[attention_level], device),
            output: output.init(device),
            attention_level,
            head: config.head,
            temperature: config.temperature,
        })
    }

    pub(crate) fn paint(&self, gray: Tensor<4>, hints: Option<&Hints>) -> Painted {
        let [.., height, width] = gray.dims();
        let mut skips = Vec::with_capacity(self.down.len());
        let mut x = hints::input(gray, hints, self.palette.is_some());
        for (level, block) in self.down.iter().enumerate() {
            if level > 0 {
                x = avg_pool2d(x, AvgPoolOptions::new([2, 2]));
            }
            x = block.forward(x); // [n, width · 2^level, h / 2^level, w / 2^level]
            if level == self.attention_level {
                x = self.down_attention.forward(x);
            }
            skips.push(x.clone());
        }
        skips.pop(); // the deepest maps go up themselves
        if let (Some(layer), Some(hints)) = (&self.palette, hints) {
            let colours = layer.forward(hints.palette.clone()); // [n, deepest]
            x = x + colours.unsqueeze_dims(&[2, 3]);
        }
        for (block, (level, skip)) in self.up.iter().zip(skips.into_iter().enumerate().rev()) {
            x = block.forward(x, skip);
            if level == self.attention_level {
                x = self.up_attention.forward(x);
            }
        }
        match self.head {
            Head::Chroma | Head::Rgb => Painted {
                planes: tanh(self.output.forward(x)),
                logits: None,
            },
            Head::Distribution => {
                let x = avg_pool2d(x, AvgPoolOptions::new([CLASSIFIED, CLASSIFIED]));
                let logits = self.output.forward(x); // [n, bins, h / 4, w / 4]
                let planes = annealed_mean(logits.clone(), self.temperature);
                Painted {
                    planes: enlarge(planes, [height, width]),
                    logits: Some(logits),
                }
            }
        }
    }
}
