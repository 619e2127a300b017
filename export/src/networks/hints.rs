//! What goes into a network beside gray.

use burn::nn::Linear;
use colorize_models::{AbBins, Hints};
use colorize_train::contract::{HINTS, PALETTE};

use super::convolution::Convolution;
use super::{ToOnnx, join};
use crate::graph::{GraphBuilder, int};

/// The first layer of a network that takes hints, at `layer`: on the gray plane with the hints' planes
/// after it, or on gray alone in a graph that leaves hints out.
pub(super) fn first_layer(
    graph: &mut GraphBuilder,
    (path, layer): (&str, &str),
    conv: Convolution,
    gray: &str,
) -> String {
    if !graph.is_steered() {
        return conv.of_gray().to_onnx(graph, layer, gray);
    }
    let hints = graph.input_maps(HINTS, 3);
    let gain = graph.floats(&join(path, "hints.gain"), &[1], &[Hints::GAIN as f32]);
    let louder = join(path, "hints.louder");
    let hints = graph.node("Mul", &louder, &[&hints, &gain], vec![]);
    let with_hints = join(path, "with_hints");
    let planes = vec![int("axis", 1)];
    let planes = graph.node("Concat", &with_hints, &[gray, &hints], planes);
    conv.to_onnx(graph, layer, &planes)
}

/// The maps with what a palette says added to all of their places.
pub(super) fn palette(graph: &mut GraphBuilder, path: &str, layer: &Linear, x: &str) -> String {
    if !graph.is_steered() {
        return x.to_owned();
    }
    let name = |part: &str| join(path, part);
    let palette = graph.input_rows(PALETTE, AbBins::count());
    let weight = graph.parameter(&name("palette.weight"), layer.weight.val());
    let inputs = [&*palette, &weight];
    let colours = graph.node("MatMul", &name("palette.colours"), &inputs, vec![]);
    // [n, c] to [n, c, 1, 1], whatever n is
    let shape = graph.integers("maps", &[0, 0, 1, 1]);
    let inputs = [&*colours, &shape];
    let colours = graph.node("Reshape", &name("palette.maps"), &inputs, vec![]);
    graph.node("Add", &name("palette.added"), &[x, &colours], vec![])
}
