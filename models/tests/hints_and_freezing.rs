//! What hints do, and which weights learn.
#![allow(clippy::unwrap_used)]

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Distribution, Tensor, TensorData};
use colorize_models::{AbBins, Encoder, Generator, GeneratorConfig, Head, Hints};

const SIDE: usize = 64;

/// A network with hints whose palette says something: training begins it with zeros.
fn with_hints(encoder: Encoder) -> Generator {
    let config = GeneratorConfig {
        encoder,
        head: Head::Distribution,
        hints: true,
        ..GeneratorConfig::default()
    };
    let mut generator = config.init(&Device::flex()).unwrap();
    let palette = match &mut generator {
        Generator::Unet(network) => network.palette.as_mut().unwrap(),
        Generator::EncoderUnet(network) => &mut network.hints.as_mut().unwrap().palette,
    };
    palette.weight = Param::from_tensor(random(palette.weight.val().dims()));
    generator
}

fn random<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), &Device::flex())
}

fn difference(a: Tensor<4>, b: Tensor<4>) -> f32 {
    (a - b).abs().max().into_scalar()
}

#[test]
fn zeros_say_nothing_and_hints_say_something() {
    for encoder in [Encoder::Scratch, Encoder::EfficientnetLite0] {
        let generator = with_hints(encoder);
        let gray = random([2, 1, SIDE, SIDE]);
        let paint = |planes: Tensor<4>, palette: Tensor<2>| {
            let hints = Hints { planes, palette };
            generator.paint(gray.clone(), Some(&hints)).planes
        };
        let none = generator.forward(gray.clone());
        let planes = || Tensor::zeros([2, 3, SIDE, SIDE], &Device::flex());
        let palette = || Tensor::zeros([2, AbBins::count()], &Device::flex());
        assert_eq!(difference(paint(planes(), palette()), none.clone()), 0.0);
        let points = paint(planes() + 0.5, palette());
        assert!(difference(points, none.clone()) > 1e-4, "{encoder:?}");
        let colours = paint(planes(), palette() + 0.1);
        assert!(difference(colours, none) > 1e-4, "{encoder:?}");
    }
}

/// The paths of the parameters that learn, and of those that do not.
#[derive(Default)]
struct Learning {
    path: Vec<String>,
    learns: Vec<String>,
    frozen: Vec<String>,
}

impl ModuleVisitor for Learning {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let list = match param.is_require_grad() {
            true => &mut self.learns,
            false => &mut self.frozen,
        };
        list.push(self.path.join("."));
    }
}

fn learning(generator: &Generator) -> Learning {
    let mut learning = Learning::default();
    generator.visit(&mut learning);
    learning
}

#[test]
fn exactly_the_first_stages_are_frozen() {
    /// Blocks in the first stages of EfficientNet-Lite0, by the number of stages.
    const BLOCKS: [usize; 8] = [0, 1, 3, 5, 8, 11, 15, 16];
    let device = Device::flex().autodiff();
    let config = GeneratorConfig {
        encoder: Encoder::EfficientnetLite0,
        ..GeneratorConfig::default()
    };
    let mut generator = config.init(&device).unwrap();
    let all = learning(&generator).learns.len();
    // Down and up again: a later stage of a run thaws what an earlier one froze.
    for stages in [0, 1, 2, 3, 4, 5, 6, 7, 4, 0] {
        generator = generator.freeze_encoder(stages);
        let learning = learning(&generator);
        let is_frozen = |path: &String| {
            let Some(place) = path.strip_prefix("EncoderUnet.encoder.") else {
                return false;
            };
            match place.strip_prefix("blocks.") {
                Some(block) => {
                    let index: usize = block.split('.').next().unwrap().parse().unwrap();
                    index < BLOCKS[stages]
                }
                None => place.starts_with("stem") && stages > 0,
            }
        };
        assert_eq!(learning.learns.len() + learning.frozen.len(), all);
        assert!(learning.frozen.iter().all(is_frozen), "{stages}");
        assert!(!learning.learns.iter().any(is_frozen), "{stages}");
    }
    let scratch = GeneratorConfig::default().init(&device).unwrap();
    let before = learning(&scratch).learns;
    assert_eq!(learning(&scratch.freeze_encoder(7)).learns, before);
}

#[test]
fn hints_learn_where_the_whole_encoder_is_frozen() {
    let device = Device::flex().autodiff();
    let config = GeneratorConfig {
        encoder: Encoder::EfficientnetLite0,
        head: Head::Distribution,
        hints: true,
        ..GeneratorConfig::default()
    };
    let learning = learning(&config.init(&device).unwrap().freeze_encoder(7));
    assert!(
        learning
            .frozen
            .iter()
            .all(|path| path.contains(".encoder."))
    );
    for part in [
        "points.0.weight",
        "points.3.weight",
        "palette.weight",
        "prior",
    ] {
        let path = format!("EncoderUnet.hints.{part}");
        assert!(learning.learns.contains(&path), "{path}");
    }
}

/// Before anything is learned: the layers for a palette begin with what it means.
#[test]
fn a_palette_of_one_colour_draws_the_picture_towards_it() {
    let config = GeneratorConfig {
        encoder: Encoder::EfficientnetLite0,
        head: Head::Distribution,
        hints: true,
        ..GeneratorConfig::default()
    };
    let device = Device::flex();
    let generator = config.init(&device).unwrap();
    let gray = random([1, 1, SIDE, SIDE]);
    for (colour, plane, sign) in [([60.0, 0.0], 0, 1.0), ([0.0, -60.0], 1, -1.0)] {
        let mut shares = vec![0.0_f32; AbBins::count()];
        shares[AbBins::nearest(colour)] = 1.0;
        let hints = Hints {
            planes: Tensor::zeros([1, 3, SIDE, SIDE], &device),
            palette: Tensor::from_data(TensorData::new(shares, [1, AbBins::count()]), &device),
        };
        let painted = generator.paint(gray.clone(), Some(&hints)).planes;
        let moved = painted - generator.forward(gray.clone());
        let mean: f32 = moved.narrow(1, plane, 1).mean().into_scalar();
        assert!(mean * sign > 0.1, "{colour:?}: {mean}");
    }
}
