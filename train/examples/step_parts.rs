//! Where the time of a reference step goes: each part of it alone, on random numbers.
//!
//!     cargo run --release -p colorize-train --example step_parts -- --resolution 64 --batch 8
//!
//! Prints milliseconds, the least of `--rounds`, which other work on the machine disturbs least. The
//! parts overlap (the attention is a part of both
//! networks), so they do not add up to the step.

use std::time::{Duration, Instant};

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Distribution, Tensor};
use clap::Parser;
use colorize_models::{
    DiscriminatorConfig, Generator, GeneratorConfig, Head, SelfAttention, SpectralConv2d,
    SpectralConv2dConfig, VggConfig, VggDepth,
};
use colorize_train::allocator;

#[derive(Parser)]
struct Arguments {
    /// Side of the pictures.
    #[arg(long, default_value_t = 64)]
    resolution: usize,
    /// Pictures a step.
    #[arg(long, default_value_t = 8)]
    batch: usize,
    /// How often each part is timed.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
}

/// Prints what one part takes.
struct Stopwatch {
    rounds: usize,
}

impl Stopwatch {
    fn time(&self, part: &str, mut run: impl FnMut()) {
        self.time_prepared(part, || {
            let start = Instant::now();
            run();
            start.elapsed()
        });
    }

