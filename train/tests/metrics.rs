//! The figures are numpy's and scikit-image's, on the same pictures (golden/metrics/make.py).
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use colorize_train::metrics::Figures;
use image::RgbImage;
use serde::Deserialize;

/// Relative: our CIELAB is in single precision.
const TOLERANCE: f64 = 1e-4;

#[derive(Deserialize)]
struct Case {
    name: String,
    truth: Option<Formula>,
    output: Option<Formula>,
    figures: Figures,
}

/// A picture, each channel of which is `(cx · x + cy · y + cxy · x · y) mod modulus`, enlarged to 255.
#[derive(Deserialize)]
struct Formula {
    width: u32,
    height: u32,
    red: [u32; 3],
    green: [u32; 3],
    blue: [u32; 3],
    modulus: u32,
}

impl Formula {
    fn draw(&self) -> RgbImage {
        RgbImage::from_fn(self.width, self.height, |x, y| {
            image::Rgb([self.red, self.green, self.blue].map(|[cx, cy, cxy]| {
                ((cx * x + cy * y + cxy * x * y) % self.modulus * 255 / (self.modulus - 1)) as u8
            }))
        })
    }
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/metrics")
        .join(name)
}

fn picture(formula: Option<&Formula>, file: &str) -> RgbImage {
    match formula {
        Some(formula) => formula.draw(),
        None => image::open(golden(file)).unwrap().into_rgb8(),
    }
}

#[test]
fn figures_are_those_of_numpy_and_scikit_image() {
    let text = fs::read_to_string(golden("golden.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
    assert!(cases.len() >= 7);
    let mut wrong = Vec::new();
    for case in &cases {
        let truth = picture(case.truth.as_ref(), "truth.png");
        let output = picture(case.output.as_ref(), "output.png");
        let ours = Figures::of(&[(truth, output)]).named();
        for ((figure, ours), (_, theirs)) in ours.into_iter().zip(case.figures.named()) {
            if (ours - theirs).abs() > TOLERANCE * theirs.abs() + 1e-9 {
                wrong.push(format!("{}: {figure} is {ours}, not {theirs}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn means_are_over_photographs() {
    let text = fs::read_to_string(golden("golden.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
    let pairs: Vec<(RgbImage, RgbImage)> = cases
        .iter()
        .map(|case| {
            let truth = picture(case.truth.as_ref(), "truth.png");
            (truth, picture(case.output.as_ref(), "output.png"))
        })
        .collect();
    let ours = Figures::of(&pairs);
    let mean = |figure: fn(&Figures) -> f64| {
        cases.iter().map(|case| figure(&case.figures)).sum::<f64>() / cases.len() as f64
    };
    for (ours, theirs) in [
        (ours.ssim, mean(|f| f.ssim)),
        (ours.object, mean(|f| f.object)),
        (ours.colour_distance, mean(|f| f.colour_distance)),
    ] {
        assert!(
            (ours - theirs).abs() < TOLERANCE * theirs,
            "{ours} {theirs}"
        );
    }
}
