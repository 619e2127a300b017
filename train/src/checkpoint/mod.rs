//! Checkpoints: complete or not there.
//!
//! A run folder's `checkpoints/step-000400/` holds the networks, the average, the optimisers and
//! `state.json`; `best.json` names the best one. A checkpoint is written under another name,
//! synced and renamed, so a crash or a full disk leaves the ones before as they were. `result/`, where the
//! recipe asks for one, is a mean of several, with the generator alone.

mod average;
mod best;
mod files;
mod read;
mod write;

use std::collections::BTreeMap;

use colorize_models::GeneratorConfig;
use serde::{Deserialize, Serialize};

use crate::metrics::Figures;

pub use average::average;
pub(crate) use average::{mean, write};
pub use best::Best;
pub(crate) use files::RESULT;
pub use read::Checkpoint;
pub use write::Checkpoints;

/// What a checkpoint says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    /// The run's name.
    pub run: String,
    /// Steps done, in all stages.
    pub step: u64,
    /// The stage, from 0.
    #[serde(default)]
    pub stage: usize,
    /// Steps done in it.
    #[serde(default)]
    pub stage_step: u64,
    /// The generator's figures.
    pub generator: GeneratorConfig,
    /// SHA-256 of the recipe.
    pub config_sha256: String,
    /// SHA-256 of each other file of the checkpoint.
    pub sha256: BTreeMap<String, String>,
    /// Measured on the photographs held back; None between measurements.
    pub figures: Option<Figures>,
    /// The best checkpoint so far.
    #[serde(default)]
    pub best: Option<Best>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The stage, from 0.
    pub stage: usize,
    /// Steps done in it.
    pub stage_step: u64,
    /// Steps done in all stages.
    pub step: u64,
}
