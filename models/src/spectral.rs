//! Convolution with spectral normalisation (Miyato et al. 2018, <https://arxiv.org/abs/1802.05957>).

use burn::module::{Module, Param, RunningState};
use burn::nn::Initializer;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Distribution, Tensor};

use crate::precision::conv2d;

/// Keeps a normalisation finite when a vector vanishes.
const EPSILON: f64 = 1e-12;

/// Shape of a [`SpectralConv2d`].
#[derive(Clone, Debug)]
pub struct SpectralConv2dConfig {
    /// Channels in and out.
    pub channels: [usize; 2],
    /// Side of the square kernel.
    pub kernel: usize,
    /// Stride on both axes.
    pub stride: usize,
    /// Zeros before and after, on both axes.
    pub padding: [usize; 2],
}

impl SpectralConv2dConfig {
    /// A convolution of stride 1 that keeps height and width: an even kernel pads one more at the
    /// right and the bottom ('same' as TensorFlow has it).
    pub fn same(channels: [usize; 2], kernel: usize) -> Self {
        let total = kernel - 1;
        Self {
            channels,
            kernel,
            stride: 1,
            padding: [total / 2, total - total / 2],
        }
    }

    /// The same, but taking every `stride`-th position.
    pub fn with_stride(mut self, stride: usize) -> Self {
        self.stride = stride;
        self
    }

    /// Initialises the weights after He et al. 2015, the bias with zeros.
    pub fn init(&self, device: &Device) -> SpectralConv2d {
        let [channels_in, channels_out] = self.channels;
        let fan_in = channels_in * self.kernel * self.kernel;
        let he_normal = Initializer::KaimingNormal {
            gain: std::f64::consts::SQRT_2,
            fan_out_only: false,
        };
        let u = Tensor::random([channels_out], Distribution::Normal(0.0, 1.0), device);
        SpectralConv2d {
            weight: he_normal.init_with(
                [channels_out, channels_in, self.kernel, self.kernel],
                Some(fan_in),
                None,
                device,
            ),
            bias: Initializer::Zeros.init([channels_out], device),
            u: RunningState::new(normalize(u)),
            stride: self.stride,
            padding: self.padding,
        }
    }
}

/// A convolution whose weight, as a matrix `[out, in · k · k]`, is divided by an estimate of its
/// largest singular value.
///
/// The estimate comes from a persistent left singular vector `u`, which is part of checkpoints.
/// On an autodiff device each forward improves `u` by one power iteration; elsewhere `u` is only
/// read, so inference changes nothing and the normalised weight can be folded into an export.
#[derive(Module, Debug)]
pub struct SpectralConv2d {
    /// `[out, in, k, k]`, not normalised.
    pub weight: Param<Tensor<4>>,
    /// `[out]`
    pub bias: Param<Tensor<1>>,
    /// `[out]`, unit length.
    pub u: RunningState<Tensor<1>>,
    /// Stride on both axes.
    pub stride: usize,
    /// Zeros before and after, on both axes.
    pub padding: [usize; 2],
}

impl SpectralConv2d {
    /// `[n, in, h, w]` to `[n, out, h', w']`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [before, after] = self.padding;
        let options = ConvOptions::new_with_padding(
            [self.stride; 2],
            [(before, after), (before, after)],
            [1, 1],
            1,
        );
        conv2d(x, self.normalized_weight(), Some(self.bias.val()), options)
    }

    /// The weight divided by its estimated spectral norm.
    pub fn normalized_weight(&self) -> Tensor<4> {
        let weight = self.weight.val();
        let [out, ..] = weight.dims();
        let matrix = weight.clone().reshape([out as i32, -1]); // [out, in·k·k]
        // u and v are constants of the gradient: only sigma = uᵀ W v depends on W.
        let constant = matrix.clone().detach();
        let u = self
            .u
            .value_sync()
            .to_device(&weight.device())
            .unsqueeze::<2>(); // [1, out]
        let v = normalize(u.clone().matmul(constant.clone())); // [1, in·k·k]
        let u = if weight.device().is_autodiff() {
            let next = normalize(v.clone().matmul(constant.transpose())); // [1, out]
            self.u.update(next.clone().reshape([out]));
            // Read back at once: a running state passes an update on only when it is read.
            self.u.value_sync();
            next
        } else {
            u
        };
        let sigma = u.matmul(matrix).mul(v).sum(); // [1]
        weight / sigma.reshape([1, 1, 1, 1])
    }
}

fn normalize<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let length = x.clone().square().sum().sqrt().add_scalar(EPSILON);
    x / length.reshape([1; D])
}
