//! What can be typed.

mod average;
mod data;
mod evaluate;
mod inspect;
mod run;
#[cfg(feature = "remote")]
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use colorize_rt::show;
use colorize_train::Config;
use colorize_train::device::DeviceName;

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
    Run(run::Run),
    /// Goes on with a run that was interrupted or killed, exactly as if it had not been.
    Resume(run::Resume),
    /// Begins a new run with the weights of another, and nothing else of it.
    Init(run::Init),
    /// Averages the weights of several checkpoints: often better than each.
    Average(average::Average),
    /// Colorizes photographs with a run's best checkpoint or an ONNX file, and measures the colours.
    Evaluate(evaluate::Evaluate),
    /// Shows what a recipe would train: layers, shapes, parameters, operations, memory, photographs.
    Inspect(inspect::Inspect),
    /// Looks at photographs, without training.
    #[command(subcommand)]
    Data(data::Data),
    /// Lends this machine's devices to a run on another host (--device remote:HOST:PORT).
    #[cfg(feature = "remote")]
    Serve(serve::Serve),
}

/// A recipe, as changed on the command line.
#[derive(Args)]
struct Recipe {
    /// The recipe, for example train/configs/quick.yaml.
    config: PathBuf,
    /// Where the photographs are: the recipe's data.root.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Changes one value of the recipe: --set stages.0.steps=1000 --set seed=7.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl Recipe {
    fn load(&self) -> colorize_train::Result<Config> {
        let mut config = Config::load(&self.config, &self.set)?;
        if let Some(folder) = &self.data {
            config.data.root.clone_from(folder);
        }
        Ok(config)
    }
}

/// What computes.
#[derive(Args)]
struct Devices {
    /// auto, cpu, cuda[:N], vulkan[:N], libtorch[:cpu], libtorch:cuda:N or remote:HOST:PORT[/N];
    /// several, separated by commas, share each batch. All but cpu are cargo features.
    #[arg(
        long,
        value_name = "DEVICE",
        default_value = "auto",
        value_delimiter = ','
    )]
    device: Vec<DeviceName>,
}

impl Devices {
    fn open(&self) -> Result<Vec<burn::tensor::Device>, Failure> {
        Ok(colorize_train::device::open(&self.device)?)
    }
}

/// A message for people.
struct Failure(String);

impl<E: ToString> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(command) => command.run(),
        Command::Resume(command) => command.run(),
        Command::Init(command) => command.run(),
        Command::Average(command) => command.run(),
        Command::Evaluate(command) => command.run(),
        Command::Inspect(command) => command.run(),
        Command::Data(command) => command.run(),
        #[cfg(feature = "remote")]
        Command::Serve(command) => command.run(),
    };
    outcome.unwrap_or_else(|Failure(message)| {
        eprintln!("colorize-train: {message}");
        ExitCode::FAILURE
    })
}
