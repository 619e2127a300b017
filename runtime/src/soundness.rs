//! Whether a graph is one that an engine can be trusted with: engines end the process where memory
//! or the stack does, so what would exhaust them is found before.
//!
//! Sizes that a graph computes while it runs are not seen here: docs/security.md says what that means.

use std::collections::{HashMap, VecDeque};

use crate::error::{Error, Result};
use crate::onnx::{AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto};

/// Nodes one after the other, of which engines keep track by recursion. The deepest colorizers known
/// have a thousand.
const MOST_DEEP: usize = 4096;
/// Values that a node may make of a shape that stands in the file: 256 MiB of floats.
const MOST_VALUES: f64 = (1 << 26) as f64;
/// How many times as large as what goes in a node may make it by factors that stand in the file.
const MOST_GROWTH: f64 = 4096.0;

/// Checks a network's file of `bytes` bytes.
pub(crate) fn check(model: &ModelProto, bytes: usize) -> Result<()> {
    let Some(graph) = &model.graph else {
        return Ok(());
    };
    for tensor in &graph.initializer {
        check_tensor(tensor, bytes)?;
    }
    let nodes = graph.node.iter();
    for attribute in nodes.flat_map(|node| &node.attribute) {
        attribute
            .t
            .iter()
            .try_for_each(|tensor| check_tensor(tensor, bytes))?;
    }
    check_order(graph)?;
    let constants = Constants::of(graph);
    graph.node.iter().try_for_each(|node| constants.check(node))
}

fn unsound(problem: String) -> Error {
    Error::model(
        format!("this network cannot be run: {problem}"),
        "export it again, and take files only from those whom you trust",
    )
}

/// A tensor has no more values than the file could hold, at two to a byte.
fn check_tensor(tensor: &TensorProto, bytes: usize) -> Result<()> {
    let most = 2.0 * bytes as f64;
    let count: f64 = tensor.dims.iter().map(|n| *n as f64).product();
    let negative = tensor.dims.iter().any(|n| *n < 0);
    if negative || count > most {
        let problem = format!(
            "the weights `{}` say that they are {:?}",
            tensor.name, tensor.dims
        );
        return Err(unsound(problem));
    }
    Ok(())
}

/// Every value comes from somewhere, none from itself, and none from too far.
fn check_order(graph: &GraphProto) -> Result<()> {
    let mut depths: HashMap<&str, usize> = HashMap::new();
    let inputs = graph.input.iter().map(|input| input.name.as_str());
    let weights = graph.initializer.iter().map(|tensor| tensor.name.as_str());
    depths.extend(inputs.chain(weights).map(|name| (name, 0)));
    let made = graph.node.iter().flat_map(|node| &node.output);
    let made: std::collections::HashSet<&str> = made.map(String::as_str).collect();
    let mut takers: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut missing: Vec<usize> = vec![0; graph.node.len()];
    for (index, node) in graph.node.iter().enumerate() {
        for input in node.input.iter().filter(|name| !name.is_empty()) {
            if depths.contains_key(input.as_str()) {
                continue;
            }
            if !made.contains(input.as_str()) {
                let problem = format!("nothing makes `{input}`, which `{}` takes", node.name);
                return Err(unsound(problem));
            }
            takers.entry(input).or_default().push(index);
            missing[index] += 1;
        }
    }
    let ready = (0..graph.node.len()).filter(|index| missing[*index] == 0);
    let mut ready: VecDeque<usize> = ready.collect();
    let mut done = 0;
    while let Some(index) = ready.pop_front() {
        let node = &graph.node[index];
        let known = node
            .input
            .iter()
            .filter_map(|name| depths.get(name.as_str()));
        let depth = known.max().copied().unwrap_or(0) + 1;
        if depth > MOST_DEEP {
            let problem = format!("more than {MOST_DEEP} operations follow one another");
            return Err(unsound(problem));
        }
        done += 1;
        for output in node.output.iter().filter(|name| !name.is_empty()) {
            if depths.insert(output, depth).is_some() {
                return Err(unsound(format!("`{output}` is made twice")));
            }
            for taker in takers.remove(output.as_str()).unwrap_or_default() {
                missing[taker] -= 1;
                if missing[taker] == 0 {
                    ready.push_back(taker);
                }
            }
        }
    }
    if done < graph.node.len() {
        return Err(unsound("a value is made of itself".to_owned()));
    }
    Ok(())
}

