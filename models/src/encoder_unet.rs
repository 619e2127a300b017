//! A U-Net whose way down is a classifier that has seen ImageNet.

use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::activation::{relu, tanh};
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor};

use crate::attention::SelfAttention;
use crate::efficientnet::{EfficientNetLite, EfficientNetLiteConfig};
use crate::head::{Head, Painted, annealed_mean};
use crate::hints::{HintLayers, Hints};
use crate::precision;
use crate::{ConfigError, GeneratorConfig};

/// Channels of the encoder's maps at strides 4, 8, 16 and 32.
const TAPS: [usize; 4] = [24, 40, 112, 320];
/// Channels of the deepest maps on the way up.
const DEEPEST: usize = 160;
/// Channels at stride 16 on the way up.
const DEEP: usize = 128;

/// One level up: bilinear x2, the skip beside it, a 3x3 convolution with ReLU.
#[derive(Module, Debug)]
pub struct EncoderUpBlock {
    /// From the enlarged maps and the skip together.
    pub conv: Conv2d,
}

impl EncoderUpBlock {
    fn init(below: usize, skip: usize, channels: usize, device: &Device) -> Self {
        Self {
            conv: same(below + skip, channels, 3, device),
        }
    }

    /// `x`: `[n, below, h, w]`, `skip`: `[n, skip, 2h, 2w]`; gives `[n, channels, 2h, 2w]`.
    pub fn forward(&self, x: Tensor<4>, skip: Tensor<4>) -> Tensor<4> {
        relu(self.joined(x, skip))
    }

    /// The same before the activation.
    fn joined(&self, x: Tensor<4>, skip: Tensor<4>) -> Tensor<4> {
        let [.., height, width] = skip.dims();
        let x = enlarge(x, [height, width]);
        precision::same(&self.conv, Tensor::cat(vec![x, skip], 1))
    }
}

/// EfficientNet-Lite0 down to stride 32, and back up to stride 4 with skips at 4, 8 and 16; the
/// colours are enlarged from there, since the eye sees them less sharply than lightness.
#[derive(Module, Debug)]
pub struct EncoderUnet {
    /// Down, from gray.
    pub encoder: EfficientNetLite,
    /// 1x1 on the deepest maps.
    pub middle: Conv2d,
    /// For colours that are known; None without hints.
    pub hints: Option<HintLayers>,
    /// To strides 16, 8 and 4.
    pub up: Vec<EncoderUpBlock>,
    /// At stride 4, 32x32 for pictures of 128x128 as in SAGAN; None without attention.
    pub attention: Option<SelfAttention>,
    /// 3x3 at stride 4.
    pub last: Conv2d,
    /// 1x1 to the planes or bins of the head.
    pub output: Conv2d,
    /// What the output means.
    #[module(skip)]
    pub head: Head,
    /// Of the annealed mean.
    pub temperature: f64,
}

impl EncoderUnet {
    /// The encoder's stages, from 0, that end at strides 4, 8, 16 and 32.
    pub const STAGES: [usize; 4] = [1, 2, 4, 6];

    pub(crate) fn init(config: &GeneratorConfig, device: &Device) -> Result<Self, ConfigError> {
        let width = config.width;
        if config.head == Head::Rgb {
            return Err(ConfigError::new(
                "generator: an encoder paints at a quarter of the resolution, which is too coarse \
                 for head rgb; use chroma or distribution",
            ));
        }
        if width == 0 || !width.is_multiple_of(8) {
            return Err(ConfigError::new(format!(
                "generator: width {width} is not a multiple of 8"
            )));
        }
        let encoder = EfficientNetLiteConfig { stage: 7 };
        let [at4, at8, at16, at32] = TAPS;
        Ok(Self {
            encoder: encoder.init_for(1, device)?,
            middle: same(at32, DEEPEST, 1, device),
            hints: config.hints.then(|| {
                let distribution = config.head == Head::Distribution;
                HintLayers::init([DEEPEST, DEEP, width, width], distribution, device)
            }),
            up: vec![
                EncoderUpBlock::init(DEEPEST, at16, DEEP, device),
                EncoderUpBlock::init(DEEP, at8, width, device),
                EncoderUpBlock::init(width, at4, width, device),
            ],
            attention: config.attention.then(|| SelfAttention::init(width, device)),
            last: same(width, width, 3, device),
            output: same(width, config.head.outputs(), 1, device),
            head: config.head,
            temperature: config.temperature,
        })
    }

    pub(crate) fn paint(&self, gray: Tensor<4>, hints: Option<&Hints>) -> Painted {
        let [.., height, width] = gray.dims();
        // The gray level, as the encoder's pretraining has it.
        let level = gray.add_scalar(1.0).mul_scalar(127.5);
        let level = level.sub_scalar(127.0).div_scalar(128.0);
        let steer = self.hints.as_ref().zip(hints);
        let maps = self.encoder.features(level);
        let [at4, at8, at16, at32] = Self::STAGES.map(|stage| maps[stage].clone());
        let mut x = precision::same(&self.middle, at32); // [n, 160, h/32, w/32]
        if let Some((layers, hints)) = steer {
            x = layers.points(0, layers.palette(x, hints), hints);
        }
        x = relu(x);
        for (index, (block, skip)) in self.up.iter().zip([at16, at8, at4]).enumerate() {
            x = block.joined(x, skip);
            if let Some((layers, hints)) = steer {
                x = layers.points(index + 1, x, hints);
            }
            x = relu(x);
        } // [n, width, h/4, w/4]
        if let Some(attention) = &self.attention {
            x = attention.forward(x);
        }
        let x = relu(precision::same(&self.last, x));
        let mut output = precision::same(&self.output, x);
        if let Some((layers, hints)) = steer {
            output = layers.prior(output, hints);
        }
        let (planes, logits) = match self.head {
            Head::Distribution => (
                annealed_mean(output.clone(), self.temperature),
                Some(output),
            ),
            Head::Chroma | Head::Rgb => (tanh(output), None),
        };
        Painted {
            planes: enlarge(planes, [height, width]),
            logits,
        }
    }
}

/// A convolution that keeps height and width.
fn same(channels_in: usize, channels_out: usize, kernel: usize, device: &Device) -> Conv2d {
    let around = kernel / 2;
    Conv2dConfig::new([channels_in, channels_out], [kernel, kernel])
        .with_padding(PaddingConfig2d::Explicit(around, around, around, around))
        .init(device)
}

/// Bilinear, the outer edges of the pixels staying at the edges of the picture.
pub(crate) fn enlarge(x: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    let options = InterpolateOptions::new(InterpolateMode::Bilinear)
        .with_align_corners(false)
        .with_output_size(size);
    interpolate(x, options)
}
