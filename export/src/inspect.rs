//! What an ONNX file says of itself, and what can be counted.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use colorize_rt::onnx::{DataType, GraphProto, ModelProto, NodeProto};
use colorize_rt::{Contract, SizeRule};
use ndarray::{Array4, ArrayD};
use prost::Message;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::pixels;
use crate::probed::{AnyEngine, Probed, precision};

/// A file, taken apart.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// Keys and values of the contract; empty where the file has none.
    pub contract: BTreeMap<String, String>,
    /// Why there is no contract, or why it does not hold.
    pub contract_error: Option<String>,
    /// Bytes of the file.
    pub bytes: usize,
    /// Numbers of all constants of floats.
    pub parameters: u64,
    /// Of the network, for one picture of the working size; None where the built-in engine cannot run the file.
    pub multiply_adds: Option<u64>,
    /// `f32`, `f16-weights` or `f16`.
    pub precision: String,
    /// Version of the operators.
    pub opset: i64,
    /// What wrote the file.
    pub producer: String,
    /// Nodes by operator.
    pub operators: BTreeMap<String, usize>,
    /// SHA-256 of the whole file.
    pub sha256: String,
    /// SHA-256 of the constants alone, by name.
    pub weights_sha256: String,
}

/// Looks at a file's bytes.
///
/// # Errors
/// They are no ONNX file.
pub fn inspect(bytes: &[u8]) -> crate::Result<Inspection> {
    let model = ModelProto::decode(bytes)
        .map_err(|problem| Error::Options(format!("no ONNX file: {problem}")))?;
    let graph = model
        .graph
        .as_ref()
        .ok_or_else(|| Error::Options("no ONNX file: it has no graph".to_owned()))?;
    let contract = Contract::from_onnx(&model);
    let mut operators = BTreeMap::new();
    for node in &graph.node {
        *operators.entry(node.op_type.clone()).or_default() += 1;
    }
    let multiply_adds = contract.as_ref().ok().and_then(|contract| {
        let side = contract.working_size.next_multiple_of(32) as usize;
        let network = match contract.takes_pixels() {
            true => pixels::network(&model).ok()?,
            false => model.clone(),
        };
        multiply_adds(&network, network.graph.as_ref()?, side).ok()
    });
    let pairs = contract.as_ref().map(Contract::to_metadata);
    Ok(Inspection {
        contract: pairs.unwrap_or_default().into_iter().collect(),
        contract_error: contract.err().map(|error| error.to_string()),
        bytes: bytes.len(),
        parameters: parameters(graph),
        multiply_adds,
        precision: precision(graph).to_string(),
        opset: model.opset_import.first().map_or(0, |set| set.version),
        producer: format!("{} {}", model.producer_name, model.producer_version),
        operators,
        sha256: hex(&Sha256::digest(bytes)),
        weights_sha256: weights_hash(graph),
    })
}

/// The only side that a file takes, where it takes but one.
pub fn side(bytes: &[u8]) -> Option<usize> {
    match Contract::from_bytes(bytes).ok()?.size {
        SizeRule::Fixed { height, .. } => Some(height as usize),
        _ => None,
    }
}

fn parameters(graph: &GraphProto) -> u64 {
    let floats = [DataType::Float, DataType::Float16].map(i32::from);
    let tensors = graph.initializer.iter();
    let of_floats = tensors.filter(|tensor| floats.contains(&tensor.data_type));
    of_floats
        .map(|tensor| {
            tensor
                .dims
                .iter()
                .map(|&extent| extent as u64)
                .product::<u64>()
        })
        .sum()
}

/// Counted from the shapes that the values really have: convolutions and matrix products.
fn multiply_adds(model: &ModelProto, graph: &GraphProto, side: usize) -> crate::Result<u64> {
    let needed = needed(graph);
    let counts = |node: &NodeProto| {
        ["Conv", "MatMul"].contains(&&*node.op_type) && needed.contains(&*node.name)
    };
    let producers = |node: &NodeProto| {
        let feeds = |other: &NodeProto| {
            other.op_type == "MatMul" && other.input.first() == node.output.first()
        };
        counts(node) || graph.node.iter().any(feeds)
    };
    let probed = Probed::new(model, producers);
    let engine = AnyEngine::new(&probed.bytes, None)?;
    let values = probed.run(&engine, Array4::zeros([1, 1, side, side]).view(), &[])?;
    let shapes: BTreeMap<&str, &[usize]> = probed
        .nodes
        .iter()
        .map(|(name, _)| &**name)
        .zip(values.iter().map(ArrayD::shape))
        .collect();
    let constants = |name: &str| graph.initializer.iter().find(|tensor| tensor.name == name);
    let each = |node: &NodeProto| {
        let made: usize = shapes
            .get(&*node.name)
            .map_or(0, |shape| shape.iter().product());
        let inner: usize = match &*node.op_type {
            // Through a Cast, the weight still has its name.
            "Conv" => node
                .input
                .get(1)
                .and_then(|name| constants(name.trim_end_matches(".f32")))
                .map_or(0, |weight| {
                    weight.dims[1..].iter().map(|&d| d as usize).product()
                }),
            _ => {
                let name = |place: usize| node.input.get(place).map_or("", |name| name.as_str());
                let made = shapes.get(name(0)).and_then(|shape| shape.last().copied());
                // What a person gives is multiplied by a weight.
                let weight = constants(name(1).trim_end_matches(".f32"));
                let weight = weight.and_then(|weight| weight.dims.first());
                made.or(weight.map(|&rows| rows as usize)).unwrap_or(0)
            }
        };
        (made * inner) as u64
    };
    Ok(graph
        .node
        .iter()
        .filter(|node| counts(node))
        .map(each)
        .sum())
}

/// The nodes on the way to the first output: what is given beside the colours is not counted.
fn needed(graph: &GraphProto) -> HashSet<&str> {
    let first = graph.output.first().map(|output| output.name.as_str());
    let mut values: HashSet<&str> = first.into_iter().collect();
    let mut nodes = HashSet::new();
    for node in graph.node.iter().rev() {
        if node
            .output
            .iter()
            .any(|name| values.contains(name.as_str()))
        {
            nodes.insert(node.name.as_str());
            values.extend(node.input.iter().map(String::as_str));
        }
    }
    nodes
}

fn weights_hash(graph: &GraphProto) -> String {
    let mut tensors: Vec<_> = graph.initializer.iter().collect();
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    let mut hash = Sha256::new();
    for tensor in tensors {
        hash.update(tensor.name.as_bytes());
        hash.update(&tensor.raw_data);
    }
    hex(&hash.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |key: &str, value: &dyn fmt::Display| writeln!(f, "{key:<28} {value}");
        for (key, value) in &self.contract {
            row(key, value)?;
        }
        if let Some(error) = &self.contract_error {
            row("contract", error)?;
        }
        row("bytes", &self.bytes)?;
        row("parameters", &self.parameters)?;
        match self.multiply_adds {
            Some(count) => row("multiply-adds", &format!("{count} at the working size"))?,
            None => row(
                "multiply-adds",
                &"not counted: the built-in engine cannot run it",
            )?,
        }
        row("precision", &self.precision)?;
        row("opset", &self.opset)?;
        row("producer", &self.producer)?;
        let operators = self.operators.iter();
        let operators = operators.map(|(name, count)| format!("{count} {name}"));
        row("operators", &operators.collect::<Vec<_>>().join(", "))?;
        row("sha256", &self.sha256)?;
        row("sha256 of the weights", &self.weights_sha256)
    }
}
