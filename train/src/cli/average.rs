//! `average`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use colorize_train::checkpoint::{Checkpoint, average};

use super::{Failure, show};

#[derive(Args)]
pub(super) struct Average {
    /// Checkpoints, or runs (their best checkpoints), of one kind of network.
    #[arg(required = true, num_args = 2.., value_name = "CHECKPOINT")]
    checkpoints: Vec<PathBuf>,
    /// The new checkpoint's folder.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
}

impl Average {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let opened = self.checkpoints.iter().map(|path| Checkpoint::open(path));
        average(&opened.collect::<Result<Vec<_>, _>>()?, &self.to)?;
        show(&format!("{}\n", self.to.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}
