//! Where a graph is cut.

use std::collections::{HashMap, HashSet};

use half::f16;
use rten::{Model, NodeId};

use super::depthwise::Depthwise;
use super::operation::Operation;
use crate::onnx::{DataType, GraphProto, NodeProto, TensorProto};

/// The most pieces: each takes a look at the whole graph, of which a file may have any number of nodes.
const MOST: usize = 64;

/// A graph while it is cut.
pub(super) struct Cut<'a> {
    graph: &'a GraphProto,
    model: &'a Model,
    initializers: HashMap<&'a str, &'a TensorProto>,
    /// Which node makes a value.
    makers: HashMap<&'a str, usize>,
    /// Which nodes take it.
    takers: HashMap<&'a str, Vec<usize>>,
    /// Nodes whose values are the same whatever goes in.
    constant: HashSet<usize>,
}

/// An operation of ours in a graph.
pub(super) struct Found<'a> {
    /// The nodes that it takes the place of.
    pub nodes: Vec<usize>,
    pub from: &'a str,
    pub to: &'a str,
    pub operation: Operation,
}

impl<'a> Cut<'a> {
    /// Nothing for graphs that cannot be cut.
    pub fn of(graph: &'a GraphProto, model: &'a Model) -> Option<Self> {
        // Graphs inside a node take values that it does not name.
        let nested = |node: &NodeProto| matches!(&*node.op_type, "If" | "Loop" | "Scan");
        if graph.node.iter().any(nested) {
            return None;
        }
        let (mut makers, mut takers) = (HashMap::new(), HashMap::<_, Vec<usize>>::new());
        let initializers: HashMap<_, _> = graph
            .initializer
            .iter()
            .map(|one| (one.name.as_str(), one))
            .collect();
        let mut fixed: HashSet<&str> = initializers.keys().copied().chain([""]).collect();
        let mut constant = HashSet::new();
        for (index, node) in graph.node.iter().enumerate() {
            for input in &node.input {
                takers.entry(input.as_str()).or_default().push(index);
            }
            let outputs = node.output.iter().map(String::as_str);
            makers.extend(outputs.clone().map(|output| (output, index)));
            if node
                .input
                .iter()
                .all(|input| fixed.contains(input.as_str()))
            {
                constant.insert(index);
                fixed.extend(outputs);
            }
        }
        Some(Cut {
            graph,
            model,
            initializers,
            makers,
            takers,
            constant,
        })
    }

    pub fn id(&self, name: &str) -> Option<NodeId> {
        self.model.find_node(name)
    }

    /// Nodes that a value is made by and that are not done, constant ones left out.
    pub fn before(&self, name: &'a str, done: &HashSet<usize>) -> HashSet<usize> {
        let (mut found, mut names) = (HashSet::new(), vec![name]);
        while let Some(name) = names.pop() {
            let Some(&maker) = self.makers.get(name) else {
                continue;
            };
            if !done.contains(&maker) && !self.constant.contains(&maker) && found.insert(maker) {
                names.extend(self.graph.node[maker].input.iter().map(String::as_str));
            }
        }
        found
    }

    /// Nodes that are neither done nor constant.
    pub fn others(&self, done: &HashSet<usize>) -> HashSet<usize> {
        let all = 0..self.graph.node.len();
        all.filter(|node| !done.contains(node) && !self.constant.contains(node))
            .collect()
    }

    /// What these nodes take of others than themselves, and of the graph's inputs.
    pub fn taken(&self, nodes: &HashSet<usize>) -> Option<HashSet<NodeId>> {
        let names = nodes.iter().flat_map(|node| &self.graph.node[*node].input);
        let inputs: HashSet<&str> = self
            .graph
            .input
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        let names = names
            .map(String::as_str)
            .filter(|name| match self.makers.get(name) {
                Some(maker) => !nodes.contains(maker) && !self.constant.contains(maker),
                None => inputs.contains(name) && !self.initializers.contains_key(name),
            });
        names.map(|name| self.id(name)).collect()
    }

