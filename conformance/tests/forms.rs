//! Every form in which a file can be written computes what burn computes, and says what it is.
#![allow(clippy::unwrap_used)]

use colorize_export::verify::{Difference, noise, run_burn};
use colorize_export::{OPSETS, Options, Precision, contract, inspect, layers, model};
use colorize_models::{Encoder, Generator, GeneratorConfig, Head};
use colorize_rt::engine::{Builtin, Engine, OnnxRuntime};
use colorize_rt::{Contract, SizeRule};
use conformance::{Python, onnxruntime};
use ndarray::Array4;
use prost::Message;

/// One of each kind of network.
fn configs() -> [GeneratorConfig; 2] {
    let scratch = GeneratorConfig {
        width: 8,
        ..GeneratorConfig::default()
    };
    let encoder = GeneratorConfig {
        encoder: Encoder::EfficientnetLite0,
        width: 32,
        head: Head::Distribution,
        attention: true,
        ..scratch.clone()
    };
    [scratch, encoder]
}

fn network(config: &GeneratorConfig) -> Generator {
    conformance::generator(config, 3).unwrap()
}

fn bytes(config: &GeneratorConfig, options: &Options) -> Vec<u8> {
    model(&network(config), &contract(config, options), options).encode_to_vec()
}

fn difference(config: &GeneratorConfig, engine: &dyn Engine, input: &Array4<f32>) -> f64 {
    let burn = run_burn(&network(config), input.view());
    Difference::between(&burn, &engine.run(input.view()).unwrap()).max
}

/// Writes the bytes where Python can read them, and asks the official checker.
fn check(bytes: &[u8]) -> serde_json::Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    std::fs::write(&path, bytes).unwrap();
    Python::find().unwrap().check(&path).unwrap()
}

#[test]
fn weights_of_16_bits_halve_the_file_and_hardly_change_it() {
    for config in configs() {
        let whole = bytes(&config, &Options::default());
        let options = Options {
            precision: Precision::F16Weights,
            ..Options::default()
        };
        let half = bytes(&config, &options);
        assert!(half.len() < whole.len() * 55 / 100, "{}", half.len());
        check(&half);
        let input = noise([1, 1, 64, 96], 1);
        let tolerance = Precision::F16Weights.tolerance();
        let library = onnxruntime().unwrap();
        let engines: [Box<dyn Engine>; 2] = [
            Box::new(Builtin::from_bytes(&half).unwrap()),
            Box::new(OnnxRuntime::from_bytes(&half, &library).unwrap()),
        ];
        for engine in engines {
            let far = difference(&config, engine.as_ref(), &input);
            println!("{config:?} f16-weights, {}: {far:.1e}", engine.name());
            assert!(far < tolerance, "{far}");
            assert!(far > 1e-6, "rounding must show: {far}");
        }
    }
}

#[test]
fn arithmetic_of_16_bits_stays_near() {
    for config in configs() {
        let options = Options {
            precision: Precision::F16,
            ..Options::default()
        };
        let half = bytes(&config, &options);
        let said = check(&half);
        assert_eq!(said["opset"], 17);
        let engines: [Box<dyn Engine>; 2] = [
            Box::new(Builtin::from_bytes(&half).unwrap()),
            Box::new(OnnxRuntime::from_bytes(&half, &onnxruntime().unwrap()).unwrap()),
        ];
        for engine in engines {
            let far = difference(&config, engine.as_ref(), &noise([1, 1, 64, 96], 1));
            println!("{config:?} f16, {}: {far:.1e}", engine.name());
            assert!(far < Precision::F16.tolerance(), "{far}");
        }
    }
}

#[test]
fn every_opset_means_the_same() {
    let [scratch, encoder] = configs();
    for opset in OPSETS {
        for config in [&scratch, &encoder] {
            let options = Options {
                opset,
                ..Options::default()
            };
            let file = bytes(config, &options);
            assert_eq!(check(&file)["opset"], opset);
            let engine = OnnxRuntime::from_bytes(&file, &onnxruntime().unwrap()).unwrap();
            let far = difference(config, &engine, &noise([1, 1, 64, 32], 1));
            assert!(far < 1e-4, "opset {opset}: {far}");
        }
    }
}

