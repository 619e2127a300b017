//! What goes into a network beside gray.

use burn::nn::Linear;
use colorize_models::{AbBins, HintLayers, Hints};
use colorize_train::contract::{HINTS, PALETTE};

use super::convolution::Convolution;
use super::{ToOnnx, join};
use crate::graph::{GraphBuilder, int, ints};

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

/// The maps with what a palette says added to all of their places; `path` is the layer's.
pub(super) fn palette(graph: &mut GraphBuilder, path: &str, layer: &Linear, x: &str) -> String {
    if !graph.is_steered() {
        return x.to_owned();
    }
    let name = |part: &str| join(path, part);
    let palette = graph.input_rows(PALETTE, AbBins::count());
    let weight = graph.parameter(&name("weight"), layer.weight.val());
    let colours = graph.node("MatMul", &name("colours"), &[&palette, &weight], vec![]);
    everywhere(graph, path, &colours, x)
}

/// `[n, c]` added to all places of `[n, c, h, w]`.
fn everywhere(graph: &mut GraphBuilder, path: &str, row: &str, x: &str) -> String {
    // [n, c] to [n, c, 1, 1], whatever n is
    let shape = graph.integers("maps", &[0, 0, 1, 1]);
    let row = graph.node("Reshape", &join(path, "maps"), &[row, &shape], vec![]);
    graph.node("Add", &join(path, "added"), &[x, &row], vec![])
}

/// The layers for hints of a network on a pretrained encoder, and where they stand; nothing in a graph that
/// leaves hints out.
pub(super) struct Steering<'a> {
    layers: &'a HintLayers,
    path: String,
    /// The input with the points.
    points: String,
}

impl<'a> Steering<'a> {
    /// None where the network takes no hints, or the graph has none.
    pub fn new(
        graph: &mut GraphBuilder,
        path: &str,
        layers: Option<&'a HintLayers>,
    ) -> Option<Self> {
        let layers = layers.filter(|_| graph.is_steered())?;
        Some(Self {
            layers,
            path: join(path, "hints"),
            points: graph.input_maps(HINTS, 3),
        })
    }

    fn name(&self, part: &str) -> String {
        join(&self.path, part)
    }

    /// The deepest maps with what a palette says added.
    pub fn palette(&self, graph: &mut GraphBuilder, x: &str) -> String {
        palette(graph, &self.name("palette"), &self.layers.palette, x)
    }

    /// The maps of a level, 0 the deepest, with what points say added.
    pub fn points(&self, graph: &mut GraphBuilder, level: usize, x: &str) -> String {
        let path = self.name(&format!("points.{level}"));
        let name = |part: &str| join(&path, part);
        let sides = [HintLayers::SIDES[level]; 2];
        let window = vec![ints("kernel_shape", &sides), ints("strides", &sides)];
        let means = graph.node("AveragePool", &name("means"), &[&self.points], window);
        let mask = graph.integers("mask", &[2]);
        let planes = vec![int("axis", 1)];
        let known = graph.node("Gather", &name("known"), &[&means, &mask], planes);
        let faint = graph.floats("faint", &[1], &[HintLayers::FAINT as f32]);
        let known = graph.node("Add", &name("not_zero"), &[&known, &faint], vec![]);
        let planes = graph.node("Div", &name("planes"), &[&means, &known], vec![]);
        let loudness = graph.floats("loudness", &[1, 3, 1, 1], &HintLayers::LOUDNESS);
        let planes = graph.node("Mul", &name("louder"), &[&planes, &loudness], vec![]);
        let maps = self.layers.points[level].to_onnx(graph, &path, &planes);
        graph.node("Add", &name("added"), &[x, &maps], vec![])
    }

    /// Logits with what a palette says of each bin added.
    pub fn prior(&self, graph: &mut GraphBuilder, x: &str) -> String {
        let Some(weights) = &self.layers.prior else {
            return x.to_owned();
        };
        let path = self.name("prior");
        let name = |part: &str| join(&path, part);
        let bins = AbBins::count() as i64;
        let likeness = graph.floats(&name("likeness"), &[bins; 2], &AbBins::likenesses());
        let like = graph.node("MatMul", &name("like"), &[PALETTE, &likeness], vec![]);
        let rare = graph.floats("rare", &[1], &[HintLayers::RARE as f32]);
        let not_zero = graph.node("Add", &name("not_zero"), &[&like, &rare], vec![]);
        let there = graph.node("Div", &name("there"), &[&like, &not_zero], vec![]);
        // 0.5, or 0 without a palette
        let halves = graph.floats(&name("halves"), &[bins, 1], &vec![0.5; bins as usize]);
        let half = graph.node("MatMul", &name("half"), &[PALETTE, &halves], vec![]);
        let raised = graph.node("Sub", &name("signed"), &[&there, &half], vec![]);
        let weights = graph.parameter(&path, weights.val());
        let raised = graph.node("Mul", &name("raised"), &[&raised, &weights], vec![]);
        everywhere(graph, &path, &raised, x)
    }
}
