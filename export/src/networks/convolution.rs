//! Convolutions of every kind become one operator.

use burn::nn::PaddingConfig2d;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;
use colorize_models::{FoldedConv, SpectralConv2d};

use super::{ToOnnx, join};
use crate::graph::{GraphBuilder, int, ints};

/// A convolution as ONNX sees it.
pub(super) struct Convolution {
    /// `[out, in / groups, k, k]`
    weight: Tensor<4>,
    /// `[out]`
    bias: Option<Tensor<1>>,
    stride: [usize; 2],
    /// Zeros at the top, the left, the bottom and the right.
    pads: [usize; 4],
    groups: usize,
}

impl Convolution {
    /// The same on the first plane alone, as the first layer of a network stands without hints:
    /// their planes are zeros then.
    pub(super) fn of_gray(mut self) -> Self {
        self.weight = self.weight.narrow(1, 0, 1);
        self
    }
}

impl ToOnnx for Convolution {
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str) -> String {
        let [.., height, width] = self.weight.dims();
        let mut inputs = vec![
            x.to_owned(),
            graph.parameter(&join(path, "weight"), self.weight.clone()),
        ];
        if let Some(bias) = &self.bias {
            inputs.push(graph.parameter(&join(path, "bias"), bias.clone()));
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let attributes = vec![
            int("group", self.groups as i64),
            ints("kernel_shape", &[height, width]),
            ints("pads", &self.pads),
            ints("strides", &self.stride),
        ];
        graph.node("Conv", path, &inputs, attributes)
    }
}

impl From<&SpectralConv2d> for Convolution {
    /// Spectral normalisation, which looks at all planes, is folded into the weight.
    fn from(conv: &SpectralConv2d) -> Self {
        let [before, after] = conv.padding;
        Self {
            weight: conv.normalized_weight(),
            bias: Some(conv.bias.val()),
            stride: [conv.stride; 2],
            pads: [before, before, after, after],
            groups: 1,
        }
    }
}

impl From<&FoldedConv> for Convolution {
    fn from(conv: &FoldedConv) -> Self {
        let [before, after] = conv.padding();
        Self {
            weight: conv.weight.val(),
            bias: Some(conv.bias.val()),
            stride: [conv.stride; 2],
            pads: [before, before, after, after],
            groups: conv.groups,
        }
    }
}

impl From<&Conv2d> for Convolution {
    fn from(conv: &Conv2d) -> Self {
        let pads = match conv.padding {
            PaddingConfig2d::Valid => [0; 4],
            PaddingConfig2d::Explicit(top, left, bottom, right) => [top, left, bottom, right],
            // Of an even kernel the last side has one more, as in `SpectralConv2d`.
            PaddingConfig2d::Same => {
                let [height, width] = conv.kernel_size.map(|extent| extent - 1);
                [
                    height / 2,
                    width / 2,
                    height - height / 2,
                    width - width / 2,
                ]
            }
        };
        Self {
            weight: conv.weight.val(),
            bias: conv.bias.as_ref().map(|bias| bias.val()),
            stride: conv.stride,
            pads,
            groups: conv.groups,
        }
    }
}

impl ToOnnx for SpectralConv2d {
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str) -> String {
        Convolution::from(self).to_onnx(graph, path, x)
    }
}

impl ToOnnx for FoldedConv {
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str) -> String {
        Convolution::from(self).to_onnx(graph, path, x)
    }
}

impl ToOnnx for Conv2d {
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str) -> String {
        Convolution::from(self).to_onnx(graph, path, x)
    }
}
