//! The version of the operators.

use colorize_rt::onnx::{DataType, GraphProto, ModelProto, TensorProto};

/// Sets the version, and that of the file format that came with it. What is written means the same
/// in all of them but for the axes of ReduceMax, an attribute before 18 and an input since.
pub(crate) fn set(model: &mut ModelProto, opset: i64) {
    for import in &mut model.opset_import {
        import.version = opset;
    }
    model.ir_version = match opset {
        ..=14 => 7,
        15..=18 => 8,
        19..=20 => 9,
        _ => 10,
    };
    if let Some(graph) = &mut model.graph
        && opset >= 18
    {
        axes_as_inputs(graph);
    }
}

fn axes_as_inputs(graph: &mut GraphProto) {
    for node in &mut graph.node {
        let is_axes = |name: &str| node.op_type == "ReduceMax" && name == "axes";
        let Some(place) = node.attribute.iter().position(|a| is_axes(&a.name)) else {
            continue;
        };
        let axes = node.attribute.remove(place).ints;
        let numbers: Vec<String> = axes.iter().map(i64::to_string).collect();
        let name = format!("axes.{}", numbers.join("_"));
        if !super::is_constant_of(&graph.initializer, &name) {
            graph.initializer.push(TensorProto {
                name: name.clone(),
                dims: vec![axes.len() as i64],
                data_type: DataType::Int64.into(),
                raw_data: axes.iter().flat_map(|axis| axis.to_le_bytes()).collect(),
                ..TensorProto::default()
            });
        }
        node.input.push(name);
    }
}
