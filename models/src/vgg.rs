//! VGG16 and VGG19 (Simonyan & Zisserman 2015, <https://arxiv.org/abs/1409.1556>) up to a layer,
//! frozen: the classic perceptual features (Johnson et al. 2016, <https://arxiv.org/abs/1603.08155>).

use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::activation::relu;
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::ConfigError;
use crate::precision::same;
use crate::weights::{NamedTensors, WeightsError, frozen};

const WIDTHS: [usize; 5] = [64, 128, 256, 512, 512];

/// Which of the two networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VggDepth {
    /// 2, 2, 3, 3, 3 convolutions.
    Vgg16,
    /// 2, 2, 4, 4, 4 convolutions.
    Vgg19,
}

/// Which VGG, and up to which convolution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VggConfig {
    /// VGG16 or VGG19.
    pub depth: VggDepth,
    /// Blocks and convolutions in them, both from 1: `(2, 2)` is conv2_2, the reference's choice.
    pub layers: Vec<(usize, usize)>,
}

impl VggConfig {
    fn convolutions(&self) -> [usize; 5] {
        match self.depth {
            VggDepth::Vgg16 => [2, 2, 3, 3, 3],
            VggDepth::Vgg19 => [2, 2, 4, 4, 4],
        }
    }

    /// Random weights, frozen: for tests and for timing. Loss needs [`Vgg::load`].
    ///
    /// # Errors
    /// A layer that the network does not have.
    pub fn init(&self, device: &Device) -> Result<Vgg, ConfigError> {
        for &(block, conv) in &self.layers {
            let convolutions = self.convolutions();
            let of_block = block
                .checked_sub(1)
                .and_then(|index| convolutions.get(index));
            if !of_block.is_some_and(|count| (1..=*count).contains(&conv)) {
                return Err(ConfigError::new(format!(
                    "{:?} has no layer conv{block}_{conv}",
                    self.depth
                )));
            }
        }
        let Some(&(last_block, last_conv)) = self.layers.iter().max() else {
            return Err(ConfigError::new("a list of layers of VGG is empty"));
        };
        let mut channels_in = 3;
        let mut convolution = |channels_out| {
            let channels = [channels_in, channels_out];
            channels_in = channels_out;
            Conv2dConfig::new(channels, [3, 3])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(device)
                .no_grad()
        };
        let blocks = (0..last_block)
            .map(|block| {
                let count = match block + 1 == last_block {
                    true => last_conv,
                    false => self.convolutions()[block],
                };
                (0..count).map(|_| convolution(WIDTHS[block])).collect()
            })
            .collect();
        Ok(Vgg {
            blocks,
            layers: self.layers.clone(),
        })
    }
}

/// The convolutions of VGG up to a layer, by block.
#[derive(Module, Debug)]
pub struct Vgg {
    /// 3x3 convolutions; 2x2 max pooling stands between blocks.
    pub blocks: Vec<Vec<Conv2d>>,
    /// What [`Vgg::features`] gives.
    #[module(skip)]
    pub layers: Vec<(usize, usize)>,
}

impl Vgg {
    /// ImageNet's mean, as torchvision takes it away for these weights.
    pub const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
    /// ImageNet's deviation, by which it divides.
    pub const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

    /// Takes torchvision's weights (`features.0.weight` …).
    ///
    /// # Errors
    /// A tensor is missing or has another shape.
    pub fn load(mut self, tensors: &NamedTensors, device: &Device) -> Result<Self, WeightsError> {
        let mut index = 0; // torchvision numbers ReLU and pooling, too
        for block in &mut self.blocks {
            for conv in block {
                let shape = conv.weight.val().dims();
                let weight = tensors.get(&format!("features.{index}.weight"), shape, device)?;
                let bias = tensors.get(&format!("features.{index}.bias"), [shape[0]], device)?;
                conv.weight = frozen(weight);
                conv.bias = Some(frozen(bias));
                index += 2;
            }
            index += 1;
        }
        Ok(self)
    }

    /// RGB `[n, 3, h, w]` in [0, 1] to the activated maps of the chosen layers, in their order in
    /// the network.
    pub fn features(&self, rgb: Tensor<4>) -> Vec<Tensor<4>> {
        let plane = |values: [f32; 3]| {
            Tensor::<1>::from_floats(values, &rgb.device()).reshape([1, 3, 1, 1])
        };
        let (mean, deviation) = (plane(Self::MEAN), plane(Self::DEVIATION));
        let mut x = (rgb - mean) / deviation;
        let mut features = Vec::with_capacity(self.layers.len());
        for (index, block) in self.blocks.iter().enumerate() {
            if index > 0 {
                x = max_pool2d(x, MaxPoolOptions::new([2, 2]));
            }
            for (place, conv) in block.iter().enumerate() {
                x = relu(same(conv, x));
                if self.layers.contains(&(index + 1, place + 1)) {
                    features.push(x.clone());
                }
            }
        }
        features
    }
}
