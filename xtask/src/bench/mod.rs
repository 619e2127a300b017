//! `cargo xtask bench`: how fast training is, what it can do, and how lean an exported file is.

mod export;
mod overfit;
mod train_step;

use std::process::{Command, ExitCode};

use clap::Subcommand;

use crate::places;

/// What is measured.
#[derive(Subcommand)]
pub enum Bench {
    /// The reference recipe's training step, beside a peer in turn
    TrainStep(train_step::Options),
    /// Steps until eight photographs are known by heart (PSNR 30)
    Overfit(overfit::Options),
    /// Our export beside those of burn-onnx and PyTorch: nodes, and ONNX Runtime's time
    Export(export::Options),
}

impl Bench {
    /// Builds what it needs, and measures.
    pub fn run(&self) -> Result<ExitCode, String> {
        match self {
            Self::TrainStep(options) => train_step::run(options),
            Self::Overfit(options) => overfit::run(options),
            Self::Export(options) => export::run(options),
        }
    }
}

/// Builds an example of `colorize-train` in the release profile; gives the command that runs it.
fn example(name: &str, features: &[String]) -> Result<Command, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(&cargo);
    build.args(["build", "--release", "--package", "colorize-train"]);
    build.args(["--example", name]);
    if !features.is_empty() {
        build.args(["--features", &features.join(",")]);
    }
    let status = build
        .current_dir(places::root())
        .status()
        .map_err(|error| format!("{}: {error}", cargo.display()))?;
    if !status.success() {
        return Err(format!(
            "the example {name} of colorize-train cannot be built"
        ));
    }
    let program = places::target()?
        .join("release/examples")
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION);
    Ok(Command::new(program))
}
