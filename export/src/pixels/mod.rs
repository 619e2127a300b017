//! The way of a photograph around its network, as part of the graph: the file takes and gives RGB
//! bytes, in any runtime.
//!
//! It is what `colorize_rt::Colorizer` does, stage by stage: lightness at full size, reduced, through
//! the network; its chroma enlarged and merged with the lightness that was left alone; chroma gives
//! way where both leave the gamut; rounding keeps the luminance.

mod colour;
mod gamut;
mod parity;
mod resize;
mod rounding;
mod sizes;
mod writer;

use std::collections::HashSet;

use colorize_rt::onnx::{
    DataType, Dimension, DimensionProto, GraphProto, ModelProto, NodeProto, TensorShapeProto,
    TensorTypeProto, TypeProto, ValueInfoProto,
};
use colorize_rt::{Contract, Input, InputKind, Output, OutputKind, Steering};

use crate::error::Error;
use crate::graph::{self, ints};
use colour::TO_RELATIVE_XYZ;
use gamut::Colour;
use resize::Resize;
use sizes::Sizes;
use writer::{PREFIX, Writer};

pub use parity::{PixelComparison, compare};

/// Names of the input and of the output, both `[batch, height, width, 3]` of bytes.
const INPUT: &str = "rgb";
const OUTPUT: &str = "colorized";

/// What a network's file takes and gives once the pixels are in the graph.
pub fn contract(network: &Contract) -> Contract {
    let mut contract = network.clone();
    contract.input = Input {
        tensor: INPUT.to_owned(),
        kind: InputKind::RgbBytes,
        scale: 1.0_f32.into(),
        offset: 0.0_f32.into(),
        zeros: Vec::new(),
    };
    contract.output = Output {
        tensor: OUTPUT.to_owned(),
        kind: OutputKind::RgbBytes,
        scale: 1.0_f32.into(),
        offset: 0.0_f32.into(),
    };
    contract.steering = Steering::default();
    contract
}

/// The contract of the network in a file, of which `network` says what it takes and gives by itself.
pub fn network_contract(file: &Contract, network: &Contract) -> Contract {
    let mut contract = file.clone();
    contract.input = network.input.clone();
    contract.output = network.output.clone();
    contract
}

/// Writes the pixels' part around a network that `contract` describes. Further outputs stay.
pub(crate) fn bundle(network: GraphProto, contract: &Contract) -> GraphProto {
    let GraphProto {
        node,
        initializer,
        output,
        ..
    } = apart(network, contract);
    let mut w = Writer::default();
    let photograph = Photograph::write(&mut w, INPUT);
    let sizes = Sizes::write(&mut w, INPUT, contract);
    let resize = Resize::write(&mut w, &sizes);
    let last = vec![ints("perm", &[0, 3, 1, 2])];
    let plane = w.with("Transpose", "plane", &[&photograph.response], last);
    let reduced = resize.reduce(&mut w, "reduced", &plane);
    network_input(&mut w, &reduced, &contract.input);
    w.graph.extend(node, initializer);

    let chroma = chroma(&mut w, NETWORK_OUTPUT, &contract.output);
    let chroma = resize.enlarge(&mut w, "chroma", &chroma);
    // From here on every pixel is by itself.
    let mut in_a_row = |name: &str, value: &str, planes: i64| {
        let shape = w.whole_list(&[0, planes, -1]);
        w.op("Reshape", &format!("{name}.in_a_row"), &[value, &shape])
    };
    let chroma = in_a_row("chroma", &chroma, 2);
    let luminance = in_a_row("luminance", &photograph.luminance, 1);
    let colour = Colour {
        response: &in_a_row("response", &photograph.response, 1),
        luminance: &luminance,
        chroma: &chroma,
    };
    let light = gamut::inside_gamut(&mut w, &colour);
    let bytes_in_a_row = rounding::bytes(&mut w, &light, &luminance);
    let last = w.op("Reshape", "colorized", &[&bytes_in_a_row, &sizes.shape]);

    let (mut node, initializer) = w.graph.into_parts();
    rename(&mut node, &last, OUTPUT);
    let probes = output.into_iter().skip(1);
    GraphProto {
        name: "colorizer".to_owned(),
        node,
        initializer,
        input: vec![bytes(INPUT)],
        output: std::iter::once(bytes(OUTPUT)).chain(probes).collect(),
        ..GraphProto::default()
    }
}

/// What the network in the graph takes and gives. Its own names may be those of the file's.
const NETWORK_INPUT: &str = "pixels.network.input";
const NETWORK_OUTPUT: &str = "network.output";

/// The network with those names.
fn apart(mut network: GraphProto, contract: &Contract) -> GraphProto {
    rename(&mut network.node, &contract.input.tensor, NETWORK_INPUT);
    rename(&mut network.node, &contract.output.tensor, NETWORK_OUTPUT);
    network
}

fn rename(nodes: &mut [NodeProto], from: &str, to: &str) {
    let values = nodes.iter_mut().flat_map(|node| {
        let inputs = node.input.iter_mut();
        inputs.chain(&mut node.output)
    });
    for value in values.filter(|value| *value == from) {
        to.clone_into(value);
    }
}

/// The photograph's own lightness, which nothing changes.
struct Photograph {
    /// Linear light relative to white, 0 to 1: `[batch, height, width, 1]`.
    luminance: String,
    /// CIELAB's response to it, from which L* is 116 · response - 16.
    response: String,
}

