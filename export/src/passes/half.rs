//! 16 bits in place of 32.

use std::collections::HashSet;

use colorize_rt::onnx::{DataType, GraphProto, NodeProto, TensorProto};
use half::f16;

use super::is_constant;
use crate::graph::cast;

/// Of the numbers in all weights, this part stays in 32 bits: the smallest weights. Those of a network's
/// first layers are among them, whose rounding every later layer sees; on the shipped network nine tenths
/// of the difference came from them.
const KEPT: usize = 50;

/// Keeps each weight in 16 bits, under its name; a Cast widens it, which engines do once when they
/// load the file. Biases are few, and stay as they are, and so do the smallest weights.
pub(super) fn weights(graph: &mut GraphProto) {
    let mut widened = Vec::new();
    let kept = smallest_weights(graph);
    for tensor in &mut graph.initializer {
        if is_weight(tensor) && !kept.contains(&tensor.name) {
            narrow(tensor);
            widened.push(tensor.name.clone());
        }
    }
    let wide = |name: &str| format!("{name}.f32");
    for node in &mut graph.node {
        for input in &mut node.input {
            if widened.contains(input) {
                *input = wide(input);
            }
        }
    }
    let casts = widened
        .iter()
        .map(|name| cast(name, &wide(name), DataType::Float));
    graph.node.splice(0..0, casts.collect::<Vec<_>>());
}

/// The names of the smallest weights, which are a fiftieth of all numbers together.
fn smallest_weights(graph: &GraphProto) -> HashSet<String> {
    let weights = graph.initializer.iter().filter(|tensor| is_weight(tensor));
    let mut sizes: Vec<(usize, &str)> = weights
        .map(|tensor| (tensor.raw_data.len(), tensor.name.as_str()))
        .collect();
    sizes.sort_unstable();
    let most = sizes.iter().map(|(size, _)| size).sum::<usize>() / KEPT;
    let together = sizes.iter().scan(0, |sum, &(size, name)| {
        *sum += size;
        Some((*sum, name))
    });
    let few = together.take_while(|&(sum, _)| sum <= most);
    few.map(|(_, name)| name.to_owned()).collect()
}

fn is_weight(tensor: &TensorProto) -> bool {
    tensor.data_type == i32::from(DataType::Float) && tensor.name.ends_with(".weight")
}

/// Lets most nodes compute in 16 bits: all but the first layers, the last convolution, softmax, and what
/// makes a colour of its shares. The graph still takes and gives 32.
pub(super) fn whole(graph: &mut GraphProto) {
    let nodes = std::mem::take(&mut graph.node);
    let mut writer = Writer {
        wide: graph.input.iter().map(|v| v.name.clone()).collect(),
        cast: HashSet::new(),
        nodes: Vec::with_capacity(nodes.len()),
    };
    for mut node in nodes {
        let is_wide = computes_wide(&node);
        for (place, input) in node.input.iter_mut().enumerate() {
            // The scales of Resize have 32 bits always.
            let scales = node.op_type == "Resize" && place == 2;
            if input.is_empty() || scales || writer.shapes_or_integers(graph, input) {
                continue;
            }
            *input = match is_constant(graph, input) {
                true if is_wide => input.clone(),
                true => narrow_constant(graph, input),
                false => writer.value(input, is_wide),
            };
        }
        let outputs = graph.output.iter();
        let given = outputs.map(|v| v.name.as_str());
        let output = node.output[0].clone();
        if !is_wide && given.clone().any(|name| name == output) {
            // What the graph gives has 32 bits.
            node.output[0] = format!("{output}.f16");
            let mut back = cast(&node.output[0], &output, DataType::Float);
            back.name = format!("{output}.f32");
            writer.cast.insert(node.output[0].clone());
            writer.nodes.extend([node, back]);
            writer.wide.insert(output);
            continue;
        }
        if is_wide {
            writer.wide.insert(output);
        }
        writer.nodes.push(node);
    }
    graph.node = writer.nodes;
    drop_unused(graph);
}

/// Nodes are added in order, with casts where a value has the other width.
struct Writer {
    nodes: Vec<NodeProto>,
    /// Values of 32 bits.
    wide: HashSet<String>,
    /// Values that there are already in the other width.
    cast: HashSet<String>,
}

impl Writer {
    /// The name of a value in the width that is wanted.
    fn value(&mut self, name: &str, wide: bool) -> String {
        if self.wide.contains(name) == wide {
            return name.to_owned();
        }
        let (other, kind) = match wide {
            true => (format!("{name}.f32"), DataType::Float),
            false => (format!("{name}.f16"), DataType::Float16),
        };
        if self.cast.insert(other.clone()) {
            self.nodes.push(cast(name, &other, kind));
        }
        other
    }

    fn shapes_or_integers(&self, graph: &GraphProto, name: &str) -> bool {
        let mut constants = graph.initializer.iter();
        let integer = |t: &TensorProto| t.name == name && t.data_type == i32::from(DataType::Int64);
        let shape = |n: &NodeProto| n.op_type == "Shape" && n.output.iter().any(|o| o == name);
        constants.any(integer) || self.nodes.iter().any(shape)
    }
}

/// The ends of the network, which cost little and whose rounding is seen most: the photograph's way into
/// the encoder, whose error every later layer takes in (without it, pixels are 3 of 255 off in tract);
/// and, from the last convolution on, logits, of which a step of 16 bits is a percent of a share, and
/// sums over many small shares.
fn computes_wide(node: &NodeProto) -> bool {
    const ENDS: [&str; 5] = [
        "gray",
        "encoder.stem",
        "encoder.blocks.0",
        "hints.prior",
        "output",
    ];
    let path = node.name.as_str();
    let is_of = |part: &&str| {
        path.strip_prefix(*part)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    node.op_type == "Softmax" || ENDS.iter().any(is_of)
}

/// The 16-bit form of a constant, which is added where it is missing.
fn narrow_constant(graph: &mut GraphProto, name: &str) -> String {
    let narrowed = format!("{name}.f16");
    if !is_constant(graph, &narrowed) {
        let found = graph.initializer.iter().find(|tensor| tensor.name == name);
        if let Some(mut tensor) = found.cloned() {
            narrow(&mut tensor);
            tensor.name.clone_from(&narrowed);
            graph.initializer.push(tensor);
        }
    }
    narrowed
}

/// Constants that no node takes any more, and then the names of those that are left without a twin.
fn drop_unused(graph: &mut GraphProto) {
    let used = |name: &str, nodes: &[NodeProto]| {
        nodes
            .iter()
            .any(|node| node.input.iter().any(|i| i == name))
    };
    let nodes = &graph.node;
    graph.initializer.retain(|tensor| used(&tensor.name, nodes));
    let known: HashSet<String> = graph.initializer.iter().map(|t| t.name.clone()).collect();
    for tensor in &mut graph.initializer {
        let Some(plain) = tensor.name.strip_suffix(".f16").map(str::to_owned) else {
            continue;
        };
        if known.contains(&plain) {
            continue;
        }
        for input in graph.node.iter_mut().flat_map(|node| &mut node.input) {
            if *input == tensor.name {
                input.clone_from(&plain);
            }
        }
        tensor.name = plain;
    }
}

fn narrow(tensor: &mut TensorProto) {
    let (values, _) = tensor.raw_data.as_chunks::<4>();
    let halves = values
        .iter()
        .flat_map(|&value| f16::from_f32(f32::from_le_bytes(value)).to_le_bytes());
    tensor.raw_data = halves.collect();
    tensor.data_type = DataType::Float16.into();
}
