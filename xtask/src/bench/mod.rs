//! `cargo xtask bench`: how fast training is, what it can do, how lean an exported file is, and how fast
//! the command is.

mod command;
mod export;
mod overfit;
mod pixels;
mod scaling;
mod scans;
mod train_step;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::Subcommand;
use serde::de::DeserializeOwned;

use crate::places::{self, because};

/// What is measured.
#[derive(Subcommand)]
pub enum Bench {
    /// The reference recipe's training step, beside a peer in turn
    TrainStep(train_step::Options),
    /// Steps until eight photographs are known by heart (PSNR 30)
    Overfit(overfit::Options),
    /// Everything but the network and the codecs, of 12 megapixels, beside OpenCV in turn
    Pixels(pixels::Options),
    /// One photograph from a cold start and a batch, beside a peer in turn
    Command(command::Options),
    /// Time and memory against pixels, files and threads, as tables and plots
    Scaling(scaling::Options),
    /// Our export beside those of burn-onnx and PyTorch: nodes, and ONNX Runtime's time
    Export(export::Options),
}

impl Bench {
    /// Builds what it needs, and measures.
    pub fn run(&self) -> Result<ExitCode, String> {
        match self {
            Self::TrainStep(options) => train_step::run(options),
            Self::Overfit(options) => overfit::run(options),
            Self::Pixels(options) => pixels::run(options),
            Self::Command(options) => command::run(options),
            Self::Scaling(options) => scaling::run(options),
            Self::Export(options) => export::run(options),
        }
    }
}

/// Builds an example of a crate in the release profile; gives the command that runs it.
fn example(package: &str, name: &str, features: &[String]) -> Result<Command, String> {
    let program = built(package, &["--example", name], features)?
        .join("examples")
        .join(name);
    Ok(Command::new(
        program.with_extension(std::env::consts::EXE_EXTENSION),
    ))
}

/// Builds `colorize-rt` in the release profile; gives where it is.
fn colorize_rt() -> Result<PathBuf, String> {
    let program = built("colorize-rt", &["--bin", "colorize-rt"], &[])?.join("colorize-rt");
    Ok(program.with_extension(std::env::consts::EXE_EXTENSION))
}

/// Builds a part of a crate in the release profile; gives the folder of that profile.
fn built(package: &str, part: &[&str], features: &[String]) -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(&cargo);
    build
        .args(["build", "--release", "--package", package])
        .args(part);
    if !features.is_empty() {
        build.args(["--features", &features.join(",")]);
    }
    let status = build
        .current_dir(places::root())
        .status()
        .map_err(|error| format!("{}: {error}", cargo.display()))?;
    match status.success() {
        true => Ok(places::target()?.join("release")),
        false => Err(format!("{} of {package} cannot be built", part.join(" "))),
    }
}

/// The folder that the command's results go to, empty.
fn empty_folder() -> Result<PathBuf, String> {
    let folder = places::target()?.join("bench/colorized");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(because(&folder))?;
    }
    fs::create_dir_all(&folder).map_err(because(&folder))?;
    Ok(folder)
}

/// What a command prints as its last line, as JSON.
fn last_line<T: DeserializeOwned>(command: &mut Command) -> Result<T, String> {
    let output = command
        .output()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        let last = complaint.trim().lines().last().unwrap_or("failed");
        return Err(format!("{}: {last}", command.get_program().display()));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let line = said.trim().lines().last().unwrap_or_default();
    serde_json::from_str(line).map_err(|error| format!("{error} in `{line}`"))
}

/// The middle, or the mean of the two in the middle.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.len().checked_sub(1)? / 2, values.len() / 2);
    Some((values[low] + values[high]) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_in_the_middle() {
        let of = |values: &[f64]| median(values.iter().copied());
        assert_eq!(of(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(of(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(of(&[]), None);
    }
}
