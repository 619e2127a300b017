//! The discriminator: VGG-like, spectrally normalised; colour in, one logit out.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::leaky_relu;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::ConfigError;
use crate::attention::SelfAttention;
use crate::spectral::{SpectralConv2d, SpectralConv2dConfig};
use crate::unet::{ATTENTION, check_resolution};

/// The stages go down to maps of this side.
const DEEPEST: usize = 4;
/// Channels after the last convolution, whatever the width.
const EMBEDDING: usize = 64;
/// Slope of LeakyReLU for negative values.
pub(crate) const SLOPE: f64 = 0.2;
const DROPOUT: f64 = 0.2;

/// The figures of a [`Discriminator`]; the reference has resolution 64 and width 8.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DiscriminatorConfig {
    /// Side of the pictures: a power of two, at least 32.
    pub resolution: usize,
    /// Channels of the first stage, doubled at each next: a multiple of 8.
    pub width: usize,
}

impl Default for DiscriminatorConfig {
    fn default() -> Self {
        Self {
            resolution: 64,
            width: 8,
        }
    }
}

impl DiscriminatorConfig {
    /// Checks the figures and initialises the weights.
    ///
    /// # Errors
    /// A resolution that is no power of two of at least 32, or a width that is no multiple of 8.
    pub fn init(&self, device: &Device) -> Result<Discriminator, ConfigError> {
        check_resolution("discriminator", self.resolution)?;
        if self.width == 0 || !self.width.is_multiple_of(8) {
            return Err(ConfigError::new(format!(
                "discriminator: width {} is not a multiple of 8",
                self.width
            )));
        }
        let mut stages = Vec::new();
        let mut side = self.resolution;
        let mut channels = [3, self.width];
        let mut attention = None;
        while side >= DEEPEST {
            stages.push(DiscriminatorStage::init(
                channels,
                stages.is_empty(),
                device,
            ));
            if side == ATTENTION {
                attention = Some(SelfAttention::init(channels[1], device));
            }
            channels = [channels[1], 2 * channels[1]];
            side /= 2;
        }
        let last = SpectralConv2dConfig {
            channels: [channels[0], EMBEDDING],
            kernel: DEEPEST,
            stride: 1,
            padding: [0, 0],
        };
        Ok(Discriminator {
            stages,
            attention: attention
                .ok_or_else(|| ConfigError::new("discriminator: no stage has 32x32 maps"))?,
            last: last.init(device),
            output: LinearConfig::new(EMBEDDING, 1).init(device),
            attention_stage: (self.resolution / ATTENTION).ilog2() as usize,
        })
    }
}

/// A pair of 3x3 convolutions, each with LeakyReLU, then dropout. The first halves the maps,
/// but for the first stage.
#[derive(Module, Debug)]
pub struct DiscriminatorStage {
    /// Stride 2, but in the first stage.
    pub conv1: SpectralConv2d,
    /// Stride 1.
    pub conv2: SpectralConv2d,
    /// Active in training only.
    pub dropout: Dropout,
}

impl DiscriminatorStage {
    fn init([channels_in, channels_out]: [usize; 2], first: bool, device: &Device) -> Self {
        let stride = if first { 1 } else { 2 };
        Self {
            conv1: SpectralConv2dConfig::same([channels_in, channels_out], 3)
                .with_stride(stride)
                .init(device),
            conv2: SpectralConv2dConfig::same([channels_out, channels_out], 3).init(device),
            dropout: DropoutConfig::new(DROPOUT).init(),
        }
    }

    /// `[n, in, h, w]` to `[n, out, h, w]`, or half of h and w after the first stage.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = leaky_relu(self.conv1.forward(x), SLOPE);
        let x = leaky_relu(self.conv2.forward(x), SLOPE);
        self.dropout.forward(x)
    }
}

/// Tells photographs from generated colour.
#[derive(Module, Debug)]
pub struct Discriminator {
    /// From full resolution to 4x4 maps.
    pub stages: Vec<DiscriminatorStage>,
    /// After the stage whose maps are 32x32.
    pub attention: SelfAttention,
    /// 4x4, valid: the whole picture in one vector.
    pub last: SpectralConv2d,
    /// Dense, not normalised, as in the reference.
    pub output: Linear,
    /// Which stage attention follows.
    pub attention_stage: usize,
}

impl Discriminator {
    /// RGB `[n, 3, h, w]` in [-1, 1] to logits `[n, 1]`: positive for 'a real photograph'. Height
    /// and width are the resolution or more; of a larger picture, each part is judged, and the mean
    /// is given.
    pub fn forward(&self, rgb: Tensor<4>) -> Tensor<2> {
        let mut x = rgb;
        for (index, stage) in self.stages.iter().enumerate() {
            x = stage.forward(x); // [n, width · 2^index, r / 2^index, r / 2^index]
            if index == self.attention_stage {
                x = self.attention.forward(x);
            }
        }
        let x = leaky_relu(self.last.forward(x), SLOPE); // [n, 64, k, k], k = 1 at the resolution
        // The dense layer is linear, so the mean of its logits is the logit of the mean.
        let x = x.flatten::<3>(2, 3).mean_dim(2); // [n, 64, 1]
        self.output.forward(x.flatten::<2>(1, 2))
    }
}
