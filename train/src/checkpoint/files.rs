//! What lies in the folders of checkpoints.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::Error;

pub(super) const GENERATOR: &str = "generator.bpk";
pub(super) const AVERAGE: &str = "generator.average.bpk";
pub(super) const GENERATOR_OPTIMIZER: &str = "generator.optimizer.bpk";
pub(super) const DISCRIMINATOR: &str = "discriminator.bpk";
pub(super) const DISCRIMINATOR_OPTIMIZER: &str = "discriminator.optimizer.bpk";
pub(super) const STATE: &str = "state.json";
pub(super) const BEST: &str = "best.json";
/// The checkpoint in a run's folder that its recipe asks for in the end.
pub(crate) const RESULT: &str = "result";
/// What a checkpoint's folder is called while it is written.
pub(super) const UNFINISHED: &str = ".writing-";

/// The checkpoints of a run that were finished, oldest first.
pub(super) fn all(folder: &Path) -> crate::Result<Vec<PathBuf>> {
    let mut all: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(Error::io(folder))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join(STATE).is_file())
        .filter(|path| !name(path).starts_with(UNFINISHED))
        .collect();
    all.sort();
    Ok(all)
}

/// Where a run's checkpoint after `step` lies.
pub(super) fn step_folder(checkpoints: &Path, step: u64) -> PathBuf {
    checkpoints.join(format!("step-{step:06}"))
}

pub(super) fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
