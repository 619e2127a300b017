//! A checkpoint becomes a file, once it is proven.

use std::io::Write;
use std::path::Path;

use burn::tensor::Device;
use colorize_models::{Encoder, Generator, GeneratorConfig};
use colorize_rt::onnx::{ModelProto, StringStringEntryProto};
use colorize_rt::{Contract, WholeFile};
use colorize_train::checkpoint::{Checkpoint, State};
use prost::Message;

use crate::error::Error;
use crate::graph::GraphBuilder;
use crate::networks::ToOnnx;
use crate::verify::{Comparison, verify};

/// What may be chosen about a file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Short side of the reduced photograph that the network sees; the training resolution if
    /// not given.
    pub working_size: Option<u32>,
    /// The terms under which the weights may be used.
    pub licence: String,
}

/// Writes the generator of a checkpoint as `target`, after every engine at hand has agreed with
/// burn; gives what was compared.
///
/// # Errors
/// The checkpoint is damaged, an engine disagrees, or `target` cannot be written. Whatever was at
/// `target` is then still there.
pub fn export(
    checkpoint: &Checkpoint,
    target: &Path,
    options: &Options,
    onnxruntime: Option<&Path>,
) -> crate::Result<Vec<Comparison>> {
    let generator = checkpoint.generator(&Device::flex())?;
    let config = &checkpoint.state.generator;
    let mut contract = contract(config, options);
    contract.training_run = provenance(checkpoint, &checkpoint.state);

    let bytes = model(&generator, &contract).encode_to_vec();
    let comparisons = verify(&bytes, &generator, &shapes(config), onnxruntime)?;
    contract.parity = comparisons
        .iter()
        .map(|comparison| comparison.difference.max)
        .reduce(f64::max);
    let bytes = model(&generator, &contract).encode_to_vec();
    Contract::from_bytes(&bytes)?;
    write(&bytes, target).map_err(|source| Error::Write {
        path: target.to_path_buf(),
        source,
    })?;
    Ok(comparisons)
}

/// The generator as ONNX, with its contract in `metadata_props`.
pub fn model(generator: &Generator, contract: &Contract) -> ModelProto {
    let mut graph = GraphBuilder::default();
    let last = generator.to_onnx(&mut graph, "", &contract.input.tensor);
    let output = (
        contract.output.tensor.as_str(),
        contract.output.kind.planes(),
    );
    let mut model = graph.finish("generator", (&contract.input.tensor, 1), &last, output);
    model.metadata_props = contract
        .to_metadata()
        .into_iter()
        .map(|(key, value)| StringStringEntryProto { key, value })
        .collect();
    model
}

/// What a generator with these figures takes and gives, and what it is called.
pub fn contract(config: &GeneratorConfig, options: &Options) -> Contract {
    let mut contract = colorize_train::contract::contract(config);
    if let Some(size) = options.working_size {
        contract.working_size = size;
    }
    contract.name = match config.encoder {
        Encoder::Scratch => format!("sagan-unet-{}-{}", config.resolution, config.width),
        Encoder::EfficientnetLite0 => format!("efficientnet-lite0-unet-{}", config.width),
    };
    contract.version = env!("CARGO_PKG_VERSION").to_owned();
    contract.licence.clone_from(&options.licence);
    contract
}

fn provenance(checkpoint: &Checkpoint, state: &State) -> String {
    format!(
        "{} step {}, recipe sha256:{}, weights sha256:{}",
        state.run,
        state.step,
        state.config_sha256,
        checkpoint.generator_sha256()
    )
}

/// Batch 1 and 3, square and not.
fn shapes(config: &GeneratorConfig) -> [[usize; 4]; 3] {
    let (side, multiple) = (config.resolution, config.multiple());
    [
        [1, 1, side, side],
        [3, 1, side, side],
        [1, 1, side - multiple, side + 2 * multiple],
    ]
}

fn write(bytes: &[u8], target: &Path) -> std::io::Result<()> {
    let mut file = WholeFile::create(target)?;
    file.write_all(bytes)?;
    file.finish(true)
}
