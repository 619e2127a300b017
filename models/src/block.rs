//! The two building blocks of the U-Net.

use burn::module::Module;
use burn::tensor::activation::relu;
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor};

use crate::spectral::{SpectralConv2d, SpectralConv2dConfig};

/// Two 3x3 convolutions, each spectrally normalised and followed by ReLU.
#[derive(Module, Debug)]
pub struct ConvBlock {
    /// First convolution: changes the width.
    pub conv1: SpectralConv2d,
    /// Second convolution: keeps it.
    pub conv2: SpectralConv2d,
}

impl ConvBlock {
    /// A block of `[in, out]` channels.
    pub fn init([channels_in, channels_out]: [usize; 2], device: &Device) -> Self {
        Self {
            conv1: SpectralConv2dConfig::same([channels_in, channels_out], 3).init(device),
            conv2: SpectralConv2dConfig::same([channels_out, channels_out], 3).init(device),
        }
    }

    /// `[n, in, h, w]` to `[n, out, h, w]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = relu(self.conv1.forward(x));
        relu(self.conv2.forward(x))
    }
}

/// One level up: nearest x2, a 2x2 convolution to half the width, the skip beside it, a block.
#[derive(Module, Debug)]
pub struct UpBlock {
    /// 2x2, 'same' (one zero at the right and the bottom), no activation.
    pub conv: SpectralConv2d,
    /// From the skip and the enlarged maps together.
    pub block: ConvBlock,
}

impl UpBlock {
    /// From `2 · channels` below to `channels` here.
    pub fn init(channels: usize, device: &Device) -> Self {
        Self {
            conv: SpectralConv2dConfig::same([2 * channels, channels], 2).init(device),
            block: ConvBlock::init([2 * channels, channels], device),
        }
    }

    /// `x`: `[n, 2c, h, w]`, `skip`: `[n, c, 2h, 2w]`; gives `[n, c, 2h, 2w]`.
    pub fn forward(&self, x: Tensor<4>, skip: Tensor<4>) -> Tensor<4> {
        let [.., height, width] = skip.dims();
        let nearest =
            InterpolateOptions::new(InterpolateMode::Nearest).with_output_size([height, width]);
        let x = self.conv.forward(interpolate(x, nearest)); // [n, c, 2h, 2w]
        self.block.forward(Tensor::cat(vec![skip, x], 1))
    }
}
