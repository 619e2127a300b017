//! Colorizers of others paint what their authors' own scripts would have them paint.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use colorize_rt::{Builder, Colorizer, Contract, Enlargement, Model, Provider, SizeRule, color};
use conformance::{Python, onnxruntime};
use image::{DynamicImage, GrayImage, Luma};

const SIDE: u32 = 64;

/// The picture of python/foreign.py.
fn picture() -> DynamicImage {
    let value = |x: u32, y: u32| {
        let (x, y) = (f64::from(x), f64::from(y));
        let slope = 120.0 * (x + y) / f64::from(2 * SIDE);
        let wave = 25.0 * (x / 5.0).sin() * (y / 7.0).cos();
        Luma([(60.0 + slope + wave).clamp(0.0, 255.0) as u8])
    };
    DynamicImage::ImageLuma8(GrayImage::from_fn(SIDE, SIDE, value))
}

struct Foreign {
    model: PathBuf,
    /// a* and b*, planar.
    chroma: Vec<f32>,
    _folder: tempfile::TempDir,
}

fn foreign(kind: &str, dynamic: bool) -> Foreign {
    let folder = tempfile::tempdir().unwrap();
    let (model, chroma) = (folder.path().join("m.onnx"), folder.path().join("chroma"));
    let side = SIDE.to_string();
    let mut arguments = vec![
        kind.as_ref(),
        side.as_ref(),
        model.as_os_str(),
        chroma.as_os_str(),
    ];
    if dynamic {
        arguments.push("--dynamic".as_ref());
    }
    Python::find()
        .unwrap()
        .run("foreign.py", &arguments)
        .unwrap();
    let bytes = std::fs::read(&chroma).unwrap();
    let (values, _) = bytes.as_chunks::<4>();
    Foreign {
        model,
        chroma: values.iter().map(|&v| f32::from_le_bytes(v)).collect(),
        _folder: folder,
    }
}

/// Mean distance of the colours in the result from those that are expected.
fn distance(colorizer: &Colorizer, expected: &[f32]) -> f64 {
    let image = colorizer.colorize(&picture()).unwrap().image;
    let count = (SIDE * SIDE) as usize;
    let distances = image.pixels().enumerate().map(|(index, pixel)| {
        let [_, a, b] = color::srgb_to_lab(pixel.0.map(|v| f64::from(v) / 255.0));
        let (x, y) = (expected[index], expected[count + index]);
        (a - f64::from(x)).hypot(b - f64::from(y))
    });
    distances.sum::<f64>() / count as f64
}

fn colorizers(model: &Model) -> [Colorizer; 2] {
    let builtin = Colorizer::builder().provider(Provider::Builtin);
    let runtime = Colorizer::builder()
        .provider(Provider::Cpu)
        .onnxruntime(onnxruntime().unwrap());
    // The authors' own code follows no edges.
    let plain = |builder: Builder| builder.enlargement(Enlargement::Plain);
    [builtin, runtime].map(|builder| plain(builder).model(model.clone()).build().unwrap())
}

#[test]
fn known_contracts_paint_as_their_authors_do() {
    for kind in Contract::KNOWN {
        for dynamic in [false, true] {
            let foreign = foreign(kind, dynamic);
            let spread = foreign
                .chroma
                .iter()
                .fold(0.0_f32, |most, v| most.max(v.abs()));
            assert!((5.0..60.0).contains(&spread), "{kind}: {spread}");
            let model = Model::from_file_as(&foreign.model, kind).unwrap();
            let fixed = matches!(model.contract().size, SizeRule::Fixed { .. });
            assert_eq!(fixed, !dynamic, "{kind}");
            if dynamic {
                // Their own working size differs from the picture's.
                continue;
            }
            for colorizer in colorizers(&model) {
                let far = distance(&colorizer, &foreign.chroma);
                println!("{kind}, {}: {far:.2}", colorizer.report().engine);
                // 8 bits a channel, and colours that leave the gamut, cost something.
                assert!(far < 1.0, "{kind}: {far}");
            }
        }
    }
}

#[test]
fn the_wrong_contract_is_an_error_or_the_wrong_colour() {
    let of = foreign("siggraph17", false);
    let error = Model::from_file_as(&of.model, "ddcolor")
        .unwrap_err()
        .to_string();
    assert!(error.contains("no colorizer like ddcolor"), "{error}");
    let of = foreign("chromagan", false);
    let model = Model::from_file_as(&of.model, "ddcolor").unwrap();
    let [colorizer, _] = colorizers(&model);
    assert!(distance(&colorizer, &of.chroma) > 3.0);
    let error = Model::from_file_as(&of.model, "dcolor")
        .unwrap_err()
        .to_string();
    assert!(error.contains("eccv16"), "the choices are named: {error}");
}

#[test]
fn a_file_without_a_contract_is_guessed_aloud() {
    for (kind, guessed) in [
        ("ddcolor", "ddcolor"),
        ("deoldify", "deoldify"),
        ("eccv16", "eccv16"),
        ("siggraph17", "siggraph17"),
        ("chromagan", "ddcolor"),
    ] {
        let foreign = foreign(kind, false);
        let model = Model::from_file(&foreign.model).unwrap();
        assert_eq!(model.contract().name, guessed);
        let [colorizer, _] = colorizers(&model);
        let notes = colorizer.report().notes.join("\n");
        assert!(notes.contains("no contract"), "{notes}");
        assert!(notes.contains(guessed), "{notes}");
    }
}

#[test]
fn a_contract_can_be_a_text_file() {
    let foreign = foreign("deoldify", false);
    let known = Model::from_file_as(&foreign.model, "deoldify").unwrap();
    let lines = known.contract().to_metadata().into_iter();
    let text: String = lines
        .map(|(key, value)| format!("{key} = {value}\n"))
        .collect();
    let path = foreign.model.with_extension("txt");
    std::fs::write(&path, format!("# mine\n\n{text}")).unwrap();
    let model = Model::from_file_as(&foreign.model, path.to_str().unwrap()).unwrap();
    assert_eq!(model.contract(), known.contract());
    std::fs::write(
        &path,
        "colorize.contract = 1\ncolorize.input.kind = sepia\n",
    )
    .unwrap();
    let error = Model::from_file_as(&foreign.model, path.to_str().unwrap());
    let error = error.unwrap_err().to_string();
    assert!(error.contains("input.tensor"), "{error}");
}
