//! Colorizers that others trained: what they take and give.
//!
//! Sources: DDColor (Kang et al. 2023) and its ONNX export; DeOldify (Antic 2018) with fastai's ImageNet
//! normalisation; Zhang et al. 2016 (eccv16) and 2017 (siggraph17), whose networks centre and scale
//! L and ab themselves; ChromaGAN (Vitoria et al. 2020), whose L and ab are OpenCV's 8-bit codes
//! divided by 255.

use super::check::broken;
use super::{Contract, HintsInput, Input, InputKind, Output, OutputKind, PerPlane, SizeRule};
use crate::error::{Error, Result};
use crate::onnx::{Dimension, GraphProto, ModelProto, ValueInfoProto};

/// ImageNet's mean and deviation, of values from 0 to 1.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

impl Contract {
    /// Names of the contracts that this crate knows, for [`named`](Self::named).
    pub const KNOWN: [&str; 5] = ["ddcolor", "deoldify", "eccv16", "siggraph17", "chromagan"];

    /// The contract of a well-known colorizer, for a file without one. Tensors are called as in the
    /// file; where it fixes a size, so does the contract.
    ///
    /// # Errors
    /// [`Error::Model`] if the name is not known, or the file's inputs and outputs are not those of
    /// such a colorizer.
    pub fn named(name: &str, model: &ModelProto) -> Result<Self> {
        let graph = graph(model)?;
        let known = FOREIGN.iter().find(|foreign| foreign.name == name);
        let foreign = known.ok_or_else(|| {
            Error::model(
                format!("`{name}` is no contract that this program knows"),
                format!(
                    "write one of {}, or the path of a file of `colorize.` keys",
                    Contract::KNOWN.join(", ")
                ),
            )
        })?;
        foreign.contract(graph)
    }

    /// The contract of a file that has none, as far as its inputs and outputs tell; and a line that
    /// says what was taken for granted.
    ///
    /// # Errors
    /// [`Error::Model`] if nothing fits.
    pub fn guess(model: &ModelProto) -> Result<(Self, String)> {
        let graph = graph(model)?;
        let fits = FOREIGN.iter().find_map(|foreign| {
            let contract = foreign.contract(graph).ok()?;
            Some((foreign, contract))
        });
        let (foreign, contract) = fits.ok_or_else(|| {
            Error::model(
                "it has no contract, and its inputs and outputs are those of no colorizer that \
                 this program knows",
                format!(
                    "say what it takes and gives with `--contract`: {}, or a file of `colorize.` keys",
                    Contract::KNOWN.join(", ")
                ),
            )
        })?;
        let note = format!(
            "the file has no contract: taken for a colorizer like {} by its inputs and outputs; \
             say `--contract` if it is another",
            foreign.name
        );
        Ok((contract, note))
    }

    /// A contract written as text: a line `colorize.KEY = VALUE` each, as in `metadata_props`.
    ///
    /// # Errors
    /// [`Error::Model`] as [`from_metadata`](Self::from_metadata), or if the graph does not keep it.
    pub fn from_text(text: &str, model: &ModelProto) -> Result<Self> {
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let pairs = lines
            .map(|line| {
                let pair = line.split_once('=');
                pair.map(|(key, value)| (key.trim(), value.trim()))
                    .ok_or_else(|| broken(format!("`{line}` is not `KEY = VALUE`")))
            })
            .collect::<Result<Vec<_>>>()?;
        let contract = Contract::from_metadata(pairs)?;
        contract.check_graph(model)?;
        Ok(contract)
    }
}

fn graph(model: &ModelProto) -> Result<&GraphProto> {
    let graph = model.graph.as_ref();
    graph.ok_or_else(|| broken("the file has no graph".to_owned()))
}

/// A kind of colorizer.
struct Foreign {
    name: &'static str,
    input: InputKind,
    scale: [f32; 3],
    offset: [f32; 3],
    /// Whether a* and b* that are known, and a mask of where they are, go in, too.
    hints: bool,
    output: OutputKind,
    output_scale: [f32; 3],
    output_offset: [f32; 3],
    /// Where the file leaves them free, sides are multiples of this …
    multiple: u32,
    /// … and the short side is this.
    working_size: u32,
}

const SAME: [f32; 3] = [1.0; 3];
const NONE: [f32; 3] = [0.0; 3];

const fn each(numbers: [f32; 3], factor: f32, divisor: [f32; 3]) -> [f32; 3] {
    [
        numbers[0] * factor / divisor[0],
        numbers[1] * factor / divisor[1],
        numbers[2] * factor / divisor[2],
    ]
}

