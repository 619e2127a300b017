//! The command `colorize-train`.

use std::path::PathBuf;
use std::process::ExitCode;

use burn::tensor::Device;
use clap::{Parser, Subcommand};
use colorize_train::{Config, run};

/// Trains colorizers on photographs.
#[derive(Parser)]
#[command(name = "colorize-train", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Trains as a recipe says; leaves a run folder with metrics, previews and checkpoints.
    Run {
        /// The recipe, for example train/configs/quick.yaml.
        config: PathBuf,
        /// Changes one value of it: --set data.root=photographs --set steps=1000.
        #[arg(long = "set", value_name = "KEY=VALUE")]
        set: Vec<String>,
        /// Where run folders go.
        #[arg(long, default_value = "runs")]
        runs: PathBuf,
    },
}

fn main() -> ExitCode {
    match command(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("colorize-train: {error}");
            ExitCode::FAILURE
        }
    }
}

fn command(command: Command) -> colorize_train::Result<()> {
    match command {
        Command::Run { config, set, runs } => {
            let config = Config::load(&config, &set)?;
            let folder = run::train(&config, &runs, &Device::flex())?;
            println!("{}", folder.display());
            Ok(())
        }
    }
}
