//! burn, ONNX Runtime (from Rust and from Python) and the built-in engine compute the same numbers.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::PathBuf;

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor, TensorData};
use colorize_export::verify::{Difference, noise, run_burn};
use colorize_export::{Options, contract, model};

use colorize_models::{Encoder, Generator, GeneratorConfig, Head};
use colorize_rt::engine::{Builtin, Engine, OnnxRuntime};
use conformance::{Python, onnxruntime};
use ndarray::Array4;
use prost::Message;

/// As for a file of 32 bits.
const TOLERANCE: f64 = 1e-4;

/// Every kind of network that can be exported.
fn configs() -> Vec<GeneratorConfig> {
    let scratch = GeneratorConfig::default();
    let encoder = GeneratorConfig {
        encoder: Encoder::EfficientnetLite0,
        width: 96,
        head: Head::Distribution,
        ..scratch.clone()
    };
    let with = |change: fn(&mut GeneratorConfig), config: &GeneratorConfig| {
        let mut config = config.clone();
        change(&mut config);
        config
    };
    vec![
        with(|c| c.head = Head::Rgb, &scratch),
        with(|c| (c.resolution, c.width) = (128, 8), &scratch),
        with(|c| c.head = Head::Distribution, &scratch),
        with(|c| c.hints = true, &scratch),
        encoder.clone(),
        with(|c| c.head = Head::Chroma, &encoder),
        with(|c| c.hints = true, &encoder),
        with(|c| c.attention = true, &encoder),
        scratch,
    ]
}

