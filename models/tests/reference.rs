//! The networks are those of the report: every width counted.

use burn::tensor::{Device, Distribution, Tensor};
use colorize_models::{
    DiscriminatorConfig, EfficientNetLiteConfig, GeneratorConfig, Head, VggConfig, VggDepth,
    parameter_count,
};

fn noise(shape: [usize; 4]) -> Tensor<4> {
    Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), &Device::flex())
}

#[test]
fn parameters_number_as_in_the_report() {
    let device = Device::flex();
    let reference = GeneratorConfig {
        head: Head::Rgb,
        ..GeneratorConfig::default()
    };
    // 483,060 in the report's code, which forgot the second attention of 1,281 parameters.
    assert_eq!(
        parameter_count(&reference.init(&device).unwrap()),
        483_060 + 1_281
    );
    let discriminator = DiscriminatorConfig::default().init(&device).unwrap();
    assert_eq!(parameter_count(&discriminator), 426_570);
}

#[test]
fn generator_keeps_height_and_width() {
    let device = Device::flex();
    for (config, input, output) in [
        ((64, Head::Chroma), [2, 1, 64, 64], [2, 2, 64, 64]),
        ((64, Head::Rgb), [1, 1, 40, 72], [1, 3, 40, 72]),
        ((128, Head::Chroma), [1, 1, 128, 128], [1, 2, 128, 128]),
        ((32, Head::Chroma), [1, 1, 32, 32], [1, 2, 32, 32]),
    ] {
        let (resolution, head) = config;
        let config = GeneratorConfig {
            resolution,
            width: 8,
            head,
        };
        let colour = config.init(&device).unwrap().forward(noise(input));
        assert_eq!(colour.dims(), output, "{config:?}");
    }
}

#[test]
fn discriminator_gives_one_logit_a_picture() {
    for resolution in [32, 64, 128] {
        let config = DiscriminatorConfig {
            resolution,
            width: 8,
        };
        let discriminator = config.init(&Device::flex()).unwrap();
        let logits = discriminator.forward(noise([3, 3, resolution, resolution]));
        assert_eq!(logits.dims(), [3, 1]);
    }
}

#[test]
fn impossible_figures_are_refused() {
    let device = Device::flex();
    let odd = GeneratorConfig {
        resolution: 100,
        ..GeneratorConfig::default()
    };
    assert!(odd.init(&device).is_err());
    let narrow = DiscriminatorConfig {
        resolution: 64,
        width: 4,
    };
    assert!(narrow.init(&device).is_err());
    let layer = VggConfig {
        depth: VggDepth::Vgg16,
        layer: (3, 4),
    };
    assert!(layer.init(&device).is_err());
    assert!(EfficientNetLiteConfig { stage: 8 }.init(&device).is_err());
}

#[test]
fn perceptual_features_have_their_stride() {
    let device = Device::flex();
    for (stage, shape) in [
        (1, [1, 16, 32, 32]),
        (2, [1, 24, 16, 16]),
        (3, [1, 40, 8, 8]),
        (5, [1, 112, 4, 4]),
        (7, [1, 320, 2, 2]),
    ] {
        let network = EfficientNetLiteConfig { stage }.init(&device).unwrap();
        assert_eq!(network.forward(noise([1, 3, 64, 64])).dims(), shape);
    }
    let vgg = VggConfig {
        depth: VggDepth::Vgg19,
        layer: (2, 2),
    };
    let features = vgg.init(&device).unwrap().forward(noise([1, 3, 64, 64]));
    assert_eq!(features.dims(), [1, 128, 32, 32]);
}
