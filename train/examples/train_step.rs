//! How fast one step of the reference recipe is, on random pictures and with random VGG weights:
//! what `cargo xtask bench train-step` runs.
//!
//!     cargo run --release -p colorize-train --example train_step -- --resolution 64 --batch 8
//!
//! Prints one line of JSON: images a second (from the median of the steps, after a warm-up) and the
//! peak of the resident memory. `RAYON_NUM_THREADS` sets the threads.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Parser;
use colorize_train::data::{Batch, Sample};
use colorize_train::device::DeviceName;
use colorize_train::seed::Seed;
use colorize_train::trainer::Trainer;
use colorize_train::{Config, Error, allocator};
use rand::{Rng, RngExt};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;

/// Steps before the clock starts.
const WARM_UP: u64 = 5;

#[derive(Parser)]
struct Arguments {
    /// The recipe; its first stage is timed.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/reference-imagenet64.yaml"))]
    config: PathBuf,
    /// What computes.
    #[arg(long, default_value = "cpu")]
    device: DeviceName,
    /// Side of the pictures.
    #[arg(long, default_value_t = 64)]
    resolution: usize,
    /// Pictures a step.
    #[arg(long, default_value_t = 8)]
    batch: usize,
    /// Steps that are timed.
    #[arg(long, default_value_t = 30)]
    steps: u64,
}

fn main() -> Result<(), String> {
    allocator::keep_freed_memory();
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let weights = folder.path().join("vgg.safetensors");
    write_random_vgg(&weights)?;

    let shown = |error: Error| error.to_string();
    let set = [
        format!("generator.resolution={}", arguments.resolution),
        format!("discriminator.resolution={}", arguments.resolution),
        format!("stages.0.resolution={}", arguments.resolution),
        format!("stages.0.batch={}", arguments.batch),
        format!("stages.0.loss.perceptual.weights={}", weights.display()),
    ];
    let config = Config::load(&arguments.config, &set).map_err(shown)?;
    let recipe = &config.stages[0];
    let device = arguments.device.open()?;
    let mut trainer = Trainer::new(&config, &[device]).map_err(shown)?;
    let steps = WARM_UP + arguments.steps;
    let mut stage = trainer.begin(0, recipe, steps, None).map_err(shown)?;
    let mut seconds = Vec::new();
    for step in 1..=steps {
        let batch = random_batch(&config, step);
        let start = Instant::now();
        trainer
            .step(&mut stage, step, &[(batch, None)])
            .map_err(shown)?;
        if step > WARM_UP {
            seconds.push(start.elapsed().as_secs_f64());
        }
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds.get(seconds.len() / 2).ok_or("no step was timed")?;
    let line = json!({
        "images_per_s": (recipe.batch as f64 / median * 100.0).round() / 100.0,
        "peak_rss_mb": peak_memory().map(|bytes| bytes >> 20),
        "resolution": recipe.resolution,
        "batch": recipe.batch,
        "steps": arguments.steps,
    });
    println!("{line}");
    Ok(())
}

fn random_batch(config: &Config, step: u64) -> Batch {
    let side = config.stages[0].resolution;
    let mut batch = Batch::new(side);
    let mut rng = Seed(config.seed).stream("bench", step);
    for _ in 0..config.stages[0].batch {
        let mut rgb = vec![0; 3 * side * side];
        rng.fill_bytes(&mut rgb);
        batch.push(&Sample { rgb, side }, config.generator.head);
    }
    batch
}

/// The convolutions of VGG19 up to conv2_2 under torchvision's names. Random: they cost as much.
fn write_random_vgg(path: &Path) -> Result<(), String> {
    let mut rng = Seed(0).stream("vgg", 0);
    let mut tensors = Vec::new();
    for (layer, channels_in, channels_out) in [(0, 3, 64), (2, 64, 64), (5, 64, 128), (7, 128, 128)]
    {
        let spread = (6.0 / (9 * channels_in) as f32).sqrt();
        let shapes = [
            ("weight", vec![channels_out, channels_in, 3, 3]),
            ("bias", vec![channels_out]),
        ];
        for (name, shape) in shapes {
            let bytes: Vec<u8> = (0..shape.iter().product::<usize>())
                .flat_map(|_| rng.random_range(-spread..spread).to_le_bytes())
                .collect();
            tensors.push((format!("features.{layer}.{name}"), shape, bytes));
        }
    }
    let views = tensors.iter().map(|(name, shape, bytes)| {
        TensorView::new(Dtype::F32, shape.clone(), bytes).map(|view| (name.as_str(), view))
    });
    let views = views.collect::<Result<Vec<_>, _>>();
    let bytes = views.and_then(|views| safetensors::serialize(views, None));
    fs::write(path, bytes.map_err(|e| e.to_string())?).map_err(|e| e.to_string())
}

/// The most bytes that were ever resident, where the system says so.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib << 10)
}
