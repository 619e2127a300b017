//! `inspect`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use colorize_rt::WholeFile;
use colorize_train::data::Sources;
use colorize_train::inspect::Inspection;
use colorize_train::seed::Seed;

use super::{Failure, Recipe, show};

#[derive(Args)]
pub(super) struct Inspect {
    #[command(flatten)]
    recipe: Recipe,
    /// Draws the generator into this file, too.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

impl Inspect {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let config = self.recipe.load()?;
        // A recipe can be looked at before there are photographs.
        let counts = match Sources::open(&config.data, Seed(config.seed)) {
            Ok(sources) => sources
                .names_and_counts()
                .into_iter()
                .map(|(name, count)| (name.to_owned(), count))
                .collect(),
            Err(error) => {
                eprintln!("no photographs yet: {error}");
                Vec::new()
            }
        };
        let inspection = Inspection::new(&config, counts)?;
        show(&inspection.to_string())?;
        if let Some(path) = &self.svg {
            let failed = |e| format!("{}: {e}", path.display());
            WholeFile::put(path, inspection.svg().as_bytes()).map_err(failed)?;
            show(&format!("{}\n", path.display()))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
