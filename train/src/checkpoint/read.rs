//! Checkpoints that are there.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use colorize_models::{Discriminator, Generator};

use super::files::{
    AVERAGE, BEST, DISCRIMINATOR, DISCRIMINATOR_OPTIMIZER, GENERATOR, GENERATOR_OPTIMIZER, RESULT,
    STATE, all, sha256, step_folder,
};
use super::{Best, Position, State};
use crate::config::Config;
use crate::error::Error;
use crate::trainer::{self, StageTrainer, Trainer};

/// A checkpoint on disk.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// Its folder.
    pub path: PathBuf,
    /// What it says of itself.
    pub state: State,
}

impl Checkpoint {
    /// Opens a checkpoint folder, or the result of a run's folder, or its best checkpoint (the newest
    /// where nothing was measured), or that of the newest run in a folder of runs.
    ///
    /// # Errors
    /// There is none, or it is damaged.
    pub fn open(path: &Path) -> crate::Result<Self> {
        Self::read(&locate(path)?)
    }

    /// That of a run after `step`.
    ///
    /// # Errors
    /// It is not there, or damaged.
    pub fn of_step(run: &Path, step: u64) -> crate::Result<Self> {
        Self::read(&step_folder(&run.join("checkpoints"), step))
    }

    /// The newest checkpoint of a run that is whole; those that are damaged are named on stderr.
    ///
    /// # Errors
    /// None is whole.
    pub fn newest(run: &Path) -> crate::Result<Self> {
        let folder = run.join("checkpoints");
        for path in all(&folder)?.into_iter().rev() {
            match Self::read(&path) {
                Ok(checkpoint) => return Ok(checkpoint),
                Err(error) => eprintln!("{error}; the one before is used"),
            }
        }
        Err(Error::data(&folder, "no whole checkpoint to resume from"))
    }

    fn read(path: &Path) -> crate::Result<Self> {
        let file = path.join(STATE);
        let text = fs::read(&file).map_err(Error::io(&file))?;
        let state: State = serde_json::from_slice(&text)
            .map_err(|e| Error::weights(&file, format!("damaged: {e}")))?;
        for (name, expected) in &state.sha256 {
            let file = path.join(name);
            let bytes = fs::read(&file).map_err(Error::io(&file))?;
            if sha256(&bytes) != *expected {
                return Err(Error::weights(&file, "damaged: its checksum differs"));
            }
        }
        Ok(Self {
            path: path.to_path_buf(),
            state,
        })
    }

    /// How far the run was.
    pub fn position(&self) -> Position {
        Position {
            stage: self.state.stage,
            stage_step: self.state.stage_step,
            step: self.state.step,
        }
    }

    /// The generator to use: with averaged weights, where the run has an average.
    ///
    /// # Errors
    /// The weights do not fit the figures.
    pub fn generator(&self, device: &Device) -> crate::Result<Generator> {
        let generator = self.state.generator.init(device)?;
        trainer::load(generator, &self.generator_file())
    }

    /// The recipe of the run that it belongs to.
    ///
    /// # Errors
    /// It stands alone, without its run's `config.yaml`.
    pub fn config(&self) -> crate::Result<Config> {
        // The run's folder is around its result, and around that of its other checkpoints.
        let folders = self.path.ancestors().skip(1).take(2);
        let mut files = folders.map(|folder| folder.join("config.yaml"));
        match files.find(|file| file.is_file()) {
            Some(file) => Config::load(&file, &[]),
            None => Err(Error::data(
                &self.path,
                "this checkpoint is not in its run's folder, which has the recipe",
            )),
        }
    }

    /// The generator's opponent.
    ///
    /// # Errors
    /// The run has none, or as for [`Checkpoint::config`] and [`Checkpoint::generator`].
    pub fn discriminator(&self, device: &Device) -> crate::Result<Discriminator> {
        let file = self.path.join(DISCRIMINATOR);
        if !file.is_file() {
            return Err(Error::data(&self.path, "this run has no discriminator"));
        }
        trainer::load(self.config()?.discriminator.init(device)?, &file)
    }

    fn generator_file(&self) -> PathBuf {
        let average = self.path.join(AVERAGE);
        if average.is_file() {
            average
        } else {
            self.path.join(GENERATOR)
        }
    }

    /// SHA-256 of the weights of [`Checkpoint::generator`].
    pub fn generator_sha256(&self) -> &str {
        let file = self.generator_file();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        self.state.sha256.get(&*name).map_or("", String::as_str)
    }

    /// Puts the weights to use, and nothing else, into `trainer`, to begin another run with.
    ///
    /// # Errors
    /// They do not fit.
    pub fn give_weights(&self, trainer: &mut Trainer) -> crate::Result<()> {
        let discriminator = self.path.join(DISCRIMINATOR);
        let discriminator = discriminator.is_file().then_some(discriminator.as_path());
        trainer.load_weights(&self.generator_file(), discriminator)
    }

    /// Puts networks and average back as they were.
    ///
    /// # Errors
    /// A file is missing or does not fit.
    pub fn restore(&self, trainer: &mut Trainer) -> crate::Result<()> {
        let discriminator = self.path.join(DISCRIMINATOR);
        trainer.load_weights(&self.path.join(GENERATOR), Some(&discriminator))?;
        if let Some(ema) = &mut trainer.ema {
            ema.average = trainer::load(ema.average.clone(), &self.path.join(AVERAGE))?;
        }
        Ok(())
    }

    /// Puts the optimisers of the stage back as they were.
    ///
    /// # Errors
    /// A file is missing or does not fit.
    pub fn restore_stage(&self, stage: &mut StageTrainer) -> crate::Result<()> {
        for (descent, name) in [
            (&mut stage.generator, GENERATOR_OPTIMIZER),
            (&mut stage.discriminator, DISCRIMINATOR_OPTIMIZER),
        ] {
            if let Some(known) = descent.take() {
                *descent = Some(known.load(&self.path.join(name))?);
            }
        }
        Ok(())
    }
}

fn locate(path: &Path) -> crate::Result<PathBuf> {
    if path.join(STATE).is_file() {
        return Ok(path.to_path_buf());
    }
    let run = if path.join("checkpoints").is_dir() {
        path.to_path_buf()
    } else {
        newest_run(path)?
    };
    let result = run.join(RESULT);
    if result.join(STATE).is_file() {
        return Ok(result);
    }
    let checkpoints = run.join("checkpoints");
    let file = checkpoints.join(BEST);
    if !file.is_file() {
        let newest = all(&checkpoints)?.pop();
        return newest.ok_or_else(|| Error::data(&checkpoints, "no checkpoint in it"));
    }
    let text = fs::read(&file).map_err(Error::io(&file))?;
    let best: Best = serde_json::from_slice(&text)
        .map_err(|e| Error::weights(&file, format!("damaged: {e}")))?;
    Ok(checkpoints.join(best.checkpoint))
}

/// The newest run that has a checkpoint. Run folders begin with the time, so the newest is the
/// last by name.
fn newest_run(runs: &Path) -> crate::Result<PathBuf> {
    let names = fs::read_dir(runs).map(|entries| {
        entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|run| run.join("checkpoints/best.json").is_file())
            .max()
    });
    names.ok().flatten().ok_or_else(|| {
        let message = "no checkpoint here; train first (cargo train run train/configs/quick.yaml), \
                       or name one";
        Error::weights(runs, message)
    })
}
