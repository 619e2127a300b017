//! Runs that are small enough for a test.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::fs;
use std::path::{Path, PathBuf};

use colorize_train::Config;

/// The folder of this crate.
pub fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Photographs of the repository.
pub fn photographs() -> PathBuf {
    here().join("../examples/photographs")
}

/// What makes quick.yaml small: all losses that need no network of others.
pub fn settings() -> Vec<String> {
    let photographs = format!("data.root={}", photographs().display());
    let fixed = [
        "data.validation=2",
        "generator.resolution=32",
        "generator.width=8",
        "discriminator.resolution=32",
        "ema=0.9",
        "stages.0.resolution=32",
        "stages.0.steps=4",
        "stages.0.batch=2",
        "stages.0.loss.colourfulness=0.1",
        // Its weights would be fetched; the perceptual loss has tests of its own.
        "stages.0.loss.perceptual.weight=0",
        "every.log=1",
        "every.validation=2",
    ];
    let fixed = fixed.iter().map(|&s| s.to_owned());
    std::iter::once(photographs).chain(fixed).collect()
}

/// quick.yaml, small, with more settings.
pub fn recipe(more: &[&str]) -> Config {
    let mut set = settings();
    set.extend(more.iter().map(|&s| s.to_owned()));
    Config::load(&here().join("configs/quick.yaml"), &set).unwrap()
}

/// The lines of `metrics.jsonl` without what depends on the clock.
pub fn metrics(run: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let parse = |line: &str| {
        let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
        let map = value.as_object_mut().unwrap();
        map.remove("images_per_second");
        map.remove("waited");
        value
    };
    text.lines().map(parse).collect()
}
