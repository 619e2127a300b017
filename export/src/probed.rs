//! A file whose nodes can be asked for what they made.

use colorize_rt::engine::{Builtin, Engine, OnnxRuntime};
use colorize_rt::onnx::{DataType, GraphProto, ModelProto, NodeProto};
use ndarray::{Array4, ArrayD, ArrayView4, ArrayViewD};
use prost::Message;

use crate::graph::{cast, floats};
use crate::options::Precision;

/// A graph with the values of some nodes as further outputs.
pub(crate) struct Probed {
    pub bytes: Vec<u8>,
    /// Names of the nodes, and of the outputs with their values in 32 bits.
    pub nodes: Vec<(String, String)>,
}

impl Probed {
    /// Of the nodes that `wanted` chooses, in the order of the graph.
    pub fn new(model: &ModelProto, wanted: impl Fn(&NodeProto) -> bool) -> Self {
        let mut model = model.clone();
        let mut nodes = Vec::new();
        if let Some(graph) = &mut model.graph {
            let chosen: Vec<NodeProto> = graph.node.iter().filter(|n| wanted(n)).cloned().collect();
            for node in chosen {
                let Some(value) = node.output.first() else {
                    continue;
                };
                let output = match is_narrow(graph, &node) {
                    true => widened(graph, value),
                    false => value.clone(),
                };
                if !graph.output.iter().any(|known| known.name == output) {
                    graph.output.push(floats(&output, None));
                }
                nodes.push((node.name.clone(), output));
            }
        }
        Self {
            bytes: model.encode_to_vec(),
            nodes,
        }
    }

    /// What each of the nodes made of the input and what is given beside it.
    pub fn run(
        &self,
        engine: &AnyEngine,
        input: ArrayView4<'_, f32>,
        given: &[(&str, ArrayViewD<'_, f32>)],
    ) -> crate::Result<Vec<ArrayD<f32>>> {
        let names: Vec<&str> = self.nodes.iter().map(|(_, output)| &**output).collect();
        engine.run_with(input, given, &names)
    }
}

/// An engine whose values can be asked for by name.
pub(crate) enum AnyEngine {
    Builtin(Box<Builtin>),
    OnnxRuntime(Box<OnnxRuntime>),
}

impl AnyEngine {
    /// ONNX Runtime where there is one, else the built-in engine.
    pub fn new(bytes: &[u8], onnxruntime: Option<&std::path::Path>) -> crate::Result<Self> {
        Ok(match onnxruntime {
            Some(library) => Self::OnnxRuntime(Box::new(OnnxRuntime::from_bytes(bytes, library)?)),
            None => Self::Builtin(Box::new(Builtin::from_bytes(bytes)?)),
        })
    }

    pub fn run_with(
        &self,
        input: ArrayView4<'_, f32>,
        given: &[(&str, ArrayViewD<'_, f32>)],
        names: &[&str],
    ) -> crate::Result<Vec<ArrayD<f32>>> {
        Ok(self.engine().run_with(input, given, names)?)
    }

    /// Of a file that takes pixels: what it gives, and values of these names.
    pub fn run_pixels(
        &self,
        pixels: ArrayView4<'_, u8>,
        names: &[&str],
    ) -> crate::Result<(Array4<u8>, Vec<ArrayD<f32>>)> {
        Ok(match self {
            Self::Builtin(engine) => (
                engine.run_pixels(pixels)?,
                engine.run_named_on_pixels(pixels, names)?,
            ),
            Self::OnnxRuntime(engine) => (
                engine.run_pixels(pixels)?,
                engine.run_named_on_pixels(pixels, names)?,
            ),
        })
    }

    pub fn name(&self) -> &str {
        self.engine().name()
    }

    fn engine(&self) -> &dyn Engine {
        match self {
            Self::Builtin(engine) => engine.as_ref(),
            Self::OnnxRuntime(engine) => engine.as_ref(),
        }
    }
}

/// In what a graph's numbers are kept and computed.
pub(crate) fn precision(graph: &GraphProto) -> Precision {
    if !graph.initializer.iter().any(is_half) {
        return Precision::F32;
    }
    let halves: Vec<&str> = graph
        .initializer
        .iter()
        .filter(|tensor| is_half(tensor))
        .map(|tensor| &*tensor.name)
        .collect();
    let computes = |node: &NodeProto| {
        node.op_type != "Cast" && node.input.iter().any(|name| halves.contains(&&**name))
    };
    match graph.node.iter().any(computes) {
        true => Precision::F16,
        false => Precision::F16Weights,
    }
}

fn is_half(tensor: &colorize_rt::onnx::TensorProto) -> bool {
    tensor.data_type == i32::from(DataType::Float16)
}

/// Whether a convolution computes in 16 bits: its weight says so.
fn is_narrow(graph: &GraphProto, node: &NodeProto) -> bool {
    let weight = node.input.get(1);
    let mut constants = graph.initializer.iter();
    constants.any(|tensor| Some(&tensor.name) == weight && is_half(tensor))
}

/// Adds a value's form of 32 bits.
fn widened(graph: &mut GraphProto, value: &str) -> String {
    let output = format!("{value}.probe");
    graph.node.push(cast(value, &output, DataType::Float));
    output
}
