//! Gray is penalised, whatever the right colour is.

use burn::tensor::Tensor;

/// Keeps the root's slope finite where a picture is gray.
const EPSILON: f64 = 1e-6;

/// 1 - C / 100, the mean over pictures `[n, 3, h, w]` in [-1, 1], where C is the colourfulness of
/// Hasler & Süsstrunk 2003 on 0..255; as in DDColor (Kang et al. 2023,
/// <https://arxiv.org/abs/2212.11613>).
pub fn colourfulness(rgb: Tensor<4>) -> Tensor<1> {
    let [n, _, height, width] = rgb.dims();
    let rgb = rgb.reshape([n, 3, height * width]).mul_scalar(127.5);
    let plane = |channel| rgb.clone().narrow(1, channel, 1);
    let (r, g, b) = (plane(0), plane(1), plane(2));
    let rg = r.clone() - g.clone();
    let yb = (r + g).div_scalar(2.0) - b;
    let opponents = Tensor::cat(vec![rg, yb], 1); // [n, 2, hw]
    let mean = opponents.clone().mean_dim(2); // [n, 2, 1]
    let variance = (opponents - mean.clone()).square().mean_dim(2);
    let length = |squares: Tensor<3>| squares.sum_dim(1).add_scalar(EPSILON).sqrt();
    let c = length(variance) + length(mean.square()).mul_scalar(0.3); // [n, 1, 1]
    c.div_scalar(100.0).neg().add_scalar(1.0).mean()
}
