//! Self-attention in ONNX's words.

use burn::nn::conv::Conv2d;
use colorize_models::SelfAttention;

use super::ToOnnx;
use crate::graph::{GraphBuilder, int, ints};

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
        // The values and the sums are turned, not the large matrix between them.
        let h = graph.node("Transpose", &name("h.transposed"), &[&h], swap());
        let o = graph.node("MatMul", &name("o"), &[&beta, &h], vec![]);
        let o = graph.node("Transpose", &name("o.transposed"), &[&o], swap());
        let shape = graph.node("Shape", &name("shape"), &[x], vec![]);
        let o = graph.node("Reshape", &name("o.maps"), &[&o, &shape], vec![]);
        let gamma = graph.parameter(&name("gamma"), self.gamma.val());
        let o = graph.node("Mul", &name("scaled"), &[&o, &gamma], vec![]);
        graph.node("Add", path, &[x, &o], vec![])
    }
}
