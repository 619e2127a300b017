//! A run from end to end, on the small photographs of the repository.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use colorize_train::checkpoint::Checkpoint;
use colorize_train::{Config, run};

fn recipe(extra: &[&str]) -> Config {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let photographs = folder.join("../examples/photographs");
    let mut set = vec![
        format!("data.root={}", photographs.display()),
        "data.validation=2".to_owned(),
        "resolution=32".to_owned(),
        "steps=4".to_owned(),
        "batch=2".to_owned(),
        "generator.width=8".to_owned(),
        "every.log=1".to_owned(),
        "every.validation=2".to_owned(),
        // Its weights would be fetched; the perceptual loss has tests of its own.
        "loss.perceptual.weight=0".to_owned(),
    ];
    set.extend(extra.iter().map(|&s| s.to_owned()));
    Config::load(&folder.join("configs/quick.yaml"), &set).unwrap()
}

/// The lines of `metrics.jsonl` without what depends on the clock.
fn metrics(run: &Path) -> Vec<serde_json::Value> {
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

// One test: burn's CPU backend has one random generator for the whole process, so runs beside each
// other would draw from each other's numbers.
#[test]
fn a_run_leaves_a_whole_folder_and_the_same_seed_gives_the_same_numbers() {
    let runs = tempfile::tempdir().unwrap();
    let device = Device::flex();
    let first = run::train(&recipe(&[]), runs.path(), &device).unwrap();
    for file in [
        "config.yaml",
        "metrics.jsonl",
        "previews/step-000004.png",
        "checkpoints/best.json",
        "checkpoints/step-000004/generator.bpk",
        "checkpoints/step-000004/discriminator.optimizer.bpk",
    ] {
        assert!(first.join(file).is_file(), "{file}");
    }
    let losses = metrics(&first);
    assert_eq!(losses.len(), 4 + 2);
    assert!(losses[0]["adversarial"].is_number() && losses[0]["l1"].is_number());

    let again = run::train(&recipe(&["data.workers=1"]), runs.path(), &device).unwrap();
    assert_eq!(
        metrics(&again),
        losses,
        "with another number of workers, too"
    );
    let other = run::train(&recipe(&["seed=2"]), runs.path(), &device).unwrap();
    assert_ne!(metrics(&other), losses);

    let best = Checkpoint::open(runs.path()).unwrap();
    assert!(best.path.starts_with(&other), "the newest run's best");
    best.generator(&device).unwrap();

    let weights = best.path.join("generator.bpk");
    let mut bytes = fs::read(&weights).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&weights, bytes).unwrap();
    let error = Checkpoint::open(&best.path).unwrap_err().to_string();
    assert!(error.contains("damaged"), "{error}");
}

#[test]
fn a_folder_without_photographs_is_an_error_before_anything_is_written() {
    let empty = tempfile::tempdir().unwrap();
    let runs = tempfile::tempdir().unwrap();
    let root = format!("data.root={}", empty.path().display());
    let error = run::train(&recipe(&[&root]), runs.path(), &Device::flex()).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("only 0 photographs"), "{error}");
    assert_eq!(fs::read_dir(runs.path()).unwrap().count(), 0);
}
