//! What is said of a network is what it does.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::HashMap;

use burn::tensor::{Device, Distribution, Tensor};
use colorize_models::{
    DiscriminatorConfig, EfficientNetLiteConfig, Encoder, Generator, GeneratorConfig, Head, Layer,
    VggConfig, VggDepth, parameter_count,
};

fn noise(shape: [usize; 4]) -> Tensor<4> {
    Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), &Device::flex())
}

/// Shapes of the maps after each block, by the names that `describe` gives them.
fn shapes(layers: &[Layer]) -> HashMap<&str, [usize; 3]> {
    let shapes = layers
        .iter()
        .map(|layer| (layer.block.as_str(), layer.output));
    shapes.collect()
}

fn assert_shape(described: &HashMap<&str, [usize; 3]>, block: &str, maps: &Tensor<4>) {
    let [_, shape @ ..] = maps.dims();
    assert_eq!(described.get(block), Some(&shape), "{block}");
}

fn configs() -> Vec<GeneratorConfig> {
    let mut configs = Vec::new();
    for (encoder, resolution, width) in [
        (Encoder::Scratch, 64, 16),
        (Encoder::Scratch, 128, 8),
        (Encoder::EfficientnetLite0, 128, 24),
    ] {
        for head in [Head::Chroma, Head::Distribution] {
            for extras in [false, true] {
                configs.push(GeneratorConfig {
                    encoder,
                    resolution,
                    width,
                    head,
                    hints: extras,
                    attention: extras && encoder != Encoder::Scratch,
                    ..GeneratorConfig::default()
                });
            }
        }
    }
    configs
}

#[test]
fn every_parameter_belongs_to_one_layer() {
    let device = Device::flex();
    let sum = |layers: &[Layer]| layers.iter().map(|layer| layer.parameters).sum::<usize>();
    for config in configs() {
        let generator = config.init(&device).unwrap();
        let layers = generator.describe([config.resolution; 2]);
        assert_eq!(sum(&layers), parameter_count(&generator), "{config:?}");
        let mut paths: Vec<_> = layers.iter().map(|layer| &layer.path).collect();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), layers.len(), "{config:?}: a path twice");
    }
    let discriminator = DiscriminatorConfig::default().init(&device).unwrap();
    let layers = discriminator.describe([64, 64]);
    assert_eq!(sum(&layers), parameter_count(&discriminator));
    let layers = vec![(2, 1), (3, 3)];
    let depth = VggDepth::Vgg16;
    let vgg = VggConfig { depth, layers }.init(&device).unwrap();
    assert_eq!(sum(&vgg.describe([32, 32])), parameter_count(&vgg));
}

#[test]
fn blocks_have_the_shapes_that_they_make() {
    let device = Device::flex();
    for config in configs() {
        let (height, width) = (config.resolution, config.resolution + 2 * config.multiple());
        let generator = config.init(&device).unwrap();
        let layers = generator.describe([height, width]);
        let described = shapes(&layers);
        let gray = noise([1, 1, height, width]);
        let hints = noise([1, if config.hints { 3 } else { 0 }, height, width]);
        let input = if config.hints {
            Tensor::cat(vec![gray.clone(), hints], 1)
        } else {
            gray.clone()
        };
        let painted = generator.paint(gray, None);
        let [_, shape @ ..] = painted.planes.dims();
        assert_eq!(layers.last().unwrap().output, shape, "{config:?}");
        if let Some(logits) = painted.logits {
            let [_, shape @ ..] = logits.dims();
            let output = layers.iter().find(|layer| layer.path == "output").unwrap();
            assert_eq!(output.output, shape, "{config:?}");
        }
        match generator {
            Generator::Unet(network) => {
                let mut x = input;
                let mut skips = Vec::new();
                for (level, block) in network.down.iter().enumerate() {
                    if level > 0 {
                        x = burn::tensor::module::avg_pool2d(
                            x,
                            burn::tensor::ops::AvgPoolOptions::new([2, 2]),
                        );
                    }
                    x = block.forward(x);
                    assert_shape(&described, &format!("down.{level}"), &x);
                    skips.push(x.clone());
                }
                skips.pop();
                for (index, block) in network.up.iter().enumerate() {
                    x = block.forward(x, skips.pop().unwrap());
                    assert_shape(&described, &format!("up.{index}"), &x);
                }
            }
            Generator::EncoderUnet(network) => {
                // The stem takes gray and hints, so its stages are looked at with an RGB one.
                let rgb = EfficientNetLiteConfig { stage: 7 }.init(&device).unwrap();
                let stages = rgb.stages(noise([1, 3, height, width]));
                for (index, maps) in stages.iter().enumerate() {
                    assert_shape(&described, &format!("stage {}", index + 1), maps);
                }
                let mut x = network.middle.forward(stages[6].clone());
                assert_shape(&described, "middle", &x);
                for (index, stage) in [4, 2, 1].into_iter().enumerate() {
                    x = network.up[index].forward(x, stages[stage].clone());
                    assert_shape(&described, &format!("up.{index}"), &x);
                }
                if let Some(attention) = &network.attention {
                    x = attention.forward(x);
                    assert_shape(&described, "attention", &x);
                }
                assert_shape(&described, "last", &network.last.forward(x));
            }
        }
    }
}

#[test]
fn skips_name_blocks_of_the_same_height() {
    for config in configs() {
        let generator = config.init(&Device::flex()).unwrap();
        let layers = generator.describe([config.resolution; 2]);
        let described = shapes(&layers);
        let joins = layers.iter().filter_map(|layer| {
            let skip = layer.skip.as_deref()?;
            Some((skip, layer.output))
        });
        let mut count = 0;
        for (skip, [_, height, width]) in joins {
            let [_, of_skip @ ..] = described[skip];
            assert_eq!(of_skip, [height, width], "{config:?}: {skip}");
            count += 1;
        }
        let levels = match config.encoder {
            Encoder::Scratch => config.widths().len() - 1,
            Encoder::EfficientnetLite0 => 3,
        };
        assert_eq!(count, levels, "{config:?}");
    }
}

#[test]
fn discriminator_halves_at_each_stage() {
    let config = DiscriminatorConfig::default();
    let discriminator = config.init(&Device::flex()).unwrap();
    let layers = discriminator.describe([128, 96]);
    let described = shapes(&layers);
    assert_eq!(described["stages.0"], [8, 128, 96]);
    assert_eq!(described["stages.4"], [128, 8, 6]);
    assert_eq!(described["last"], [64, 5, 3]);
    assert_eq!(described["output"], [1, 1, 1]);
}
