//! A file that takes pixels paints what the runtime paints, in every engine, and can be taken apart.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use colorize_export::pixels::{self, PixelComparison};
use colorize_export::verify::noise;
use colorize_export::{Options, Precision, contract, inspect, layers, model};
use colorize_models::{Encoder, Generator, GeneratorConfig, Head};
use colorize_rt::color::srgb_to_lab;
use colorize_rt::engine::{Builtin, Engine, OnnxRuntime};
use colorize_rt::onnx::ModelProto;
use colorize_rt::{Colorizer, Contract, Enlargement, InputKind, Model, OutputKind, Provider};
use colorize_train::evaluate::BurnEngine;
use conformance::{Python, onnxruntime};
use image::{DynamicImage, RgbImage};
use ndarray::Array4;
use prost::Message;

/// One of each head. Random networks paint strongly: much of it leaves the gamut.
fn configs() -> [GeneratorConfig; 3] {
    let chroma = GeneratorConfig {
        width: 8,
        ..GeneratorConfig::default()
    };
    let rgb = GeneratorConfig {
        head: Head::Rgb,
        ..chroma.clone()
    };
    let distribution = GeneratorConfig {
        encoder: Encoder::EfficientnetLite0,
        width: 32,
        head: Head::Distribution,
        attention: true,
        ..chroma.clone()
    };
    [chroma, rgb, distribution]
}

fn network(config: &GeneratorConfig) -> Generator {
    conformance::generator(config, 3).unwrap()
}

fn bundled(config: &GeneratorConfig, options: &Options) -> ModelProto {
    let options = Options {
        bundle_pixels: true,
        ..options.clone()
    };
    model(&network(config), &contract(config, &options), &options)
}

/// The reference: burn, with the runtime around it.
fn burn(config: &GeneratorConfig) -> Colorizer {
    let contract = contract(config, &Options::default());
    let engine = Box::new(BurnEngine::new(network(config), Device::flex()));
    let colorizer = Colorizer::builder().engine_with(engine, contract);
    // As the stages in the graph do it.
    let colorizer = colorizer.enlargement(Enlargement::Plain);
    colorizer.build().unwrap()
}

fn engines(bytes: &[u8]) -> [Box<dyn Engine>; 2] {
    [
        Box::new(Builtin::from_bytes(bytes).unwrap()),
        Box::new(OnnxRuntime::from_bytes(bytes, &onnxruntime().unwrap()).unwrap()),
    ]
}

fn photograph(name: &str) -> RgbImage {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/photographs");
    image::open(folder.join(name)).unwrap().to_rgb8()
}

fn pixels_of(pictures: &[RgbImage]) -> Array4<u8> {
    let (width, height) = pictures[0].dimensions();
    let shape = (pictures.len(), height as usize, width as usize, 3);
    let values = pictures.iter().flat_map(|p| p.as_raw().clone());
    Array4::from_shape_vec(shape, values.collect()).unwrap()
}

/// A file in a folder of its own.
struct Written {
    path: PathBuf,
    folder: tempfile::TempDir,
}

fn written(bytes: &[u8]) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    std::fs::write(&path, bytes).unwrap();
    Written { path, folder }
}

/// What an engine in Python makes of pixels, without anything of ours around it.
fn in_python(engine: &str, model: &Written, pixels: &Array4<u8>) -> Array4<u8> {
    let [given, made] = ["in", "out"].map(|name| model.folder.path().join(name));
    std::fs::write(&given, pixels.as_slice().unwrap()).unwrap();
    let shape = pixels.shape().iter().map(usize::to_string);
    let shape = shape.collect::<Vec<_>>().join(",");
    let arguments = [
        model.path.as_os_str(),
        given.as_os_str(),
        "--shape".as_ref(),
        shape.as_ref(),
        "--out".as_ref(),
        made.as_os_str(),
        "--engine".as_ref(),
        engine.as_ref(),
    ];
    let python = Python::find().unwrap();
    python.run("run_pixels.py", &arguments).unwrap();
    Array4::from_shape_vec(pixels.raw_dim(), std::fs::read(&made).unwrap()).unwrap()
}

#[track_caller]
fn assert_like(name: &str, engine: &str, right: &RgbImage, made: &Array4<u8>) {
    let comparison = PixelComparison::between(engine, right, made.view());
    println!("{name}: {comparison}");
    assert!(comparison.within(), "{name}: {comparison}");
}

