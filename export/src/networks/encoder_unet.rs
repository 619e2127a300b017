//! The U-Net on a pretrained encoder.

use colorize_models::{EncoderUnet, EncoderUpBlock};

use super::distribution::planes;
use super::enlarge::{bilinear_four_times, bilinear_twice};
use super::{ToOnnx, ToOnnxWithSkip, efficientnet, hints, join};
use crate::graph::{GraphBuilder, int};

impl ToOnnxWithSkip for EncoderUpBlock {
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str, skip: &str) -> String {
        let x = joined(graph, self, path, x, skip);
        rectified(graph, &join(path, "conv"), &x)
    }
}

/// A block's maps before their activation.
fn joined(
    graph: &mut GraphBuilder,
    block: &EncoderUpBlock,
    path: &str,
    x: &str,
    skip: &str,
) -> String {
    let x = bilinear_twice(graph, &join(path, "resize"), x);
    let channels = vec![int("axis", 1)];
    let x = graph.node("Concat", &join(path, "concat"), &[&x, skip], channels);
    block.conv.to_onnx(graph, &join(path, "conv"), &x)
}

/// A convolution with ReLU.
fn activated(graph: &mut GraphBuilder, conv: &impl ToOnnx, path: &str, x: &str) -> String {
    let x = conv.to_onnx(graph, path, x);
    rectified(graph, path, &x)
}

/// ReLU on what the layer at `path` made.
fn rectified(graph: &mut GraphBuilder, path: &str, x: &str) -> String {
    graph.node("Relu", &join(path, "relu"), &[x], vec![])
}

impl ToOnnx for EncoderUnet {
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str) -> String {
        let name = |part: &str| join(path, part);
        // From [-1, 1] to the range of the pretraining: ((gray + 1) · 127.5 - 127) / 128. It cannot
        // be folded into the first layer, whose padding is zeros in that range.
        let scale = graph.floats(&name("gray.scale"), &[1], &[127.5 / 128.0]);
        let offset = graph.floats(&name("gray.offset"), &[1], &[0.5 / 128.0]);
        let gray = graph.node("Mul", &name("gray.scaled"), &[x, &scale], vec![]);
        let gray = graph.node("Add", &name("gray.level"), &[&gray, &offset], vec![]);
        let steering = hints::Steering::new(graph, path, self.hints.as_ref());
        let first = self
            .encoder
            .stem
            .to_onnx(graph, &name("encoder.stem"), &gray);
        let maps = efficientnet::stages(graph, &self.encoder, &name("encoder"), &first);
        let [at4, at8, at16, at32] = Self::STAGES.map(|stage| maps[stage].as_str());
        let mut x = self.middle.to_onnx(graph, &name("middle"), at32);
        if let Some(steering) = &steering {
            x = steering.palette(graph, &x);
            x = steering.points(graph, 0, &x);
        }
        x = rectified(graph, &name("middle"), &x);
        for (index, (block, skip)) in self.up.iter().zip([at16, at8, at4]).enumerate() {
            let path = name(&format!("up.{index}"));
            x = joined(graph, block, &path, &x, skip);
            if let Some(steering) = &steering {
                x = steering.points(graph, index + 1, &x);
            }
            x = rectified(graph, &join(&path, "conv"), &x);
        }
        if let Some(attention) = &self.attention {
            x = attention.to_onnx(graph, &name("attention"), &x);
        }
        x = activated(graph, &self.last, &name("last"), &x);
        let path = name("output");
        x = self.output.to_onnx(graph, &path, &x);
        if let Some(steering) = &steering {
            x = steering.prior(graph, &x);
        }
        x = planes(graph, &path, &x, (self.head, self.temperature));
        bilinear_four_times(graph, &name("output.resize"), &x)
    }
}
