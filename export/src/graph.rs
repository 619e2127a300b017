//! A page that builds an ONNX graph.

use burn::tensor::Tensor;
use colorize_rt::onnx::{
    AttributeKind, AttributeProto, DataType, Dimension, DimensionProto, GraphProto, ModelProto,
    NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto,
};

/// The operators' version. 17 is understood by every ONNX Runtime since 1.12.
const OPSET: i64 = 17;
/// The file format's version that came with it.
const IR_VERSION: i64 = 8;

/// Collects nodes and constants; a value has the name of the node that makes it.
#[derive(Debug, Default)]
pub struct GraphBuilder {
    nodes: Vec<NodeProto>,
    initializers: Vec<TensorProto>,
    /// Beside the first.
    inputs: Vec<ValueInfoProto>,
    /// Outputs beside those that [`finish`](Self::finish) is given.
    offered: Vec<Output>,
    /// Whether there are to be none of either.
    plain: bool,
}

impl GraphBuilder {
    /// Adds a node and gives the name of its output, which is the node's own.
    pub fn node(
        &mut self,
        operator: &str,
        name: &str,
        inputs: &[&str],
        attributes: Vec<AttributeProto>,
    ) -> String {
        self.nodes.push(NodeProto {
            name: name.to_owned(),
            op_type: operator.to_owned(),
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![name.to_owned()],
            attribute: attributes,
            ..NodeProto::default()
        });
        name.to_owned()
    }

    /// Lets networks leave out their inputs for hints, and outputs beside the colours.
    pub fn leave_out_steering(&mut self) {
        self.plain = true;
    }

    /// Whether networks have inputs for hints, and outputs beside the colours.
    pub fn is_steered(&self) -> bool {
        !self.plain
    }

    /// Adds an input beside the first: maps `[batch, channels, height, width]`; gives its name.
    pub fn input_maps(&mut self, name: &str, channels: usize) -> String {
        self.inputs.push(Output::maps("", name, channels).info());
        name.to_owned()
    }

    /// Adds an input of one row a picture: `[batch, channels]`; gives its name.
    pub fn input_rows(&mut self, name: &str, channels: usize) -> String {
        self.inputs.push(Output::rows("", name, channels).info());
        name.to_owned()
    }

    /// Adds an output beside the main one.
    pub fn offer(&mut self, output: Output) {
        self.offered.push(output);
    }

    /// Adds a parameter.
    pub fn parameter<const D: usize>(&mut self, name: &str, tensor: Tensor<D>) -> String {
        let shape = tensor.dims().map(|extent| extent as i64);
        let values: Vec<f32> = tensor.into_data().iter::<f32>().collect();
        self.floats(name, &shape, &values)
    }

    /// Adds a constant of floats.
    pub fn floats(&mut self, name: &str, shape: &[i64], values: &[f32]) -> String {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(name, shape, DataType::Float, bytes)
    }

    /// Adds a constant that is one integer, not a list.
    pub fn integer(&mut self, name: &str, value: i64) -> String {
        let bytes = value.to_le_bytes().to_vec();
        self.constant(name, &[], DataType::Int64, bytes)
    }

    /// Adds a constant list of integers.
    pub fn integers(&mut self, name: &str, values: &[i64]) -> String {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(name, &[values.len() as i64], DataType::Int64, bytes)
    }

    /// A constant that several nodes share is kept once.
    fn constant(&mut self, name: &str, shape: &[i64], kind: DataType, bytes: Vec<u8>) -> String {
        if !self.initializers.iter().any(|known| known.name == name) {
            self.initializers.push(TensorProto {
                name: name.to_owned(),
                dims: shape.to_vec(),
                data_type: kind.into(),
                raw_data: bytes,
                ..TensorProto::default()
            });
        }
        name.to_owned()
    }

    /// Adds nodes and constants that another builder made. Names must differ from those here.
    pub(crate) fn extend(&mut self, nodes: Vec<NodeProto>, initializers: Vec<TensorProto>) {
        self.nodes.extend(nodes);
        self.initializers.extend(initializers);
    }

    /// All nodes and constants, for a graph of another form than [`finish`](Self::finish) gives.
    pub(crate) fn into_parts(self) -> (Vec<NodeProto>, Vec<TensorProto>) {
        (self.nodes, self.initializers)
    }