/// Small tensors of numbers that stand in the file, by name.
struct Constants<'a>(HashMap<&'a str, &'a TensorProto>);

impl<'a> Constants<'a> {
    fn of(graph: &'a GraphProto) -> Self {
        let weights = graph.initializer.iter();
        let mut constants: HashMap<_, _> = weights.map(|one| (one.name.as_str(), one)).collect();
        for node in graph.node.iter().filter(|node| node.op_type == "Constant") {
            let tensor = node.attribute.iter().find_map(|one| one.t.as_ref());
            constants.extend(node.output.first().map(String::as_str).zip(tensor));
        }
        Constants(constants)
    }

    /// What an input of a node is, where that stands in the file.
    fn numbers(&self, node: &NodeProto, input: usize) -> Vec<f64> {
        let tensor = node
            .input
            .get(input)
            .and_then(|name| self.0.get(name.as_str()));
        tensor.map(|tensor| numbers(tensor)).unwrap_or_default()
    }

    fn check(&self, node: &NodeProto) -> Result<()> {
        let ints = |attribute: Option<&AttributeProto>| -> Vec<f64> {
            let ints = attribute.map(|one| one.ints.as_slice()).unwrap_or_default();
            ints.iter().map(|n| *n as f64).collect()
        };
        let shapes = match node.op_type.as_str() {
            "ConstantOfShape" => vec![self.numbers(node, 0)],
            "Expand" | "Reshape" => vec![self.numbers(node, 1)],
            "Resize" => vec![self.numbers(node, 3)],
            "RandomNormal" | "RandomUniform" => vec![ints(node.attribute("shape"))],
            _ => Vec::new(),
        };
        let factors = match node.op_type.as_str() {
            "Tile" | "Upsample" => self.numbers(node, 1),
            "Resize" => self.numbers(node, 2),
            "ConvTranspose" => ints(node.attribute("strides")),
            _ => Vec::new(),
        };
        let margins = match node.op_type.as_str() {
            "Pad" => self.numbers(node, 1),
            "Conv" | "MaxPool" | "AveragePool" | "ConvTranspose" => ints(node.attribute("pads")),
            _ => Vec::new(),
        };
        // -1 and 0 stand for an extent that is known otherwise.
        let product = |values: &[f64]| values.iter().map(|n| n.abs().max(1.0)).product::<f64>();
        let too_large = shapes.iter().any(|shape| product(shape) > MOST_VALUES)
            || product(&factors) > MOST_GROWTH
            || margins.iter().any(|margin| margin.abs() > MOST_GROWTH);
        if too_large {
            let problem = format!("`{}` ({}) would make too much", node.name, node.op_type);
            return Err(unsound(problem));
        }
        Ok(())
    }
}

/// The values of a tensor as far as they count: extents along a few axes.
fn numbers(tensor: &TensorProto) -> Vec<f64> {
    const MOST: usize = 32;
    const INT64: i32 = crate::onnx::DataType::Int64 as i32;
    const FLOAT: i32 = crate::onnx::DataType::Float as i32;
    let raw = tensor.raw_data.as_slice();
    match tensor.data_type {
        INT64 => raw
            .as_chunks::<8>()
            .0
            .iter()
            .map(|bytes| i64::from_le_bytes(*bytes) as f64)
            .chain(tensor.int64_data.iter().map(|n| *n as f64))
            .take(MOST)
            .collect(),
        FLOAT => raw
            .as_chunks::<4>()
            .0
            .iter()
            .map(|bytes| f64::from(f32::from_le_bytes(*bytes)))
            .chain(tensor.float_data.iter().map(|n| f64::from(*n)))
            .take(MOST)
            .collect(),
        _ => Vec::new(),
    }
}
