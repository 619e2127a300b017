//! Perceptual features: a classifier's first layers, on RGB in [0, 1].

use colorize_models::{EfficientNetLite, Vgg};

use super::efficientnet::stages;
use super::{ToOnnx, join};
use crate::graph::{GraphBuilder, ints};

/// The values after every stage of EfficientNet-Lite0.
pub(crate) fn efficientnet(
    graph: &mut GraphBuilder,
    network: &EfficientNetLite,
    rgb: &str,
) -> Vec<String> {
    // (255 rgb - 127) / 128
    let scale = graph.floats("rgb.scale", &[1], &[255.0 / 128.0]);
    let offset = graph.floats("rgb.offset", &[1], &[-127.0 / 128.0]);
    let x = graph.node("Mul", "rgb.scaled", &[rgb, &scale], vec![]);
    let x = graph.node("Add", "rgb.standard", &[&x, &offset], vec![]);
    let stem = network.stem.to_onnx(graph, "stem", &x);
    stages(graph, network, "", &stem)
}

/// The activated values of VGG's chosen layers, in their order in the network.
pub(crate) fn vgg(graph: &mut GraphBuilder, network: &Vgg, rgb: &str) -> Vec<String> {
    let mean = graph.floats("rgb.mean", &[1, 3, 1, 1], &Vgg::MEAN);
    let deviation = graph.floats("rgb.deviation", &[1, 3, 1, 1], &Vgg::DEVIATION);
    let x = graph.node("Sub", "rgb.centred", &[rgb, &mean], vec![]);
    let mut x = graph.node("Div", "rgb.standard", &[&x, &deviation], vec![]);
    let mut features = Vec::new();
    for (index, block) in network.blocks.iter().enumerate() {
        let block_number = index + 1;
        if index > 0 {
            let twos = [2, 2];
            let halve = vec![ints("kernel_shape", &twos), ints("strides", &twos)];
            x = graph.node("MaxPool", &format!("pool{index}"), &[&x], halve);
        }
        for (place, conv) in block.iter().enumerate() {
            let layer = (block_number, place + 1);
            let path = format!("conv{}_{}", layer.0, layer.1);
            x = conv.to_onnx(graph, &path, &x);
            x = graph.node("Relu", &join(&path, "relu"), &[&x], vec![]);
            if network.layers.contains(&layer) {
                features.push(x.clone());
            }
        }
    }
    features
}
