//! A checkpoint becomes a file, once it is proven.

use std::io::Write;
use std::path::Path;

use burn::tensor::Device;
use colorize_models::{Encoder, Generator, GeneratorConfig};
use colorize_rt::onnx::{ModelProto, StringStringEntryProto};
use colorize_rt::{Contract, SizeRule, WholeFile};
use colorize_train::checkpoint::{Checkpoint, State};
use prost::Message;

use crate::error::Error;
use crate::graph::{GraphBuilder, Output};
use crate::networks::ToOnnx;
use crate::options::Options;
use crate::passes;
use crate::verify::{Comparison, compare};

/// Writes the generator of a checkpoint as `target`, after every engine at hand has agreed with
/// burn; gives what was compared.
///
/// # Errors
/// The checkpoint is damaged, the options ask for what the network cannot take, an engine disagrees
/// (and the file is not forced), or `target` cannot be written. Whatever was at `target` is then
/// still there.
pub fn export(
    checkpoint: &Checkpoint,
    target: &Path,
    options: &Options,
    onnxruntime: Option<&Path>,
) -> crate::Result<Vec<Comparison>> {
    let generator = checkpoint.generator(&Device::flex())?;
    let config = &checkpoint.state.generator;
    options.check(config)?;
    let mut contract = contract(config, options);
    contract.training_run = provenance(checkpoint, &checkpoint.state);

    let bytes = model(&generator, &contract, options).encode_to_vec();
    let shapes = shapes(config, options.size);
    let comparisons = compare(&bytes, &generator, &shapes, onnxruntime)?;
    let tolerance = options.precision.tolerance();
    if let Some(worst) = comparisons.iter().find(|c| c.difference.max > tolerance)
        && !options.force
    {
        return Err(worst.error(tolerance));
    }
    // Where it is forced, whoever asks the file learns of it here.
    contract.parity = comparisons
        .iter()
        .map(|comparison| comparison.difference.max)
        .reduce(f64::max);
    let bytes = model(&generator, &contract, options).encode_to_vec();
    Contract::from_bytes(&bytes)?;
    write(&bytes, target).map_err(|source| Error::Write {
        path: target.to_path_buf(),
        source,
    })?;
    Ok(comparisons)
}

/// The generator as ONNX, with its contract in `metadata_props`.
pub fn model(generator: &Generator, contract: &Contract, options: &Options) -> ModelProto {
    let mut graph = GraphBuilder::default();
    let last = generator.to_onnx(&mut graph, "", &contract.input.tensor);
    let planes = contract.output.kind.planes();
    let output = Output::maps(&last, &contract.output.tensor, planes);
    let mut model = graph.finish("generator", (&contract.input.tensor, 1), &[output]);
    passes::apply(&mut model, options);
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
    if let Some(side) = options.size {
        contract.working_size = side;
        contract.size = SizeRule::Fixed {
            height: side,
            width: side,
        };
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

/// Batch 1 and 3, square and, where the file takes them, not.
pub(crate) fn shapes(config: &GeneratorConfig, size: Option<u32>) -> Vec<[usize; 4]> {
    let (side, multiple) = (config.resolution, config.multiple());
    match size {
        Some(side) => [1, 3]
            .map(|n| [n, 1, side as usize, side as usize])
            .to_vec(),
        None => vec![
            [1, 1, side, side],
            [3, 1, side, side],
            [1, 1, side - multiple, side + 2 * multiple],
        ],
    }
}

fn write(bytes: &[u8], target: &Path) -> std::io::Result<()> {
    let mut file = WholeFile::create(target)?;
    file.write_all(bytes)?;
    file.finish(true)
}
