//! TensorBoard reads what is written for it (python/read_events.py asks it).
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use colorize_train::tensorboard::EventWriter;
use image::{Rgb, RgbImage};
use serde_json::Value;

/// What TensorBoard finds in a folder.
fn read(folder: &Path) -> Value {
    let python = std::env::var_os("COLORIZE_TEST_PYTHON")
        .expect("COLORIZE_TEST_PYTHON is not set; run `cargo xtask test`, which sets it up");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/read_events.py");
    let output = Command::new(python)
        .arg(script)
        .arg(folder)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn event_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn steps_and_values(points: &Value) -> Vec<(u64, f64)> {
    let points = points.as_array().unwrap();
    points
        .iter()
        .map(|p| (p["step"].as_u64().unwrap(), p["value"].as_f64().unwrap()))
        .collect()
}

#[test]
fn scalars_histograms_and_pictures_arrive() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = EventWriter::create(folder.path()).unwrap();
    for step in [1, 2, 1_000_000] {
        writer.scalar("loss/l1", 0.5 / step as f32, step).unwrap();
    }
    // 100 whole numbers in 64 buckets of 99 / 64, and a few that no bucket holds.
    let mut values: Vec<f32> = (0..100).map(|i| i as f32).collect();
    values.extend([f32::NAN, f32::INFINITY]);
    writer.histogram("weights/out", &values, 7).unwrap();
    writer.histogram("weights/none", &[], 7).unwrap();
    let picture = RgbImage::from_fn(5, 3, |x, y| Rgb([50 * x as u8, 80 * y as u8, 255]));
    writer.image("preview", &picture, 9).unwrap();
    writer.flush().unwrap();

    let found = read(folder.path());
    let loss = &found["scalars"]["loss/l1"];
    let expected = [(1, 0.5), (2, 0.25), (1_000_000, f64::from(0.5e-6_f32))];
    assert_eq!(steps_and_values(loss), expected);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let written = loss[0]["wall_time"].as_f64().unwrap();
    assert!((now.as_secs_f64() - written).abs() < 600.0);

    let histogram = &found["histograms"]["weights/out"][0];
    assert_eq!(histogram["step"], 7);
    assert_eq!(
        (&histogram["min"], &histogram["max"]),
        (&0.0.into(), &99.0.into())
    );
    assert_eq!(
        (&histogram["num"], &histogram["sum"]),
        (&100.0.into(), &4950.0.into())
    );
    assert_eq!(histogram["sum_squares"], 328_350.0);
    let numbers = |key: &str| -> Vec<f64> {
        let values = histogram[key].as_array().unwrap();
        values.iter().map(|v| v.as_f64().unwrap()).collect()
    };
    let (limits, counts) = (numbers("limits"), numbers("counts"));
    assert_eq!(limits.last(), Some(&99.0));
    let mut below = 0.0;
    for (limit, count) in limits.iter().zip(&counts) {
        below += count;
        // The whole numbers below the limit; the last bucket has its limit too.
        let expected = if *limit == 99.0 { 100.0 } else { limit.ceil() };
        assert_eq!(below, expected, "{limit}");
    }
    assert_eq!(found["histograms"]["weights/none"][0]["num"], 0.0);

    let image = &found["images"]["preview"][0];
    assert_eq!(image["step"], 9);
    assert_eq!(
        (&image["said"], &image["size"]),
        (&[5, 3].into(), &[5, 3].into())
    );
    let pixels: Vec<u8> = serde_json::from_value(image["pixels"].clone()).unwrap();
    assert_eq!(&pixels, picture.as_raw());
}

#[test]
fn a_resumed_run_replaces_what_came_after_its_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = EventWriter::create(folder.path()).unwrap();
    for step in 1..=8 {
        first.scalar("loss", step as f32, step).unwrap();
    }
    first.flush().unwrap();
    drop(first);
    let mut second = EventWriter::resume(folder.path(), 5).unwrap();
    for step in 6..=7 {
        second.scalar("loss", 100.0, step).unwrap();
    }
    second.flush().unwrap();

    assert_eq!(event_files(folder.path()).len(), 2);
    let kept = (1..=5).map(|step| (step, step as f64));
    let expected: Vec<_> = kept.chain([(6, 100.0), (7, 100.0)]).collect();
    let found = read(folder.path());
    assert_eq!(steps_and_values(&found["scalars"]["loss"]), expected);
}

#[test]
fn a_record_that_a_kill_cut_short_costs_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = EventWriter::create(folder.path()).unwrap();
    for step in 1..=3 {
        first.scalar("loss", step as f32, step).unwrap();
    }
    first.flush().unwrap();
    drop(first);
    let file = &event_files(folder.path())[0];
    let bytes = fs::read(file).unwrap();
    fs::write(file, &bytes[..bytes.len() - 5]).unwrap();
    let mut second = EventWriter::resume(folder.path(), 2).unwrap();
    second.scalar("loss", 30.0, 3).unwrap();
    second.flush().unwrap();

    let found = read(folder.path());
    let expected = [(1, 1.0), (2, 2.0), (3, 30.0)];
    assert_eq!(steps_and_values(&found["scalars"]["loss"]), expected);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = EventWriter::create(&file.join("events")).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("events"), "{message}");
    assert_eq!(message.lines().count(), 1);
}
