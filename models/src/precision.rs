//! Mixed precision: convolutions in bfloat16, all else in 32 bits (Micikevicius et al. 2018,
//! <https://arxiv.org/abs/1710.03740>).

use std::cell::Cell;

use burn::nn::conv::Conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{FloatDType, Tensor, module};
use serde::{Deserialize, Serialize};

use crate::trace;

/// In what convolutions compute. Weights, sums over a batch, norms and losses have 32 bits either
/// way, and bfloat16 has their range: no loss needs to be scaled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32 bits.
    #[default]
    F32,
    /// 8 bits of fraction: for devices that have units for it.
    Bf16,
}

thread_local! {
    static CURRENT: Cell<Precision> = const { Cell::new(Precision::F32) };
}

impl Precision {
    /// Computes with this precision; on this thread, and for this call only.
    pub fn scope<R>(self, compute: impl FnOnce() -> R) -> R {
        /// Also where the computation panics.
        struct Restore(Precision);
        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.set(self.0);
            }
        }
        let _restore = Restore(CURRENT.replace(self));
        compute()
    }
}

/// A convolution in the current precision; 32 bits in and out.
pub(crate) fn conv2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    options: ConvOptions<2>,
) -> Tensor<4> {
    let maps = match CURRENT.get() {
        Precision::F32 => module::conv2d(x, weight, bias, options),
        Precision::Bf16 => {
            let narrow = FloatDType::BF16;
            let bias = bias.map(|bias| bias.cast(narrow));
            module::conv2d(x.cast(narrow), weight.cast(narrow), bias, options).cast(FloatDType::F32)
        }
    };
    trace::note(&maps);
    maps
}

/// The same for a layer of stride 1 that keeps height and width: an odd kernel, zeros around.
pub(crate) fn same(layer: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    let [height, width] = layer.kernel_size.map(|side| side / 2);
    let options = ConvOptions::new([1, 1], [height, width], [1, 1], 1);
    let bias = layer.bias.as_ref().map(|bias| bias.val());
    conv2d(x, layer.weight.val(), bias, options)
}
