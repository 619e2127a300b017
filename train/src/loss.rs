//! The losses that are a line of arithmetic; the perceptual one needs a network and has its own
//! file.

use burn::tensor::activation::relu;
use burn::tensor::{Tensor, TensorData};

/// Binary cross-entropy of logits `[n, 1]` against one label for all, 0 to 1; the mean.
///
/// Written so that it neither overflows nor loses digits: max(x, 0) - x·label + ln(1 + e^-|x|).
pub fn binary_cross_entropy(logits: Tensor<2>, label: f64) -> Tensor<1> {
    let tail = logits.clone().abs().neg().exp().log1p();
    (relu(logits.clone()) - logits.mul_scalar(label) + tail).mean()
}

/// Mean absolute difference.
pub fn l1(output: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
    (output - target).abs().mean()
}

/// The one number in a loss.
pub fn value(loss: &Tensor<1>) -> f32 {
    let data: TensorData = loss.clone().into_data();
    data.iter::<f32>().next().unwrap_or(f32::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn cross_entropy_is_that_of_the_definition() {
        for (logit, label) in [(0.3_f64, 0.9), (-2.0, 0.0), (4.0, 1.0), (-3.0, 0.9)] {
            let p = 1.0 / (1.0 + (-logit).exp());
            let expected = -(label * p.ln() + (1.0 - label) * (1.0 - p).ln());
            let logits = Tensor::from_floats([[logit as f32]], &Device::flex());
            let got = f64::from(value(&binary_cross_entropy(logits, label)));
            assert!(
                (got - expected).abs() < 1e-6,
                "{logit} {label}: {got} {expected}"
            );
        }
    }

    #[test]
    fn cross_entropy_survives_extreme_logits() {
        let logits = Tensor::from_floats([[1000.0], [-1000.0]], &Device::flex());
        let got = value(&binary_cross_entropy(logits, 0.0));
        assert!((got - 500.0).abs() < 1e-3, "{got}");
    }
}
