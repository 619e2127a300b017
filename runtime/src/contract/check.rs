//! What must be true of a contract, and of the graph that it speaks for.

use super::{Contract, OutputKind, SizeRule};
use crate::error::{Error, Result};
use crate::look;
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
        self.check_steering()?;
        require(
            self.takes_pixels() == (self.output.kind == OutputKind::RgbBytes),
            || "only one of input and output is `rgb bytes`".to_owned(),
        )?;
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
        require((1..=look::MOST).contains(&self.views), || {
            format!("`colorize.views` is {}", self.views)
        })?;
        require(
            self.parity.is_none_or(|p| p.is_finite() && p >= 0.0),
            || format!("`colorize.parity` is {:?}", self.parity),
        )
    }

    fn check_steering(&self) -> Result<()> {
        let positive = |key: &str, number: f32| {
            require(number.is_finite() && number > 0.0, || {
                format!("`colorize.{key}` is {number}")
            })
        };
        let steering = &self.steering;
        if let Some(hints) = &steering.hints {
            positive("hints.scale", hints.scale)?;
        }
        if let Some(distribution) = &steering.distribution {
            positive("distribution.temperature", distribution.temperature)?;
        }
        let counts = steering.palette.is_some() || steering.distribution.is_some();
        require(!counts || steering.bins.is_some(), || {
            "`colorize.bins` is missing".to_owned()
        })
    }

    /// Tensors that are there and have the promised layout, where the file says so.
    pub(super) fn check_graph(&self, model: &ModelProto) -> Result<()> {
        let graph = model
            .graph
            .as_ref()
            .ok_or_else(|| broken("the file has no graph".to_owned()))?;
        let planes = |name, planes| Form::planes(name, planes);
        let (input, output) = (&*self.input.tensor, &*self.output.tensor);
        if self.takes_pixels() {
            check_tensor("input", Form::bytes(input), &graph.input)?;
            return check_tensor("output", Form::bytes(output), &graph.output);
        }
        let lightness = planes(input, self.input.kind.planes());
        check_tensor("input", lightness, &graph.input)?;
        for further in self.further_inputs() {
            let form = Form {
                axes: further.axes,
                ..planes(further.name, further.planes)
            };
            check_tensor("input", form, &graph.input)?;
        }
        let colours = planes(output, self.output.kind.planes());
        check_tensor("output", colours, &graph.output)?;
        let steering = &self.steering;
        if let Some(name) = &steering.confidence {
            check_tensor("output", planes(name, 1), &graph.output)?;
        }
        if let (Some(distribution), Some(bins)) = (&steering.distribution, &steering.bins) {
            let bins = planes(&distribution.tensor, bins.count());
            check_tensor("output", bins, &graph.output)?;
        }
        Ok(())
    }
}

/// What a tensor is called, and how it should be.
struct Form<'a> {
    name: &'a str,
    kind: DataType,
    kind_name: &'static str,
    axes: usize,
    /// The axis of the planes.
    axis: usize,
    planes: usize,
}

impl<'a> Form<'a> {
    /// `[batch, height, width, 3]`
    fn bytes(name: &'a str) -> Self {
        Form {
            name,
            kind: DataType::Uint8,
            kind_name: "bytes",
            axes: 4,
            axis: 3,
            planes: 3,
        }
    }

    /// `[batch, planes, height, width]`
    fn planes(name: &'a str, planes: usize) -> Self {
        Form {
            name,
            kind: DataType::Float,
            kind_name: "32-bit floats",
            axes: 4,
            axis: 1,
            planes,
        }
    }
}

fn check_tensor(side: &str, form: Form<'_>, values: &[ValueInfoProto]) -> Result<()> {
    let Form { name, axes, .. } = form;
    let value = values
        .iter()
        .find(|value| value.name == name)
        .ok_or_else(|| broken(format!("the graph has no {side} named `{name}`")))?;
    let Some(tensor) = value.r#type.as_ref().and_then(|t| t.tensor_type.as_ref()) else {
        return Err(broken(format!("the {side} `{name}` is not a tensor")));
    };
    require(tensor.elem_type == form.kind as i32, || {
        format!("the {side} `{name}` is not of {}", form.kind_name)
    })?;
    let Some(shape) = &tensor.shape else {
        return Ok(());
    };
    require(shape.dim.len() == axes, || {
        format!(
            "the {side} `{name}` has {} axes instead of {axes}",
            shape.dim.len()
        )
    })?;
    match shape.dim.get(form.axis).and_then(|dim| dim.value.as_ref()) {
        Some(Dimension::Value(n)) => require(usize::try_from(*n) == Ok(form.planes), || {
            format!(
                "the {side} `{name}` has {n} planes instead of {}",
                form.planes
            )
        }),
        _ => Ok(()),
    }
}
