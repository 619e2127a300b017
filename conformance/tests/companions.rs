//! The networks beside the generator compute in ONNX what they compute in burn.
#![allow(clippy::unwrap_used)]

use burn::tensor::{Device, Tensor};
use colorize_export::companions::{classifier, discriminator};
use colorize_export::verify::{noise, tensor};
use colorize_models::DiscriminatorConfig;
use colorize_rt::engine::{Builtin, OnnxRuntime};
use colorize_rt::onnx::ModelProto;
use colorize_train::perceptual::{Classifier, Network, PerceptualConfig};
use conformance::{Python, onnxruntime};
use ndarray::{Array4, ArrayD};
use prost::Message;

fn run(model: &ModelProto, input: &Array4<f32>, names: &[&str]) -> [Vec<ArrayD<f32>>; 2] {
    let bytes = model.encode_to_vec();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    std::fs::write(&path, &bytes).unwrap();
    Python::find().unwrap().check(&path).unwrap();
    let builtin = Builtin::from_bytes(&bytes).unwrap();
    let runtime = OnnxRuntime::from_bytes(&bytes, &onnxruntime().unwrap()).unwrap();
    [
        builtin.run_named(input.view(), names).unwrap(),
        runtime.run_named(input.view(), names).unwrap(),
    ]
}

/// To a ten-thousandth of the largest value.
fn assert_close<const D: usize>(name: &str, expected: Tensor<D>, made: &ArrayD<f32>) {
    assert_eq!(expected.dims().as_slice(), made.shape(), "{name}");
    let expected: Vec<f32> = expected.into_data().iter::<f32>().collect();
    let largest = expected.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    assert!(largest > 1e-3, "{name}: nothing but zeros proves nothing");
    for (expected, made) in expected.iter().zip(made) {
        let far = (expected - made).abs() / largest;
        assert!(far < 1e-4, "{name}: {expected} {made}");
    }
}

#[test]
fn discriminators() {
    for resolution in [32, 64] {
        let config = DiscriminatorConfig {
            resolution,
            width: 16,
        };
        let network = conformance::random(config.init(&Device::flex()).unwrap(), 5);
        for [height, width] in [[resolution; 2], [2 * resolution, resolution + 32]] {
            let input = noise([3, 3, height, width], 1);
            let expected = network.forward(tensor(input.view()));
            for made in run(&discriminator(&network), &input, &["logits"]) {
                let name = format!("{resolution}: {height} x {width}");
                assert_close(&name, expected.clone(), &made[0]);
            }
        }
    }
}

#[test]
fn perceptual_networks() {
    for (network, layers, names) in [
        (
            Network::EfficientnetLite0,
            vec!["stage2", "stage5"],
            vec!["stage2", "stage5"],
        ),
        (
            Network::Vgg16,
            vec!["conv1_2", "conv2_2"],
            vec!["conv1_2.features", "conv2_2.features"],
        ),
    ] {
        let config = PerceptualConfig {
            network,
            layers: layers.into_iter().map(str::to_owned).collect(),
            ..PerceptualConfig::default()
        };
        let network = Classifier::init(&config, &Device::flex()).unwrap();
        let network = match network {
            Classifier::EfficientNetLite(network, stages) => {
                Classifier::EfficientNetLite(conformance::random(network, 6), stages)
            }
            Classifier::Vgg(network) => Classifier::Vgg(conformance::random(network, 6)),
        };
        let input = noise([2, 3, 64, 96], 1);
        let expected = network.features(tensor(input.view()));
        for made in run(&classifier(&network), &input, &names) {
            for ((expected, made), name) in expected.iter().zip(&made).zip(&names) {
                assert_close(name, expected.clone(), made);
            }
        }
    }
}
