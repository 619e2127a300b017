//! The discriminator, as at inference: without dropout.

use colorize_models::{Discriminator, DiscriminatorStage};

use super::{ToOnnx, join};
use crate::graph::{GraphBuilder, float, int};

/// Slope of LeakyReLU for negative values, as in the network.
const SLOPE: f32 = 0.2;

fn activated(graph: &mut GraphBuilder, conv: &impl ToOnnx, path: &str, x: &str) -> String {
    let x = conv.to_onnx(graph, path, x);
    let slope = vec![float("alpha", SLOPE)];
    graph.node("LeakyRelu", &join(path, "leaky_relu"), &[&x], slope)
}

impl ToOnnx for DiscriminatorStage {
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str) -> String {
        let x = activated(graph, &self.conv1, &join(path, "conv1"), x);
        activated(graph, &self.conv2, &join(path, "conv2"), &x)
    }
}

impl ToOnnx for Discriminator {
    /// RGB in [-1, 1] to logits `[n, 1]`.
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str) -> String {
        let name = |part: &str| join(path, part);
        let mut x = x.to_owned();
        for (index, stage) in self.stages.iter().enumerate() {
            x = stage.to_onnx(graph, &name(&format!("stages.{index}")), &x);
            if index == self.attention_stage {
                x = self.attention.to_onnx(graph, &name("attention"), &x);
            }
        }
        x = activated(graph, &self.last, &name("last"), &x);
        x = graph.node("GlobalAveragePool", &name("output.mean"), &[&x], vec![]);
        x = graph.node("Flatten", &name("output.flat"), &[&x], vec![int("axis", 1)]);
        let weight = graph.parameter(&name("output.weight"), self.output.weight.val());
        let mut inputs = vec![x, weight];
        if let Some(bias) = &self.output.bias {
            inputs.push(graph.parameter(&name("output.bias"), bias.val()));
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        graph.node("Gemm", &name("output"), &inputs, vec![])
    }
}
