use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::Args;
use serde::Deserialize;

use super::{example, last_line, median};

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
            let result: Measurement =
                last_line(command).map_err(|error| format!("{name}: {error}"))?;
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
    let mut command = example("colorize-train", "train_step", &[])?;
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

fn medians(results: &[Measurement]) -> Measurement {
    Measurement {
        images_per_s: median(results.iter().map(|r| r.images_per_s)).unwrap_or(f64::NAN),
        peak_rss_mb: median(results.iter().filter_map(|r| r.peak_rss_mb)),
    }
}

fn shown(result: Measurement) -> String {
    let memory = match result.peak_rss_mb {
        Some(megabytes) => format!("{megabytes:.0} MB at most"),
        None => "memory unknown".to_owned(),
    };
    format!("{:6.2} images/s, {memory}", result.images_per_s)
}
