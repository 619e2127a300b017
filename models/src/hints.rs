//! Colours that a person gives (Zhang et al. 2017, <https://arxiv.org/abs/1705.02999>).

use burn::module::{Module, Param};
use burn::nn::conv::Conv2d;
use burn::nn::conv::Conv2dConfig;
use burn::nn::{Initializer, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{Device, Tensor, TensorData};

use crate::precision;
use crate::quantized::AbBins;

/// Planes of an input with hints: gray, a*, b*, mask.
pub(crate) const WITH_HINTS: usize = 4;

/// What is known of a picture's colours; zeros say nothing.
#[derive(Clone, Debug)]
pub struct Hints {
    /// `[n, 3, h, w]`: a* and b*, divided by [`Head::CHROMA_SCALE`](crate::Head::CHROMA_SCALE), and
    /// 1 where they are known.
    pub planes: Tensor<4>,
    /// `[n, bins]`: the share of each of [`AbBins`](crate::AbBins), or zeros where they are not
    /// known.
    pub palette: Tensor<2>,
}

impl Hints {
    /// Factor on the hints' planes before the first layer. Its weights for gray are large, about 2 in
    /// a pretrained encoder whose batch norm is folded in, and those for the hints begin at zero:
    /// without it, Adam would need tens of thousands of steps for them to count.
    pub const GAIN: f64 = 16.0;
}

/// The gray plane with the hints' planes after it, if the network takes them: zeros where there are
/// none.
pub(crate) fn input(gray: Tensor<4>, hints: Option<&Hints>, takes_hints: bool) -> Tensor<4> {
    if !takes_hints {
        return gray;
    }
    let planes = match hints {
        Some(hints) => hints.planes.clone().mul_scalar(Hints::GAIN),
        None => {
            let [n, _, height, width] = gray.dims();
            Tensor::zeros([n, WITH_HINTS - 1, height, width], &gray.device())
        }
    };
    Tensor::cat(vec![gray, planes], 1)
}

/// How a network on a pretrained encoder takes hints: points join at every level of the way up, which
/// learns fast, and not in the encoder, whose first layer learned other things (as the local hints of
/// Zhang et al. 2017, which join behind the way down); a palette at the deepest maps and in the logits.
#[derive(Module, Debug)]
pub struct HintLayers {
    /// 3x3 from [`HintLayers::SIDES`] to each level's channels, added before its activation.
    pub points: Vec<Conv2d>,
    /// From a palette to the deepest maps.
    pub palette: Linear,
    /// What a palette counts for in the logit of each bin: `[bins]`; None without a distribution.
    pub prior: Option<Param<Tensor<1>>>,
}

impl HintLayers {
    /// Sides of the squares of pixels that are one place of a level, from the deepest.
    pub const SIDES: [usize; 4] = [32, 16, 8, 4];
    /// A square is half known where so much of it is: a dot should count at stride 32, too.
    pub const FAINT: f64 = 0.02;
    /// Factors on a*, b* and the mask: colours are otherwise a tenth as loud as the maps that they join, and
    /// learned as slowly.
    pub const LOUDNESS: [f32; 3] = [10.0, 10.0, 1.0];
    /// A colour is half there where a palette has so large a share of colours like it.
    pub const RARE: f64 = 0.05;

    pub(crate) fn init(channels: [usize; 4], distribution: bool, device: &Device) -> Self {
        let point = |channels| {
            Conv2dConfig::new([WITH_HINTS - 1, channels], [3, 3])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .with_bias(false)
                .init(device)
        };
        let prior = Initializer::Constant { value: 4.0 };
        Self {
            points: channels.map(point).into(),
            palette: palette(channels[0], device),
            prior: distribution.then(|| prior.init([AbBins::count()], device)),
        }
    }

    /// Maps of a level, 0 the deepest, with what points say added.
    pub(crate) fn points(&self, level: usize, x: Tensor<4>, hints: &Hints) -> Tensor<4> {
        let side = Self::SIDES[level];
        let means = avg_pool2d(hints.planes.clone(), AvgPoolOptions::new([side, side]));
        let known = means.clone().narrow(1, 2, 1);
        let loudness = TensorData::new(Self::LOUDNESS.to_vec(), [1, 3, 1, 1]);
        let loudness = Tensor::from_data(loudness, &means.device());
        let planes = means / known.add_scalar(Self::FAINT) * loudness; // [n, 3, h / side, w / side]
        x + precision::same(&self.points[level], planes)
    }

    /// The deepest maps with what a palette says added.
    pub(crate) fn palette(&self, x: Tensor<4>, hints: &Hints) -> Tensor<4> {
        let colours = self.palette.forward(hints.palette.clone());
        x + colours.unsqueeze_dims(&[2, 3])
    }

    /// Logits, or chroma, `[n, bins, h, w]`: those of colours in the palette raised, the others
    /// lowered.
    pub(crate) fn prior(&self, x: Tensor<4>, hints: &Hints) -> Tensor<4> {
        let Some(weights) = &self.prior else {
            return x;
        };
        let palette = hints.palette.clone();
        let given = palette.clone().sum_dim(1); // 1, or 0 without a palette
        let like = palette.matmul(AbBins::likeness(&x.device())); // [n, bins]
        let there = like.clone() / like.add_scalar(Self::RARE);
        let raised = (there - given.mul_scalar(0.5)) * weights.val().unsqueeze::<2>();
        x + raised.unsqueeze_dims(&[2, 3])
    }
}

/// From a palette to the deepest maps. Zeros at first: the network begins as one without.
pub(crate) fn palette(channels: usize, device: &Device) -> Linear {
    let zeros: Param<Tensor<2>> = Initializer::Zeros.init([AbBins::count(), channels], device);
    let mut layer = LinearConfig::new(AbBins::count(), channels)
        .with_bias(false)
        .init(device);
    layer.weight = zeros;
    layer
}
