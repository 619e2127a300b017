//! `run`, `resume`, `init`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use colorize_train::checkpoint::Checkpoint;
use colorize_train::run::{self, Ending, Interrupt};

use super::{Devices, Failure, Recipe, show};

/// As shells have it: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

#[derive(Args)]
pub(super) struct Run {
    #[command(flatten)]
    recipe: Recipe,
    /// Where run folders go.
    #[arg(long, value_name = "FOLDER", default_value = "runs")]
    runs: PathBuf,
    #[command(flatten)]
    devices: Devices,
}

#[derive(Args)]
pub(super) struct Resume {
    /// The run's folder.
    run: PathBuf,
    #[command(flatten)]
    devices: Devices,
}

#[derive(Args)]
pub(super) struct Init {
    #[command(flatten)]
    run: Run,
    /// A checkpoint, a run (its best checkpoint) or a folder of runs (the newest's).
    #[arg(long, value_name = "RUN")]
    from: PathBuf,
}

impl Run {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        self.with_weights(None)
    }

    fn with_weights(&self, weights: Option<&Checkpoint>) -> Result<ExitCode, Failure> {
        let config = self.recipe.load()?;
        let devices = self.devices.open()?;
        let interrupt = listen()?;
        let (folder, ending) = run::train(&config, &self.runs, &devices, weights, &interrupt)?;
        end(&folder, ending)
    }
}

impl Resume {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let interrupt = listen()?;
        let ending = run::resume(&self.run, &self.devices.open()?, &interrupt)?;
        end(&self.run, ending)
    }
}

impl Init {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let checkpoint = Checkpoint::open(&self.from)?;
        self.run.with_weights(Some(&checkpoint))
    }
}

/// Ctrl-C stops after the step with a checkpoint; a second one stops at once.
fn listen() -> Result<Interrupt, Failure> {
    let interrupt = Interrupt::default();
    let asked = interrupt.clone();
    let mut before = false;
    ctrlc::set_handler(move || {
        if before {
            std::process::exit(INTERRUPTED.into());
        }
        before = true;
        eprintln!("stopping after this step; Ctrl-C again stops at once");
        asked.ask();
    })?;
    Ok(interrupt)
}

fn end(folder: &std::path::Path, ending: Ending) -> Result<ExitCode, Failure> {
    Ok(match ending {
        Ending::Finished => {
            show(&format!("{}\n", folder.display()))?;
            ExitCode::SUCCESS
        }
        Ending::Interrupted => {
            eprintln!(
                "stopped; go on with: colorize-train resume {}",
                folder.display()
            );
            ExitCode::from(INTERRUPTED)
        }
    })
}
