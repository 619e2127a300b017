//! burn, ONNX Runtime (from Rust and from Python) and the built-in engine compute the same numbers.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::PathBuf;

use colorize_export::verify::{Difference, TOLERANCE, noise, run_burn};
use colorize_export::{Options, contract, model};
use colorize_models::{Generator, GeneratorConfig, Head};
use colorize_rt::engine::{Builtin, Engine, OnnxRuntime};
use conformance::{Python, onnxruntime};
use ndarray::Array4;
use prost::Message;

const CONFIGS: [GeneratorConfig; 3] = [
    GeneratorConfig {
        resolution: 64,
        width: 16,
        head: Head::Chroma,
    },
    GeneratorConfig {
        resolution: 64,
        width: 16,
        head: Head::Rgb,
    },
    GeneratorConfig {
        resolution: 128,
        width: 8,
        head: Head::Chroma,
    },
];

struct Exported {
    generator: Generator,
    bytes: Vec<u8>,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

fn exported(config: &GeneratorConfig, seed: u64) -> Exported {
    let generator = conformance::generator(config, seed).unwrap();
    let contract = contract(config, &Options::default());
    let bytes = model(&generator, &contract).encode_to_vec();
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

/// Batch 1 and 3, square and not; slopes with noise, extremes, black.
fn inputs() -> Vec<(&'static str, Array4<f32>)> {
    let checks = Array4::from_shape_fn([1, 1, 64, 64], |(_, _, y, x)| {
        if (x / 4 + y / 4) % 2 == 0 { 1.0 } else { -1.0 }
    });
    vec![
        ("64x64", noise([1, 1, 64, 64], 1)),
        ("batch of 3", noise([3, 1, 64, 64], 2)),
        ("wide", noise([1, 1, 48, 112], 3)),
        ("tall batch of 3", noise([3, 1, 96, 32], 4)),
        ("black", Array4::from_elem([1, 1, 64, 64], -1.0)),
        ("white", Array4::from_elem([1, 1, 64, 64], 1.0)),
        ("extremes", checks),
    ]
}

#[test]
fn every_engine_computes_what_burn_computes() {
    let python = Python::find().unwrap();
    let mut report = Vec::new();
    for (index, config) in CONFIGS.iter().enumerate() {
        let exported = exported(config, index as u64);
        let builtin = Builtin::from_bytes(&exported.bytes).unwrap();
        let onnxruntime =
            OnnxRuntime::from_bytes(&exported.bytes, &onnxruntime().unwrap()).unwrap();
        for (name, input) in inputs() {
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
                let Difference { max, mean } = Difference::between(&burn, &result);
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
    for config in &CONFIGS {
        let said = python.check(&exported(config, 0).path).unwrap();
        let (input, output) = match config.head {
            Head::Chroma => ("lightness", "chroma"),
            Head::Rgb => ("gray", "rgb"),
        };
        let symbolic = |channels| serde_json::json!(["batch", channels, "height", "width"]);
        assert_eq!(said["inputs"][input], symbolic(1));
        assert_eq!(said["outputs"][output], symbolic(config.head.channels()));
        assert_eq!(said["opset"], 17);
    }
}

#[test]
fn one_wrong_weight_is_caught() {
    let config = &CONFIGS[0];
    let right = exported(config, 7);
    let input = noise([1, 1, 64, 64], 1);
    let burn = run_burn(&right.generator, input.view());
    let names: Vec<String> = model(&right.generator, &contract(config, &Options::default()))
        .graph
        .unwrap()
        .initializer
        .iter()
        .filter(|tensor| !["flat", "twice"].contains(&tensor.name.as_str()))
        .map(|tensor| tensor.name.clone())
        .collect();
    assert!(names.len() > 30, "{names:?}");
    // One weight alone may feed a channel that ReLU silences on this input: three are tried.
    let difference = |name: &str, place: usize| {
        let mut wrong = model(&right.generator, &contract(config, &Options::default()));
        let tensors = &mut wrong.graph.as_mut().unwrap().initializer;
        let tensor = tensors.iter_mut().find(|t| t.name == name).unwrap();
        let (values, _) = tensor.raw_data.as_chunks_mut::<4>();
        let index = place * (values.len() - 1) / 2;
        values[index] = (f32::from_le_bytes(values[index]) + 0.1).to_le_bytes();
        let engine = Builtin::from_bytes(&wrong.encode_to_vec()).unwrap();
        Difference::between(&burn, &engine.run(input.view()).unwrap()).max
    };
    let noticed = |name: &String| (0..3).any(|place| difference(name, place) > TOLERANCE);
    let missed: Vec<&String> = names.iter().filter(|name| !noticed(name)).collect();
    assert!(missed.is_empty(), "not noticed: {missed:?}");
}

#[test]
fn names_are_the_modules_paths() {
    let exported = model(
        &conformance::generator(&CONFIGS[0], 0).unwrap(),
        &contract(&CONFIGS[0], &Options::default()),
    );
    let graph = exported.graph.unwrap();
    let has = |name: &str| graph.initializer.iter().any(|tensor| tensor.name == name);
    for name in [
        "down.0.conv1.weight",
        "down.3.conv2.bias",
        "down_attention.gamma",
        "up.2.block.conv1.weight",
        "up.0.conv.weight",
        "up_attention.f.weight",
        "output.bias",
    ] {
        assert!(has(name), "{name}");
    }
    let mut names: Vec<_> = graph.node.iter().map(|node| &node.name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), graph.node.len(), "two nodes share a name");
}
