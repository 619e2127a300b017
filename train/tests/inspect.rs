//! `inspect` shows any recipe without photographs and without training.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use colorize_models::parameter_count;
use colorize_train::Config;
use colorize_train::inspect::Inspection;

fn recipes() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let mut paths: Vec<PathBuf> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() > 5, "{paths:?}");
    paths
}

/// With commas, as people are shown numbers.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(|group| str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}

#[test]
fn every_recipe_can_be_looked_at() {
    for path in recipes() {
        let config = Config::load(&path, &[]).unwrap();
        let inspection = Inspection::new(&config, Vec::new()).unwrap();
        let text = inspection.to_string();
        let generator = config
            .generator
            .init(&burn::tensor::Device::flex())
            .unwrap();
        let count = grouped(parameter_count(&generator));
        let named = |wanted: &str| text.contains(wanted);
        assert!(named(&count), "{}: no {count} in\n{text}", path.display());
        for stage in &config.stages {
            assert!(named(&stage.name), "{}: no {}", path.display(), stage.name);
        }
        assert!(named("photographs: none found yet"), "{}", path.display());
        let critic = config
            .stages
            .iter()
            .any(|stage| stage.loss.adversarial.weight > 0.0);
        assert_eq!(named("\ndiscriminator\n"), critic, "{}", path.display());
    }
}

/// Every box of the diagram lies on it, and no two of them on each other.
#[test]
fn boxes_of_the_diagram_do_not_overlap() {
    for path in recipes() {
        let config = Config::load(&path, &[]).unwrap();
        let svg = Inspection::new(&config, Vec::new()).unwrap().svg();
        let number = |tag: &str, name: &str| -> f64 {
            let start = tag.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
            let rest = &tag[start..];
            rest[..rest.find('"').unwrap()].parse().unwrap()
        };
        let boxes: Vec<[f64; 4]> = svg
            .split("<rect class=\"block\"")
            .skip(1)
            .map(|tag| ["x", "y", "width", "height"].map(|name| number(tag, name)))
            .collect();
        assert!(boxes.len() >= 8, "{}", path.display());
        let (width, height) = (number(&svg, "width"), number(&svg, "height"));
        for (index, &[x, y, w, h]) in boxes.iter().enumerate() {
            let inside = x >= 0.0 && y >= 0.0 && x + w <= width && y + h <= height;
            assert!(inside, "{}: box {index}", path.display());
            for (other, &[x2, y2, w2, h2]) in boxes.iter().enumerate().skip(index + 1) {
                let apart = x + w <= x2 || x2 + w2 <= x || y + h <= y2 || y2 + h2 <= y;
                assert!(apart, "{}: boxes {index} and {other}", path.display());
            }
        }
    }
}

#[test]
fn the_head_of_the_classifier_is_there_where_its_classes_count() {
    let quick = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/quick.yaml");
    let with = |set: &[&str]| {
        let set: Vec<String> = set.iter().map(|one| (*one).to_owned()).collect();
        Config::load(&quick, &set)
    };
    let shown = |config| Inspection::new(&config, Vec::new()).unwrap().to_string();
    assert!(!shown(with(&[]).unwrap()).contains("head.linear"));
    let classes = "stages.0.loss.perceptual.classes=1";
    let text = shown(with(&[classes]).unwrap());
    assert!(text.contains("head.linear"), "{text}");
    let vgg = "stages.0.loss.perceptual.network=vgg19";
    let error = with(&[classes, vgg]).unwrap_err().to_string();
    assert!(error.contains("loss.perceptual.classes needs"), "{error}");
}
