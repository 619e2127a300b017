//! The networks are those of the report: every width counted.
#![allow(clippy::unwrap_used)]

use burn::tensor::{Device, Distribution, Tensor};
use colorize_models::{
    DiscriminatorConfig, EfficientNetLiteConfig, Encoder, GeneratorConfig, Head, VggConfig,
    VggDepth, parameter_count,
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
fn parameters_on_an_encoder_number_as_in_pytorch() {
    let device = Device::flex();
    let mut config = GeneratorConfig {
        encoder: Encoder::EfficientnetLite0,
        width: 96,
        head: Head::Distribution,
        ..GeneratorConfig::default()
    };
    let count = |config: &GeneratorConfig| parameter_count(&config.init(&device).unwrap());
    // Counted in PyTorch (torch 2.9.0) with 261 bins and an RGB stem, of whose three planes gray
    // needs one.
    let in_pytorch = 3_661_333 - 2 * 32 * 3 * 3;
    assert_eq!(count(&config), in_pytorch);
    config.attention = true;
    let attention = 2 * 12 * 96 + 96 * 96 + 1;
    assert_eq!(count(&config), in_pytorch + attention);
    config.hints = true;
    // A palette's dense layer and prior, and 3x3 on three planes for each level.
    let hints = 261 * 160 + 261 + 3 * 3 * 3 * (160 + 128 + 96 + 96);
    assert_eq!(count(&config), in_pytorch + attention + hints);
}

#[test]
fn generator_keeps_height_and_width() {
    let (scratch, encoder) = (Encoder::Scratch, Encoder::EfficientnetLite0);
    for (encoder, resolution, head, [n, height, width]) in [
        (scratch, 64, Head::Chroma, [2, 64, 64]),
        (scratch, 64, Head::Rgb, [1, 40, 72]),
        (scratch, 128, Head::Chroma, [1, 128, 128]),
        (scratch, 32, Head::Chroma, [1, 32, 32]),
        (scratch, 64, Head::Distribution, [1, 40, 72]),
        (encoder, 64, Head::Distribution, [2, 32, 96]),
        (encoder, 64, Head::Chroma, [1, 64, 32]),
    ] {
        let config = GeneratorConfig {
            encoder,
            resolution,
            width: 8,
            head,
            ..GeneratorConfig::default()
        };
        assert!([height, width].map(|side| side % config.multiple()) == [0, 0]);
        let generator = config.init(&Device::flex()).unwrap();
        let painted = generator.paint(noise([n, 1, height, width]), None);
        let planes = [n, head.channels(), height, width];
        assert_eq!(painted.planes.dims(), planes, "{config:?}");
        let logits = painted.logits.map(|logits| logits.dims());
        let expected = [n, 261, height / 4, width / 4];
        let expected = (head == Head::Distribution).then_some(expected);
        assert_eq!(logits, expected, "{config:?}");
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
        for [height, width] in [
            [resolution, resolution],
            [2 * resolution, 2 * resolution],
            [resolution, resolution + 32],
        ] {
            let logits = discriminator.forward(noise([2, 3, height, width]));
            assert_eq!(logits.dims(), [2, 1], "{height} x {width}");
        }
    }
}

#[test]
fn impossible_figures_are_refused() {
    let device = Device::flex();
    let generator = GeneratorConfig::default;
    for odd in [
        GeneratorConfig {
            resolution: 100,
            ..generator()
        },
        GeneratorConfig {
            temperature: 0.0,
            ..generator()
        },
        GeneratorConfig {
            encoder: Encoder::EfficientnetLite0,
            head: Head::Rgb,
            ..generator()
        },
        GeneratorConfig {
            encoder: Encoder::EfficientnetLite0,
            width: 20,
            ..generator()
        },
    ] {
        let error = odd.init(&device).unwrap_err().to_string();
        assert!(error.starts_with("generator: "), "{error}");
    }
    let narrow = DiscriminatorConfig {
        resolution: 64,
        width: 4,
    };
    assert!(narrow.init(&device).is_err());
    for layers in [vec![(3, 4)], vec![(0, 1)], vec![(2, 0)], vec![]] {
        let config = VggConfig {
            depth: VggDepth::Vgg16,
            layers,
        };
        assert!(config.init(&device).is_err(), "{config:?}");
    }
    assert!(EfficientNetLiteConfig { stage: 8 }.init(&device).is_err());
}

#[test]
fn perceptual_features_have_their_stride() {
    let device = Device::flex();
    let network = EfficientNetLiteConfig { stage: 7 }.init(&device).unwrap();
    let stages = network.stages(noise([1, 3, 64, 64]));
    assert_eq!(stages.len(), 7);
    for (stage, shape) in [
        (1, [1, 16, 32, 32]),
        (2, [1, 24, 16, 16]),
        (3, [1, 40, 8, 8]),
        (5, [1, 112, 4, 4]),
        (7, [1, 320, 2, 2]),
    ] {
        assert_eq!(stages[stage - 1].dims(), shape);
        let network = EfficientNetLiteConfig { stage }.init(&device).unwrap();
        assert_eq!(network.forward(noise([1, 3, 64, 64])).dims(), shape);
    }
    let vgg = VggConfig {
        depth: VggDepth::Vgg19,
        layers: vec![(3, 4), (1, 2), (2, 2)],
    };
    let features = vgg.init(&device).unwrap().features(noise([1, 3, 64, 64]));
    let shapes: Vec<[usize; 4]> = features.iter().map(Tensor::dims).collect();
    assert_eq!(
        shapes,
        [[1, 64, 64, 64], [1, 128, 32, 32], [1, 256, 16, 16]]
    );
}
