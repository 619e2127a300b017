//! The networks beside the generator: of use to those who train or measure elsewhere.

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor};
use colorize_models::Discriminator;
use colorize_rt::onnx::ModelProto;
use colorize_train::checkpoint::Checkpoint;
use colorize_train::perceptual::Classifier;
use ndarray::ArrayD;
use prost::Message;

use crate::error::Error;
use crate::export::put;
use crate::graph::{GraphBuilder, Output};
use crate::networks::{ToOnnx, perceptual};
use crate::options::Precision;
use crate::probed::AnyEngine;
use crate::verify::{noise, tensor};

/// Which of them to write.
#[derive(Clone, Copy, Debug, Default)]
pub struct Companions {
    /// The generator's opponent.
    pub discriminator: bool,
    /// The classifier of the perceptual loss.
    pub perceptual: bool,
}

/// A discriminator as ONNX: `rgb` `[batch, 3, height, width]` in [-1, 1] to `logits` `[batch, 1]`.
pub fn discriminator(network: &Discriminator) -> ModelProto {
    let mut graph = GraphBuilder::default();
    let last = network.to_onnx(&mut graph, "", "rgb");
    graph.finish(
        "discriminator",
        ("rgb", 3),
        &[Output::rows(&last, "logits", 1)],
    )
}

/// A classifier as ONNX: `rgb` `[batch, 3, height, width]` in [0, 1] to its layers' maps, which are
/// called as in the recipe.
pub fn classifier(network: &Classifier) -> ModelProto {
    let mut graph = GraphBuilder::default();
    let features = match network {
        Classifier::EfficientNetLite(network, stages) => {
            let all = perceptual::efficientnet(&mut graph, network, "rgb");
            let named = stages.iter().map(|stage| {
                let name = format!("stage{stage}");
                (all[stage - 1].clone(), name)
            });
            named.collect::<Vec<_>>()
        }
        Classifier::Vgg(network) => {
            let all = perceptual::vgg(&mut graph, network, "rgb");
            let mut layers = network.layers.clone();
            layers.sort_unstable();
            let names = layers
                .iter()
                .map(|(block, conv)| format!("conv{block}_{conv}.features"));
            all.into_iter().zip(names).collect()
        }
    };
    let described = network.describe([64, 64]);
    let channels = |name: &str| {
        let name = name.trim_end_matches(".features");
        let of_stage = name.replace("stage", "stage ");
        let mut layers = described.iter().rev();
        let found = layers.find(|layer| layer.path == name || layer.block == of_stage);
        found.map_or(0, |layer| layer.output[0])
    };
    let outputs: Vec<Output> = features
        .iter()
        .map(|(value, name)| Output::smaller_maps(value, name, channels(name)))
        .collect();
    graph.finish("perceptual", ("rgb", 3), &outputs)
}

/// Writes the companions that are wanted beside `target`, verified; gives their files.
///
/// # Errors
/// The run has none or its folder is not there, an engine disagrees, or a file cannot be written.
pub fn export(
    checkpoint: &Checkpoint,
    target: &Path,
    wanted: Companions,
    onnxruntime: Option<&Path>,
) -> crate::Result<Vec<PathBuf>> {
    let device = Device::flex();
    let mut written = Vec::new();
    if wanted.discriminator {
        let network = checkpoint.discriminator(&device)?;
        let side = checkpoint.config()?.discriminator.resolution;
        let burn = |x: Tensor<4>| vec![network.forward(x).unsqueeze_dims::<4>(&[2, 3])];
        let model = discriminator(&network);
        verify("discriminator", &model, burn, side, onnxruntime)?;
        written.push(write(&model, target, "discriminator")?);
    }
    if wanted.perceptual {
        let config = checkpoint.config()?;
        let mut losses = config.stages.iter().map(|stage| &stage.loss.perceptual);
        let config = losses.rfind(|of| of.weight > 0.0).ok_or_else(|| {
            Error::Options("this run has no perceptual loss, so no network of it".to_owned())
        })?;
        let network = Classifier::init(config, &device)?.load(config, &device)?;
        let model = classifier(&network);
        let burn = |x: Tensor<4>| network.features(x);
        verify("perceptual network", &model, burn, 64, onnxruntime)?;
        written.push(write(&model, target, "perceptual")?);
    }
    Ok(written)
}

/// Whether an engine makes of noise what burn makes of it, as a share of the largest value.
fn verify(
    name: &str,
    model: &ModelProto,
    burn: impl Fn(Tensor<4>) -> Vec<Tensor<4>>,
    side: usize,
    onnxruntime: Option<&Path>,
) -> crate::Result<()> {
    let input = noise([2, 3, side, side], 0);
    let expected = burn(tensor(input.view()));
    let engine = AnyEngine::new(&model.encode_to_vec(), onnxruntime)?;
    let outputs = model.graph.iter().flat_map(|graph| &graph.output);
    let names: Vec<&str> = outputs.map(|output| &*output.name).collect();
    let made = engine.run_with(input.view(), &[], &names)?;
    let tolerance = Precision::F32.tolerance();
    for (expected, made) in expected.into_iter().zip(made) {
        let difference = relative(expected, &made);
        if difference.is_nan() || difference > tolerance {
            return Err(Error::Parity {
                engine: format!("the {name} in {}", engine.name()),
                shape: [2, 3, side, side],
                difference,
                tolerance,
            });
        }
    }
    Ok(())
}

fn relative(expected: Tensor<4>, made: &ArrayD<f32>) -> f64 {
    let expected: Vec<f64> = expected.into_data().iter::<f64>().collect();
    if expected.len() != made.len() {
        return f64::INFINITY;
    }
    let largest = expected
        .iter()
        .fold(f64::MIN_POSITIVE, |most, v| most.max(v.abs()));
    let differences = expected.iter().zip(made);
    let differences = differences.map(|(a, &b)| (a - f64::from(b)).abs());
    differences.fold(0.0, f64::max) / largest
}

fn write(model: &ModelProto, target: &Path, kind: &str) -> crate::Result<PathBuf> {
    let path = target.with_extension(format!("{kind}.onnx"));
    put(&model.encode_to_vec(), &path)?;
    Ok(path)
}
