//! Graphs have nothing in them that is not needed.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, HashSet};

use burn::tensor::Device;
use colorize_export::companions::{classifier, discriminator};
use colorize_export::{Options, Precision, contract, model};
use colorize_models::{DiscriminatorConfig, Encoder, GeneratorConfig, Head};
use colorize_rt::onnx::{GraphProto, ModelProto};
use colorize_train::perceptual::{Classifier, Network, PerceptualConfig};

/// One of each kind of network, with what must be single nodes: Softmax and Resize.
fn configs() -> [(GeneratorConfig, usize, usize); 4] {
    let chroma = GeneratorConfig {
        width: 8,
        ..GeneratorConfig::default()
    };
    let coarse = GeneratorConfig {
        head: Head::Distribution,
        ..chroma.clone()
    };
    let encoder = GeneratorConfig {
        encoder: Encoder::EfficientnetLite0,
        width: 32,
        attention: true,
        ..coarse.clone()
    };
    let rgb = GeneratorConfig {
        head: Head::Rgb,
        ..chroma.clone()
    };
    // Attention twice, a head; three or four steps up, a head.
    [(chroma, 2, 3), (rgb, 2, 3), (coarse, 3, 4), (encoder, 2, 4)]
}

/// What is wrong with a graph.
fn waste(model: &ModelProto, widened_weights: bool) -> Vec<String> {
    let graph = model.graph.as_ref().unwrap();
    let taken: HashSet<&str> = graph
        .node
        .iter()
        .flat_map(|node| &node.input)
        .chain(graph.output.iter().map(|value| &value.name))
        .map(String::as_str)
        .collect();
    let constants: HashSet<&str> = graph.initializer.iter().map(|t| &*t.name).collect();
    let mut made = HashSet::new();
    let mut waste = Vec::new();
    for tensor in &graph.initializer {
        if !taken.contains(&*tensor.name) {
            waste.push(format!("constant {} is not used", tensor.name));
        }
    }
    for node in &graph.node {
        if !node.output.iter().any(|output| taken.contains(&**output)) {
            waste.push(format!("node {} is not used", node.name));
        }
        let folds = node
            .input
            .iter()
            .all(|i| constants.contains(&**i) || i.is_empty());
        let widens = widened_weights && node.op_type == "Cast";
        if folds && !widens {
            waste.push(format!("node {} could be a constant", node.name));
        }
        if !made.insert(&*node.name) {
            waste.push(format!("two nodes are called {}", node.name));
        }
    }
    waste
}

fn count(graph: &GraphProto) -> BTreeMap<&str, usize> {
    let mut operators = BTreeMap::new();
    for node in graph.node.iter().filter(|n| !n.name.starts_with("pixels.")) {
        *operators.entry(&*node.op_type).or_default() += 1;
    }
    operators
}

#[test]
fn every_form_is_lean() {
    let mut problems = Vec::new();
    for (config, softmaxes, resizes) in configs() {
        let generator = conformance::generator(&config, 0).unwrap();
        for precision in [Precision::F32, Precision::F16Weights, Precision::F16] {
            for (size, probe, bundle_pixels, opset) in [
                (None, false, false, 17),
                (Some(96), false, false, 17),
                (None, true, false, 17),
                (None, false, true, 17),
                (None, false, true, 18),
                (Some(96), false, true, 17),
                (Some(96), true, true, 21),
            ] {
                let options = Options {
                    precision,
                    size,
                    probe,
                    bundle_pixels,
                    opset,
                    ..Options::default()
                };
                let model = model(&generator, &contract(&config, &options), &options);
                let name = format!("{config:?} {options:?}");
                let widened = precision == Precision::F16Weights;
                let found = waste(&model, widened);
                problems.extend(found.iter().map(|waste| format!("{name}: {waste}")));
                let graph = model.graph.as_ref().unwrap();
                println!("{name}: {} nodes", graph.node.len());
                let operators = count(graph);
                let of = |operator: &str| operators.get(operator).copied().unwrap_or(0);
                // How sure a distribution is, is enlarged, too; pixels leave it out.
                let sure = config.head == Head::Distribution && !bundle_pixels;
                let resizes = resizes + usize::from(sure);
                let single = (of("Softmax"), of("Resize")) == (softmaxes, resizes);
                if !single || (size.is_some() && of("Shape") > 0) {
                    problems.push(format!("{name}: {operators:?}"));
                }
                // What a softmax, a leaky ReLU or an enlargement would be taken apart into.
                for part in [
                    "Exp",
                    "ReduceSum",
                    "Where",
                    "Expand",
                    "Tile",
                    "Gather",
                    "Max",
                ] {
                    if of(part) > 0 {
                        problems.push(format!("{name}: {part} in the network"));
                    }
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn companions_are_lean() {
    let device = Device::flex();
    let config = DiscriminatorConfig {
        resolution: 64,
        width: 8,
    };
    let critic = discriminator(&config.init(&device).unwrap());
    assert_eq!(waste(&critic, false), Vec::<String>::new());
    let operators = count(critic.graph.as_ref().unwrap());
    // One after each convolution but attention's three; none taken apart.
    assert_eq!(
        operators["LeakyRelu"],
        operators["Conv"] - 3,
        "{operators:?}"
    );
    assert_eq!(operators["Softmax"], 1);

    for (network, layers) in [
        (Network::EfficientnetLite0, ["stage2", "stage5"]),
        (Network::Vgg16, ["conv1_2", "conv2_2"]),
    ] {
        let config = PerceptualConfig {
            network,
            layers: layers.map(str::to_owned).to_vec(),
            ..PerceptualConfig::default()
        };
        let model = classifier(&Classifier::init(&config, &device).unwrap());
        assert_eq!(waste(&model, false), Vec::<String>::new(), "{network:?}");
    }
}