#[test]
fn photographs_come_out_as_burn_and_the_runtime_paint_them() {
    for config in &configs() {
        let bytes = bundled(config, &Options::default()).encode_to_vec();
        let file = written(&bytes);
        let burn = burn(config);
        for name in ["flower.jpg", "china.jpg"] {
            let photograph = photograph(name);
            let pixels = pixels_of(std::slice::from_ref(&photograph));
            let right = burn.colorize(&photograph.into()).unwrap().image;
            let colours = right.pixels().filter(|p| p[0].abs_diff(p[2]) > 5).count();
            let all = (right.width() * right.height()) as usize;
            println!("{:?}, {name}: {colours} of {all} in colour", config.head);
            assert!(colours > all / 4, "{name}: gray would prove nothing");
            let name = format!("{:?}, {name}", config.head);
            for engine in engines(&bytes) {
                let made = engine.run_pixels(pixels.view()).unwrap();
                assert_like(&name, engine.name(), &right, &made);
            }
            let made = in_python("onnxruntime", &file, &pixels);
            assert_like(&name, "ONNX Runtime in Python", &right, &made);
        }
    }
}

#[test]
fn onnx_s_own_evaluator_paints_the_same() {
    for config in &configs() {
        let file = written(&bundled(config, &Options::default()).encode_to_vec());
        let photograph = image::imageops::thumbnail(&photograph("coffee.jpg"), 90, 61);
        let pixels = pixels_of(std::slice::from_ref(&photograph));
        let right = burn(config).colorize(&photograph.into()).unwrap().image;
        let made = in_python("reference", &file, &pixels);
        assert_like(
            &format!("{:?}", config.head),
            "onnx.reference",
            &right,
            &made,
        );
    }
}

#[test]
fn every_size_is_taken() {
    let config = &configs()[0];
    let bytes = bundled(config, &Options::default()).encode_to_vec();
    let burn = burn(config);
    for (width, height) in [
        (1, 1),
        (1, 200),
        (700, 2),
        (64, 64),
        (63, 65),
        (96, 64),
        (40, 30),
        (451, 300),
        (300, 451),
        (900, 70),
    ] {
        let photograph = image::imageops::thumbnail(&photograph("china.jpg"), width, height);
        let pixels = pixels_of(std::slice::from_ref(&photograph));
        let right = burn.colorize(&photograph.into()).unwrap().image;
        for engine in engines(&bytes) {
            let made = engine.run_pixels(pixels.view()).unwrap();
            let name = format!("{width} x {height}");
            assert_like(&name, engine.name(), &right, &made);
        }
    }
}

#[test]
fn photographs_of_a_batch_do_not_mix() {
    for config in &configs() {
        let bytes = bundled(config, &Options::default()).encode_to_vec();
        let pictures = ["flower.jpg", "china.jpg", "coffee.jpg"].map(photograph);
        for engine in engines(&bytes) {
            let together = engine.run_pixels(pixels_of(&pictures).view()).unwrap();
            for (index, picture) in pictures.iter().enumerate() {
                let alone = pixels_of(std::slice::from_ref(picture));
                let alone = engine.run_pixels(alone.view()).unwrap();
                let alone = RgbImage::from_raw(
                    picture.width(),
                    picture.height(),
                    alone.into_raw_vec_and_offset().0,
                );
                let of_batch = together.slice(ndarray::s![index..=index, .., .., ..]);
                assert_like(
                    &format!("{:?}, picture {index}", config.head),
                    engine.name(),
                    &alone.unwrap(),
                    &of_batch.to_owned(),
                );
            }
        }
    }
}

#[test]
fn lightness_stays() {
    let lightness = |pixel: &image::Rgb<u8>| srgb_to_lab(pixel.0.map(|c| f64::from(c) / 255.0))[0];
    let config = &configs()[0];
    let bytes = bundled(config, &Options::default()).encode_to_vec();
    let photograph = photograph("flower.jpg");
    for engine in engines(&bytes) {
        let made = engine.run_pixels(pixels_of(std::slice::from_ref(&photograph)).view());
        let made = made.unwrap().into_raw_vec_and_offset().0;
        let made = RgbImage::from_raw(photograph.width(), photograph.height(), made).unwrap();
        let pairs = photograph.pixels().zip(made.pixels());
        let off: Vec<f64> = pairs
            .map(|(a, b)| (lightness(a) - lightness(b)).abs())
            .collect();
        let mean = off.iter().sum::<f64>() / off.len() as f64;
        let worst = off.iter().copied().fold(0.0, f64::max);
        println!("{}: mean {mean:.4}, worst {worst:.3} of L*", engine.name());
        assert!(mean < 0.08 && worst < 0.5, "mean {mean}, worst {worst}");
    }
}

