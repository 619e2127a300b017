//! The pretrained encoder.

use colorize_models::{EfficientNetLite, InvertedResidual};

use super::{ToOnnx, join};
use crate::graph::GraphBuilder;

/// A convolution with ReLU6.
fn activated(graph: &mut GraphBuilder, conv: &impl ToOnnx, path: &str, x: &str) -> String {
    let x = conv.to_onnx(graph, path, x);
    relu6(graph, path, &x)
}

fn relu6(graph: &mut GraphBuilder, path: &str, x: &str) -> String {
    let zero = graph.floats("zero", &[], &[0.0]);
    let six = graph.floats("six", &[], &[6.0]);
    graph.node("Clip", &join(path, "relu6"), &[x, &zero, &six], vec![])
}

impl ToOnnx for InvertedResidual {
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str) -> String {
        let name = |part: &str| join(path, part);
        let mut y = x.to_owned();
        if let Some(expand) = &self.expand {
            y = activated(graph, expand, &name("expand"), &y);
        }
        y = activated(graph, &self.depthwise, &name("depthwise"), &y);
        y = self.project.to_onnx(graph, &name("project"), &y);
        if self.residual {
            y = graph.node("Add", path, &[x, &y], vec![]);
        }
        y
    }
}

/// The values after every stage, from what the stem's convolution gives.
pub(super) fn stages(
    graph: &mut GraphBuilder,
    encoder: &EfficientNetLite,
    path: &str,
    stem: &str,
) -> Vec<String> {
    let mut x = relu6(graph, &join(path, "stem"), stem);
    let mut index = 0;
    let mut stages = Vec::new();
    for blocks in encoder.by_stage() {
        for block in blocks {
            x = block.to_onnx(graph, &join(path, &format!("blocks.{index}")), &x);
            index += 1;
        }
        stages.push(x.clone());
    }
    stages
}
