//! Hints, confidence and the distribution: the engines compute what burn computes.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use burn::tensor::Device;
use colorize_export::verify::{Difference, Given, What, given, noise, run_burn, run_burn_with};
use colorize_export::{Options, Precision, contract, layers, model};
use colorize_models::{Encoder, Generator, GeneratorConfig, Head};
use colorize_rt::Contract;
use colorize_rt::engine::{Builtin, Engine, OnnxRuntime};
use colorize_train::checkpoint::Checkpoint;
use conformance::onnxruntime;
use ndarray::{Array4, Ix4};
use prost::Message;

/// One of each kind of network that takes hints.
fn configs() -> [GeneratorConfig; 3] {
    let scratch = GeneratorConfig {
        width: 8,
        hints: true,
        ..GeneratorConfig::default()
    };
    let distribution = GeneratorConfig {
        head: Head::Distribution,
        ..scratch.clone()
    };
    let encoder = GeneratorConfig {
        encoder: Encoder::EfficientnetLite0,
        width: 32,
        attention: true,
        ..distribution.clone()
    };
    [scratch, distribution, encoder]
}

fn bytes(generator: &Generator, config: &GeneratorConfig, precision: Precision) -> Vec<u8> {
    let options = Options {
        precision,
        ..Options::default()
    };
    model(generator, &contract(config, &options), &options).encode_to_vec()
}

fn engines(bytes: &[u8]) -> [Box<dyn Engine>; 2] {
    let library = onnxruntime().unwrap();
    [
        Box::new(Builtin::from_bytes(bytes).unwrap()),
        Box::new(OnnxRuntime::from_bytes(bytes, &library).unwrap()),
    ]
}

fn four(array: ndarray::ArrayD<f32>) -> Array4<f32> {
    array.into_dimensionality::<Ix4>().unwrap()
}

/// Every output with hints, and the colours without, in both engines.
fn assert_agree(generator: &Generator, file: &[u8], shape: [usize; 4], tolerance: f64) {
    let input = noise(shape, 1);
    let hints = given(shape, 2);
    let expected = run_burn_with(generator, input.view(), Some(&hints));
    let names: Vec<&str> = expected.iter().map(|(name, ..)| &**name).collect();
    let plain = run_burn(generator, input.view());
    for engine in engines(file) {
        let near = |what: &dyn std::fmt::Display, difference: f64| {
            println!("{}, {shape:?}, {what}: {difference:.1e}", engine.name());
            assert!(
                difference <= tolerance,
                "{}: {what}: {difference}",
                engine.name()
            );
        };
        let made = engine.run(input.view()).unwrap();
        near(&"no hints", Difference::between(&plain, &made).max);
        let tensors = hints.tensors();
        let made = engine.run_with(input.view(), &tensors, &names).unwrap();
        for ((_, what, expected), made) in expected.iter().zip(made) {
            let difference = Difference::between(expected, &four(made));
            near(
                what,
                match what {
                    What::Logits => difference.relative,
                    _ => difference.max,
                },
            );
        }
    }
}

#[test]
fn random_networks_agree_with_hints() {
    for (index, config) in configs().iter().enumerate() {
        let generator = conformance::generator(config, index as u64).unwrap();
        for precision in [Precision::F32, Precision::F16Weights] {
            let file = bytes(&generator, config, precision);
            let tolerance = precision.tolerance();
            for shape in [[1, 1, 64, 64], [3, 1, 64, 96]] {
                assert_agree(&generator, &file, shape, tolerance);
            }
        }
    }
}

#[test]
fn every_layer_agrees_with_hints() {
    let library = onnxruntime().unwrap();
    for config in &configs() {
        let generator = conformance::generator(config, 4).unwrap();
        let file = bytes(&generator, config, Precision::F32);
        let input = noise([1, 1, 64, 64], 1);
        let layers = layers::compare(&file, &generator, input.view(), Some(&library)).unwrap();
        assert!(layers.first_beyond().is_none(), "{layers}");
        let sure = layers
            .layers
            .iter()
            .any(|layer| layer.name == "(confidence)");
        assert_eq!(sure, config.head == Head::Distribution);
    }
}

/// A hint that changed nothing would agree everywhere.
#[test]
fn hints_and_palettes_change_what_random_networks_paint() {
    for config in &configs() {
        let generator = conformance::generator(config, 5).unwrap();
        let shape = [1, 1, 64, 64];
        let input = noise(shape, 1);
        let plain = run_burn(&generator, input.view());
        let all = given(shape, 2);
        let points = Given {
            palette: all.palette.mapv(|_| 0.0),
            ..all.clone()
        };
        let palette = Given {
            planes: all.planes.mapv(|_| 0.0),
            ..all
        };
        for hints in [points, palette] {
            let (_, _, painted) = &run_burn_with(&generator, input.view(), Some(&hints))[0];
            assert!(Difference::between(&plain, painted).max > 1e-3);
        }
    }
}

#[test]
fn confidence_is_between_0_and_1_and_zeros_are_no_hints() {
    for config in &configs()[1..] {
        let generator = conformance::generator(config, 6).unwrap();
        let shape = [2, 1, 64, 64];
        let input = noise(shape, 1);
        let file = bytes(&generator, config, Precision::F32);
        for engine in engines(&file) {
            let run = |given: &[_], name| engine.run_with(input.view(), given, &[name]).unwrap();
            let sure = four(run(&[], "confidence").remove(0));
            assert_eq!(sure.dim(), (2, 1, 64, 64));
            assert!(sure.iter().all(|v| (0.0..=1.0).contains(v)));
            let zeros = Given {
                planes: Array4::zeros([2, 3, 64, 64]),
                palette: given(shape, 0).palette.mapv(|_| 0.0),
            };
            let with_zeros = run(&zeros.tensors(), "chroma").remove(0);
            assert_eq!(four(with_zeros), engine.run(input.view()).unwrap());
            let unknown = engine.run_with(input.view(), &[], &["certainty"]);
            assert!(unknown.is_err());
        }
    }
}

#[test]
fn the_shipped_file_agrees_with_its_checkpoint() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/pretrained");
    let checkpoint = Checkpoint::open(&folder.join("checkpoint")).unwrap();
    let generator = checkpoint.generator(&Device::flex()).unwrap();
    let file = std::fs::read(folder.join("../../runtime/model/colorizer.onnx")).unwrap();
    let contract = Contract::from_bytes(&file).unwrap();
    let steering = &contract.steering;
    assert!(steering.hints.is_some() && steering.palette.is_some());
    assert!(steering.confidence.is_some() && steering.distribution.is_some());
    let tolerance = Precision::F16Weights.tolerance();
    assert_agree(&generator, &file, [1, 1, 128, 160], tolerance);
}