    /// The operations that are ours, in the graph's order.
    pub fn operations(&self) -> Vec<Found<'a>> {
        let nodes = self.graph.node.iter().enumerate();
        let ours = nodes.filter(|(_, node)| node.domain.is_empty());
        let found = ours.filter_map(|(index, node)| match node.op_type.as_str() {
            "Conv" => self.depthwise(index, node),
            "Resize" => self.enlargement(index, node),
            _ => None,
        });
        // Both ends are to be there when the graph is loaded, and the graph's outputs are rten's.
        let there = |name: &str| self.id(name).is_some();
        found
            .filter(|found| there(found.from) && there(found.to) && !self.is_output(found.to))
            .take(MOST)
            .collect()
    }

    fn is_output(&self, name: &str) -> bool {
        self.graph.output.iter().any(|one| one.name == name)
    }

    fn depthwise(&self, index: usize, node: &'a NodeProto) -> Option<Found<'a>> {
        let ints = |name: &str, default: &[usize]| -> Option<Vec<usize>> {
            match node.attribute(name) {
                None => Some(default.to_vec()),
                Some(one) => one.ints.iter().map(|n| usize::try_from(*n).ok()).collect(),
            }
        };
        let group = usize::try_from(node.attribute("group")?.i?).ok()?;
        // Of others, the weights need not be read.
        if group < 2 {
            return None;
        }
        let (shape, weights) = self.value(node.input.get(1)?)?;
        let [planes, 1, height, width] = shape[..] else {
            return None;
        };
        let stride = match ints("strides", &[1, 1])?[..] {
            [down, across] if down == across && (1..=4).contains(&down) => down,
            _ => return None,
        };
        let plain = planes == group
            && height * width > 0
            && ints("dilations", &[1, 1])? == [1, 1]
            && node.attribute("auto_pad").is_none();
        let bias = match node.input.get(2).filter(|name| !name.is_empty()) {
            Some(name) => self.value(name)?.1,
            None => vec![0.0; planes],
        };
        if !plain || bias.len() != planes {
            return None;
        }
        let mut convolution = Depthwise {
            kernel: [height, width],
            stride,
            pads: ints("pads", &[0; 4])?.try_into().ok()?,
            weights,
            bias,
            bounds: [f32::NEG_INFINITY, f32::INFINITY],
        };
        let (mut nodes, mut to) = (vec![index], node.output.first()?);
        // The activation after it, unless something else wants what comes before that.
        if let [next] = self.takers.get(to.as_str())?[..]
            && let Some(bounds) = self.bounds(&self.graph.node[next])
            && !self.is_output(to)
        {
            nodes.push(next);
            to = self.graph.node[next].output.first()?;
            convolution.bounds = bounds;
        }
        Some(Found {
            nodes,
            from: node.input.first()?,
            to,
            operation: Operation::Depthwise(convolution),
        })
    }

    fn enlargement(&self, index: usize, node: &'a NodeProto) -> Option<Found<'a>> {
        let word = |name: &str, default: &'static str| match node.attribute(name) {
            None => default.as_bytes(),
            Some(one) => one.s.as_deref().unwrap_or_default(),
        };
        let plain = word("mode", "nearest") == b"linear"
            && word("coordinate_transformation_mode", "half_pixel") == b"half_pixel"
            && node
                .attribute("antialias")
                .is_none_or(|one| one.i == Some(0))
            && node.attribute("axes").is_none()
            && node.input.len() == 3;
        let scales = self.value(node.input.get(2)?)?.1;
        let [1.0, 1.0, down, across] = scales[..] else {
            return None;
        };
        let whole = down == across && [2.0, 4.0].contains(&down);
        (plain && whole).then_some(Found {
            nodes: vec![index],
            from: node.input.first()?,
            to: node.output.first()?,
            operation: Operation::Enlargement {
                times: down as usize,
            },
        })
    }

    /// What an activation keeps its values between.
    fn bounds(&self, node: &NodeProto) -> Option<[f32; 2]> {
        let bound = |input: usize, none: f32| match node.input.get(input) {
            Some(name) if !name.is_empty() => self.value(name)?.1.first().copied(),
            _ => Some(none),
        };
        // Where they are attributes, as before version 11 of the operators, they are left to rten.
        if node.attribute("min").or(node.attribute("max")).is_some() {
            return None;
        }
        match node.op_type.as_str() {
            "Relu" => Some([0.0, f32::INFINITY]),
            "Clip" => Some([bound(1, f32::NEG_INFINITY)?, bound(2, f32::INFINITY)?]),
            _ => None,
        }
    }

    /// A value that stands in the file, in 32 bits or in 16.
    fn value(&self, name: &str) -> Option<(Vec<usize>, Vec<f32>)> {
        let Some(&maker) = self.makers.get(name) else {
            return floats(self.initializers.get(name)?);
        };
        let node = &self.graph.node[maker];
        match node.op_type.as_str() {
            "Cast" => self.value(node.input.first()?),
            "Constant" => floats(node.attribute.iter().find_map(|one| one.t.as_ref())?),
            _ => None,
        }
    }
}

fn floats(tensor: &TensorProto) -> Option<(Vec<usize>, Vec<f32>)> {
    let raw = tensor.raw_data.as_slice();
    let values: Vec<f32> = match tensor.data_type() {
        DataType::Float if raw.is_empty() => tensor.float_data.clone(),
        DataType::Float => raw
            .as_chunks()
            .0
            .iter()
            .copied()
            .map(f32::from_le_bytes)
            .collect(),
        DataType::Float16 => raw
            .as_chunks()
            .0
            .iter()
            .map(|two| f16::from_le_bytes(*two).to_f32())
            .collect(),
        _ => return None,
    };
    let shape: Vec<usize> = tensor
        .dims
        .iter()
        .map(|side| usize::try_from(*side).ok())
        .collect::<Option<_>>()?;
    let count = shape
        .iter()
        .try_fold(1_usize, |count, side| count.checked_mul(*side))?;
    (count == values.len()).then_some((shape, values))
}
