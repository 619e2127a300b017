//! What a generator paints.

use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use serde::{Deserialize, Serialize};

use crate::quantized::AbBins;

/// What the last layer means. Whatever it is, the generator gives planes in [-1, 1].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Head {
    /// The a* and b* planes of CIELAB, divided by [`Head::CHROMA_SCALE`], through tanh. Input:
    /// L* / 50 - 1.
    #[default]
    Chroma,
    /// Red, green and blue, `x / 127.5 - 1`, through tanh, as in the reference. Input: gray in the
    /// same range.
    Rgb,
    /// A distribution over [`AbBins`] for each 4x4 pixels, of which the annealed mean is painted
    /// (Zhang et al. 2016). Input and result as for `chroma`.
    Distribution,
}

impl Head {
    /// All of sRGB lies within ±110 on the a* and b* axes.
    pub const CHROMA_SCALE: f64 = 110.0;

    /// A distribution is half sure of its mean where it expects to be off by so many units of a* and
    /// b*: see [`Generator::confidence`](crate::Generator::confidence).
    pub const HALF_SURE: f64 = 20.0;

    /// Planes that are painted.
    pub fn channels(self) -> usize {
        match self {
            Head::Chroma | Head::Distribution => 2,
            Head::Rgb => 3,
        }
    }

    /// Channels of the last layer.
    pub(crate) fn outputs(self) -> usize {
        match self {
            Head::Distribution => AbBins::count(),
            planes => planes.channels(),
        }
    }
}

/// What a generator painted.
#[derive(Clone, Debug)]
pub struct Painted {
    /// `[n, 2 or 3, h, w]` in [-1, 1]; see [`Head`].
    pub planes: Tensor<4>,
    /// `[n, bins, h / 4, w / 4]` for [`Head::Distribution`]: logarithms of shares, up to a constant.
    pub logits: Option<Tensor<4>>,
}

/// How sure a distribution is of its mean, 0 to 1: `k² / (k² + s²)`, where s² is the mean squared
/// distance of its colours from it, sharpened by the temperature as the mean is, and k is 20 units of
/// a* and b*. By Chebyshev's inequality in Cantelli's form, so large a share lies within k of the mean
/// at least.
///
/// Logits `[n, bins, h, w]` to `[n, 1, h, w]`.
pub(crate) fn confidence(logits: Tensor<4>, temperature: f64) -> Tensor<4> {
    let [n, bins, height, width] = logits.dims();
    let shares = softmax(logits.div_scalar(temperature), 1).reshape([n, bins, height * width]);
    let centres = AbBins::scaled(&shares.device());
    let mean = centres.clone().matmul(shares.clone()); // [n, 2, h w]
    let norms = centres.square().sum_dim(1); // [1, 1, bins]
    let spread = norms.matmul(shares) - mean.square().sum_dim(1);
    let half = (Head::HALF_SURE / Head::CHROMA_SCALE).powi(2);
    let sure = spread.add_scalar(half).recip().mul_scalar(half);
    sure.reshape([n, 1, height, width])
}

/// The mean of a distribution that is sharpened first: shares to the power of 1 / temperature.
/// Temperature 1 is the mean, which is often brown; 0 would be the mode, which is patchy.
///
/// Logits `[n, bins, h, w]` to a* and b*, divided by [`Head::CHROMA_SCALE`]: `[n, 2, h, w]`.
pub(crate) fn annealed_mean(logits: Tensor<4>, temperature: f64) -> Tensor<4> {
    let [n, bins, height, width] = logits.dims();
    let shares = softmax(logits.div_scalar(temperature), 1).reshape([n, bins, height * width]);
    let centres = AbBins::scaled(&shares.device());
    centres.matmul(shares).reshape([n, 2, height, width])
}