    /// The graph with its first input, `[batch, channels, height, width]`, of which all but the
    /// channels are symbolic, and its first outputs.
    pub fn finish(mut self, name: &str, input: (&str, usize), outputs: &[Output]) -> ModelProto {
        let mut inputs = vec![Output::maps("", input.0, input.1).info()];
        inputs.append(&mut self.inputs);
        let outputs = [outputs, &self.offered].concat();
        let values = self.nodes.iter_mut().flat_map(|node| {
            let inputs = node.input.iter_mut();
            inputs.chain(&mut node.output)
        });
        for value in values {
            if let Some(output) = outputs.iter().find(|output| output.value == *value) {
                value.clone_from(&output.name);
            }
        }
        ModelProto {
            ir_version: IR_VERSION,
            producer_name: "colorize-rt".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            opset_import: vec![OperatorSetIdProto {
                version: OPSET,
                ..OperatorSetIdProto::default()
            }],
            graph: Some(GraphProto {
                name: name.to_owned(),
                node: self.nodes,
                initializer: self.initializers,
                input: inputs,
                output: outputs.iter().map(Output::info).collect(),
                ..GraphProto::default()
            }),
            ..ModelProto::default()
        }
    }
}

/// An output of a graph, and the value that becomes it.
#[derive(Clone, Debug)]
pub struct Output {
    value: String,
    name: String,
    shape: Vec<Dimension>,
}

impl Output {
    /// Maps `[batch, channels, height, width]`, as large as the input's.
    pub fn maps(value: &str, name: &str, channels: usize) -> Self {
        Self::new(value, name, channels, ["height", "width"])
    }

    /// Maps of another size than the input's.
    pub fn smaller_maps(value: &str, name: &str, channels: usize) -> Self {
        let [height, width] = ["height", "width"].map(|axis| format!("{name}_{axis}"));
        Self::new(value, name, channels, [&height, &width])
    }

    /// One row a picture: `[batch, channels]`.
    pub fn rows(value: &str, name: &str, channels: usize) -> Self {
        let mut rows = Self::maps(value, name, channels);
        rows.shape.truncate(2);
        rows
    }

    fn new(value: &str, name: &str, channels: usize, [height, width]: [&str; 2]) -> Self {
        let symbolic = |name: &str| Dimension::Param(name.to_owned());
        Self {
            value: value.to_owned(),
            name: name.to_owned(),
            shape: vec![
                symbolic("batch"),
                Dimension::Value(channels as i64),
                symbolic(height),
                symbolic(width),
            ],
        }
    }

    fn info(&self) -> ValueInfoProto {
        let dim = self.shape.iter().cloned();
        let dim = dim.map(|value| DimensionProto { value: Some(value) });
        floats(&self.name, Some(TensorShapeProto { dim: dim.collect() }))
    }
}

/// A value of 32-bit floats, with its shape where that is known.
pub(crate) fn floats(name: &str, shape: Option<TensorShapeProto>) -> ValueInfoProto {
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto {
            tensor_type: Some(TensorTypeProto {
                elem_type: DataType::Float.into(),
                shape,
            }),
        }),
        ..ValueInfoProto::default()
    }
}

/// A node that gives the value `from` in another type, as `to`, which is also its name.
pub(crate) fn cast(from: &str, to: &str, kind: DataType) -> NodeProto {
    NodeProto {
        name: to.to_owned(),
        op_type: "Cast".to_owned(),
        input: vec![from.to_owned()],
        output: vec![to.to_owned()],
        attribute: vec![int("to", i64::from(i32::from(kind)))],
        ..NodeProto::default()
    }
}

/// An attribute that is an integer.
pub fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        i: Some(value),
        kind: AttributeKind::Int.into(),
        ..AttributeProto::default()
    }
}

/// An attribute that is a number.
pub(crate) fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        f: Some(value),
        kind: AttributeKind::Float.into(),
        ..AttributeProto::default()
    }
}

/// An attribute that is a list of integers.
pub fn ints(name: &str, values: &[usize]) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        ints: values.iter().map(|&v| v as i64).collect(),
        kind: AttributeKind::Ints.into(),
        ..AttributeProto::default()
    }
}

/// An attribute that is a word.
pub(crate) fn word(name: &str, value: &str) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        s: Some(value.as_bytes().to_vec()),
        kind: AttributeKind::String.into(),
        ..AttributeProto::default()
    }
}
