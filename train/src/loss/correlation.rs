//! The right thing is coloured, however vividly.

use burn::tensor::Tensor;

/// Mean square of planes in [-1, 1] below which there is hardly a colour to agree about: a*b* of
/// about 1.
const EPSILON: f64 = 1e-4;

/// 1 - Pearson's correlation of the painted chroma with the truth's, both planes of a picture
/// together, the mean over pictures `[n, 2, h, w]` in [-1, 1]. Where the truth is uncertain, a
/// difference is least when the colour is pale; this one does not change with the scale of the
/// chroma nor with a cast over the whole, and so asks only which parts differ from which.
pub fn correlation(output: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
    let (output, target) = (centred(output), centred(target));
    let mean = |planes: Tensor<3>| planes.mean_dim(2).mean_dim(1); // [n, 1, 1]
    let length = |planes: &Tensor<3>| mean(planes.clone().square()).add_scalar(EPSILON).sqrt();
    let lengths = length(&output) * length(&target);
    let cosine = mean(output * target) / lengths;
    cosine.mean().neg().add_scalar(1.0)
}

/// Without the mean of each plane, as `[n, 2, h * w]`.
fn centred(planes: Tensor<4>) -> Tensor<3> {
    let [n, channels, height, width] = planes.dims();
    let planes = planes.reshape([n, channels, height * width]);
    let mean = planes.clone().mean_dim(2);
    planes - mean
}
