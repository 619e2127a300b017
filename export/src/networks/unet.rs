//! The reference's generator.

use colorize_models::{ConvBlock, Head, Unet, UpBlock};

use super::convolution::Convolution;
use super::distribution::planes;
use super::enlarge::{bilinear_four_times, nearest_twice};
use super::{ToOnnx, ToOnnxWithSkip, hints, join};
use crate::graph::{GraphBuilder, int, ints};

impl ToOnnx for ConvBlock {
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str) -> String {
        let x = self.conv1.to_onnx(graph, &join(path, "conv1"), x);
        after_first(graph, self, path, &x)
    }
}

/// A block from what its first convolution gives.
fn after_first(graph: &mut GraphBuilder, block: &ConvBlock, path: &str, x: &str) -> String {
    let x = graph.node("Relu", &join(path, "conv1.relu"), &[x], vec![]);
    let x = block.conv2.to_onnx(graph, &join(path, "conv2"), &x);
    graph.node("Relu", &join(path, "conv2.relu"), &[&x], vec![])
}

impl ToOnnxWithSkip for UpBlock {
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str, skip: &str) -> String {
        let x = nearest_twice(graph, &join(path, "resize"), x);
        let x = self.conv.to_onnx(graph, &join(path, "conv"), &x);
        let channels = vec![int("axis", 1)];
        let x = graph.node("Concat", &join(path, "concat"), &[skip, &x], channels);
        self.block.to_onnx(graph, &join(path, "block"), &x)
    }
}

fn average_pool(graph: &mut GraphBuilder, path: &str, x: &str, side: usize) -> String {
    let sides = [side, side];
    let attributes = vec![ints("kernel_shape", &sides), ints("strides", &sides)];
    graph.node("AveragePool", path, &[x], attributes)
}

impl ToOnnx for Unet {
    fn to_onnx(&self, graph: &mut GraphBuilder, path: &str, x: &str) -> String {
        let name = |part: &str| join(path, part);
        let whole = path;
        let mut skips = Vec::new();
        let mut x = x.to_owned();
        for (level, down) in self.down.iter().enumerate() {
            let path = name(&format!("down.{level}"));
            if level > 0 {
                x = average_pool(graph, &join(&path, "pool"), &x, 2);
            }
            x = match &self.palette {
                Some(_) if level == 0 => {
                    let (first, layer) = (Convolution::from(&down.conv1), join(&path, "conv1"));
                    let first = hints::first_layer(graph, (whole, &layer), first, &x);
                    after_first(graph, down, &path, &first)
                }
                _ => down.to_onnx(graph, &path, &x),
            };
            if level == self.attention_level {
                let path = name("down_attention");
                x = self.down_attention.to_onnx(graph, &path, &x);
            }
            skips.push(x.clone());
        }
        skips.pop();
        if let Some(layer) = &self.palette {
            x = hints::palette(graph, &name("palette"), layer, &x);
        }
        for (index, block) in self.up.iter().enumerate() {
            let level = self.up.len() - 1 - index;
            let path = name(&format!("up.{index}"));
            x = block.to_onnx(graph, &path, &x, &skips[level]);
            if level == self.attention_level {
                x = self.up_attention.to_onnx(graph, &name("up_attention"), &x);
            }
        }
        let coarse = self.head == Head::Distribution;
        if coarse {
            x = average_pool(graph, &name("output.pool"), &x, 4);
        }
        let path = name("output");
        x = self.output.to_onnx(graph, &path, &x);
        x = planes(graph, &path, &x, (self.head, self.temperature));
        if coarse {
            x = bilinear_four_times(graph, &name("output.resize"), &x);
        }
        x
    }
}
