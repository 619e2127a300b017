//! Self-attention over positions (SAGAN, Zhang et al. 2018, <https://arxiv.org/abs/1805.08318>).

use burn::module::{Module, Param};
use burn::nn::Initializer;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::{Device, Tensor};

use crate::precision::same;

/// Every position looks at every other; the result is added with a learned scale that starts at 0,
/// so that training begins as if the layer were not there.
///
/// As in the paper there is no division by the root of the width and no output projection.
#[derive(Module, Debug)]
pub struct SelfAttention {
    /// 1x1 to C/8: the keys.
    pub f: Conv2d,
    /// 1x1 to C/8: the queries.
    pub g: Conv2d,
    /// 1x1 to C: the values.
    pub h: Conv2d,
    /// `[1]`, the scale of the residual.
    pub gamma: Param<Tensor<1>>,
}

impl SelfAttention {
    /// Attention over maps of `channels`, a multiple of 8.
    pub fn init(channels: usize, device: &Device) -> Self {
        let conv = |out| {
            Conv2dConfig::new([channels, out], [1, 1])
                .with_bias(false)
                .init(device)
        };
        Self {
            f: conv(channels / 8),
            g: conv(channels / 8),
            h: conv(channels),
            gamma: Initializer::Zeros.init([1], device),
        }
    }

    /// `[n, c, h, w]` to the same shape. Memory grows with (h·w)².
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [n, c, height, width] = x.dims();
        let flat = |y: Tensor<4>| y.flatten::<3>(2, 3);
        let f = flat(same(&self.f, x.clone())); // [n, c/8, hw]
        let g = flat(same(&self.g, x.clone())); // [n, c/8, hw]
        let h = flat(same(&self.h, x.clone())); // [n, c, hw]
        let scores = g.swap_dims(1, 2).matmul(f); // [n, hw (to), hw (from)]
        // softmax over 'from', divided by its sum only after the product with the values: a row
        // of ones beside them gathers the sum, so the large matrix is passed over less often.
        let largest = scores.clone().detach().max_dim(2);
        let beta = (scores - largest).exp();
        let ones = Tensor::ones([n, 1, height * width], &x.device());
        let values = Tensor::cat(vec![h, ones], 1).swap_dims(1, 2); // [n, hw (from), c + 1]
        // beta is never transposed, nor its gradient: that would be read across its rows.
        let sums = beta.matmul(values).swap_dims(1, 2); // [n, c + 1, hw (to)]
        let o = sums.clone().narrow(1, 0, c) / sums.narrow(1, c, 1); // [n, c, hw]
        let gamma = self.gamma.val().reshape([1, 1, 1, 1]);
        x + o.reshape([n, c, height, width]) * gamma
    }
}
