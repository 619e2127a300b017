//! The command `colorize-train`.

use std::path::PathBuf;
use std::process::ExitCode;

use burn::tensor::Device;
use clap::{Parser, Subcommand, ValueEnum};
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
        /// What computes.
        #[arg(long, value_enum, default_value = "cpu")]
        device: DeviceName,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum DeviceName {
    /// burn's own backend for CPUs.
    Cpu,
    /// PyTorch's library on the CPU.
    #[cfg(feature = "libtorch")]
    Libtorch,
}

impl DeviceName {
    fn device(self) -> Device {
        match self {
            Self::Cpu => Device::flex(),
            // Deprecated in burn, with no successor that is as fast on a CPU.
            #[cfg(feature = "libtorch")]
            #[expect(deprecated)]
            Self::Libtorch => Device::libtorch(),
        }
    }
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
        Command::Run {
            config,
            set,
            runs,
            device,
        } => {
            let config = Config::load(&config, &set)?;
            let folder = run::train(&config, &runs, &device.device())?;
            println!("{}", folder.display());
            Ok(())
        }
    }
}
