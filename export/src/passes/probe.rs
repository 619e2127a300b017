//! Every layer as an output.

use std::collections::HashMap;

use colorize_rt::onnx::{DimensionProto, GraphProto, NodeProto, TensorShapeProto, ValueInfoProto};

use crate::graph::floats;

/// Lets the value of every node be asked for by its name. Shapes, which are no maps, are left out.
pub(super) fn every_layer(graph: &mut GraphProto) {
    let given: Vec<String> = graph.output.iter().map(|v| v.name.clone()).collect();
    let ranks = ranks(graph);
    let maps = graph.node.iter().filter(|node| node.op_type != "Shape");
    let new: Vec<ValueInfoProto> = maps
        .flat_map(|node| &node.output)
        .filter(|name| !given.contains(name))
        .map(|name| {
            let rank = ranks.get(name).copied().unwrap_or(4);
            let dim = vec![DimensionProto::default(); rank];
            floats(name, Some(TensorShapeProto { dim }))
        })
        .collect();
    graph.output.extend(new);
}

/// How many axes each value has: pictures have four, a palette two, and only Reshape changes that.
fn ranks(graph: &GraphProto) -> HashMap<String, usize> {
    let mut ranks: HashMap<String, usize> = HashMap::new();
    for value in &graph.input {
        let tensor = value.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
        let shape = tensor.and_then(|tensor| tensor.shape.as_ref());
        ranks.insert(value.name.clone(), shape.map_or(4, |shape| shape.dim.len()));
    }
    let of_shape = |name: &str, ranks: &HashMap<String, usize>| {
        let constant = graph.initializer.iter().find(|tensor| tensor.name == name);
        let made = |node: &&NodeProto| node.output.iter().any(|output| output == name);
        match constant {
            Some(tensor) => tensor.dims.first().map(|&count| count as usize),
            None => {
                let node = graph.node.iter().find(made)?;
                ranks.get(node.input.first()?).copied()
            }
        }
    };
    for node in &graph.node {
        let rank = match (&*node.op_type, node.input.get(1)) {
            ("Reshape", Some(shape)) => of_shape(shape, &ranks),
            _ => node.input.first().and_then(|name| ranks.get(name).copied()),
        };
        for output in &node.output {
            ranks.insert(output.clone(), rank.unwrap_or(4));
        }
    }
    ranks
}