/// Every way of writing a file, with pixels: what the checker says, what it says of itself, its
/// layers against burn, its pixels against the runtime.
#[test]
fn every_option_goes_with_pixels() {
    let library = onnxruntime().unwrap();
    let [chroma, rgb, distribution] = configs();
    let f32 = Options::default();
    let with = |change: fn(&mut Options)| {
        let mut options = f32.clone();
        change(&mut options);
        options
    };
    let table = [
        ("opset 13", with(|o| o.opset = 13)),
        ("opset 18", with(|o| o.opset = 18)),
        ("opset 21", with(|o| o.opset = 21)),
        ("a size", with(|o| o.size = Some(64))),
        ("a working size", with(|o| o.working_size = Some(96))),
        ("probes", with(|o| o.probe = true)),
        ("f16-weights", with(|o| o.precision = Precision::F16Weights)),
        ("f16", with(|o| o.precision = Precision::F16)),
        (
            "a size, probes, f16, opset 19",
            with(|o| {
                (o.size, o.probe, o.opset) = (Some(128), true, 19);
                o.precision = Precision::F16;
            }),
        ),
    ];
    let mut wrong = Vec::new();
    for config in [&chroma, &rgb, &distribution] {
        for (name, options) in &table {
            let file = bundled(config, options);
            let bytes = file.encode_to_vec();
            let said = Python::find()
                .unwrap()
                .check(&written(&bytes).path)
                .unwrap();
            let shape = serde_json::json!(["batch", "height", "width", 3]);
            let mut require = |holds: bool, what: &str| {
                if !holds {
                    wrong.push(format!("{:?}, {name}: {what}", config.head));
                }
            };
            require(said["opset"] == options.opset, "opset");
            require(
                said["inputs"] == serde_json::json!({ "rgb": shape }),
                "input",
            );
            require(said["outputs"]["colorized"] == shape, "output");
            let outputs = said["outputs"].as_object().unwrap().len();
            require((outputs > 30) == options.probe, "probes");

            let of_network = contract(config, options);
            let of_file = Contract::from_bytes(&bytes).unwrap();
            require(of_file == pixels::contract(&of_network), "contract");
            let kinds = (of_file.input.kind, of_file.output.kind);
            require(
                kinds == (InputKind::RgbBytes, OutputKind::RgbBytes),
                "kinds",
            );
            let seen = inspect::inspect(&bytes).unwrap();
            require(seen.precision == options.precision.to_string(), "precision");
            require(seen.multiply_adds.is_some(), "multiply-adds");
            require(seen.contract_error.is_none(), "contract in inspection");

            let side = options.size.unwrap_or(64) as usize;
            let input = noise([1, 1, side, side], 1);
            let compared = layers::compare(&bytes, &network(config), input.view(), Some(&library));
            let compared = compared.unwrap();
            require(compared.first_beyond().is_none(), "layers");
            require(compared.layers.len() > 20, "number of layers");
            for comparison in pixels::compare(&bytes, &of_network, Some(&library)).unwrap() {
                println!("{:?}, {name}: {comparison}", config.head);
                require(comparison.within(), &comparison.to_string());
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_command_s_library_takes_such_a_file_as_any_other() {
    let config = &configs()[2];
    let bytes = bundled(config, &Options::default()).encode_to_vec();
    let build = |working_size: Option<u32>| {
        let builder = Colorizer::builder()
            .model(Model::from_bytes(bytes.clone()).unwrap())
            .provider(Provider::Builtin);
        match working_size {
            Some(pixels) => builder.working_size(pixels).build(),
            None => builder.build(),
        }
    };
    let photograph = DynamicImage::from(photograph("coffee.jpg"));
    let made = build(None).unwrap().colorize(&photograph).unwrap();
    let right = burn(config).colorize(&photograph).unwrap();
    assert_eq!(made.working_dimensions, right.working_dimensions);
    let pixels = pixels_of(std::slice::from_ref(&made.image));
    assert_like("the library", "built-in", &right.image, &pixels);

    let refused = build(Some(128)).err().unwrap().to_string();
    assert!(refused.contains("leave the working size"), "{refused}");
}

#[test]
fn a_wrong_part_is_noticed() {
    let config = &configs()[0];
    let right = bundled(config, &Options::default());
    let of_network = contract(config, &Options::default());
    // What rounds, what resizes, what searches, what steers.
    for (name, operator) in [
        ("pixels.response.root", "Sqrt"),
        ("pixels.rows.hamming.cosine", "Sin"),
        ("pixels.gamut.3.inside", "GreaterOrEqual"),
        ("pixels.red.better", "Greater"),
        ("pixels.codes", "Floor"),
        ("pixels.above", "Less"),
    ] {
        let mut wrong = right.clone();
        let nodes = &mut wrong.graph.as_mut().unwrap().node;
        let node = nodes.iter_mut().find(|n| n.name == name).unwrap();
        operator.clone_into(&mut node.op_type);
        if operator == "Sqrt" {
            node.input.truncate(1);
        }
        let compared = pixels::compare(&wrong.encode_to_vec(), &of_network, None).unwrap();
        let noticed = compared.iter().any(|comparison| !comparison.within());
        assert!(noticed, "{name}: {compared:?}");
    }
}

#[test]
fn a_file_without_pixels_is_told_from_one_with() {
    let config = &configs()[0];
    let options = Options::default();
    let plain = model(&network(config), &contract(config, &options), &options);
    assert!(pixels::network(&plain).is_err());
    let inside = pixels::network(&bundled(config, &options)).unwrap();
    let count = |model: &ModelProto| model.graph.as_ref().unwrap().node.len();
    assert_eq!(count(&inside), count(&plain));
}
