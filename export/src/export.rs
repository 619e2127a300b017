//! A checkpoint becomes a file, once it is proven.

use std::path::Path;

use burn::tensor::Device;
use colorize_models::{Encoder, Generator, GeneratorConfig, Head};
use colorize_rt::onnx::{ModelProto, StringStringEntryProto};
use colorize_rt::{Contract, OutputKind, SizeRule, WholeFile};
use colorize_train::checkpoint::{Checkpoint, State};
use prost::Message;

use crate::error::Error;
use crate::graph::{GraphBuilder, Output};
use crate::networks::ToOnnx;
use crate::options::Options;
use crate::passes;
use crate::pixels::{self, PixelComparison};
use crate::verify::{Comparison, compare};

/// What was compared before a file was put in place.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The network with burn.
    pub network: Vec<Comparison>,
    /// A file that takes pixels with the runtime.
    pub pixels: Vec<PixelComparison>,
}

impl Verified {
    /// The first comparison beyond what is allowed.
    fn beyond(&self, tolerance: f64) -> Option<Error> {
        let of_network = |c: &&Comparison| c.measure() > tolerance;
        let network = self.network.iter().find(of_network);
        let network = network.map(|comparison| comparison.error(tolerance));
        let pixels = self.pixels.iter().find(|comparison| !comparison.within());
        network.or_else(|| pixels.map(PixelComparison::error))
    }

    /// The largest difference: of values in [-1, 1], or of a channel as a share of 255.
    fn parity(&self) -> Option<f64> {
        let colours = self.network.iter().filter(|c| c.is_of_colours());
        let network = colours.map(|c| c.difference.max);
        let pixels = self.pixels.iter().map(|c| f64::from(c.most) / 255.0);
        network.chain(pixels).reduce(f64::max)
    }
}

/// Writes the generator of a checkpoint as `target`, after every engine at hand has agreed with
/// burn, and with the runtime, where the file takes pixels; gives what was compared.
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
) -> crate::Result<Verified> {
    let generator = checkpoint.generator(&Device::flex())?;
    let config = &checkpoint.state.generator;
    options.check(config)?;
    let mut contract = contract(config, options);
    contract.training_run = provenance(checkpoint, &checkpoint.state);

    let file = model(&generator, &contract, options);
    let verified = verify(&file, (&generator, config), &contract, options, onnxruntime)?;
    if let Some(error) = verified.beyond(options.precision.tolerance())
        && !options.force
    {
        return Err(error);
    }
    // Where it is forced, whoever asks the file learns of it here.
    contract.parity = verified.parity();
    let bytes = model(&generator, &contract, options).encode_to_vec();
    Contract::from_bytes(&bytes)?;
    put(&bytes, target)?;
    Ok(verified)
}

fn verify(
    file: &ModelProto,
    (generator, config): (&Generator, &GeneratorConfig),
    contract: &Contract,
    options: &Options,
    onnxruntime: Option<&Path>,
) -> crate::Result<Verified> {
    let shapes = shapes(config, options.size);
    let bytes = file.encode_to_vec();
    if !options.bundle_pixels {
        let network = compare(&bytes, generator, &shapes, onnxruntime)?;
        let pixels = Vec::new();
        return Ok(Verified { network, pixels });
    }
    let inside = pixels::network(file)?.encode_to_vec();
    Ok(Verified {
        network: compare(&inside, generator, &shapes, onnxruntime)?,
        pixels: pixels::compare(&bytes, contract, onnxruntime)?,
    })
}

/// The generator as ONNX, with its contract in `metadata_props`. `contract` is the network's, also
/// where the file is to take pixels; [`pixels::contract`] is then the file's.
pub fn model(generator: &Generator, contract: &Contract, options: &Options) -> ModelProto {
    let mut graph = GraphBuilder::default();
    if options.bundle_pixels {
        // What takes a photograph's pixels takes nothing else.
        graph.leave_out_steering();
    }
    let last = generator.to_onnx(&mut graph, "", &contract.input.tensor);
    let planes = contract.output.kind.planes();
    let output = Output::maps(&last, &contract.output.tensor, planes);
    let mut model = graph.finish("generator", (&contract.input.tensor, 1), &[output]);
    passes::apply(&mut model, options);
    let contract = match options.bundle_pixels {
        false => contract.clone(),
        true => {
            model.graph = model.graph.map(|network| pixels::bundle(network, contract));
            pixels::contract(contract)
        }
    };
    passes::set_opset(&mut model, options.opset);
    model.metadata_props = contract
        .to_metadata()
        .into_iter()
        .map(|(key, value)| StringStringEntryProto { key, value })
        .collect();
    model
}

/// What a generator with these figures takes and gives by itself, and what it is called.
pub fn contract(config: &GeneratorConfig, options: &Options) -> Contract {
    let mut contract = colorize_train::contract::contract(config);
    contract.views = options.views;
    if contract.output.kind == OutputKind::Ab {
        contract.output.scale = (Head::CHROMA_SCALE as f32 * options.gain).into();
    }
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

/// Puts a file in place whole; one that is there is replaced.
pub(crate) fn put(bytes: &[u8], target: &Path) -> crate::Result<()> {
    WholeFile::put(target, bytes).map_err(|source| Error::Write {
        path: target.to_path_buf(),
        source,
    })
}
