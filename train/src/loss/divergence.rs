//! The same things are seen.

use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;

/// The divergence (Kullback & Leibler 1951) of the classes that `logits` `[n, classes]` give from
/// those that `truth` gives, in nats; the mean over pictures. 0 where they are the same. As loss of
/// a student towards its teacher in Hinton et al. 2015, <https://arxiv.org/abs/1503.02531>, at
/// temperature 1.
pub fn divergence(logits: Tensor<2>, truth: Tensor<2>) -> Tensor<1> {
    let truth = log_softmax(truth, 1);
    let surplus = truth.clone() - log_softmax(logits, 1);
    (truth.exp() * surplus).sum_dim(1).mean()
}
