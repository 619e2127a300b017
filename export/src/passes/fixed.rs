//! One size only.

use std::collections::HashMap;

use colorize_rt::onnx::{DataType, Dimension, GraphProto, NodeProto, TensorProto};

/// Height and width become numbers; the batch stays free. What is a matter of size alone is known
/// then, and no node is left for it.
pub(super) fn squares(graph: &mut GraphProto, side: u32) {
    for value in graph.input.iter_mut().chain(&mut graph.output) {
        let tensor = value.r#type.as_mut().and_then(|t| t.tensor_type.as_mut());
        let Some(shape) = tensor.and_then(|tensor| tensor.shape.as_mut()) else {
            continue;
        };
        for dimension in &mut shape.dim {
            if let Some(Dimension::Param(name)) = &dimension.value
                && ["height", "width"].contains(&name.as_str())
            {
                dimension.value = Some(Dimension::Value(i64::from(side)));
            }
        }
    }
    fold_shapes(graph, i64::from(side));
}

/// The shape of maps, which a Reshape takes, becomes a constant: batch and channels, which it has
/// before, too, stay as they are (0), height and width are numbers.
fn fold_shapes(graph: &mut GraphProto, side: i64) {
    let sides = sides(graph, side);
    let nodes = std::mem::take(&mut graph.node);
    let (shapes, others) = nodes.into_iter().partition(|node| node.op_type == "Shape");
    graph.node = others;
    for shape in shapes {
        let [height, width] = side_of(&sides, &shape, side);
        let numbers = [0, 0, height, width];
        graph.initializer.push(TensorProto {
            name: shape.output.into_iter().next().unwrap_or_default(),
            dims: vec![numbers.len() as i64],
            data_type: DataType::Int64.into(),
            raw_data: numbers.iter().flat_map(|n| n.to_le_bytes()).collect(),
            ..TensorProto::default()
        });
    }
}

/// Height and width of all maps in the graph, of an input with this side.
fn sides(graph: &GraphProto, side: i64) -> HashMap<String, [i64; 2]> {
    let mut sides = HashMap::new();
    for node in &graph.node {
        let before = side_of(&sides, node, side);
        let after = match &*node.op_type {
            "Conv" | "AveragePool" | "MaxPool" => [0, 1].map(|axis| slid(node, before[axis], axis)),
            "Resize" => [2, 3].map(|axis| {
                let factor = scale(graph, node, axis);
                (before[axis - 2] as f32 * factor) as i64
            }),
            // Of maps that were flattened, the last Reshape takes the sides from a Shape.
            "Reshape" => node
                .input
                .get(1)
                .and_then(|shape| sides.get(shape).copied())
                .unwrap_or(before),
            _ => before,
        };
        for output in &node.output {
            sides.insert(output.clone(), after);
        }
    }
    sides
}

/// Height and width of what a node takes first.
fn side_of(sides: &HashMap<String, [i64; 2]>, node: &NodeProto, input: i64) -> [i64; 2] {
    let first = node.input.first().and_then(|name| sides.get(name));
    first.copied().unwrap_or([input; 2])
}

/// How often a window fits.
fn slid(node: &NodeProto, extent: i64, axis: usize) -> i64 {
    let number = |name: &str, index: usize, otherwise: i64| {
        node.attribute(name)
            .and_then(|attribute| attribute.ints.get(index).copied())
            .unwrap_or(otherwise)
    };
    let padded = extent + number("pads", axis, 0) + number("pads", axis + 2, 0);
    (padded - number("kernel_shape", axis, 1)) / number("strides", axis, 1) + 1
}

/// By how much Resize enlarges an axis.
fn scale(graph: &GraphProto, node: &NodeProto, axis: usize) -> f32 {
    let named = |tensor: &&TensorProto| Some(&tensor.name) == node.input.get(2);
    let scales = graph.initializer.iter().find(named);
    let (numbers, _) = scales.map_or(&[][..], |t| &t.raw_data).as_chunks::<4>();
    numbers
        .get(axis)
        .map_or(1.0, |&number| f32::from_le_bytes(number))
}