    /// For parts that say themselves what they took.
    fn time_prepared(&self, part: &str, mut run: impl FnMut() -> Duration) {
        run(); // warms up
        let milliseconds = (0..self.rounds).map(|_| run().as_secs_f64() * 1e3);
        let least = milliseconds.fold(f64::INFINITY, f64::min);
        println!("{least:8.1} ms  {part}");
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    allocator::keep_freed_memory();
    let Arguments {
        resolution: r,
        batch: n,
        rounds,
    } = Arguments::parse();
    let watch = Stopwatch { rounds };
    let plain = Device::flex();
    let learning = plain.clone().autodiff();
    let random = |shape, device: &Device| {
        Tensor::<4>::random(shape, Distribution::Uniform(-1.0, 1.0), device)
    };

    let generator = GeneratorConfig {
        resolution: r,
        width: 16,
        head: Head::Rgb,
        ..GeneratorConfig::default()
    };
    let generator = generator.init(&learning)?;
    let judged = generator.clone().valid();
    let gray = random([n, 1, r, r], &learning);
    let gray_plain = gray.clone().inner();
    watch.time("generator, forward without a graph", || {
        done(judged.forward(gray_plain.clone()))
    });
    watch.time("generator, forward", || {
        done(generator.forward(gray.clone()))
    });
    watch.time("generator, forward and backward", || {
        generator.forward(gray.clone()).mean().backward();
    });

    let discriminator = DiscriminatorConfig {
        resolution: r,
        width: 8,
    };
    let discriminator = discriminator.init(&learning)?;
    let both = random([2 * n, 3, r, r], &learning);
    watch.time("discriminator on both halves, forward", || {
        done(discriminator.forward(both.clone()));
    });
    watch.time("discriminator on both halves, forward and backward", || {
        discriminator.forward(both.clone()).mean().backward();
    });
    let frozen = discriminator.clone().no_grad();
    let painted = random([n, 3, r, r], &learning).require_grad();
    watch.time(
        "discriminator, frozen, forward and backward to the picture",
        || {
            frozen.forward(painted.clone()).mean().backward();
        },
    );

    let vgg = VggConfig {
        depth: VggDepth::Vgg19,
        layers: vec![(2, 2)],
    };
    let vgg = vgg.init(&learning)?.no_grad();
    let vgg_plain = vgg.clone().valid();
    let truth = random([n, 3, r, r], &plain);
    watch.time(
        "VGG19 to conv2_2, forward without a graph (the truth's features)",
        || {
            vgg_plain.features(truth.clone());
        },
    );
    watch.time(
        "VGG19 to conv2_2, forward and backward to the picture",
        || {
            vgg.features(painted.clone()).remove(0).mean().backward();
        },
    );

    let attention = SelfAttention::init(32, &learning);
    let maps = random([n, 32, 32, 32], &learning).require_grad();
    watch.time("attention of 32 channels at 32x32, forward", || {
        done(attention.forward(maps.clone()));
    });
    watch.time(
        "attention of 32 channels at 32x32, forward and backward",
        || {
            attention.forward(maps.clone()).mean().backward();
        },
    );
    let attention = SelfAttention::init(16, &learning);
    let maps = random([2 * n, 16, 32, 32], &learning).require_grad();
    watch.time(
        "attention of 16 channels at 32x32, both halves, forward and backward",
        || {
            attention.forward(maps.clone()).mean().backward();
        },
    );

    let convolutions: Vec<SpectralConv2d> = generator_convolutions(r)
        .map(|channels| SpectralConv2dConfig::same(channels, 3).init(&learning))
        .collect();
    watch.time("spectral norm of the generator, forward", || {
        for convolution in &convolutions {
            convolution.normalized_weight();
        }
    });
    watch.time(
        "spectral norm of the generator, forward and backward",
        || {
            let norms = convolutions
                .iter()
                .map(|convolution| convolution.normalized_weight().mean());
            if let Some(sum) = norms.reduce(|a, b| a + b) {
                sum.backward();
            }
        },
    );

    for (channels, side) in [
        ([16, 16], 64),
        ([32, 16], 64),
        ([32, 32], 32),
        ([64, 64], 16),
        ([64, 64], 64),
    ] {
        let convolution = SpectralConv2dConfig::same(channels, 3).init(&plain);
        let x = random([n, channels[0], side, side], &plain);
        let name = format!("3x3 convolution {channels:?} at {side}x{side}");
        watch.time(&format!("{name}, forward"), || {
            done(convolution.forward(x.clone()))
        });
        let convolution = SpectralConv2dConfig::same(channels, 3)
            .init(&learning)
            .no_grad();
        let x = Tensor::from_inner(x);
        watch.time(
            &format!("{name}, forward and backward to the input"),
            || {
                convolution
                    .forward(x.clone().require_grad())
                    .mean()
                    .backward();
            },
        );
        let convolution = SpectralConv2dConfig::same(channels, 3).init(&learning);
        watch.time(
            &format!("{name}, forward and backward to the weights"),
            || {
                convolution.forward(x.clone()).mean().backward();
            },
        );
    }

    let mut adam = AdamConfig::new().with_beta_1(0.0).with_beta_2(0.9).init();
    let mut network = generator;
    let gradients = |network: &Generator| {
        let gradients = network.forward(gray.clone()).mean().backward();
        GradientsParams::from_grads(gradients, network)
    };
    watch.time_prepared("Adam on the generator", || {
        let gradients = gradients(&network);
        let start = Instant::now();
        network = adam.step(1e-4, network.clone(), gradients);
        start.elapsed()
    });
    Ok(())
}

/// Channels in and out of the generator's 3x3 convolutions.
fn generator_convolutions(resolution: usize) -> impl Iterator<Item = [usize; 2]> {
    let widths: Vec<usize> = (0..)
        .take_while(|level| resolution >> level >= 8)
        .map(|level| 16 << level)
        .collect();
    let inputs = std::iter::once(1).chain(widths.clone());
    let down: Vec<[usize; 2]> = inputs
        .zip(widths.clone())
        .flat_map(|(from, to)| [[from, to], [to, to]])
        .collect();
    let up: Vec<[usize; 2]> = widths
        .iter()
        .rev()
        .skip(1)
        .flat_map(|&to| [[2 * to, to], [to, to]])
        .collect();
    down.into_iter().chain(up)
}

/// The CPU's backend computes at once: nothing is left to wait for.
fn done<const D: usize>(tensor: Tensor<D>) {
    drop(tensor);
}