#[test]
fn a_fixed_size_is_part_of_the_file_and_of_its_contract() {
    for config in configs() {
        let options = Options {
            size: Some(96),
            ..Options::default()
        };
        let file = bytes(&config, &options);
        let said = check(&file);
        let shape = serde_json::json!(["batch", 1, 96, 96]);
        assert_eq!(said["inputs"]["lightness"], shape);
        let contract = Contract::from_bytes(&file).unwrap();
        let side = 96;
        assert_eq!(
            contract.size,
            SizeRule::Fixed {
                height: side,
                width: side
            }
        );
        let engine = OnnxRuntime::from_bytes(&file, &onnxruntime().unwrap()).unwrap();
        assert!(difference(&config, &engine, &noise([2, 1, 96, 96], 1)) < 1e-4);
        assert!(engine.run(noise([1, 1, 64, 64], 1).view()).is_err());
    }
}

#[test]
fn probes_are_the_modules_paths_in_every_precision() {
    for config in configs() {
        for precision in [Precision::F32, Precision::F16Weights, Precision::F16] {
            let options = Options {
                precision,
                probe: true,
                ..Options::default()
            };
            let file = bytes(&config, &options);
            let said = check(&file);
            let outputs = said["outputs"].as_object().unwrap();
            assert!(outputs.contains_key("chroma"));
            assert!(outputs.len() > 30, "{precision}: {}", outputs.len());
            let engine = OnnxRuntime::from_bytes(&file, &onnxruntime().unwrap()).unwrap();
            let name = match config.encoder {
                Encoder::Scratch => "down.1.conv1",
                Encoder::EfficientnetLite0 => "encoder.blocks.3.depthwise",
            };
            let input = noise([1, 1, 64, 64], 1);
            let maps = engine.run_with(input.view(), &[], &[name]).unwrap();
            assert_eq!(maps[0].ndim(), 4, "{precision}");
            let far = difference(&config, &engine, &input);
            assert!(far < precision.tolerance(), "{precision}: {far}");
        }
    }
}

#[test]
fn the_first_wrong_layer_is_named() {
    let library = onnxruntime().unwrap();
    for (config, wrong) in configs()
        .iter()
        .zip(["up.0.conv", "encoder.blocks.5.expand"])
    {
        let generator = network(config);
        let input = noise([1, 1, 64, 64], 1);
        for precision in [Precision::F32, Precision::F16Weights, Precision::F16] {
            let options = Options {
                precision,
                ..Options::default()
            };
            let file = bytes(config, &options);
            let right = layers::compare(&file, &generator, input.view(), Some(&library)).unwrap();
            println!("{right}");
            assert!(right.first_beyond().is_none(), "{precision}");
            assert!(right.layers.len() > 20);

            let mut model = colorize_rt::onnx::ModelProto::decode(&*file).unwrap();
            let tensors = &mut model.graph.as_mut().unwrap().initializer;
            let name = format!("{wrong}.weight");
            let tensor = tensors.iter_mut().find(|t| t.name == name).unwrap();
            tensor.raw_data.fill(0);
            let file = model.encode_to_vec();
            let found = layers::compare(&file, &generator, input.view(), Some(&library)).unwrap();
            assert_eq!(found.first_beyond().unwrap().name, wrong, "{precision}");
        }
    }
}

#[test]
fn the_same_network_gives_the_same_bytes() {
    for config in configs() {
        for precision in [Precision::F32, Precision::F16Weights, Precision::F16] {
            let options = Options {
                precision,
                ..Options::default()
            };
            assert_eq!(bytes(&config, &options), bytes(&config, &options));
        }
    }
}

#[test]
fn what_inspection_counts_is_what_the_network_says() {
    for config in configs() {
        let generator = network(&config);
        let described = generator.describe([64, 64]);
        let expected: u64 = described.iter().map(|layer| layer.multiply_adds).sum();
        for precision in [Precision::F32, Precision::F16Weights] {
            let options = Options {
                precision,
                ..Options::default()
            };
            let said = inspect::inspect(&bytes(&config, &options)).unwrap();
            assert_eq!(said.multiply_adds, Some(expected), "{precision}");
            assert_eq!(said.precision, precision.to_string());
            assert_eq!(said.opset, 17);
            assert_eq!(said.contract_error, None);
            assert!(said.operators["Conv"] > 20);
        }
    }
    assert!(inspect::inspect(b"rubbish").is_err());
}