/// In the order in which a file without a contract is tried.
const FOREIGN: [Foreign; 5] = [
    Foreign {
        name: "ddcolor",
        input: InputKind::GrayThrice,
        scale: [1.0 / 255.0; 3],
        offset: NONE,
        hints: false,
        output: OutputKind::Ab,
        output_scale: SAME,
        output_offset: NONE,
        multiple: 32,
        working_size: 512,
    },
    Foreign {
        name: "deoldify",
        input: InputKind::GrayThrice,
        scale: each(SAME, 1.0 / 255.0, DEVIATION),
        offset: each(MEAN, -1.0, DEVIATION),
        hints: false,
        output: OutputKind::Rgb,
        output_scale: each(DEVIATION, 255.0, SAME),
        output_offset: each(MEAN, 255.0, SAME),
        multiple: 16,
        working_size: 256,
    },
    Foreign {
        name: "eccv16",
        input: InputKind::Lightness,
        scale: SAME,
        offset: NONE,
        hints: false,
        output: OutputKind::Ab,
        output_scale: SAME,
        output_offset: NONE,
        multiple: 8,
        working_size: 256,
    },
    Foreign {
        name: "siggraph17",
        input: InputKind::Lightness,
        scale: SAME,
        offset: NONE,
        hints: true,
        output: OutputKind::Ab,
        output_scale: SAME,
        output_offset: NONE,
        multiple: 8,
        working_size: 256,
    },
    Foreign {
        name: "chromagan",
        input: InputKind::LightnessThrice,
        scale: [1.0 / 100.0; 3],
        offset: NONE,
        hints: false,
        output: OutputKind::Ab,
        output_scale: [255.0; 3],
        output_offset: [-128.0; 3],
        multiple: 8,
        working_size: 224,
    },
];

impl Foreign {
    fn contract(&self, graph: &GraphProto) -> Result<Contract> {
        let unlike = |problem: String| {
            broken(format!(
                "this is no colorizer like {}: {problem}",
                self.name
            ))
        };
        // Old files list their weights among the inputs.
        let is_weight = |name: &str| graph.initializer.iter().any(|tensor| tensor.name == name);
        let inputs: Vec<&ValueInfoProto> = graph
            .input
            .iter()
            .filter(|value| !is_weight(&value.name))
            .collect();
        let wanted = if self.hints { 3 } else { 1 };
        if inputs.len() != wanted {
            return Err(unlike(format!(
                "it has {} inputs, not {wanted}",
                inputs.len()
            )));
        }
        let planes = self.input.planes();
        if fixed(inputs[0], 1).is_some_and(|there| there != planes as u32) {
            return Err(unlike(format!("its input does not have {planes} planes")));
        }
        let output = graph.output.first();
        let output = output.ok_or_else(|| unlike("it has no output".to_owned()))?;
        let planes = self.output.planes();
        if fixed(output, 1) != Some(planes as u32) {
            return Err(unlike(format!("its output does not have {planes} planes")));
        }
        let size = match (fixed(inputs[0], 2), fixed(inputs[0], 3)) {
            (Some(height), Some(width)) => SizeRule::Fixed { height, width },
            _ => SizeRule::MultipleOf(self.multiple),
        };
        let mut contract = Contract::new(
            Input {
                tensor: inputs[0].name.clone(),
                kind: self.input,
                scale: self.scale.into(),
                offset: self.offset.into(),
                zeros: Vec::new(),
            },
            Output {
                tensor: output.name.clone(),
                kind: self.output,
                scale: PerPlane::from(self.output_scale),
                offset: PerPlane::from(self.output_offset),
            },
            size,
            match size {
                SizeRule::Fixed { height, width } => height.min(width),
                SizeRule::MultipleOf(_) => self.working_size,
            },
        );
        if let [_, ab, mask] = &*inputs {
            contract.steering.hints = Some(HintsInput {
                tensor: ab.name.clone(),
                scale: 1.0,
                mask: Some(mask.name.clone()),
            });
        }
        contract.name = self.name.to_owned();
        contract.check_values()?;
        Ok(contract)
    }
}

/// An extent of a tensor, where the file fixes it.
fn fixed(value: &ValueInfoProto, axis: usize) -> Option<u32> {
    let tensor = value.r#type.as_ref()?.tensor_type.as_ref()?;
    match tensor.shape.as_ref()?.dim.get(axis)?.value.as_ref()? {
        Dimension::Value(extent) => u32::try_from(*extent).ok().filter(|extent| *extent > 0),
        Dimension::Param(_) => None,
    }
}
