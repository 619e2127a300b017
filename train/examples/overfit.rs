//! Learns eight photographs by heart: what `cargo xtask bench overfit` runs. A network or a loss
//! that is wrong somewhere does not get there.
//!
//!     cargo run --release -p colorize-train --example overfit
//!
//! The photographs are those of `examples/photographs`, as squares, and the middles of the first
//! ones until they are eight. Prints a line of JSON a measurement; fails where the last one is
//! below the goal.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use colorize_train::data::{Batch, Sample};
use colorize_train::device::DeviceName;
use colorize_train::metrics::Figures;
use colorize_train::trainer::Trainer;
use colorize_train::{Config, Error, allocator, validation};
use image::RgbImage;
use image::imageops::crop_imm;
use serde_json::json;

const PHOTOGRAPHS: usize = 8;

#[derive(Parser)]
struct Arguments {
    /// The recipe; its first stage says for how many steps.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/overfit.yaml"))]
    config: PathBuf,
    /// The photographs.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/photographs"))]
    photographs: PathBuf,
    /// What computes.
    #[arg(long, default_value = "cpu")]
    device: DeviceName,
    /// The PSNR to reach, dB.
    #[arg(long, default_value_t = 30.0)]
    goal: f64,
}

fn main() -> Result<(), String> {
    allocator::keep_freed_memory();
    let arguments = Arguments::parse();
    let shown = |error: Error| error.to_string();
    let config = Config::load(&arguments.config, &[]).map_err(shown)?;
    let recipe = &config.stages[0];
    let steps = recipe
        .steps
        .ok_or("the recipe's first stage has no steps")?;
    let truths = photographs(&arguments.photographs, recipe.resolution)?;
    let mut batch = Batch::new(recipe.resolution);
    for truth in &truths {
        batch.push(truth, config.generator.head);
    }

    let device = arguments.device.open()?;
    let mut trainer = Trainer::new(&config, std::slice::from_ref(&device)).map_err(shown)?;
    let mut stage = trainer.begin(0, recipe, steps, None).map_err(shown)?;
    for step in 1..=steps {
        trainer
            .step(&mut stage, step, &[(batch.clone(), None)])
            .map_err(shown)?;
        if step.is_multiple_of(config.every.validation) || step == steps {
            let outputs = validation::colorize(&trainer.result(), &truths, &device);
            let pairs: Vec<_> = truths.iter().zip(outputs).collect();
            let figures = Figures::of(&pairs);
            println!(
                "{}",
                json!({ "step": step, "psnr": figures.psnr, "object": figures.object })
            );
            if figures.psnr >= arguments.goal {
                return Ok(());
            }
        }
    }
    Err(format!(
        "PSNR {} was not reached within {steps} steps",
        arguments.goal
    ))
}

fn photographs(folder: &Path, side: usize) -> Result<Vec<Sample>, String> {
    let because = |error: &dyn ToString| format!("{}: {}", folder.display(), error.to_string());
    let mut paths = fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|e| Ok(e?.path()))
                .collect::<Result<Vec<_>, _>>()
        })
        .map_err(|e| because(&e))?;
    paths.sort();
    let mut photos = Vec::new();
    for path in paths.iter().take(PHOTOGRAPHS) {
        let photo = image::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
        photos.push(photo.into_rgb8());
    }
    let middles: Vec<RgbImage> = photos.iter().map(middle).collect();
    photos.extend(middles);
    photos.truncate(PHOTOGRAPHS);
    if photos.len() < PHOTOGRAPHS {
        return Err(because(&"fewer than four photographs"));
    }
    Ok(photos
        .iter()
        .map(|photo| Sample::square(photo, side))
        .collect())
}

fn middle(photo: &RgbImage) -> RgbImage {
    let (width, height) = photo.dimensions();
    crop_imm(photo, width / 4, height / 4, width / 2, height / 2).to_image()
}
