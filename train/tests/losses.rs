//! Losses and optimisers are PyTorch's, values and gradients (golden/losses.py).
#![allow(clippy::unwrap_used)]

use std::path::Path;

use burn::module::{Module, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use colorize_train::config::{OptimizerConfig, OptimizerKind};
use colorize_train::descent::Descent;
use colorize_train::loss::{self, ColourClasses, Rebalancing};
use serde::Deserialize;
use serde_json::Value;

const SIDE: usize = 16;
const TOLERANCE: f32 = 1e-4;

#[derive(Deserialize)]
struct Golden {
    value: f32,
    /// At every 13th place.
    gradient: Vec<f32>,
}

fn golden(name: &str) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/losses.json");
    let all: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    all[name].clone()
}

/// A sine over the flat index, as in losses.py.
fn wave<const D: usize>(shape: [usize; D], speed: f64, phase: f64, height: f64) -> Tensor<D> {
    let values = wave_values(shape.iter().product(), speed, phase, height);
    Tensor::from_data(TensorData::new(values, shape), &Device::flex().autodiff())
}

fn wave_values(count: usize, speed: f64, phase: f64, height: f64) -> Vec<f32> {
    let value = |index| (height * (speed * index as f64 + phase).sin()) as f32;
    (0..count).map(value).collect()
}

fn assert_golden<const D: usize>(
    name: &str,
    x: Tensor<D>,
    loss: impl FnOnce(Tensor<D>) -> Tensor<1>,
) {
    let expected: Golden = serde_json::from_value(golden(name)).unwrap();
    let x = x.require_grad();
    let value = loss(x.clone());
    let got = loss::value(&value);
    assert!(
        (got - expected.value).abs() < TOLERANCE * expected.value.abs().max(1.0),
        "{name}: {got}, PyTorch has {}",
        expected.value
    );
    let gradient = x.grad(&value.backward()).unwrap().into_data();
    let gradient: Vec<f32> = gradient.iter::<f32>().step_by(13).collect();
    assert_eq!(gradient.len(), expected.gradient.len());
    let largest = expected
        .gradient
        .iter()
        .fold(0.0_f32, |m, g| m.max(g.abs()));
    for (index, (got, expected)) in gradient.iter().zip(&expected.gradient).enumerate() {
        assert!(
            (got - expected).abs() <= TOLERANCE * largest,
            "{name}: gradient {} is {got}, PyTorch has {expected}",
            13 * index
        );
    }
}

#[test]
fn differences_of_planes() {
    let planes = || wave([2, 2, SIDE, SIDE], 0.31, 0.0, 1.0);
    let target = || wave([2, 2, SIDE, SIDE], 0.17, 1.0, 1.0);
    assert_golden("l1", planes(), |x| loss::l1(x, target()));
    assert_golden("huber", planes(), |x| loss::huber(x, target(), 0.1));
    assert_golden("correlation", planes(), |x| loss::correlation(x, target()));
    let truth = || wave([3, 40], 0.7, 0.3, 3.0);
    assert_golden("divergence", wave([3, 40], 0.9, 0.0, 4.0), |x| {
        loss::divergence(x, truth())
    });
    assert!(loss::value(&loss::divergence(truth(), truth())).abs() < 1e-6);
}

#[test]
fn the_game_of_two_networks() {
    let logits = || wave([6, 1], 1.3, 0.0, 2.0);
    assert_golden("bce_real_smoothed", logits(), |x| {
        loss::binary_cross_entropy(x, 0.9)
    });
    assert_golden("bce_fake", logits(), |x| loss::binary_cross_entropy(x, 0.0));
    assert_golden("hinge_real", logits(), |x| loss::hinge(x, true));
    assert_golden("hinge_fake", logits(), |x| loss::hinge(x, false));
}

#[test]
fn colourfulness_of_pictures() {
    let rgb = wave([2, 3, SIDE, SIDE], 0.23, 0.0, 1.0);
    assert_golden("colourfulness", rgb, loss::colourfulness);
}

#[test]
fn classification_of_colours() {
    let classes = ColourClasses::new();
    let bins = classes.prior().len();
    let counts: Vec<f64> = (0..bins).map(|bin| (1 + bin % 7) as f64).collect();
    let rebalancing = Rebalancing::new(&counts, 0.5, 0.5);
    let expected: Vec<f32> = serde_json::from_value(golden("rebalancing")).unwrap();
    assert_eq!(rebalancing.weights().len(), expected.len());
    for (got, expected) in rebalancing.weights().iter().zip(&expected) {
        assert!((got - expected).abs() < 1e-5, "{got} {expected}");
    }
    let chroma = wave_values(2 * 2 * SIDE * SIDE, 0.05, 0.0, 0.5);
    let targets = classes.targets(&chroma, 2, SIDE);
    let logits = wave([2, bins, SIDE / 4, SIDE / 4], 0.7, 0.0, 3.0);
    assert_golden("cross_entropy", logits, |x| {
        rebalancing.cross_entropy(x, &targets)
    });
}

#[derive(Module, Debug)]
struct Layer {
    weight: Param<Tensor<2>>,
}

#[test]
fn three_clipped_steps_of_adam_and_adamw() {
    let configs = [
        ("adam", OptimizerKind::Adam, 0.5, 0.9, 0.0),
        ("adamw", OptimizerKind::AdamW, 0.9, 0.999, 0.1),
    ];
    for (name, kind, beta1, beta2, weight_decay) in configs {
        let config = OptimizerConfig {
            kind,
            learning_rate: 0.05,
            beta1,
            beta2,
            weight_decay,
            clip: 1.0,
            ..OptimizerConfig::default()
        };
        let mut descent = Descent::new(&config, 1.0, 3);
        let mut layer = Layer {
            weight: Param::from_tensor(wave([4, 3], 0.9, 0.0, 1.0)),
        };
        for step in 0..3 {
            let slope = wave([4, 3], 0.4, f64::from(step), 2.0);
            let gradients = (layer.weight.val() * slope).sum().backward();
            let gradients = GradientsParams::from_grads(gradients, &layer);
            let step = u64::try_from(step).unwrap() + 1;
            layer = descent.step(step, layer, gradients).unwrap().0;
        }
        let expected: Vec<f32> = serde_json::from_value(golden(name)).unwrap();
        let got: Vec<f32> = layer.weight.val().into_data().iter::<f32>().collect();
        for (got, expected) in got.iter().zip(&expected) {
            assert!((got - expected).abs() < 1e-5, "{name}: {got} {expected}");
        }
    }
}
