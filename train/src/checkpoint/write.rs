//! Checkpoints that are written.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::store::ModuleRecord;
use colorize_models::GeneratorConfig;
use colorize_rt::WholeFile;
use serde::Serialize;

use super::files::{
    AVERAGE, BEST, DISCRIMINATOR, DISCRIMINATOR_OPTIMIZER, GENERATOR, GENERATOR_OPTIMIZER, STATE,
    UNFINISHED, all, name, sha256, step_folder,
};
use super::{Best, Checkpoint, Position, State};
use crate::config::BestBy;
use crate::error::Error;
use crate::metrics::Figures;
use crate::trainer::{StageTrainer, Trainer};

/// Newest checkpoints kept beside the best.
const KEPT: usize = 2;

/// The checkpoints of a run that is going on.
pub struct Checkpoints {
    folder: PathBuf,
    run: String,
    config_sha256: String,
    best_by: BestBy,
    best: Option<Best>,
    needed: Vec<PathBuf>,
}

impl Checkpoints {
    /// Makes the folder, or opens that of a run that goes on; what a crash left half-written is
    /// removed.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn open(
        run_folder: &Path,
        config_yaml: &str,
        best_by: BestBy,
        resumed: Option<&Checkpoint>,
    ) -> crate::Result<Self> {
        let folder = run_folder.join("checkpoints");
        fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        let opened = Self {
            run: name(run_folder),
            config_sha256: sha256(config_yaml.as_bytes()),
            best_by,
            best: resumed.and_then(|checkpoint| checkpoint.state.best.clone()),
            needed: Vec::new(),
            folder,
        };
        opened.forget_after(resumed)?;
        Ok(opened)
    }

    /// Removes checkpoints that are newer than the one that is resumed: they are damaged, and will
    /// be written again.
    fn forget_after(&self, resumed: Option<&Checkpoint>) -> crate::Result<()> {
        let newest = resumed.map(|checkpoint| name(&checkpoint.path));
        for entry in fs::read_dir(&self.folder).map_err(Error::io(&self.folder))? {
            let path = entry.map_err(Error::io(&self.folder))?.path();
            let newer = newest.as_ref().is_some_and(|newest| name(&path) > *newest);
            if path.is_dir() && (newer || name(&path).starts_with(UNFINISHED)) {
                fs::remove_dir_all(&path).map_err(Error::io(&path))?;
            }
        }
        match (&self.best, resumed) {
            (Some(best), _) => write_json(&self.folder.join(BEST), best),
            (None, Some(_)) => {
                let _ = fs::remove_file(self.folder.join(BEST));
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }

    /// From now on those after these steps are not removed, however old they become.
    pub fn keep(&mut self, steps: impl IntoIterator<Item = u64>) {
        let steps = steps.into_iter();
        self.needed = steps.map(|step| step_folder(&self.folder, step)).collect();
    }

    /// Writes a checkpoint.
    ///
    /// # Errors
    /// It cannot be written; those before are as they were.
    pub fn save(
        &mut self,
        position: Position,
        trainer: &Trainer,
        stage: &StageTrainer,
        generator: &GeneratorConfig,
        figures: Option<Figures>,
    ) -> crate::Result<()> {
        let target = step_folder(&self.folder, position.step);
        let folder = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempdir_in(&self.folder)
            .map_err(Error::io(&self.folder))?;
        write_networks(folder.path(), trainer, stage)?;
        let mut sums = BTreeMap::new();
        for entry in fs::read_dir(folder.path()).map_err(Error::io(folder.path()))? {
            let file = entry.map_err(Error::io(folder.path()))?.path();
            let bytes = fs::read(&file).map_err(Error::io(&file))?;
            sums.insert(name(&file), sha256(&bytes));
            sync(&file)?;
        }
        let is_best = figures.as_ref().is_some_and(|f| self.would_be_best(f));
        let best = match &figures {
            Some(figures) if is_best => Some(Best {
                checkpoint: name(&target),
                figure: self.best_by.of(figures),
            }),
            _ => self.best.clone(),
        };
        let state = State {
            run: self.run.clone(),
            step: position.step,
            stage: position.stage,
            stage_step: position.stage_step,
            generator: generator.clone(),
            config_sha256: self.config_sha256.clone(),
            sha256: sums,
            figures,
            best: best.clone(),
        };
        write_json(&folder.path().join(STATE), &state)?;
        if target.exists() {
            // The same step again: an interrupted run that was resumed where it stood.
            fs::remove_dir_all(&target).map_err(Error::io(&target))?;
        }
        fs::rename(folder.path(), &target).map_err(Error::io(&target))?;
        sync(&self.folder)?;
        self.best = best;
        if let Some(best) = self.best.as_ref().filter(|_| is_best) {
            write_json(&self.folder.join(BEST), best)?;
        }
        self.prune()
    }

    /// Whether figures are better than those of every checkpoint so far.
    pub fn would_be_best(&self, figures: &Figures) -> bool {
        let figure = self.best_by.of(figures);
        let best = self.best.as_ref();
        best.is_none_or(|best| self.best_by.is_better(figure, best.figure))
    }

    fn prune(&self) -> crate::Result<()> {
        let best = self.best.as_ref().map(|best| &best.checkpoint);
        for old in all(&self.folder)?.iter().rev().skip(KEPT) {
            if Some(&name(old)) != best && !self.needed.contains(old) {
                fs::remove_dir_all(old).map_err(Error::io(old))?;
            }
        }
        Ok(())
    }
}

fn write_networks(folder: &Path, trainer: &Trainer, stage: &StageTrainer) -> crate::Result<()> {
    let save = |file: &str, network: ModuleRecord| {
        let path = folder.join(file);
        network
            .save(&path)
            .map_err(|e| Error::weights(&path, format!("cannot be written: {e}")))
    };
    save(GENERATOR, trainer.generator.clone().into_record())?;
    if let Some(ema) = &trainer.ema {
        save(AVERAGE, ema.average.clone().into_record())?;
    }
    if let Some(discriminator) = &trainer.discriminator {
        save(DISCRIMINATOR, discriminator.clone().into_record())?;
    }
    for (descent, file) in [
        (&stage.generator, GENERATOR_OPTIMIZER),
        (&stage.discriminator, DISCRIMINATOR_OPTIMIZER),
    ] {
        if let Some(descent) = descent {
            descent.save(&folder.join(file))?;
        }
    }
    Ok(())
}

pub(super) fn write_json(path: &Path, value: &impl Serialize) -> crate::Result<()> {
    let text = serde_json::to_vec_pretty(value).map_err(|e| Error::data(path, e))?;
    WholeFile::put(path, &text).map_err(Error::io(path))
}

fn sync(path: &Path) -> crate::Result<()> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(Error::io(path))
}
