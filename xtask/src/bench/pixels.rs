use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::Args;
use serde::Deserialize;

use super::{example, last_line, median};
use crate::{places, setup};

#[derive(Args)]
pub struct Options {
    /// A Python with the packages of conformance/python/requirements-opencv.in [default: one in target,
    /// set up first]
    #[arg(long, value_name = "PYTHON")]
    python: Option<PathBuf>,
    /// How often each side is measured, in turn
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Threads of each side
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

#[derive(Deserialize)]
struct Ours {
    ms: f64,
}

#[derive(Deserialize)]
struct OpenCv {
    opencv: String,
    plain: f64,
    same: f64,
}

/// Prints the medians of both sides, and their ratios.
pub fn run(options: &Options) -> Result<ExitCode, String> {
    let python = match &options.python {
        Some(python) => python.clone(),
        None => setup::interpreter("python-opencv", "requirements-opencv.txt")?,
    };
    let threads = options.threads.to_string();
    let mut ours = example("colorize-rt", "pixel_stages", &[])?;
    ours.env("RAYON_NUM_THREADS", &threads);
    let mut peer = Command::new(python);
    peer.arg(places::root().join("conformance/python/pixel_stages.py"));
    peer.args([&*threads, "3"]);
    let (mut fast, mut plain, mut same) = (Vec::new(), Vec::new(), Vec::new());
    let mut version = String::new();
    for _ in 0..options.rounds.max(1) {
        fast.push(last_line::<Ours>(&mut ours)?.ms);
        let opencv: OpenCv = last_line(&mut peer)?;
        plain.push(opencv.plain);
        same.push(opencv.same);
        version = opencv.opencv;
    }
    let middle = |values: &[f64]| median(values.iter().copied()).unwrap_or(f64::NAN);
    let ratio = |values: &[f64]| {
        let ratios = values.iter().zip(&fast).map(|(theirs, ours)| theirs / ours);
        median(ratios).unwrap_or(f64::NAN)
    };
    println!("| 12 megapixels, {threads} threads | ms | to ours |\n| --- | --- | --- |");
    println!("| colorize-rt | {:.0} | 1 |", middle(&fast));
    for (form, values) in [
        ("enlarged plainly, clipped", &plain),
        ("guided, in the gamut", &same),
    ] {
        println!(
            "| OpenCV {version}, {form} | {:.0} | {:.1} |",
            middle(values),
            ratio(values)
        );
    }
    Ok(ExitCode::SUCCESS)
}
