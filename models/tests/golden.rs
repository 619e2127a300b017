//! Blocks and whole networks give PyTorch's numbers, on the same weights (golden/networks.py).
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::HashMap;
use std::path::Path;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use colorize_models::{
    ConvBlock, DiscriminatorConfig, Encoder, GeneratorConfig, Head, Hints, Layer, SelfAttention,
};
use serde::Deserialize;

/// Largest difference, as a share of the largest value of the golden tensor.
const TOLERANCE: f64 = 1e-4;

#[derive(Deserialize)]
struct Golden {
    shape: Vec<usize>,
    mean: f64,
    largest: f64,
    /// Every `step`-th value is kept.
    step: usize,
    values: Vec<f64>,
}

/// The file's two tables.
#[derive(Deserialize)]
struct File {
    values: HashMap<String, Golden>,
    /// Of one picture.
    multiply_adds: HashMap<String, u64>,
}

/// All differences, so that one failing case does not hide the others.
struct Comparison {
    golden: File,
    faults: Vec<String>,
}

impl Comparison {
    fn new() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/networks.json");
        let text = std::fs::read_to_string(path).unwrap();
        Self {
            golden: serde_json::from_str(&text).unwrap(),
            faults: Vec::new(),
        }
    }

    fn compare<const D: usize>(&mut self, name: &str, tensor: Tensor<D>) {
        let golden = &self.golden.values[name];
        assert_eq!(tensor.dims().to_vec(), golden.shape, "{name}");
        let values: Vec<f64> = tensor.into_data().iter::<f64>().collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let sampled = values.iter().step_by(golden.step).zip(&golden.values);
        let difference = sampled
            .map(|(ours, theirs)| (ours - theirs).abs())
            .chain([(mean - golden.mean).abs()])
            .fold(0.0, f64::max);
        let share = difference / golden.largest;
        if share.is_nan() || share > TOLERANCE {
            self.faults.push(format!("{name}: differs by {share:.1e}"));
        }
    }

    /// Whether what is said of a network is what PyTorch counts.
    fn count(&mut self, name: &str, layers: &[Layer]) {
        let counted = self.golden.multiply_adds[name];
        let said: u64 = layers.iter().map(|layer| layer.multiply_adds).sum();
        if said != counted {
            self.faults
                .push(format!("{name}: {said} multiply-adds, not {counted}"));
        }
    }

    fn finish(self) {
        assert!(self.faults.is_empty(), "{}", self.faults.join("\n"));
    }
}

