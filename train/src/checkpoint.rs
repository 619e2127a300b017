//! Checkpoints: complete or not there.
//!
//! A run folder's `checkpoints/step-000400/` holds both networks, both optimisers and
//! `state.json`; `best.json` names the best one. A checkpoint is written under another name,
//! synced and renamed, so a crash leaves the ones before as they were.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::store::ModuleRecord;
use burn::tensor::Device;
use colorize_models::{Generator, GeneratorConfig};
use colorize_rt::WholeFile;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::step::Trainer;
use crate::validation::Figures;

const GENERATOR: &str = "generator.bpk";
const STATE: &str = "state.json";
/// Newest checkpoints kept beside the best.
const KEPT: usize = 2;

/// What a checkpoint says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    /// The run's name.
    pub run: String,
    /// Steps done.
    pub step: u64,
    /// The generator's figures.
    pub generator: GeneratorConfig,
    /// SHA-256 of the recipe.
    pub config_sha256: String,
    /// SHA-256 of each other file of the checkpoint.
    pub sha256: BTreeMap<String, String>,
    /// Measured on the photographs held back.
    pub figures: Figures,
}

/// Which checkpoint is best.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Best {
    checkpoint: String,
    object: f64,
}

/// A checkpoint on disk.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// Its folder.
    pub path: PathBuf,
    /// What it says of itself.
    pub state: State,
}

impl Checkpoint {
    /// Opens a checkpoint folder, or the best checkpoint of a run folder, or the best of the
    /// newest run in a folder of runs.
    ///
    /// # Errors
    /// There is none, or it is damaged.
    pub fn open(path: &Path) -> crate::Result<Self> {
        let path = locate(path)?;
        let file = path.join(STATE);
        let text = fs::read(&file).map_err(Error::io(&file))?;
        let state: State = serde_json::from_slice(&text)
            .map_err(|e| Error::weights(&file, format!("damaged: {e}")))?;
        for (name, expected) in &state.sha256 {
            let file = path.join(name);
            let bytes = fs::read(&file).map_err(Error::io(&file))?;
            if sha256(&bytes) != *expected {
                let message = "damaged: its checksum differs; use an older checkpoint";
                return Err(Error::weights(&file, message));
            }
        }
        Ok(Self { path, state })
    }

    /// The generator with its trained weights.
    ///
    /// # Errors
    /// The weights do not fit the figures.
    pub fn generator(&self, device: &Device) -> crate::Result<Generator> {
        let file = self.path.join(GENERATOR);
        let record = ModuleRecord::load(&file).map_err(|e| Error::weights(&file, e))?;
        let generator = self.state.generator.init(device)?;
        generator
            .try_load_record(record)
            .map_err(|e| Error::weights(&file, e))
    }

    /// SHA-256 of the generator's weights.
    pub fn generator_sha256(&self) -> &str {
        self.state.sha256.get(GENERATOR).map_or("", String::as_str)
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
    let checkpoints = run.join("checkpoints");
    let file = checkpoints.join("best.json");
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

/// The checkpoints of one run.
pub struct Checkpoints {
    folder: PathBuf,
    run: String,
    config_sha256: String,
    best: Option<Best>,
}

impl Checkpoints {
    /// Makes the folder.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn create(run_folder: &Path, config_yaml: &str) -> crate::Result<Self> {
        let folder = run_folder.join("checkpoints");
        fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        let run = run_folder.file_name().unwrap_or_default();
        Ok(Self {
            folder,
            run: run.to_string_lossy().into_owned(),
            config_sha256: sha256(config_yaml.as_bytes()),
            best: None,
        })
    }

    /// Writes a checkpoint after `step` steps; says whether it is the best so far.
    ///
    /// # Errors
    /// It cannot be written; those before are as they were.
    pub fn save(
        &mut self,
        step: u64,
        trainer: &Trainer,
        generator: GeneratorConfig,
        figures: Figures,
    ) -> crate::Result<bool> {
        let name = format!("step-{step:06}");
        let folder = tempfile::Builder::new()
            .prefix(".writing-")
            .tempdir_in(&self.folder)
            .map_err(Error::io(&self.folder))?;
        write_networks(folder.path(), trainer)?;
        let mut sums = BTreeMap::new();
        for entry in fs::read_dir(folder.path()).map_err(Error::io(folder.path()))? {
            let file = entry.map_err(Error::io(folder.path()))?.path();
            let bytes = fs::read(&file).map_err(Error::io(&file))?;
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            sums.insert(name.into_owned(), sha256(&bytes));
            sync(&file)?;
        }
        let state = State {
            run: self.run.clone(),
            step,
            generator,
            config_sha256: self.config_sha256.clone(),
            sha256: sums,
            figures,
        };
        write_json(&folder.path().join(STATE), &state)?;
        let target = self.folder.join(&name);
        fs::rename(folder.path(), &target).map_err(Error::io(&target))?;
        let is_best = self
            .best
            .as_ref()
            .is_none_or(|best| figures.object > best.object);
        if is_best {
            let best = Best {
                checkpoint: name,
                object: figures.object,
            };
            write_json(&self.folder.join("best.json"), &best)?;
            self.best = Some(best);
        }
        self.prune()?;
        Ok(is_best)
    }

    fn prune(&self) -> crate::Result<()> {
        let mut all: Vec<PathBuf> = fs::read_dir(&self.folder)
            .map_err(Error::io(&self.folder))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.join(STATE).is_file())
            .collect();
        all.sort();
        let best = self
            .best
            .as_ref()
            .map(|best| self.folder.join(&best.checkpoint));
        for old in all.iter().rev().skip(KEPT) {
            if Some(old) != best.as_ref() {
                fs::remove_dir_all(old).map_err(Error::io(old))?;
            }
        }
        Ok(())
    }
}

fn write_networks(folder: &Path, trainer: &Trainer) -> crate::Result<()> {
    let path = |name: &str| folder.join(name);
    let failed = |name: &str| {
        let path = path(name);
        move |error| Error::weights(&path, format!("cannot be written: {error}"))
    };
    let save = |name: &str, record: ModuleRecord| record.save(path(name)).map_err(failed(name));
    save(GENERATOR, trainer.generator.clone().into_record())?;
    let name = "generator.optimizer.bpk";
    let saved = trainer.generator_optimizer.save(path(name));
    saved.map_err(failed(name))?;
    if let Some(adversary) = &trainer.adversary {
        let record = adversary.discriminator.clone().into_record();
        save("discriminator.bpk", record)?;
        let name = "discriminator.optimizer.bpk";
        adversary.optimizer.save(path(name)).map_err(failed(name))?;
    }
    Ok(())
}

fn write_json(path: &Path, value: &impl Serialize) -> crate::Result<()> {
    let text = serde_json::to_vec_pretty(value).map_err(|e| Error::data(path, e))?;
    let write = || {
        let mut file = WholeFile::create(path)?;
        file.write_all(&text)?;
        file.finish(true)
    };
    write().map_err(Error::io(path))
}

fn sync(path: &Path) -> crate::Result<()> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(Error::io(path))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
