//! The recipe of a run, as YAML.
//!
//! Unknown keys are errors that name the line and the nearest known key; `--set a.b=c` changes one
//! value of it. The resolved recipe is written into the run folder.

use std::collections::BTreeMap;
use std::path::Path;

use colorize_models::{DiscriminatorConfig, GeneratorConfig, Precision};
use serde::{Deserialize, Serialize};

use crate::error::Error;

mod check;
mod data;
mod loss;
mod means;
mod overrides;
mod stage;

pub use data::{AugmentConfig, Coco, DataConfig, Fit, Folder, Imagenet64, Source, Webdataset};
pub use loss::{AdversarialConfig, AdversarialForm, CrossEntropyConfig, HuberConfig, LossConfig};
pub use stage::{
    EncoderTraining, OptimizerConfig, OptimizerKind, Optimizers, Schedule, ScheduleKind, Stage,
    Train,
};

/// Everything that a run depends on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Part of the run folder's name.
    pub name: String,
    /// All random numbers follow from it.
    #[serde(default)]
    pub seed: u64,
    /// Where the photographs are and what varies from draw to draw.
    #[serde(default)]
    pub data: DataConfig,
    /// The network that colours.
    #[serde(default)]
    pub generator: GeneratorConfig,
    /// Its opponent.
    #[serde(default)]
    pub discriminator: DiscriminatorConfig,
    /// Decay of the average of the generator's weights over the steps, which is then the one that
    /// is measured and exported; 0: none.
    #[serde(default)]
    pub ema: f64,
    /// In what the convolutions of a training step compute: f32, or bf16 on devices that have it
    /// (mixed precision). Measuring is done in 32 bits.
    #[serde(default)]
    pub precision: Precision,
    /// One after the other.
    pub stages: Vec<Stage>,
    /// Names for means of weights, to begin stages and the result from: each of stages (the weights that they
    /// ended with; the average, where there is one) and of other means. A name counts as often as it stands.
    #[serde(default)]
    pub means: BTreeMap<String, Vec<String>>,
    /// What comes of the stages in the end, where it is not the best checkpoint.
    #[serde(default)]
    pub result: Option<ResultConfig>,
    /// How often things are looked at, in steps.
    #[serde(default)]
    pub every: EveryConfig,
    /// What is measured on the photographs held back.
    #[serde(default)]
    pub validation: ValidationConfig,
}

/// A checkpoint `result` in the run's folder, written when the last stage has ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultConfig {
    /// Its generator's weights are the mean of these, as for [`Stage::from`].
    pub from: Vec<String>,
    /// Of the annealed mean, instead of the one in training (`generator.temperature`).
    #[serde(default)]
    pub temperature: Option<f64>,
}

/// Steps between looks.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EveryConfig {
    /// A line of losses.
    pub log: u64,
    /// A measurement on the photographs held back, with a preview and a checkpoint.
    pub validation: u64,
    /// A checkpoint to resume from; 0: only with each measurement.
    pub checkpoint: u64,
}

impl Default for EveryConfig {
    fn default() -> Self {
        Self {
            log: 10,
            validation: 100,
            checkpoint: 0,
        }
    }
}

/// What is measured on the photographs held back.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ValidationConfig {
    /// Side of the squares; 0: the last stage's resolution.
    pub resolution: usize,
    /// By which figure a checkpoint is the best.
    pub best: BestBy,
}

/// A figure that chooses a checkpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BestBy {
    /// Is the right thing coloured? Up.
    #[default]
    Object,
    /// Peak signal-to-noise ratio; up.
    Psnr,
    /// Structural similarity; up.
    Ssim,
    /// Distance in the a*b* plane; down.
    Ab,
    /// Distance of the colourfulness to the truth's; down.
    Colour,
}

impl Config {
    /// Reads a recipe and applies `--set` values to it.
    ///
    /// # Errors
    /// The file cannot be read, is no YAML, has an unknown key or an impossible value.
    pub fn load(path: &Path, overrides: &[String]) -> crate::Result<Self> {
        let text = std::fs::read_to_string(path).map_err(Error::io(path))?;
        let config = Self::parse(&text, &path.display().to_string())?;
        let config = overrides::apply(config, overrides)?;
        config.check(&path.display().to_string())?;
        Ok(config)
    }

    /// Reads a recipe from `text`; `file` names it in errors.
    ///
    /// # Errors
    /// No YAML, an unknown key, or a value of the wrong kind.
    pub fn parse(text: &str, file: &str) -> crate::Result<Self> {
        serde_saphyr::from_str(text).map_err(|error| Error::Config {
            file: match error.location() {
                Some(at) => format!("{file}:{}:{}", at.line(), at.column()),
                None => file.to_owned(),
            },
            message: overrides::explain(&error),
        })
    }

    /// The recipe as YAML.
    ///
    /// # Errors
    /// Never for a recipe that was read.
    pub fn to_yaml(&self) -> crate::Result<String> {
        serde_saphyr::to_string(self).map_err(|error| Error::Config {
            file: self.name.clone(),
            message: error.to_string(),
        })
    }

    /// Side of the squares that are measured.
    pub fn validation_resolution(&self) -> usize {
        match self.validation.resolution {
            0 => self.stages.last().map_or(64, |stage| stage.resolution),
            side => side,
        }
    }

    fn check(&self, file: &str) -> crate::Result<()> {
        let wrong = |message: String| {
            Err(Error::Config {
                file: file.to_owned(),
                message,
            })
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.name.is_empty() || !self.name.chars().all(plain) {
            return wrong(
                "name: use letters, digits, - and _ only (it names the run folder)".to_owned(),
            );
        }
        if self.stages.is_empty() {
            return wrong("stages: there must be at least one".to_owned());
        }
        for (key, value) in [
            ("data.validation", self.data.validation as u64),
            ("data.workers", self.data.workers as u64),
            ("every.log", self.every.log),
            ("every.validation", self.every.validation),
        ] {
            if value == 0 {
                return wrong(format!("{key} must be at least 1"));
            }
        }
        if !(0.0..1.0).contains(&self.ema) {
            return wrong("ema must be at least 0 and below 1".to_owned());
        }
        let multiple = self.generator.multiple();
        if !self.validation.resolution.is_multiple_of(multiple) {
            return wrong(format!(
                "validation.resolution must be a multiple of {multiple} for this generator"
            ));
        }
        if let Some(message) = self.data.augment.fault() {
            return wrong(format!("data.augment.{message}"));
        }
        for (name, of) in &self.means {
            if let Err(message) = self.shares(of) {
                return wrong(format!("means.{name}: {message}"));
            }
        }
        for (index, stage) in self.stages.iter().enumerate() {
            if let Some(message) = stage.fault(self) {
                return wrong(format!("stages.{index}.{message}"));
            }
            if let Err(message) = self.shares_before(index, &stage.from) {
                return wrong(format!("stages.{index}.from: {message}"));
            }
        }
        let result = self.result.as_ref();
        if let Some(message) = result.and_then(|result| result.fault(self)) {
            return wrong(format!("result.{message}"));
        }
        Ok(())
    }
}