impl Photograph {
    fn write(w: &mut Writer, rgb: &str) -> Self {
        let light = w.light_of_codes("light", rgb);
        let weights = w.doubles("luminance.weights", &[3, 1], &TO_RELATIVE_XYZ[1]);
        let luminance = w.op("MatMul", "luminance", &[&light, &weights]);
        let response = w.response("response", &luminance);
        Self {
            luminance,
            response,
        }
    }
}

/// The network's input, of the response at its size.
fn network_input(w: &mut Writer, response: &str, input: &Input) -> String {
    let (scale, offset) = (input.scale.of(0), input.offset.of(0));
    match input.kind {
        InputKind::Gray => {
            let light = w.light_of_response("gray.light", response);
            let gray = w.codes_of_light("gray", &light);
            let gray = w.mul("network.gray", &gray, scale);
            w.add("network.input", &gray, offset)
        }
        // L* = 116 · response - 16
        _ => {
            let scaled = w.mul("lightness", response, 116.0 * scale);
            w.add("network.input", &scaled, offset - 16.0 * scale)
        }
    }
}

/// a* / 500 and -b* / 200 of what the network gives: by these the responses to X and Z differ from
/// that to Y.
fn chroma(w: &mut Writer, output: &str, contract: &Output) -> String {
    let scale = |plane| f64::from(contract.scale.of(plane));
    let offset = |plane| f64::from(contract.offset.of(plane));
    match contract.kind {
        OutputKind::Rgb => {
            let scales = [scale(0), scale(1), scale(2)];
            let offsets = [offset(0), offset(1), offset(2)];
            let scaled = affine(w, "painted.scaled", output, &scales, &offsets);
            let clipped = w.clip("painted.clipped", &scaled, [0.0, 255.0]);
            let painted = w.op("Round", "painted", &[&clipped]);
            let light = w.light_of_codes("painted.light", &painted);
            let xyz = w.matrix_of_maps("painted.xyz", &light, &TO_RELATIVE_XYZ);
            let responses = w.response("painted.responses", &xyz);
            let from_y = [[1.0, -1.0, 0.0], [0.0, -1.0, 1.0]];
            w.matrix_of_maps("painted.chroma", &responses, &from_y)
        }
        _ => {
            let scales = [scale(0) / 500.0, scale(1) / -200.0];
            let offsets = [offset(0) / 500.0, offset(1) / -200.0];
            affine(w, "network.chroma", output, &scales, &offsets)
        }
    }
}

/// Every plane of maps times its scale, and then its offset, where there is one.
fn affine(w: &mut Writer, name: &str, x: &str, scales: &[f64], offsets: &[f64]) -> String {
    let shape = [1, scales.len() as i64, 1, 1];
    let scales = w.doubles(&format!("{name}.scales"), &shape, scales);
    if offsets.iter().all(|&offset| offset == 0.0) {
        return w.op("Mul", name, &[x, &scales]);
    }
    let scaled = w.op("Mul", &format!("{name}.only"), &[x, &scales]);
    let offsets = w.doubles(&format!("{name}.offsets"), &shape, offsets);
    w.op("Add", name, &[&scaled, &offsets])
}

/// `[batch, height, width, 3]`
fn bytes(name: &str) -> ValueInfoProto {
    let symbolic = |name: &str| Dimension::Param(name.to_owned());
    let dim = [
        symbolic("batch"),
        symbolic("height"),
        symbolic("width"),
        Dimension::Value(3),
    ];
    let dim = dim.map(|value| DimensionProto { value: Some(value) });
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto {
            tensor_type: Some(TensorTypeProto {
                elem_type: DataType::Uint8.into(),
                shape: Some(TensorShapeProto { dim: dim.to_vec() }),
            }),
        }),
        ..ValueInfoProto::default()
    }
}

/// Whether a graph takes pixels.
pub(crate) fn are_in(graph: &GraphProto) -> bool {
    graph.node.iter().any(is_of_pixels)
}

fn is_of_pixels(node: &NodeProto) -> bool {
    node.name.starts_with(PREFIX)
}

/// The network alone, out of a file that takes pixels: its input and its output are those that the
/// rest of the graph gives and takes.
///
/// # Errors
/// The file does not take pixels.
pub fn network(model: &ModelProto) -> crate::Result<ModelProto> {
    let mut model = model.clone();
    let graph = graph_with_pixels(&mut model)?;
    graph.node.retain(|node| !is_of_pixels(node));
    let used: HashSet<&String> = graph.node.iter().flat_map(|node| &node.input).collect();
    graph
        .initializer
        .retain(|tensor| used.contains(&tensor.name));
    graph.input = vec![graph::floats(NETWORK_INPUT, None)];
    // Probes stay: they keep engines from merging nodes.
    let probes = graph.output.drain(..).skip(1);
    let output = std::iter::once(graph::floats(NETWORK_OUTPUT, None));
    graph.output = output.chain(probes).collect();
    Ok(model)
}

fn graph_with_pixels(model: &mut ModelProto) -> crate::Result<&mut GraphProto> {
    let graph = model.graph.as_mut().filter(|graph| are_in(graph));
    graph.ok_or_else(|| {
        Error::Options("this file was not made with --bundle-pixels, or is damaged".to_owned())
    })
}
