//! The version of the operators.

use colorize_rt::onnx::ModelProto;

/// Sets the version, and that of the file format that came with it.
pub(super) fn set(model: &mut ModelProto, opset: i64) {
    for import in &mut model.opset_import {
        import.version = opset;
    }
    model.ir_version = match opset {
        ..=14 => 7,
        15..=18 => 8,
        19..=20 => 9,
        _ => 10,
    };
}
