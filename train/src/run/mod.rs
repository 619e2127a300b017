//! A run from its first step to its last.

mod ends;
mod folder;
mod plan;
mod progress;
mod stage;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::Device;

use crate::checkpoint::{Checkpoint, Position};
use crate::config::Config;
use crate::data::{SkipList, Sources};
use crate::error::Error;
use crate::seed::Seed;
use crate::trainer::Trainer;
use crate::validation::Validation;

use folder::RunFolder;
pub use plan::{Plan, StagePlan};
use progress::Progress;

/// How a run ended, without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All stages are done.
    Finished,
    /// Somebody asked for it to stop; a checkpoint was written.
    Interrupted,
}

/// Asks the run to stop after the step that is being computed. Shared with whoever asks.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Asks.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Trains as the recipe says, in a new folder under `runs`; gives that folder.
///
/// With `weights`, the networks begin with those of a checkpoint; nothing else is taken from it.
///
/// # Errors
/// Photographs, weights or the folder cannot be used, or a loss is no finite number any more.
pub fn train(
    config: &Config,
    runs: &Path,
    devices: &[Device],
    weights: Option<&Checkpoint>,
    interrupt: &Interrupt,
) -> crate::Result<(PathBuf, Ending)> {
    let skips = Arc::new(SkipList::default());
    let sources = Arc::new(Sources::open(&config.data, Seed(config.seed))?);
    let plan = Plan::new(config, &sources, devices.len())?;
    let validation = Validation::open(&sources, config, &skips)?;
    let mut trainer = Trainer::new(config, devices)?;
    if let Some(checkpoint) = weights {
        checkpoint.give_weights(&mut trainer)?;
    }
    let folder = RunFolder::create(runs, config)?;
    let path = folder.path.clone();
    let run = Run {
        config,
        plan,
        sources,
        skips,
        validation,
        trainer,
        folder,
        device: devices[0].clone(),
        interrupt,
    };
    Ok((path, run.go(None)?))
}

/// Goes on with a run where its newest whole checkpoint stands, as if it had never stopped.
///
/// # Errors
/// The folder is no run's, none of its checkpoints is whole, or as for [`train`].
pub fn resume(folder: &Path, devices: &[Device], interrupt: &Interrupt) -> crate::Result<Ending> {
    let recipe = folder.join(folder::CONFIG);
    if !recipe.is_file() {
        return Err(Error::data(
            folder,
            "no run's folder: there is no config.yaml in it; a run prints its folder",
        ));
    }
    let config = Config::load(&recipe, &[])?;
    let checkpoint = Checkpoint::newest(folder)?;
    let skips = Arc::new(SkipList::default());
    let sources = Arc::new(Sources::open(&config.data, Seed(config.seed))?);
    let plan = Plan::new(&config, &sources, devices.len())?;
    let validation = Validation::open(&sources, &config, &skips)?;
    let mut trainer = Trainer::new(&config, devices)?;
    checkpoint.restore(&mut trainer)?;
    let run = Run {
        plan,
        sources,
        skips,
        validation,
        trainer,
        folder: RunFolder::open(folder, &config, &checkpoint)?,
        config: &config,
        device: devices[0].clone(),
        interrupt,
    };
    run.go(Some(&checkpoint))
}

struct Run<'a> {
    config: &'a Config,
    plan: Plan,
    sources: Arc<Sources>,
    skips: Arc<SkipList>,
    validation: Validation,
    trainer: Trainer,
    folder: RunFolder,
    /// Without autodiff, to measure on.
    device: Device,
    interrupt: &'a Interrupt,
}

impl Run<'_> {
    fn go(mut self, resumed: Option<&Checkpoint>) -> crate::Result<Ending> {
        self.skips.write_to(&self.folder.skipped())?;
        let mut position = resumed.map_or(
            Position {
                stage: 0,
                stage_step: 0,
                step: 0,
            },
            Checkpoint::position,
        );
        eprintln!("{}", self.folder.path.display());
        for (name, count) in self.sources.names_and_counts() {
            eprintln!("  {name}: {count} photographs");
        }
        eprintln!("  {} held back to measure on", self.validation.len());
        if resumed.is_some() {
            eprintln!(
                "  resumed after step {} of {}",
                position.step,
                self.plan.steps()
            );
        }
        let mut ending = Ending::Finished;
        while position.stage < self.config.stages.len() {
            let resumed = resumed.filter(|checkpoint| {
                let at = checkpoint.position();
                at.stage == position.stage && at.stage_step == position.stage_step
            });
            ending = self.stage(&mut position, resumed)?;
            if ending == Ending::Interrupted {
                break;
            }
            position.stage += 1;
            position.stage_step = 0;
        }
        if let (Ending::Finished, Some(result)) = (ending, &self.config.result) {
            self.result(result)?;
        }
        self.folder.finish()?;
        self.tell_skips();
        Ok(ending)
    }

    /// Notes what went wrong in the run folder and adds where.
    fn diagnose(&self, position: Position, error: Error) -> Error {
        match &error {
            Error::Diverged { .. } => {
                let stage = &self.config.stages[position.stage];
                match self.folder.diagnose(position, stage, &self.trainer, &error) {
                    Ok(path) => Error::Stopped {
                        step: position.step,
                        reason: error.to_string(),
                        diagnosis: path,
                    },
                    Err(error) => error,
                }
            }
            _ => error,
        }
    }

    fn tell_skips(&self) {
        let counts = self.skips.counts();
        if !counts.is_empty() {
            let reasons: Vec<String> = counts
                .iter()
                .map(|(reason, count)| format!("{count} {reason}"))
                .collect();
            eprintln!(
                "photographs skipped: {}; {} lists them",
                reasons.join(", "),
                self.folder.skipped().display()
            );
        }
    }

    fn progress(&self, index: usize) -> Progress {
        let stage = &self.config.stages[index];
        let of = (index + 1, self.config.stages.len());
        Progress::new(&stage.name, of, self.plan.stages[index].steps)
    }
}
