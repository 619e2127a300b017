//! What must be true of a contract, and of the graph that it speaks for.

use super::{Contract, SizeRule};
use crate::error::{Error, Result};
use crate::onnx::{DataType, Dimension, ModelProto, ValueInfoProto};

/// The largest working size, in pixels of the short side: attention needs memory
/// that grows with its fourth power.
const MAX_WORKING_SIZE: u32 = 2048;

pub(super) fn broken(problem: String) -> Error {
    Error::model(
        format!("the colorizer's contract cannot be kept: {problem}"),
        "export the colorizer again",
    )
}

fn require(holds: bool, problem: impl FnOnce() -> String) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(broken(problem()))
    }
}

impl Contract {
    /// Numbers with which pictures can be computed.
    pub(super) fn check_values(&self) -> Result<()> {
        for (key, scale, offset) in [
            ("input", self.input.scale, self.input.offset),
            ("output", self.output.scale, self.output.offset),
        ] {
            require(scale.all(|scale| scale.is_finite() && scale != 0.0), || {
                format!("`colorize.{key}.scale` is {scale}")
            })?;
            require(offset.all(f32::is_finite), || {
                format!("`colorize.{key}.offset` is {offset}")
            })?;
        }
        let sizes = match self.size {
            SizeRule::Fixed { height, width } => [height, width],
            SizeRule::MultipleOf(n) => [n, n],
        };
        require(
            sizes.iter().all(|n| (1..=MAX_WORKING_SIZE).contains(n)),
            || format!("`colorize.size` is `{}`", self.size),
        )?;
        require((1..=MAX_WORKING_SIZE).contains(&self.working_size), || {
            format!(
                "`colorize.working_size` is {}, not 1 to {MAX_WORKING_SIZE}",
                self.working_size
            )
        })?;
        require(
            self.parity.is_none_or(|p| p.is_finite() && p >= 0.0),
            || format!("`colorize.parity` is {:?}", self.parity),
        )
    }

    /// Tensors that are there and have the promised layout, where the file says so.
    pub(super) fn check_graph(&self, model: &ModelProto) -> Result<()> {
        let graph = model
            .graph
            .as_ref()
            .ok_or_else(|| broken("the file has no graph".to_owned()))?;
        let planes = self.input.kind.planes();
        check_tensor("input", &self.input.tensor, &graph.input, planes)?;
        for (name, planes) in &self.input.zeros {
            check_tensor("input", name, &graph.input, *planes)?;
        }
        check_tensor(
            "output",
            &self.output.tensor,
            &graph.output,
            self.output.kind.planes(),
        )
    }
}

fn check_tensor(side: &str, name: &str, values: &[ValueInfoProto], planes: usize) -> Result<()> {
    let value = values
        .iter()
        .find(|value| value.name == name)
        .ok_or_else(|| broken(format!("the graph has no {side} named `{name}`")))?;
    let Some(tensor) = value.r#type.as_ref().and_then(|t| t.tensor_type.as_ref()) else {
        return Err(broken(format!("the {side} `{name}` is not a tensor")));
    };
    require(tensor.elem_type == DataType::Float as i32, || {
        format!("the {side} `{name}` is not of 32-bit floats")
    })?;
    let Some(shape) = &tensor.shape else {
        return Ok(());
    };
    require(shape.dim.len() == 4, || {
        format!(
            "the {side} `{name}` has {} axes instead of 4",
            shape.dim.len()
        )
    })?;
    match shape.dim.get(1).and_then(|dim| dim.value.as_ref()) {
        Some(Dimension::Value(n)) => require(usize::try_from(*n) == Ok(planes), || {
            format!("the {side} `{name}` has {n} planes instead of {planes}")
        }),
        _ => Ok(()),
    }
}
