//! Perceptual features are PyTorch's, on the same picture and weights (golden/make.py).
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use colorize_models::{ClassHead, EfficientNetLiteConfig, Vgg, VggConfig, VggDepth};
use colorize_train::pretrained;
use safetensors::tensor::{Dtype, TensorView};
use serde::Deserialize;

const TOLERANCE: f32 = 1e-4;

#[derive(Deserialize)]
struct Golden {
    shape: Vec<usize>,
    mean: f32,
    every_97th: Vec<f32>,
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

/// The picture of golden/make.py: RGB in [0, 1].
fn picture(side: usize) -> Tensor<4> {
    let mut values = Vec::new();
    for plane in 0..3 {
        for y in 0..side {
            for x in 0..side {
                let level = [3 * x + 5 * y, 7 * x + y, x * y][plane] % 32;
                values.push(level as f32 / 31.0);
            }
        }
    }
    Tensor::from_data(TensorData::new(values, [1, 3, side, side]), &Device::flex())
}

fn assert_golden<const D: usize>(name: &str, features: Tensor<D>) {
    let text = std::fs::read_to_string(file("golden.json")).unwrap();
    let mut golden: std::collections::HashMap<String, Golden> =
        serde_json::from_str(&text).unwrap();
    let golden = golden.remove(name).unwrap();
    assert_eq!(features.dims().to_vec(), golden.shape);
    let values: Vec<f32> = features.into_data().iter::<f32>().collect();
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    assert!(
        (mean - golden.mean).abs() < TOLERANCE,
        "{name}: mean {mean}"
    );
    for (index, expected) in golden.every_97th.iter().enumerate() {
        let got = values[97 * index];
        assert!(
            (got - expected).abs() < TOLERANCE,
            "{name}: value {} is {got}, PyTorch has {expected}",
            97 * index
        );
    }
}

#[test]
fn efficientnet_lite0_gives_the_features_of_pytorch() {
    let device = Device::flex();
    let tensors = pretrained::read(&pretrained::efficientnet_lite0().unwrap()).unwrap();
    let network = EfficientNetLiteConfig { stage: 7 }.init(&device).unwrap();
    let network = network.load(&tensors, &device).unwrap();
    let stages = network.stages(picture(64));
    for stage in [2, 3, 5, 7] {
        let name = format!("efficientnet-lite0-stage{stage}");
        assert_golden(&name, stages[stage - 1].clone());
        let network = EfficientNetLiteConfig { stage }.init(&device).unwrap();
        let network = network.load(&tensors, &device).unwrap();
        assert_golden(&name, network.forward(picture(64)));
    }
}

#[test]
fn the_classes_are_those_of_pytorch() {
    let device = Device::flex();
    let tensors = pretrained::read(&pretrained::efficientnet_lite0().unwrap()).unwrap();
    let network = EfficientNetLiteConfig { stage: 7 }.init(&device).unwrap();
    let network = network.load(&tensors, &device).unwrap();
    let head = ClassHead::init(&device).load(&tensors, &device).unwrap();
    let logits = head.forward(network.forward(picture(64)));
    assert_golden("efficientnet-lite0-classes", logits);
}

fn vgg(weights: &Path) -> Vgg {
    let device = Device::flex();
    let config = VggConfig {
        depth: VggDepth::Vgg19,
        layers: vec![(1, 1)],
    };
    let tensors = pretrained::read(weights).unwrap();
    let network = config.init(&device).unwrap();
    network.load(&tensors, &device).unwrap()
}

fn only(mut features: Vec<Tensor<4>>) -> Tensor<4> {
    assert_eq!(features.len(), 1);
    features.remove(0)
}

#[test]
fn vgg_takes_torchvisions_weights_as_pth_and_as_safetensors() {
    let pth = file("vgg-conv1_1.pth");
    assert_golden("vgg19-conv1_1", only(vgg(&pth).features(picture(32))));

    let tensors = pretrained::read(&pth).unwrap();
    let views = tensors.0.iter().map(|(name, data)| {
        let bytes = data.bytes();
        let view = TensorView::new(Dtype::F32, data.shape().to_vec(), bytes).unwrap();
        (name.clone(), view)
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vgg.safetensors");
    std::fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
    assert_golden("vgg19-conv1_1", only(vgg(&path).features(picture(32))));
}

#[test]
fn weights_of_another_network_are_refused_by_name() {
    let device = Device::flex();
    let tensors = pretrained::read(&file("vgg-conv1_1.pth")).unwrap();
    let network = EfficientNetLiteConfig { stage: 1 }.init(&device).unwrap();
    let error = network.load(&tensors, &device).unwrap_err().to_string();
    assert!(error.contains("`_conv_stem.weight`"), "{error}");
    let error = pretrained::read(&file("make.py")).unwrap_err().to_string();
    assert!(error.contains("not a PyTorch checkpoint"), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}
