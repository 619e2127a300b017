//! The losses, each in the form of its paper. All are means, so that their weights do not depend
//! on the batch, and each is a tensor of one number. The perceptual one needs a network and has a
//! file of its own, [`crate::perceptual`].

mod adversarial;
mod colourfulness;
mod correlation;
mod cross_entropy;
mod divergence;

use burn::tensor::{Tensor, TensorData};

pub use adversarial::{binary_cross_entropy, hinge};
pub use colourfulness::colourfulness;
pub use correlation::correlation;
pub use cross_entropy::{ColourClasses, Rebalancing, SoftTargets};
pub use divergence::divergence;

/// Mean absolute difference.
pub fn l1(output: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
    (output - target).abs().mean()
}

/// Huber's loss (1964): d² / 2 up to `delta`, then straight on with the slope there; the mean.
pub fn huber(output: Tensor<4>, target: Tensor<4>, delta: f64) -> Tensor<1> {
    let distance = (output - target).abs();
    let near = distance.clone().clamp_max(delta);
    let quadratic = near.clone().square().div_scalar(2.0);
    let linear = (distance - near).mul_scalar(delta);
    (quadratic + linear).mean()
}

/// The one number in a loss.
pub fn value(loss: &Tensor<1>) -> f32 {
    let data: TensorData = loss.clone().into_data();
    data.iter::<f32>().next().unwrap_or(f32::NAN)
}
