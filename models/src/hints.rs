//! Colours that a person gives (Zhang et al. 2017, <https://arxiv.org/abs/1705.02999>).

use burn::tensor::Tensor;

/// Planes of an input with hints: gray, a*, b*, mask.
pub(crate) const WITH_HINTS: usize = 4;

/// What is known of a picture's colours; zeros say nothing.
#[derive(Clone, Debug)]
pub struct Hints {
    /// `[n, 3, h, w]`: a* and b*, divided by [`Head::CHROMA_SCALE`](crate::Head::CHROMA_SCALE), and
    /// 1 where they are known.
    pub planes: Tensor<4>,
    /// `[n, bins]`: the share of each of [`AbBins`](crate::AbBins), or zeros where they are not
    /// known.
    pub palette: Tensor<2>,
}

impl Hints {
    /// Factor on the hints' planes before the first layer. Its weights for gray are large, about 2 in
    /// a pretrained encoder whose batch norm is folded in, and those for the hints begin at zero:
    /// without it, Adam would need tens of thousands of steps for them to count.
    pub const GAIN: f64 = 16.0;
}

/// The gray plane with the hints' planes after it, if the network takes them: zeros where there are
/// none.
pub(crate) fn input(gray: Tensor<4>, hints: Option<&Hints>, takes_hints: bool) -> Tensor<4> {
    if !takes_hints {
        return gray;
    }
    let planes = match hints {
        Some(hints) => hints.planes.clone().mul_scalar(Hints::GAIN),
        None => {
            let [n, _, height, width] = gray.dims();
            Tensor::zeros([n, WITH_HINTS - 1, height, width], &gray.device())
        }
    };
    Tensor::cat(vec![gray, planes], 1)
}
