//! How each module stands in ONNX.

use burn::nn::conv::Conv2d;
use colorize_models::{ConvBlock, Generator, SelfAttention, SpectralConv2d, UpBlock};

use crate::graph::{GraphBuilder, int, ints, word};

/// A module that can be written as ONNX. It must be on a plain device, not one for autodiff.
pub trait ToOnnx {
    /// Writes the module at `path` on the value `x`; gives the name of what it makes.
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str) -> String;
}

impl ToOnnx for SpectralConv2d {
    /// Spectral normalisation is folded into the weight.
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str) -> String {
        let [.., kernel] = self.weight.dims();
        let [before, after] = self.padding;
        let weight = graph.parameter(&format!("{path}.weight"), self.normalized_weight());
        let bias = graph.parameter(&format!("{path}.bias"), self.bias.val());
        let attributes = vec![
            ints("kernel_shape", &[kernel, kernel]),
            ints("pads", &[before, before, after, after]),
            ints("strides", &[self.stride, self.stride]),
        ];
        graph.node("Conv", path, &[x, &weight, &bias], attributes)
    }
}

impl ToOnnx for Conv2d {
    /// The 1x1 convolutions of attention: no padding, stride 1.
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str) -> String {
        let weight = graph.parameter(&format!("{path}.weight"), self.weight.val());
        let kernel = ints("kernel_shape", &self.kernel_size);
        graph.node("Conv", path, &[x, &weight], vec![kernel])
    }
}

impl ToOnnx for SelfAttention {
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str) -> String {
        let name = |part: &str| format!("{path}.{part}");
        // [n, c, h, w] to [n, c, hw], whatever n, h and w are
        let flat = graph.integers("flat", &[0, 0, -1]);
        let project = |graph: &mut GraphBuilder, conv: &Conv2d, part: &str| {
            let maps = conv.to_onnx(graph, &name(part), x);
            graph.node(
                "Reshape",
                &name(&format!("{part}.flat")),
                &[&maps, &flat],
                vec![],
            )
        };
        let f = project(graph, &self.f, "f");
        let g = project(graph, &self.g, "g");
        let h = project(graph, &self.h, "h");
        let swap = || vec![ints("perm", &[0, 2, 1])];
        let g = graph.node("Transpose", &name("g.transposed"), &[&g], swap());
        let scores = graph.node("MatMul", &name("scores"), &[&g, &f], vec![]);
        let beta = graph.node("Softmax", &name("beta"), &[&scores], vec![int("axis", -1)]);
        let beta = graph.node("Transpose", &name("beta.transposed"), &[&beta], swap());
        let o = graph.node("MatMul", &name("o"), &[&h, &beta], vec![]);
        let shape = graph.node("Shape", &name("shape"), &[x], vec![]);
        let o = graph.node("Reshape", &name("o.maps"), &[&o, &shape], vec![]);
        let gamma = graph.parameter(&name("gamma"), self.gamma.val());
        let o = graph.node("Mul", &name("scaled"), &[&o, &gamma], vec![]);
        graph.node("Add", path, &[x, &o], vec![])
    }
}

impl ToOnnx for ConvBlock {
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str) -> String {
        let mut x = x.to_owned();
        for (name, conv) in [("conv1", &self.conv1), ("conv2", &self.conv2)] {
            let path = format!("{path}.{name}");
            x = conv.to_onnx(graph, &path, &x);
            x = graph.node("Relu", &format!("{path}.relu"), &[&x], vec![]);
        }
        x
    }
}

/// An up block takes two values, so it is no [`ToOnnx`].
fn up_block(graph: &mut GraphBuilder, block: &UpBlock, path: &str, x: &str, skip: &str) -> String {
    let scales = graph.floats("twice", &[4], &[1.0, 1.0, 2.0, 2.0]);
    let nearest = vec![
        word("mode", "nearest"),
        word("coordinate_transformation_mode", "asymmetric"),
        word("nearest_mode", "floor"),
    ];
    let x = graph.node(
        "Resize",
        &format!("{path}.resize"),
        &[x, "", &scales],
        nearest,
    );
    let x = block.conv.to_onnx(graph, &format!("{path}.conv"), &x);
    let channels = vec![int("axis", 1)];
    let x = graph.node("Concat", &format!("{path}.concat"), &[skip, &x], channels);
    block.block.to_onnx(graph, &format!("{path}.block"), &x)
}

impl ToOnnx for Generator {
    /// The path of a whole network is empty; its parts are named as in its checkpoint.
    fn to_onnx(&self, graph: &mut GraphBuilder, _path: &str, x: &str) -> String {
        let mut skips = Vec::new();
        let mut x = x.to_owned();
        for (level, block) in self.down.iter().enumerate() {
            if level > 0 {
                let halves = vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])];
                x = graph.node("AveragePool", &format!("down.{level}.pool"), &[&x], halves);
            }
            x = block.to_onnx(graph, &format!("down.{level}"), &x);
            if level == self.attention_level {
                x = self.down_attention.to_onnx(graph, "down_attention", &x);
            }
            skips.push(x.clone());
        }
        skips.pop();
        for (index, block) in self.up.iter().enumerate() {
            let level = self.up.len() - 1 - index;
            x = up_block(graph, block, &format!("up.{index}"), &x, &skips[level]);
            if level == self.attention_level {
                x = self.up_attention.to_onnx(graph, "up_attention", &x);
            }
        }
        let x = self.output.to_onnx(graph, "output", &x);
        graph.node("Tanh", "output.tanh", &[&x], vec![])
    }
}
