//! Every kind of network that can be exported.

use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::tensor::Device;
use colorize_export::verify::any_axes;
use colorize_export::{Options, Precision, companions, contract, model};
use colorize_models::{
    Discriminator, DiscriminatorConfig, Encoder, Generator, GeneratorConfig, Head,
};
use colorize_rt::Contract;
use colorize_train::checkpoint::Checkpoint;
use colorize_train::perceptual::{Classifier, Network, PerceptualConfig};

use crate::inputs::{self, Input, LARGEST_WITH_ATTENTION};
use crate::random::{generator, large_activations, random};
use crate::subject::{MAPS, PLANES, Subject};

/// The kinds of generators.
pub fn configs() -> Vec<(&'static str, GeneratorConfig)> {
    let reference = GeneratorConfig::default();
    let encoder = GeneratorConfig {
        encoder: Encoder::EfficientnetLite0,
        width: 96,
        head: Head::Distribution,
        ..reference.clone()
    };
    let with = |change: fn(&mut GeneratorConfig), config: &GeneratorConfig| {
        let mut config = config.clone();
        change(&mut config);
        config
    };
    vec![
        ("reference, RGB", with(|c| c.head = Head::Rgb, &reference)),
        ("reference, chroma", reference.clone()),
        (
            "reference for 128x128, chroma",
            with(|c| (c.resolution, c.width) = (128, 8), &reference),
        ),
        (
            "reference, distribution",
            with(|c| c.head = Head::Distribution, &reference),
        ),
        (
            "reference, chroma, hints",
            with(|c| c.hints = true, &reference),
        ),
        ("encoder, chroma", with(|c| c.head = Head::Chroma, &encoder)),
        ("encoder, distribution", encoder.clone()),
        (
            "encoder, distribution, hints",
            with(|c| c.hints = true, &encoder),
        ),
        (
            "encoder, distribution, attention",
            with(|c| c.attention = true, &encoder),
        ),
    ]
}

/// A generator as a subject; what goes in is as large as it bears.
///
/// # Errors
/// A photograph of the repository cannot be read.
pub fn subject(
    name: impl Into<String>,
    config: &GeneratorConfig,
    network: Generator,
) -> Result<Subject, String> {
    let largest = match (config.encoder, config.attention) {
        (Encoder::EfficientnetLite0, false) => 512,
        _ => LARGEST_WITH_ATTENTION,
    };
    let Contract {
        input,
        output,
        steering,
        ..
    } = contract(config, &Options::default());
    let further = steering.confidence.map(|name| (name, PLANES));
    let logits = steering.distribution.map(|of| (of.tensor, MAPS));
    let outputs = [(output.tensor, PLANES)].into_iter().chain(further);
    let mut inputs = inputs::gray(largest)?;
    if steering.hints.is_some() {
        let with_hints = |(number, input): (usize, Input)| input.with_hints(number as u64);
        inputs = inputs.into_iter().enumerate().map(with_hints).collect();
    }
    let (config, burn) = (config.clone(), network.clone());
    Ok(Subject {
        name: name.into(),
        input: input.tensor,
        outputs: outputs.chain(logits).collect(),
        inputs,
        model: Box::new(move |precision| {
            let options = Options {
                precision,
                ..Options::default()
            };
            model(&network, &contract(&config, &options), &options)
        }),
        burn: Box::new(move |input, device| {
            let network = burn.clone().to_device(device);
            let given = input.given.as_ref();
            let hints = given.map(|given| given.hints(device));
            let painted = network.paint(input.tensor(device), hints.as_ref());
            let further = [network.confidence(&painted), painted.logits];
            let further = further.into_iter().flatten().map(any_axes);
            [any_axes(painted.planes)]
                .into_iter()
                .chain(further)
                .collect()
        }),
    })
}

/// Every kind of generator with random weights of a seed.
///
/// # Errors
/// As [`subject`].
pub fn generators(seed: u64) -> Result<Vec<Subject>, String> {
    let of = |(name, config): (&str, GeneratorConfig)| {
        let network = generator(&config, seed).map_err(|e| e.to_string())?;
        subject(format!("{name}, seed {seed}"), &config, network)
    };
    configs().into_iter().map(of).collect()
}

