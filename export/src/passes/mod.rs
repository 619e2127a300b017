//! What is changed about a whole graph after it was written: each changes one thing.

mod fixed;
mod half;
mod opset;
mod probe;

use colorize_rt::onnx::{GraphProto, ModelProto, TensorProto};

use crate::options::{Options, Precision};

pub(crate) use opset::set as set_opset;

/// Changes a network's graph, as the options say.
pub(crate) fn apply(model: &mut ModelProto, options: &Options) {
    let Some(graph) = &mut model.graph else {
        return;
    };
    if let Some(side) = options.size {
        fixed::squares(graph, side);
    }
    if options.probe {
        probe::every_layer(graph);
    }
    match options.precision {
        Precision::F32 => {}
        Precision::F16Weights => half::weights(graph),
        Precision::F16 => half::whole(graph),
    }
}

/// Whether a value is one of the graph's constants.
fn is_constant(graph: &GraphProto, name: &str) -> bool {
    is_constant_of(&graph.initializer, name)
}

fn is_constant_of(constants: &[TensorProto], name: &str) -> bool {
    constants.iter().any(|tensor| tensor.name == name)
}