/// The numbers of golden/networks.py: FNV-1a of the name, then a hash of each index.
fn numbers(name: &str, count: usize) -> Vec<f32> {
    let seed = name.bytes().fold(0x811C_9DC5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    let number = |index: usize| {
        let mut x = (index as u32).wrapping_mul(0x9E37_79B1).wrapping_add(seed);
        for _ in 0..2 {
            x = (x ^ (x >> 16)).wrapping_mul(0x045D_9F3B);
        }
        x ^= x >> 16;
        (f64::from(x) / f64::from(1_u32 << 31) - 1.0) as f32
    };
    (0..count).map(number).collect()
}

fn picture<const D: usize>(name: &str, shape: [usize; D], device: &Device) -> Tensor<D> {
    let values = numbers(name, shape.iter().product());
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Gives every parameter the weights of its path.
#[derive(Default)]
struct Named {
    path: Vec<String>,
}

impl ModuleMapper for Named {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let path = self.path.join(".");
        let shape = param.val().dims();
        let scale = match (path.ends_with(".weight"), D) {
            (true, 2) => (6.0 / shape[0] as f64).sqrt(),
            (true, _) => (6.0 / shape[1..].iter().product::<usize>() as f64).sqrt(),
            (false, _) => 0.5,
        };
        let mut values = numbers(&path, shape.iter().product());
        for value in &mut values {
            *value *= scale as f32;
        }
        if path.ends_with(".u") {
            let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
            for value in &mut values {
                *value /= length;
            }
        }
        let learns = param.is_require_grad();
        param.map(|tensor| {
            let data = TensorData::new(values, shape);
            Tensor::from_data(data, &tensor.device()).set_require_grad(learns)
        })
    }
}

fn named<M: Module>(module: M) -> M {
    module.map(&mut Named::default())
}

#[test]
fn attention_and_its_gradient() {
    let mut comparison = Comparison::new();
    let device = Device::flex().autodiff();
    let mut mapper = Named {
        path: vec!["attention".to_owned()],
    };
    let attention = SelfAttention::init(16, &device).map(&mut mapper);
    let x = picture("x", [2, 16, 6, 5], &device).require_grad();
    let y = attention.forward(x.clone());
    let gradient = picture("gradient", y.dims(), &device);
    let gradients = (y.clone() * gradient).sum().backward();
    comparison.compare("attention", y.inner());
    let of_input = x.grad(&gradients).unwrap();
    comparison.compare("attention, gradient of the input", of_input);
    comparison.finish();
}

#[test]
fn a_block_in_training_with_its_power_iteration_and_gradients() {
    let mut comparison = Comparison::new();
    let device = Device::flex().autodiff();
    let block = named(ConvBlock::init([8, 16], &device));
    let x = picture("x", [2, 8, 12, 12], &device).require_grad();
    let y = block.forward(x.clone());
    let gradient = picture("gradient", y.dims(), &device);
    let gradients = (y.clone() * gradient).sum().backward();
    let name = "training block";
    comparison.compare(name, y.inner());
    let of_input = x.grad(&gradients).unwrap();
    comparison.compare(&format!("{name}, gradient of the input"), of_input);
    for (conv, module) in [("conv1", &block.conv1), ("conv2", &block.conv2)] {
        let of_weight = module.weight.val().grad(&gradients).unwrap();
        comparison.compare(&format!("{name}, gradient of {conv}"), of_weight);
        comparison.compare(&format!("{name}, u of {conv}"), module.u.value());
    }
    comparison.finish();
}

#[test]
fn generators_with_every_head() {
    let mut comparison = Comparison::new();
    let device = Device::flex();
    let scratch = GeneratorConfig {
        width: 8,
        temperature: 0.5,
        ..GeneratorConfig::default()
    };
    let encoder = GeneratorConfig {
        encoder: Encoder::EfficientnetLite0,
        width: 16,
        ..scratch.clone()
    };
    let gray = picture("gray", [2, 1, 64, 96], &device);
    let palette = picture("palette", [2, 261], &device);
    // How much of a pixel is known is no less than nothing.
    let planes: Tensor<4> = picture("hints", [2, 3, 64, 96], &device);
    let known = planes.clone().narrow(1, 2, 1).abs();
    let hints = Hints {
        planes: Tensor::cat(vec![planes.narrow(1, 0, 2), known], 1),
        palette: palette.add_scalar(1.0).div_scalar(261.0),
    };
    for (name, config) in [
        ("unet chroma", scratch.clone()),
        (
            "unet rgb 128",
            GeneratorConfig {
                resolution: 128,
                head: Head::Rgb,
                ..scratch.clone()
            },
        ),
        (
            "unet distribution",
            GeneratorConfig {
                head: Head::Distribution,
                ..scratch.clone()
            },
        ),
        (
            "unet distribution, hints",
            GeneratorConfig {
                head: Head::Distribution,
                hints: true,
                ..scratch
            },
        ),
        ("encoder chroma", encoder.clone()),
        (
            "encoder distribution",
            GeneratorConfig {
                head: Head::Distribution,
                ..encoder.clone()
            },
        ),
        (
            "encoder distribution, hints, attention",
            GeneratorConfig {
                head: Head::Distribution,
                hints: true,
                attention: true,
                ..encoder
            },
        ),
    ] {
        let generator = named(config.init(&device).unwrap());
        let hints = config.hints.then_some(&hints);
        comparison.compare(name, generator.paint(gray.clone(), hints).planes);
        comparison.count(name, &generator.describe([64, 96]));
    }
    comparison.finish();
}

#[test]
fn discriminators() {
    let mut comparison = Comparison::new();
    let device = Device::flex();
    for (resolution, shape) in [
        (32, [2, 3, 32, 32]),
        (64, [2, 3, 64, 64]),
        (64, [1, 3, 96, 64]),
    ] {
        let config = DiscriminatorConfig {
            resolution,
            width: 8,
        };
        let discriminator = named(config.init(&device).unwrap());
        let logits = discriminator.forward(picture("rgb", shape, &device));
        let name = format!("discriminator {resolution} {}", shape[2]);
        comparison.compare(&name, logits);
        let [.., height, width] = shape;
        comparison.count(&name, &discriminator.describe([height, width]));
    }
    comparison.finish();
}
