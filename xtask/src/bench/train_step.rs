use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::Args;
use serde::Deserialize;

use super::example;

/// Names the peer where `--peer` does not.
const PEER: &str = "COLORIZE_BENCH_TRAIN_STEP_PEER";
/// Names its Python where `--python` does not.
const PYTHON: &str = "COLORIZE_BENCH_PYTHON";

#[derive(Args)]
pub struct Options {
    /// A Python script that takes --resolution, --batch, --threads and --steps and prints, as its
    /// last line, JSON with images_per_s and peak_rss_mb; without it (or the variable
    /// COLORIZE_BENCH_TRAIN_STEP_PEER) our side is measured alone
    #[arg(long, value_name = "SCRIPT")]
    peer: Option<PathBuf>,
    /// What runs the peer [default: COLORIZE_BENCH_PYTHON, or python3]
    #[arg(long, value_name = "PYTHON")]
    python: Option<PathBuf>,
    /// How often each side is measured, in turn
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Side of the pictures
    #[arg(long, default_value_t = 64)]
    resolution: usize,
    /// Pictures a step
    #[arg(long, default_value_t = 8)]
    batch: usize,
    /// Threads of each side
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Steps of a round
    #[arg(long, default_value_t = 20)]
    steps: usize,
}

/// What each side prints.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Measurement {
    images_per_s: f64,
    /// None where the system does not say.
    peak_rss_mb: Option<f64>,
}

/// Prints the medians of both sides, and their ratio.
pub fn run(options: &Options) -> Result<ExitCode, String> {
    let mut sides = vec![("colorize-train", ours(options)?)];
    if let Some(peer) = peer(options) {
        sides.push(("peer", peer));
    }
    let mut measured = vec![Vec::new(); sides.len()];
    for round in 1..=options.rounds.max(1) {
        for ((name, command), results) in sides.iter_mut().zip(&mut measured) {
            let result = measure(command).map_err(|error| format!("{name}: {error}"))?;
            println!("round {round}: {name:14} {}", shown(result));
            results.push(result);
        }
    }
    let medians: Vec<Measurement> = measured.iter().map(|results| medians(results)).collect();
    for ((name, _), result) in sides.iter().zip(&medians) {
        println!("median:  {name:14} {}", shown(*result));
    }
    if let [ours, peer] = medians[..] {
        let ratio = ours.images_per_s / peer.images_per_s;
        println!("ratio of the speeds: {ratio:.2}");
    }
    Ok(ExitCode::SUCCESS)
}

fn ours(options: &Options) -> Result<Command, String> {
    let mut command = example("train_step", &[])?;
    command
        .args(shape(options))
        .env("RAYON_NUM_THREADS", options.threads.to_string());
    Ok(command)
}

fn peer(options: &Options) -> Option<Command> {
    let set = |variable| std::env::var_os(variable).filter(|value: &OsString| !value.is_empty());
    let script = options.peer.clone().map(OsString::from);
    let script = script.or_else(|| set(PEER))?;
    let python = options.python.clone().map(OsString::from);
    let python = python.or_else(|| set(PYTHON));
    let mut command = Command::new(python.unwrap_or_else(|| "python3".into()));
    command
        .arg(script)
        .args(shape(options))
        .args(["--threads", &options.threads.to_string()]);
    Some(command)
}

fn shape(options: &Options) -> [String; 6] {
    let of = |name: &str, value: usize| [name.to_owned(), value.to_string()];
    let [r, resolution] = of("--resolution", options.resolution);
    let [b, batch] = of("--batch", options.batch);
    let [s, steps] = of("--steps", options.steps);
    [r, resolution, b, batch, s, steps]
}

fn measure(command: &mut Command) -> Result<Measurement, String> {
    let output = command
        .output()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(complaint
            .trim()
            .lines()
            .last()
            .unwrap_or("failed")
            .to_owned());
    }
    parse(&String::from_utf8_lossy(&output.stdout))
}

fn parse(said: &str) -> Result<Measurement, String> {
    let line = said.trim().lines().last().unwrap_or_default();
    serde_json::from_str(line).map_err(|error| format!("{error} in `{line}`"))
}

fn medians(results: &[Measurement]) -> Measurement {
    Measurement {
        images_per_s: median(results.iter().map(|r| r.images_per_s)).unwrap_or(f64::NAN),
        peak_rss_mb: median(results.iter().filter_map(|r| r.peak_rss_mb)),
    }
}

/// The middle, or the mean of the two in the middle.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.len().checked_sub(1)? / 2, values.len() / 2);
    Some((values[low] + values[high]) / 2.0)
}

fn shown(result: Measurement) -> String {
    let memory = match result.peak_rss_mb {
        Some(megabytes) => format!("{megabytes:.0} MB at most"),
        None => "memory unknown".to_owned(),
    };
    format!("{:6.2} images/s, {memory}", result.images_per_s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts() {
        let said =
            "warming up\n{\"images_per_s\": 12.5, \"peak_rss_mb\": null, \"torch\": \"2.9\"}\n";
        let measurement = parse(said).unwrap();
        assert_eq!(measurement.images_per_s, 12.5);
        assert_eq!(measurement.peak_rss_mb, None);
        assert!(parse("Killed\n").unwrap_err().contains("Killed"));
    }

    #[test]
    fn medians_are_in_the_middle() {
        let of = |values: &[f64]| median(values.iter().copied());
        assert_eq!(of(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(of(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(of(&[]), None);
    }
}