/// One generator of each family, with values a hundred times as large inside.
///
/// # Errors
/// As [`subject`].
pub fn large() -> Result<Vec<Subject>, String> {
    let of = |(name, config): (&str, GeneratorConfig)| {
        let network = generator(&config, 3).map_err(|e| e.to_string())?;
        let network = large_activations(network);
        let name = format!("{name}, large activations");
        subject(name, &config, network)
    };
    let wanted = ["reference, chroma", "encoder, distribution"];
    let configs = configs().into_iter();
    configs
        .filter(|(name, _)| wanted.contains(name))
        .map(of)
        .collect()
}

/// Where the weights are that the program carries.
pub fn shipped_checkpoint() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/pretrained/checkpoint")
}

/// The network with the shipped weights.
///
/// # Errors
/// The checkpoint cannot be read.
pub fn shipped() -> Result<(GeneratorConfig, Generator), String> {
    let checkpoint = Checkpoint::open(&shipped_checkpoint()).map_err(|e| e.to_string())?;
    let network = checkpoint.generator(&Device::flex());
    let network = network.map_err(|e| e.to_string())?;
    Ok((checkpoint.state.generator, network))
}

/// The discriminators of 64 and 128 pixels.
///
/// # Errors
/// None but a mistake in here.
pub fn discriminators(seed: u64) -> Result<Vec<Subject>, String> {
    let of = |resolution: usize| {
        let config = DiscriminatorConfig {
            resolution,
            width: 8,
        };
        let network = config.init(&Device::flex()).map_err(|e| e.to_string())?;
        let network: Discriminator = random(network, seed);
        let burn = network.clone();
        Ok(Subject {
            name: format!("discriminator for {resolution}x{resolution}, seed {seed}"),
            input: "rgb".to_owned(),
            outputs: vec![("logits".to_owned(), MAPS)],
            inputs: inputs::rgb(resolution),
            model: Box::new(move |_| companions::discriminator(&network)),
            burn: Box::new(move |input, device| {
                let network = burn.clone().to_device(device);
                let made = network.forward(input.tensor(device));
                vec![any_axes(made)]
            }),
        })
    };
    [64, 128].into_iter().map(of).collect()
}

/// The perceptual networks.
///
/// # Errors
/// None but a mistake in here.
pub fn perceptual(seed: u64) -> Result<Vec<Subject>, String> {
    let of = |(name, network, layers, outputs): (&str, Network, [&str; 2], [&str; 2])| {
        let config = PerceptualConfig {
            network,
            layers: layers.map(str::to_owned).to_vec(),
            ..PerceptualConfig::default()
        };
        let network = Classifier::init(&config, &Device::flex()).map_err(|e| e.to_string())?;
        let network = with_random_weights(network, seed);
        let burn = network.clone();
        Ok(Subject {
            name: format!("perceptual network {name}, seed {seed}"),
            input: "rgb".to_owned(),
            outputs: outputs.map(|name| (name.to_owned(), MAPS)).to_vec(),
            inputs: inputs::rgb(64),
            model: Box::new(move |_| companions::classifier(&network)),
            burn: Box::new(move |input, device| {
                let network = match burn.clone() {
                    Classifier::EfficientNetLite(network, stages) => {
                        Classifier::EfficientNetLite(network.to_device(device), stages)
                    }
                    Classifier::Vgg(network) => Classifier::Vgg(network.to_device(device)),
                };
                let features = network.features(input.tensor(device));
                features.into_iter().map(any_axes).collect()
            }),
        })
    };
    let lite = ["stage2", "stage5"];
    let vgg = ["conv1_2", "conv2_2"];
    let vgg_outputs = ["conv1_2.features", "conv2_2.features"];
    let all = [
        ("EfficientNet-Lite0", Network::EfficientnetLite0, lite, lite),
        ("VGG16", Network::Vgg16, vgg, vgg_outputs),
    ];
    all.into_iter().map(of).collect()
}

fn with_random_weights(network: Classifier, seed: u64) -> Classifier {
    match network {
        Classifier::EfficientNetLite(network, stages) => {
            Classifier::EfficientNetLite(random(network, seed), stages)
        }
        Classifier::Vgg(network) => Classifier::Vgg(random(network, seed)),
    }
}

/// All forms in which a generator can be written.
pub const ALL_PRECISIONS: &[Precision] = &[Precision::F32, Precision::F16Weights, Precision::F16];