struct Exported {
    generator: Generator,
    bytes: Vec<u8>,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

fn exported(config: &GeneratorConfig, seed: u64) -> Exported {
    let generator = conformance::generator(config, seed).unwrap();
    let contract = contract(config, &Options::default());
    let bytes = model(&generator, &contract, &Options::default()).encode_to_vec();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    std::fs::write(&path, &bytes).unwrap();
    Exported {
        generator,
        bytes,
        path,
        _folder: folder,
    }
}

/// Batch 1 and 3, square and not; slopes with noise, extremes, black. Sides are multiples of
/// `multiple`.
fn inputs(multiple: usize) -> Vec<(&'static str, Array4<f32>)> {
    let checks = Array4::from_shape_fn([1, 1, 64, 64], |(_, _, y, x)| {
        if (x / 4 + y / 4) % 2 == 0 { 1.0 } else { -1.0 }
    });
    let [small, side, large] = [48, 96, 112].map(|side: usize| side.next_multiple_of(multiple));
    vec![
        ("64x64", noise([1, 1, 64, 64], 1)),
        ("batch of 3", noise([3, 1, 64, 64], 2)),
        ("wide", noise([1, 1, small, large], 3)),
        ("tall batch of 3", noise([3, 1, side, 32], 4)),
        ("black", Array4::from_elem([1, 1, 64, 64], -1.0)),
        ("white", Array4::from_elem([1, 1, 64, 64], 1.0)),
        ("extremes", checks),
    ]
}

#[test]
fn every_engine_computes_what_burn_computes() {
    let python = Python::find().unwrap();
    let mut report = Vec::new();
    for (index, config) in configs().iter().enumerate() {
        let exported = exported(config, index as u64);
        let builtin = Builtin::from_bytes(&exported.bytes).unwrap();
        let onnxruntime =
            OnnxRuntime::from_bytes(&exported.bytes, &onnxruntime().unwrap()).unwrap();
        for (name, input) in inputs(config.multiple()) {
            let burn = run_burn(&exported.generator, input.view());
            let results = [
                ("built-in", builtin.run(input.view()).unwrap()),
                ("ONNX Runtime", onnxruntime.run(input.view()).unwrap()),
                (
                    "ONNX Runtime in Python",
                    python.evaluate(&exported.path, &input).unwrap(),
                ),
            ];
            for (engine, result) in results {
                let Difference { max, mean, .. } = Difference::between(&burn, &result);
                let line = format!("{config:?} {name}: {engine} max {max:.1e} mean {mean:.1e}");
                println!("{line}");
                if max > TOLERANCE {
                    report.push(line);
                }
            }
            let spread = burn.fold(0.0_f32, |most, v| most.max(v.abs()));
            assert!(
                spread > 0.01,
                "{name}: a network that paints nothing proves nothing"
            );
        }
    }
    assert!(
        report.is_empty(),
        "beyond {TOLERANCE:e}:\n{}",
        report.join("\n")
    );
}

#[test]
fn the_official_checker_accepts_the_file() {
    let python = Python::find().unwrap();
    for config in &configs() {
        let said = python.check(&exported(config, 0).path).unwrap();
        let (input, output) = match config.head {
            Head::Chroma | Head::Distribution => ("lightness", "chroma"),
            Head::Rgb => ("gray", "rgb"),
        };
        let symbolic = |channels| serde_json::json!(["batch", channels, "height", "width"]);
        assert_eq!(said["inputs"][input], symbolic(1));
        assert_eq!(said["outputs"][output], symbolic(config.head.channels()));
        assert_eq!(said["opset"], 17);
    }
}

/// A distribution that is flat, or all on one colour, would hide what the logits are.
#[test]
fn random_networks_hesitate_between_colours() {
    for (index, config) in configs().iter().enumerate() {
        let generator = conformance::generator(config, index as u64).unwrap();
        let gray = noise([1, 1, 64, 64], 1).into_iter().collect::<Vec<f32>>();
        let gray = TensorData::new(gray, [1, 1, 64, 64]);
        let painted = generator.paint(Tensor::from_data(gray, &Device::flex()), None);
        if let Some(logits) = painted.logits {
            let shares = softmax(logits / config.temperature, 1);
            let largest: f32 = shares.max_dim(1).mean().into_scalar();
            println!("{config:?}: the likeliest colour has {largest:.2}");
            assert!((0.05..0.95).contains(&largest), "{config:?}: {largest}");
        }
    }
}

fn assert_every_weight_counts(config: &GeneratorConfig, side: usize, at_least: usize) {
    let right = exported(config, 7);
    let input = noise([1, 1, side, side], 1);
    let burn = run_burn(&right.generator, input.view());
    let options = Options::default();
    let whole = model(&right.generator, &contract(config, &options), &options);
    let graph = whole.graph.as_ref().unwrap();
    let is_shape = |name: &str| ["flat", "twice", "four_times"].contains(&name);
    let names: Vec<String> = graph
        .initializer
        .iter()
        .filter(|tensor| !is_shape(&tensor.name))
        .map(|tensor| tensor.name.clone())
        .collect();
    assert!(names.len() > at_least, "{names:?}");
    // One weight alone may feed a channel that ReLU silences on this input: six are tried.
    let difference = |name: &str, place: usize| {
        let mut wrong = whole.clone();
        let tensors = &mut wrong.graph.as_mut().unwrap().initializer;
        let tensor = tensors.iter_mut().find(|t| t.name == name).unwrap();
        let (values, _) = tensor.raw_data.as_chunks_mut::<4>();
        let index = place * (values.len() - 1) / 5;
        values[index] = (f32::from_le_bytes(values[index]) + 1.0).to_le_bytes();
        let engine = Builtin::from_bytes(&wrong.encode_to_vec()).unwrap();
        Difference::between(&burn, &engine.run(input.view()).unwrap()).max
    };
    let noticed = |name: &String| (0..6).any(|place| difference(name, place) > TOLERANCE);
    let missed: Vec<&String> = names.iter().filter(|name| !noticed(name)).collect();
    assert!(missed.is_empty(), "not noticed: {missed:?}");
}

#[test]
fn one_wrong_weight_is_caught() {
    assert_every_weight_counts(&GeneratorConfig::default(), 64, 30);
}

#[test]
fn one_wrong_weight_of_the_pretrained_encoder_s_network_is_caught() {
    let config = GeneratorConfig {
        encoder: Encoder::EfficientnetLite0,
        width: 32,
        head: Head::Distribution,
        attention: true,
        ..GeneratorConfig::default()
    };
    // At 128 the deepest maps are 4x4: the corners of a 5x5 kernel see something.
    assert_every_weight_counts(&config, 128, 100);
}

fn assert_names(config: &GeneratorConfig, expected: &[&str]) {
    let generator = conformance::generator(config, 0).unwrap();
    let options = Options::default();
    let exported = model(&generator, &contract(config, &options), &options);
    let graph = exported.graph.unwrap();
    let has = |name: &str| graph.initializer.iter().any(|tensor| tensor.name == name);
    for name in expected {
        assert!(has(name), "{name}");
    }
    assert!(!has("palette.weight"), "hints are no part of the file");
    let mut names: Vec<_> = graph.node.iter().map(|node| &node.name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), graph.node.len(), "two nodes share a name");
}

#[test]
fn names_are_the_modules_paths() {
    for hints in [false, true] {
        let mut config = GeneratorConfig {
            hints,
            ..GeneratorConfig::default()
        };
        let of_unet = [
            "down.0.conv1.weight",
            "down.3.conv2.bias",
            "down_attention.gamma",
            "up.2.block.conv1.weight",
            "up.0.conv.weight",
            "up_attention.f.weight",
            "output.bias",
        ];
        assert_names(&config, &of_unet);
        config.encoder = Encoder::EfficientnetLite0;
        config.attention = true;
        let of_encoder_unet = [
            "encoder.stem.weight",
            "encoder.blocks.0.depthwise.bias",
            "encoder.blocks.15.expand.weight",
            "encoder.blocks.15.project.bias",
            "middle.weight",
            "up.2.conv.bias",
            "attention.gamma",
            "last.weight",
            "output.bias",
        ];
        assert_names(&config, &of_encoder_unet);
    }
}
