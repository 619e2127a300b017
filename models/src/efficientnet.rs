//! EfficientNet-Lite0 up to a stage, batch norm folded.
//!
//! The network is Tan & Le 2019 (<https://arxiv.org/abs/1905.11946>) as TensorFlow's Lite variant
//! has it: ReLU6 and no squeeze-and-excitation, built from inverted residuals (Sandler et al. 2018,
//! <https://arxiv.org/abs/1801.04381>).

use burn::module::{Module, Param};
use burn::nn::Initializer;
use burn::tensor::activation::relu6;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor};

use crate::ConfigError;
use crate::generator::Learns;
use crate::precision::conv2d;
use crate::weights::{NamedTensors, WeightsError};

const STEM: usize = 32;
const RGB: usize = 3;
const BATCH_NORM_EPSILON: f64 = 1e-3;

struct StageShape {
    expand: usize,
    kernel: usize,
    stride: usize,
    channels: usize,
    repeat: usize,
}

const fn stage(
    expand: usize,
    kernel: usize,
    stride: usize,
    channels: usize,
    repeat: usize,
) -> StageShape {
    StageShape {
        expand,
        kernel,
        stride,
        channels,
        repeat,
    }
}

const STAGES: [StageShape; 7] = [
    stage(1, 3, 1, 16, 1),
    stage(6, 3, 2, 24, 2),
    stage(6, 5, 2, 40, 2),
    stage(6, 3, 2, 80, 3),
    stage(6, 5, 1, 112, 3),
    stage(6, 5, 2, 192, 4),
    stage(6, 3, 1, 320, 1),
];

/// How much of EfficientNet-Lite0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EfficientNetLiteConfig {
    /// The last stage, 1 to 7. Stages 2, 3, 5 and 7 end at strides 4, 8, 16 and 32.
    pub stage: usize,
}

impl EfficientNetLiteConfig {
    /// For RGB pictures. The weights are random until [`EfficientNetLite::load`].
    ///
    /// # Errors
    /// A stage that is not 1 to 7.
    pub fn init(&self, device: &Device) -> Result<EfficientNetLite, ConfigError> {
        self.init_for(RGB, device)
    }

    /// For pictures of so many planes: RGB, or one of gray.
    pub(crate) fn init_for(
        &self,
        planes: usize,
        device: &Device,
    ) -> Result<EfficientNetLite, ConfigError> {
        if !(1..=STAGES.len()).contains(&self.stage) {
            return Err(ConfigError::new(format!(
                "EfficientNet-Lite0 has stages 1 to 7, not {}",
                self.stage
            )));
        }
        let mut blocks = Vec::new();
        let mut channels_in = STEM;
        for shape in &STAGES[..self.stage] {
            for repeat in 0..shape.repeat {
                let stride = if repeat == 0 { shape.stride } else { 1 };
                blocks.push(InvertedResidual::init(channels_in, stride, shape, device));
                channels_in = shape.channels;
            }
        }
        Ok(EfficientNetLite {
            stem: FoldedConv::init([planes, STEM], 3, 2, 1, device),
            blocks,
        })
    }
}

/// A convolution with batch norm folded into weight and bias, 'same' padding.
#[derive(Module, Debug)]
pub struct FoldedConv {
    /// `[out, in / groups, k, k]`
    pub weight: Param<Tensor<4>>,
    /// `[out]`
    pub bias: Param<Tensor<1>>,
    /// 1 or 2.
    pub stride: usize,
    /// 1, or the number of channels (depthwise).
    pub groups: usize,
}

impl FoldedConv {
    pub(crate) fn init(
        [channels_in, channels_out]: [usize; 2],
        kernel: usize,
        stride: usize,
        groups: usize,
        device: &Device,
    ) -> Self {
        let shape = [channels_out, channels_in / groups, kernel, kernel];
        let he_normal = Initializer::KaimingNormal {
            gain: std::f64::consts::SQRT_2,
            fan_out_only: false,
        };
        let fan_in = shape[1..].iter().product();
        Self {
            weight: he_normal.init_with(shape, Some(fan_in), None, device),
            bias: Initializer::Zeros.init([channels_out], device),
            stride,
            groups,
        }
    }

    /// Zeros before and after on both axes. Stride 2 pads one less before, as TensorFlow does
    /// for an even picture.
    pub fn padding(&self) -> [usize; 2] {
        let [.., kernel] = self.weight.dims();
        let total = kernel - self.stride;
        [total / 2, total - total / 2]
    }

    pub(crate) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [before, after] = self.padding();
        let options = ConvOptions::new_with_padding(
            [self.stride; 2],
            [(before, after), (before, after)],
            [1, 1],
            self.groups,
        );
        conv2d(x, self.weight.val(), Some(self.bias.val()), options)
    }

    /// Folds batch norm: weight · s and bias - mean · s, with s = gamma / sqrt(variance + epsilon).
    pub(crate) fn load(
        &mut self,
        tensors: &NamedTensors,
        conv: &str,
        norm: &str,
        device: &Device,
    ) -> Result<(), WeightsError> {
        let shape = self.weight.val().dims();
        let [out, planes, height, width] = shape;
        let name = format!("{conv}.weight");
        let weight = if tensors.is(&name, [out, RGB, height, width]) && planes != RGB {
            // Gray is the same on all three channels.
            let rgb = tensors.get(&name, [out, RGB, height, width], device)?;
            rgb.sum_dim(1)
        } else {
            tensors.get(&name, shape, device)?
        };
        let of_norm = |name: &str| tensors.get(&format!("{norm}.{name}"), [out], device);
        let variance = of_norm("running_var")?;
        let scale = of_norm("weight")? / variance.add_scalar(BATCH_NORM_EPSILON).sqrt();
        let bias = of_norm("bias")? - of_norm("running_mean")? * scale.clone();
        self.bias = Param::from_tensor(bias);
        self.weight = Param::from_tensor(weight * scale.reshape([out, 1, 1, 1]));
        Ok(())
    }
}

