//! A run from end to end, on the small photographs of the repository.
#![allow(clippy::unwrap_used)]

mod small;

use std::fs;

use burn::tensor::Device;
use colorize_train::checkpoint::Checkpoint;
use colorize_train::run::{self, Ending, Interrupt};
use small::{metrics, recipe};

fn train(set: &[&str], runs: &std::path::Path, devices: usize) -> std::path::PathBuf {
    let devices = vec![Device::flex(); devices];
    let never = Interrupt::default();
    let (folder, ending) = run::train(&recipe(set), runs, &devices, None, &never).unwrap();
    assert_eq!(ending, Ending::Finished);
    folder
}

// One test: burn's CPU backend has one random generator for the whole process, so runs beside each
// other would draw from each other's numbers.
#[test]
fn runs() {
    let runs = tempfile::tempdir().unwrap();
    let first = train(&[], runs.path(), 1);
    for file in [
        "config.yaml",
        "metrics.jsonl",
        "curves.svg",
        "previews/step-000004.png",
        "checkpoints/best.json",
        "checkpoints/step-000004/generator.bpk",
        "checkpoints/step-000004/generator.average.bpk",
        "checkpoints/step-000004/discriminator.optimizer.bpk",
    ] {
        assert!(first.join(file).is_file(), "{file}");
    }
    let losses = metrics(&first);
    assert_eq!(losses.len(), 4 + 2);
    for name in [
        "adversarial",
        "l1",
        "colourfulness",
        "discriminator_accuracy",
    ] {
        assert!(losses[0][name].is_number(), "{name}: {}", losses[0]);
    }
    assert!(losses[0]["perceptual"].is_null(), "its weight is 0");

    let again = train(&["data.workers=1"], runs.path(), 1);
    assert_eq!(
        metrics(&again),
        losses,
        "with another number of workers, too"
    );
    let other = train(&["seed=2"], runs.path(), 1);
    assert_ne!(metrics(&other), losses);

    two_devices_are_as_one(runs.path());
    weights_do_not_depend_on_what_is_done_with_them(runs.path());
    mixed_precision_is_close(runs.path());
    weights_of_another_run_begin_a_new_one(&first, runs.path());
    a_run_that_is_asked_stops_after_its_step(runs.path());
    a_run_that_diverges_keeps_its_last_good_checkpoint(runs.path());
    a_damaged_checkpoint_is_refused_by_name(&other);
}

/// burn draws weights when they are first used: all of them must be drawn before.
fn weights_do_not_depend_on_what_is_done_with_them(runs: &std::path::Path) {
    let first = |set: &[&str]| metrics(&train(set, runs, 1))[0]["l1"].clone();
    assert_eq!(first(&["ema=0"]), first(&["ema=0.5"]));
}

/// bfloat16 has 8 bits of fraction; losses are means over many pixels.
fn mixed_precision_is_close(runs: &std::path::Path) {
    let (whole, mixed) = (
        metrics(&train(&[], runs, 1)),
        metrics(&train(&["precision=bf16"], runs, 1)),
    );
    assert_ne!(whole, mixed);
    for (whole, mixed) in whole.iter().zip(&mixed) {
        if let Some(l1) = whole["l1"].as_f64() {
            let far = (l1 - mixed["l1"].as_f64().unwrap()).abs() / l1;
            assert!(far < 0.02, "{whole} {mixed}");
        }
    }
}

/// The same losses to 1e-5 of their size: sums are taken in another order. Without dropout, which
/// draws other numbers for another batch.
fn two_devices_are_as_one(runs: &std::path::Path) {
    // With an average and without: both begin with the same weights.
    let set = [
        "stages.0.loss.adversarial.weight=0",
        "every.validation=4",
        "ema=0",
    ];
    let (one, two) = (train(&set, runs, 1), train(&set, runs, 2));
    let (one, two) = (metrics(&one), metrics(&two));
    assert_eq!(one.len(), two.len());
    for (one, two) in one.iter().zip(&two) {
        for (name, one) in one.as_object().unwrap() {
            if let Some(one) = one.as_f64() {
                let two = two[name].as_f64().unwrap();
                let far = (one - two).abs() / one.abs().max(1e-3);
                assert!(far < 1e-3, "{name}: {one} {two}");
                assert!(name != "l1" || far < 1e-5, "{name}: {one} {two}");
            }
        }
    }
}

fn weights_of_another_run_begin_a_new_one(from: &std::path::Path, runs: &std::path::Path) {
    let checkpoint = Checkpoint::open(from).unwrap();
    let config = recipe(&["seed=9"]);
    let never = Interrupt::default();
    let devices = [Device::flex()];
    let begin = |weights| {
        run::train(&config, runs, &devices, weights, &never)
            .unwrap()
            .0
    };
    let (fresh, warm) = (begin(None), begin(Some(&checkpoint)));
    assert_ne!(metrics(&fresh)[0]["l1"], metrics(&warm)[0]["l1"]);
}

fn a_run_that_is_asked_stops_after_its_step(runs: &std::path::Path) {
    let interrupt = Interrupt::default();
    interrupt.ask();
    let config = recipe(&[]);
    let (folder, ending) = run::train(&config, runs, &[Device::flex()], None, &interrupt).unwrap();
    assert_eq!(ending, Ending::Interrupted);
    assert_eq!(metrics(&folder).len(), 1);
    assert_eq!(Checkpoint::newest(&folder).unwrap().state.step, 1);
}

fn a_run_that_diverges_keeps_its_last_good_checkpoint(runs: &std::path::Path) {
    let config = recipe(&[
        "name=diverges",
        "every.checkpoint=1",
        "stages.0.optimizer.generator.learning_rate=1.0e+38",
    ]);
    let never = Interrupt::default();
    let error = run::train(&config, runs, &[Device::flex()], None, &never).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("became"), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    let folder = fs::read_dir(runs)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().ends_with("diverges"))
        .unwrap();
    let diagnosis = fs::read_to_string(folder.join("diagnosis.json")).unwrap();
    assert!(diagnosis.contains("largest"), "{diagnosis}");
    Checkpoint::newest(&folder).unwrap();
}

fn a_damaged_checkpoint_is_refused_by_name(run: &std::path::Path) {
    let best = Checkpoint::open(run).unwrap();
    assert!(best.path.starts_with(run));
    best.generator(&Device::flex()).unwrap();
    let weights = best.path.join("generator.bpk");
    let mut bytes = fs::read(&weights).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&weights, bytes).unwrap();
    let error = Checkpoint::open(&best.path).unwrap_err().to_string();
    assert!(
        error.contains("generator.bpk") && error.contains("damaged"),
        "{error}"
    );
}

#[test]
fn a_folder_without_photographs_is_an_error_before_anything_is_written() {
    let empty = tempfile::tempdir().unwrap();
    let runs = tempfile::tempdir().unwrap();
    let config = recipe(&[&format!("data.root={}", empty.path().display())]);
    let never = Interrupt::default();
    let error = run::train(&config, runs.path(), &[Device::flex()], None, &never).unwrap_err();
    assert_eq!(error.to_string().lines().count(), 1, "{error}");
    assert_eq!(fs::read_dir(runs.path()).unwrap().count(), 0);
}
