//! One size only.

use colorize_rt::onnx::{Dimension, GraphProto};

/// Height and width become numbers; the batch stays free.
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
}
