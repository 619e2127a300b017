//! A file against its checkpoint, layer by layer.

use std::fmt;
use std::path::Path;

use colorize_models::{Generator, trace};
use colorize_rt::onnx::{ModelProto, NodeProto};
use colorize_train::contract::LOGITS;
use ndarray::{Array4, ArrayView4};
use prost::Message;
use serde::Serialize;

use crate::error::Error;
use crate::options::Precision;
use crate::pixels;
use crate::probed::{AnyEngine, Probed, precision};
use crate::verify::{Difference, Given, array, four_axes, given, run_burn_with, takes_hints};

/// One layer in an engine and in burn.
#[derive(Clone, Debug, Serialize)]
pub struct Layer {
    /// The module's path.
    pub name: String,
    /// `[batch, channels, height, width]` of what it makes.
    pub shape: [usize; 4],
    /// From burn.
    #[serde(flatten)]
    pub difference: Difference,
    /// Whether the difference is allowed.
    pub within: bool,
}

/// All layers of a file.
#[derive(Clone, Debug, Serialize)]
pub struct Layers {
    /// What ran the file.
    pub engine: String,
    /// Allowed differences, as shares of a layer's largest value.
    pub tolerance: f64,
    /// Convolutions in the order in which they run, then the outputs. Hints go in where the network
    /// takes them.
    pub layers: Vec<Layer>,
}

impl Layers {
    /// The first layer that differs too much.
    pub fn first_beyond(&self) -> Option<&Layer> {
        self.layers.iter().find(|layer| !layer.within)
    }
}

/// Runs a file's bytes and the generator that it was made from on one input, with hints where the file
/// takes them, and compares every convolution and the outputs; of a file that takes pixels, those of
/// the network in it. In ONNX Runtime where `onnxruntime` names a library of it.
///
/// # Errors
/// The file is no ONNX file or not of this network, or the engine fails.
pub fn compare(
    bytes: &[u8],
    generator: &Generator,
    input: ArrayView4<'_, f32>,
    onnxruntime: Option<&Path>,
) -> crate::Result<Layers> {
    let not_onnx = |problem: &dyn fmt::Display| Error::Options(format!("no ONNX file: {problem}"));
    let model = ModelProto::decode(bytes).map_err(|e| not_onnx(&e))?;
    let graph = model.graph.as_ref().ok_or_else(|| not_onnx(&"no graph"))?;
    let model = match pixels::are_in(graph) {
        true => pixels::network(&model)?,
        false => model.clone(),
    };
    let graph = model.graph.as_ref().ok_or_else(|| not_onnx(&"no graph"))?;
    let tolerance = match precision(graph) {
        Precision::F32 => 1e-4,
        other => other.tolerance(),
    };
    // Means over a distribution are written as convolutions, and are none in burn.
    let wanted = |node: &NodeProto| node.op_type == "Conv" && !node.name.starts_with("output.");
    let mut probed = Probed::new(&model, wanted);
    let dim = input.dim();
    let given = takes_hints(graph).then(|| given(dim.into(), 0));
    let (outputs, expected) = trace(|| run_burn_with(generator, input, given.as_ref()));
    if expected.len() != probed.nodes.len() {
        return Err(Error::Options(format!(
            "this file is of another network: it has {} convolutions, the checkpoint {}",
            probed.nodes.len(),
            expected.len()
        )));
    }
    let mut expected: Vec<Array4<f32>> = expected.into_iter().map(array).collect();
    for (name, _, output) in outputs {
        let is_there = graph.output.iter().any(|value| value.name == name);
        if is_there && name != LOGITS {
            probed.nodes.push((format!("({name})"), name));
            expected.push(output);
        }
    }
    let tensors: Vec<_> = given.iter().flat_map(Given::tensors).collect();
    let engine = AnyEngine::new(&probed.bytes, onnxruntime)?;
    let made = probed.run(&engine, input, &tensors)?;
    let layers = probed.nodes.iter().zip(expected).zip(made);
    let layers = layers.map(|(((name, _), expected), made)| {
        let difference = Difference::between(&expected, &four_axes(made));
        Layer {
            name: name.clone(),
            shape: expected.dim().into(),
            difference,
            within: difference.relative <= tolerance,
        }
    });
    Ok(Layers {
        engine: engine.name().to_owned(),
        tolerance,
        layers: layers.collect(),
    })
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let longest = self.layers.iter().map(|layer| layer.name.len()).max();
        let width = longest.unwrap_or(0);
        writeln!(f, "{} against burn", self.engine)?;
        writeln!(
            f,
            "{:<width$}  {:>18}  {:>8}  {:>8}  {:>8}",
            "layer", "shape", "max", "mean", "relative"
        )?;
        for layer in &self.layers {
            let [n, c, h, w] = layer.shape;
            let Difference {
                max,
                mean,
                relative,
            } = layer.difference;
            writeln!(
                f,
                "{:<width$}  {:>18}  {max:>8.1e}  {mean:>8.1e}  {relative:>8.1e}{}",
                layer.name,
                format!("{n} x {c} x {h} x {w}"),
                if layer.within { "" } else { "  beyond" }
            )?;
        }
        match self.first_beyond() {
            None => writeln!(
                f,
                "all within {:.0e} of a layer's largest value",
                self.tolerance
            ),
            Some(layer) => writeln!(
                f,
                "the first beyond {:.0e} of its largest value: {}",
                self.tolerance, layer.name
            ),
        }
    }
}
