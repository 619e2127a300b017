//! burn, ONNX Runtime (from Rust and from Python) and the built-in engine compute the same numbers: the
//! matrix's fast part.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::PathBuf;

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor, TensorData};
use colorize_export::verify::{Difference, noise, run_burn_with};
use colorize_export::{Options, Precision, contract, model};

use colorize_models::{Encoder, Generator, GeneratorConfig, Head};
use colorize_rt::engine::{Builtin, Engine, Provider};
use conformance::{
    Column, Kind, MUTATIONS, PixelDifference, Python, Row, Subject, generators, onnxruntime,
};
use prost::Message;

/// As for a file of 32 bits.
const TOLERANCE: f64 = 1e-4;

fn configs() -> impl Iterator<Item = GeneratorConfig> {
    conformance::configs().into_iter().map(|(_, config)| config)
}

struct Exported {
    generator: Generator,
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
        path,
        _folder: folder,
    }
}

/// The engines that are always at hand.
fn columns() -> Vec<Column> {
    let program = Python::find().unwrap().engine("onnxruntime");
    let library = onnxruntime().unwrap();
    let largest = usize::MAX;
    vec![
        Column::new("built-in", Kind::Builtin),
        Column::new("ONNX Runtime", Kind::OnnxRuntime(library, Provider::Cpu)),
        Column::new("ONNX Runtime in Python", Kind::Outside { program, largest }),
    ]
}

/// Every cell must be there, and within its tolerance.
fn assert_rows(subjects: &[Subject], precision: Precision) {
    let columns = columns();
    let mut beyond = Vec::new();
    for subject in subjects {
        let row = Row::new(subject, precision, &columns).unwrap();
        for (column, cell) in columns.iter().zip(&row.cells) {
            match cell {
                Ok(cell) => {
                    let (title, worst, at) = (column.title, cell.worst, cell.at);
                    println!("{}, {precision}: {title} {worst:.1e} at {at}", row.name);
                    let failed = cell.failed.iter();
                    beyond.extend(failed.map(|why| format!("{}: {title}: {why}", row.name)));
                }
                Err(why) => beyond.push(format!("{}: {}: {why}", row.name, column.title)),
            }
        }
        beyond.extend(row.beyond());
        let spread = subject.expected().into_iter().flatten();
        let spread = spread.flatten().fold(0.0_f32, |most, v| most.max(v.abs()));
        assert!(
            spread > 0.01,
            "{}: a network that paints nothing proves nothing",
            row.name
        );
    }
    assert!(beyond.is_empty(), "{}", beyond.join("\n"));
}

fn quick(subjects: Vec<Subject>) -> Vec<Subject> {
    subjects.into_iter().map(Subject::quick).collect()
}

#[test]
fn every_engine_computes_what_burn_computes() {
    assert_rows(&quick(generators(1).unwrap()), Precision::F32);
    assert_rows(&quick(conformance::large().unwrap()), Precision::F32);
}

#[test]
fn every_block_alone_does() {
    assert_rows(&conformance::blocks(1).unwrap(), Precision::F32);
}

#[test]
fn the_networks_beside_the_generator_do() {
    let mut subjects = conformance::discriminators(5).unwrap();
    subjects.extend(conformance::perceptual(6).unwrap());
    assert_rows(&subjects, Precision::F32);
}

fn shipped() -> (Subject, GeneratorConfig, Generator) {
    let (config, network) = conformance::shipped().unwrap();
    let subject = conformance::subject("shipped", &config, network.clone()).unwrap();
    (subject, config, network)
}

#[test]
fn the_shipped_weights_do_in_every_precision() {
    let subjects = quick(vec![shipped().0]);
    for &precision in conformance::ALL_PRECISIONS {
        assert_rows(&subjects, precision);
    }
}

#[test]
fn a_photograph_looks_the_same_from_burn_and_from_every_engine() {
    let (subject, config, network) = shipped();
    let photographs = conformance::photographs().unwrap();
    for &precision in conformance::ALL_PRECISIONS {
        let (columns, network) = (columns(), (&config, &network));
        let cells = conformance::pixels(&subject, network, precision, &columns, &photographs);
        for (column, cell) in columns.iter().zip(cells.unwrap()) {
            let PixelDifference { max, psnr } = cell.unwrap();
            println!("{precision}, {}: {max} of 255, {psnr:.1} dB", column.title);
            match precision {
                Precision::F32 => assert!(max <= PixelDifference::WHOLE, "{max}"),
                _ => {
                    assert!(max <= PixelDifference::HALF, "{precision}: {max}");
                    assert!(psnr > PixelDifference::HALF_PSNR, "{precision}: {psnr}");
                }
            }
        }
    }
}

#[test]
fn a_mistake_in_any_operator_is_caught() {
    let mut generators = generators(1).unwrap();
    generators.retain(|subject| !subject.name.contains("128x128"));
    let mut subjects: Vec<Subject> = quick(generators);
    subjects.extend(conformance::discriminators(5).unwrap());
    subjects.extend(conformance::perceptual(6).unwrap());
    for operator in conformance::operators(&subjects) {
        let has = MUTATIONS.iter().any(|m| m.operator == operator);
        assert!(has, "no mistake is made in {operator}");
    }
    let mut problems = Vec::new();
    for caught in conformance::mutate(&subjects) {
        let (operator, what) = (caught.mutation.operator, caught.mutation.what);
        let (missed, subjects) = (&caught.missed, caught.subjects);
        println!(
            "{operator}, {what}: {} of {subjects}",
            subjects - missed.len()
        );
        if subjects == 0 || !missed.is_empty() {
            problems.push(format!("{operator}, {what}: {subjects}, missed {missed:?}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_official_checker_accepts_the_file() {
    let python = Python::find().unwrap();
    for config in &configs().collect::<Vec<_>>() {
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
    for (index, config) in configs().enumerate() {
        let generator = conformance::generator(&config, index as u64).unwrap();
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
    let burn = run_burn_with(&right.generator, input.view(), None);
    let outputs: Vec<&str> = burn.iter().map(|(name, ..)| name.as_str()).collect();
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
        let made = engine.run_with(input.view(), &[], &outputs).unwrap();
        let pairs = burn.iter().zip(made);
        pairs
            .map(|((.., burn), made)| Difference::between(&burn.clone().into_dyn(), &made).max)
            .fold(0.0, f64::max)
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
    let palettes = ["palette.weight", "hints.palette.weight"];
    assert_eq!(palettes.into_iter().any(has), config.hints);
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