/// Expand (1x1), depthwise (k x k), project (1x1, no activation); the input added where the shapes
/// agree.
#[derive(Module, Debug)]
pub struct InvertedResidual {
    /// None where the factor is 1.
    pub expand: Option<FoldedConv>,
    /// One filter a channel.
    pub depthwise: FoldedConv,
    /// To the block's width.
    pub project: FoldedConv,
    /// Whether the input is added.
    pub residual: bool,
}

impl InvertedResidual {
    fn init(channels_in: usize, stride: usize, shape: &StageShape, device: &Device) -> Self {
        let hidden = channels_in * shape.expand;
        Self {
            expand: (shape.expand > 1)
                .then(|| FoldedConv::init([channels_in, hidden], 1, 1, 1, device)),
            depthwise: FoldedConv::init([hidden, hidden], shape.kernel, stride, hidden, device),
            project: FoldedConv::init([hidden, shape.channels], 1, 1, 1, device),
            residual: stride == 1 && channels_in == shape.channels,
        }
    }

    /// `[n, in, h, w]` to `[n, out, h / stride, w / stride]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let mut y = x.clone();
        if let Some(expand) = &self.expand {
            y = relu6(expand.forward(y));
        }
        y = relu6(self.depthwise.forward(y));
        y = self.project.forward(y);
        if self.residual { x + y } else { y }
    }
}

/// A classifier's first stages.
#[derive(Module, Debug)]
pub struct EfficientNetLite {
    /// 3x3, stride 2.
    pub stem: FoldedConv,
    /// The inverted residuals of all its stages, in a row.
    pub blocks: Vec<InvertedResidual>,
}

impl EfficientNetLite {
    /// Takes the weights of `efficientnet-lite0-57934424.pth` (`_conv_stem.weight`, `_bn0.bias`,
    /// `_blocks.0._depthwise_conv.weight` …), folding batch norm.
    ///
    /// # Errors
    /// A tensor is missing or has another shape.
    pub fn load(mut self, tensors: &NamedTensors, device: &Device) -> Result<Self, WeightsError> {
        self.stem.load(tensors, "_conv_stem", "_bn0", device)?;
        for (index, block) in self.blocks.iter_mut().enumerate() {
            let name = |part: &str| format!("_blocks.{index}.{part}");
            if let Some(expand) = &mut block.expand {
                expand.load(tensors, &name("_expand_conv"), &name("_bn0"), device)?;
            }
            let (conv, norm) = (name("_depthwise_conv"), name("_bn1"));
            block.depthwise.load(tensors, &conv, &norm, device)?;
            let (conv, norm) = (name("_project_conv"), name("_bn2"));
            block.project.load(tensors, &conv, &norm, device)?;
        }
        Ok(self)
    }

    /// RGB `[n, 3, h, w]` in [0, 1] (h and w even at every stage) to the last stage's maps.
    pub fn forward(&self, rgb: Tensor<4>) -> Tensor<4> {
        let x = relu6(self.stem.forward(standard(rgb)));
        self.blocks.iter().fold(x, |x, block| block.forward(x))
    }

    /// The same, but the maps of every stage, stage 1 first.
    pub fn stages(&self, rgb: Tensor<4>) -> Vec<Tensor<4>> {
        self.features(standard(rgb))
    }

    /// The maps of every stage, of planes that are in the range of the pretraining.
    pub(crate) fn features(&self, planes: Tensor<4>) -> Vec<Tensor<4>> {
        let mut x = relu6(self.stem.forward(planes));
        self.by_stage()
            .into_iter()
            .map(|blocks| {
                x = blocks.iter().fold(x.clone(), |x, block| block.forward(x));
                x.clone()
            })
            .collect()
    }

    /// The blocks of each stage.
    pub fn by_stage(&self) -> Vec<&[InvertedResidual]> {
        let mut rest = self.blocks.as_slice();
        let mut stages = Vec::new();
        for shape in &STAGES {
            if let Some((blocks, others)) = rest.split_at_checked(shape.repeat) {
                stages.push(blocks);
                rest = others;
            }
        }
        stages
    }

    /// Freezes the first stages, the stem with the first, and lets the others learn.
    pub fn freeze(self, stages: usize) -> Self {
        let frozen: usize = STAGES.iter().take(stages).map(|shape| shape.repeat).sum();
        let blocks = self.blocks.into_iter().enumerate();
        Self {
            stem: self.stem.map(&mut Learns(stages == 0)),
            blocks: blocks
                .map(|(index, block)| block.map(&mut Learns(index >= frozen)))
                .collect(),
        }
    }
}

/// RGB in [0, 1] in the range of the pretraining.
fn standard(rgb: Tensor<4>) -> Tensor<4> {
    rgb.mul_scalar(255.0).sub_scalar(127.0).div_scalar(128.0)
}
