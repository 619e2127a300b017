//! tract as an engine of the conformance report.
//!
//! Its symbolic shapes fail where a U-Net's skips are concatenated, so each case gets a plan of its
//! own, for the shapes of its inputs.

use std::path::Path;
use std::process::ExitCode;

use protocol::{Case, Tensor};
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::*;

/// The pinned version, which tract itself does not tell.
const ENGINE: &str = "tract 0.23.9";

fn main() -> ExitCode {
    protocol::answer(ENGINE, load, run)
}

fn load(path: &Path) -> Result<ModelProto, String> {
    tract_onnx::onnx()
        .proto_model_for_path(path)
        .map_err(|error| format!("{error:#}"))
}

fn run(model: &ModelProto, case: &Case) -> Result<Vec<(String, Tensor)>, String> {
    compute(model, case).map_err(|error| format!("{error:#}"))
}

fn compute(model: &ModelProto, case: &Case) -> TractResult<Vec<(String, Tensor)>> {
    let mut graph = tract_onnx::onnx().model_for_proto_model(model)?;
    let mut inputs = tvec![];
    for (place, outlet) in graph.input_outlets()?.to_vec().into_iter().enumerate() {
        let name = graph.node(outlet.node).name.clone();
        let given = case.input(&name).map_err(TractError::msg)?;
        graph.set_input_fact(place, f32::fact(&given.shape).into())?;
        inputs.push(
            tract_onnx::prelude::Tensor::from_shape(&given.shape, &given.values)?.into_tvalue(),
        );
    }
    let names: Vec<String> = graph
        .output_outlets()?
        .iter()
        .map(|&outlet| {
            let label = graph.outlet_label(outlet);
            label.map_or_else(|| graph.node(outlet.node).name.clone(), str::to_owned)
        })
        .collect();
    let outputs = graph.into_optimized()?.into_runnable()?.run(inputs)?;
    let outputs = names.into_iter().zip(outputs).map(|(name, value)| {
        let values = value.cast_to::<f32>()?;
        let tensor = Tensor {
            shape: value.shape().to_vec(),
            values: values.try_as_plain_ram()?.as_slice::<f32>()?.to_vec(),
        };
        Ok((name, tensor))
    });
    outputs.collect()
}
