//! The U-Net on a pretrained encoder.

use colorize_models::{EncoderUnet, EncoderUpBlock};

use super::convolution::Convolution;
use super::distribution::planes;
use super::enlarge::{bilinear_four_times, bilinear_twice};
use super::{ToOnnx, ToOnnxWithSkip, efficientnet, hints, join};
use crate::graph::{GraphBuilder, int};

impl ToOnnxWithSkip for EncoderUpBlock {
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str, skip: &str) -> String {
        let x = bilinear_twice(graph, &join(path, "resize"), x);
        let channels = vec![int("axis", 1)];
        let x = graph.node("Concat", &join(path, "concat"), &[&x, skip], channels);
        activated(graph, &self.conv, &join(path, "conv"), &x)
    }
}

/// A convolution with ReLU.
fn activated(graph: &mut GraphBuilder, conv: &impl ToOnnx, path: &str, x: &str) -> String {
    let x = conv.to_onnx(graph, path, x);
    graph.node("Relu", &join(path, "relu"), &[&x], vec![])
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
        let stem = Convolution::from(&self.encoder.stem);
        let layer = name("encoder.stem");
        let first = match &self.palette {
            Some(_) => hints::first_layer(graph, (path, &layer), stem, &gray),
            None => stem.to_onnx(graph, &layer, &gray),
        };
        let maps = efficientnet::stages(graph, &self.encoder, &name("encoder"), &first);
        let [at4, at8, at16, at32] = Self::STAGES.map(|stage| maps[stage].as_str());
        let mut x = self.middle.to_onnx(graph, &name("middle"), at32);
        if let Some(layer) = &self.palette {
            x = hints::palette(graph, path, layer, &x);
        }
        x = graph.node("Relu", &name("middle.relu"), &[&x], vec![]);
        for (index, (block, skip)) in self.up.iter().zip([at16, at8, at4]).enumerate() {
            x = block.to_onnx(graph, &name(&format!("up.{index}")), &x, skip);
        }
        if let Some(attention) = &self.attention {
            x = attention.to_onnx(graph, &name("attention"), &x);
        }
        x = activated(graph, &self.last, &name("last"), &x);
        let path = name("output");
        x = self.output.to_onnx(graph, &path, &x);
        x = planes(graph, &path, &x, (self.head, self.temperature));
        bilinear_four_times(graph, &name("output.resize"), &x)
    }
}
