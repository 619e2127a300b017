//! The parts of which the networks are made, each alone.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use colorize_export::verify::any_axes;
use colorize_export::{GraphBuilder, Output, ToOnnx, ToOnnxWithSkip, int, ints};
use colorize_models::{DiscriminatorConfig, Generator, GeneratorConfig};

use crate::inputs;
use crate::networks::configs;
use crate::random::{generator, random};
use crate::subject::{MAPS, Subject};

/// Every block with random weights of a seed.
///
/// # Errors
/// None but a mistake in here.
pub fn blocks(seed: u64) -> Result<Vec<Subject>, String> {
    let mut blocks = Vec::new();
    if let Generator::Unet(unet) = network("reference, chroma", seed)? {
        let conv = unet.down[1].conv1.clone();
        let alone = |name, block| convolution(name, seed, block);
        blocks.push(alone("convolution with spectral norm, 3x3", conv));
        let conv = unet.up[1].conv.clone();
        blocks.push(alone("convolution with spectral norm, 2x2", conv));
        let block = unet.down[1].clone();
        let channels = block.conv1.weight.val().dims();
        let forward = |block: &colorize_models::ConvBlock, x| block.forward(x);
        blocks.push(alone_of("block of two", seed, channels[1], block, forward));
        let attention = unet.down_attention.clone();
        let channels = attention.h.weight.val().dims()[0];
        let forward = |block: &colorize_models::SelfAttention, x| block.forward(x);
        let name = "self-attention";
        blocks.push(alone_of(name, seed, channels, attention, forward));
        // The maps below have twice the channels of the skip.
        let block = unet.up[1].clone();
        let channels = block.block.conv2.weight.val().dims()[0];
        blocks.push(with_skip(
            "up block, nearest",
            seed,
            [channels, 2],
            block,
            |b, x, s| b.forward(x, s),
        ));
    }
    if let Generator::EncoderUnet(unet) = network("encoder, distribution, attention", seed)? {
        let residuals = &unet.encoder.blocks;
        for (name, index) in [
            ("inverted residual, no expansion", 0),
            ("inverted residual, 3x3, stride 2", 1),
            ("inverted residual, 3x3, added", 2),
            ("inverted residual, 5x5, stride 2", 3),
            ("inverted residual, 5x5, added", 4),
        ] {
            let block = residuals[index].clone();
            let first = block.expand.as_ref().unwrap_or(&block.depthwise);
            let [out, per_group, ..] = first.weight.val().dims();
            let channels = if first.groups == 1 { per_group } else { out };
            let forward = |block: &colorize_models::InvertedResidual, x| block.forward(x);
            blocks.push(alone_of(name, seed, channels, block, forward));
        }
        // The last: 96 channels from below, 24 of the skip.
        let block = unet.up[2].clone();
        blocks.push(with_skip(
            "up block, bilinear",
            seed,
            [24, 4],
            block,
            |b, x, s| b.forward(x, s),
        ));
    }
    let discriminator = DiscriminatorConfig::default();
    let discriminator = discriminator.init(&burn::tensor::Device::flex());
    let discriminator = random(discriminator.map_err(|e| e.to_string())?, seed);
    let stage = discriminator.stages[1].clone();
    let conv = stage.conv1.clone();
    blocks.push(convolution(
        "convolution with spectral norm, stride 2",
        seed,
        conv,
    ));
    let channels = stage.conv1.weight.val().dims()[1];
    let forward = |block: &colorize_models::DiscriminatorStage, x| block.forward(x);
    let name = "stage of a discriminator";
    blocks.push(alone_of(name, seed, channels, stage, forward));
    Ok(blocks)
}

fn network(wanted: &str, seed: u64) -> Result<Generator, String> {
    let mut configs = configs().into_iter();
    let found = configs.find(|(name, _)| *name == wanted);
    let (_, config): (_, GeneratorConfig) = found.ok_or_else(|| format!("no {wanted}"))?;
    generator(&config, seed).map_err(|e| e.to_string())
}

fn convolution(name: &str, seed: u64, conv: colorize_models::SpectralConv2d) -> Subject {
    let channels = conv.weight.val().dims()[1];
    let forward = |conv: &colorize_models::SpectralConv2d, x| conv.forward(x);
    alone_of(name, seed, channels, conv, forward)
}

/// A block from `x` of so many channels.
fn alone_of<M: Module + ToOnnx + 'static>(
    name: &str,
    seed: u64,
    channels: usize,
    block: M,
    forward: impl Fn(&M, Tensor<4>) -> Tensor<4> + 'static,
) -> Subject {
    let burn = block.clone();
    let write = move |graph: &mut GraphBuilder| block.to_onnx(graph, "block", "x");
    let forward = move |x: Tensor<4>| forward(&burn.clone().to_device(&x.device()), x);
    finished(name, seed, channels, write, forward)
}

/// A block on the way up. Its skip is what goes in; the maps below are that at half the size, so
/// many times over.
fn with_skip<M: Module + ToOnnxWithSkip + 'static>(
    name: &str,
    seed: u64,
    [channels, times]: [usize; 2],
    block: M,
    forward: impl Fn(&M, Tensor<4>, Tensor<4>) -> Tensor<4> + 'static,
) -> Subject {
    let burn = block.clone();
    let write = move |graph: &mut GraphBuilder| {
        let half = || vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])];
        let small = graph.node("AveragePool", "small", &["x"], half());
        let several = vec![small.as_str(); times];
        let below = graph.node("Concat", "below", &several, vec![int("axis", 1)]);
        block.to_onnx(graph, "block", &below, "x")
    };
    let forward = move |x: Tensor<4>| {
        let options = AvgPoolOptions::new([2, 2]).with_stride([2, 2]);
        let small = avg_pool2d(x.clone(), options);
        let below = Tensor::cat(vec![small; times], 1);
        forward(&burn.clone().to_device(&x.device()), below, x)
    };
    finished(name, seed, channels, write, forward)
}

fn finished(
    name: &str,
    seed: u64,
    channels: usize,
    write: impl Fn(&mut GraphBuilder) -> String + 'static,
    forward: impl Fn(Tensor<4>) -> Tensor<4> + 'static,
) -> Subject {
    let forward = std::rc::Rc::new(forward);
    let device = burn::tensor::Device::flex();
    let [_, out, ..] = forward(Tensor::zeros([1, channels, 16, 16], &device)).dims();
    Subject {
        name: format!("{name}, seed {seed}"),
        input: "x".to_owned(),
        outputs: vec![("y".to_owned(), MAPS)],
        inputs: inputs::maps(channels),
        model: Box::new(move |_| {
            let mut graph = GraphBuilder::default();
            let last = write(&mut graph);
            let output = Output::smaller_maps(&last, "y", out);
            graph.finish("block", ("x", channels), &[output])
        }),
        burn: Box::new(move |input, device| vec![any_axes(forward(input.tensor(device)))]),
    }
}
