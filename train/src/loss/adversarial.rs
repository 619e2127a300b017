//! What generator and discriminator play for.

use burn::tensor::Tensor;
use burn::tensor::activation::{log_sigmoid, relu};

/// Binary cross-entropy of logits `[n, 1]` against one label for all, 0 to 1; the mean. It neither
/// overflows nor loses digits.
pub fn binary_cross_entropy(logits: Tensor<2>, label: f64) -> Tensor<1> {
    let real = log_sigmoid(logits.clone()).mul_scalar(label);
    let fake = log_sigmoid(logits.neg()).mul_scalar(1.0 - label);
    (real + fake).mean().neg()
}

/// The discriminator's hinge loss (Lim & Ye 2017, <https://arxiv.org/abs/1705.02894>) on one half
/// of its logits `[n, 1]`: max(0, 1 - x) where they should be positive (`real`), max(0, 1 + x)
/// where negative. The generator's own loss is `-logits.mean()`.
pub fn hinge(logits: Tensor<2>, real: bool) -> Tensor<1> {
    let wrong_way = if real { logits.neg() } else { logits };
    relu(wrong_way.add_scalar(1.0)).mean()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::value;
    use burn::tensor::Device;

    #[test]
    fn cross_entropy_survives_extreme_logits() {
        let logits = Tensor::from_floats([[1000.0], [-1000.0]], &Device::flex());
        let got = value(&binary_cross_entropy(logits, 0.0));
        assert!((got - 500.0).abs() < 1e-3, "{got}");
    }
}
