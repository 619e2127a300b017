//! `data categories`, `data select`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use colorize_train::data;

use super::{Failure, Recipe, show};

#[derive(Subcommand)]
pub(super) enum Data {
    /// Lists the categories of a COCO annotation file, with counts.
    Categories {
        /// instances_train2017.json or another of that format.
        file: PathBuf,
    },
    /// Writes a list of the photographs that a recipe's sources give, or copies them.
    Select {
        #[command(flatten)]
        recipe: Recipe,
        /// A file for the list, or with --copy a folder for the photographs.
        #[arg(long, value_name = "PATH")]
        to: PathBuf,
        /// Copies the photographs; a file that exists is never replaced.
        #[arg(long)]
        copy: bool,
    },
}

impl Data {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        match self {
            Self::Categories { file } => {
                show(&data::coco::categories(file)?.to_string())?;
            }
            Self::Select { recipe, to, copy } => {
                let selected = data::select(&recipe.load()?.data, to, *copy)?;
                show(&format!("{}: {selected}\n", to.display()))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
