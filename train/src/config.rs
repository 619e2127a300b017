//! The recipe of a run, as YAML.
//!
//! Unknown keys are errors that name the line and the nearest known key; `--set a.b=c` changes one
//! value of it. The resolved recipe is written into the run folder.

use std::path::{Path, PathBuf};

use colorize_models::{DiscriminatorConfig, GeneratorConfig, Head};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::perceptual::PerceptualConfig;

mod overrides;

/// Everything that a run depends on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Part of the run folder's name.
    pub name: String,
    /// All random numbers follow from it.
    #[serde(default)]
    pub seed: u64,
    /// Side of the training pictures: a power of two, at least 32.
    pub resolution: usize,
    /// Optimiser steps.
    pub steps: u64,
    /// Photographs a step.
    pub batch: usize,
    /// Where the photographs are and how they are drawn.
    pub data: DataConfig,
    /// The network that colours.
    #[serde(default)]
    pub generator: GeneratorRecipe,
    /// Its opponent.
    #[serde(default)]
    pub discriminator: DiscriminatorRecipe,
    /// Of both optimisers.
    #[serde(default)]
    pub adam: AdamRecipe,
    /// Weights of the generator's losses.
    #[serde(default)]
    pub loss: LossConfig,
    /// How often things are looked at, in steps.
    #[serde(default)]
    pub every: EveryConfig,
}

/// Photographs: a folder of them, or of WebDataset shards.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// The folder.
    pub root: PathBuf,
    /// Tar shards below `root`, as a pattern. Where none matches, every picture below `root` is
    /// taken instead.
    #[serde(default = "DataConfig::default_shards")]
    pub shards: String,
    /// Photographs held back to measure on.
    #[serde(default = "DataConfig::default_validation")]
    pub validation: usize,
    /// The smallest square cut out of a photograph, as a share of its short side.
    #[serde(default = "DataConfig::default_crop")]
    pub crop: f64,
    /// Mirror every other photograph.
    #[serde(default = "DataConfig::default_flip")]
    pub flip: bool,
    /// Threads that decode ahead of the step.
    #[serde(default = "DataConfig::default_workers")]
    pub workers: usize,
}

impl DataConfig {
    fn default_shards() -> String {
        "train-*.tar".to_owned()
    }
    fn default_validation() -> usize {
        64
    }
    fn default_crop() -> f64 {
        0.8
    }
    fn default_flip() -> bool {
        true
    }
    fn default_workers() -> usize {
        2
    }
}

/// Width, head and learning rate of the generator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GeneratorRecipe {
    /// Channels at full resolution.
    pub width: usize,
    /// `chroma` or `rgb`.
    pub head: Head,
    /// Adam's step.
    pub learning_rate: f64,
}

impl Default for GeneratorRecipe {
    fn default() -> Self {
        Self {
            width: 16,
            head: Head::Chroma,
            learning_rate: 1e-4,
        }
    }
}

/// Width and learning rate of the discriminator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DiscriminatorRecipe {
    /// Channels of the first stage.
    pub width: usize,
    /// Adam's step.
    pub learning_rate: f64,
}

impl Default for DiscriminatorRecipe {
    fn default() -> Self {
        Self {
            width: 8,
            learning_rate: 4e-4,
        }
    }
}

/// Adam (Kingma & Ba 2015) with the moments of the SAGAN paper.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdamRecipe {
    /// Decay of the first moment.
    pub beta1: f32,
    /// Decay of the second moment.
    pub beta2: f32,
}

impl Default for AdamRecipe {
    fn default() -> Self {
        Self {
            beta1: 0.0,
            beta2: 0.9,
        }
    }
}

/// Weights of the losses; 0 leaves one out, and with it the network that it needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LossConfig {
    /// Binary cross-entropy against the discriminator.
    pub adversarial: f64,
    /// Real photographs are labelled 1 minus this (one-sided; Salimans et al. 2016).
    pub label_smoothing: f64,
    /// Mean absolute difference of the planes that the generator paints.
    pub l1: f64,
    /// Squared difference of a frozen classifier's features.
    pub perceptual: PerceptualConfig,
}

impl Default for LossConfig {
    fn default() -> Self {
        Self {
            adversarial: 1.0,
            label_smoothing: 0.1,
            l1: 10.0,
            perceptual: PerceptualConfig::default(),
        }
    }
}

/// Steps between looks.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EveryConfig {
    /// A line of losses.
    pub log: u64,
    /// A measurement on the photographs held back, with a preview and a checkpoint.
    pub validation: u64,
}

impl Default for EveryConfig {
    fn default() -> Self {
        Self {
            log: 10,
            validation: 100,
        }
    }
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

    /// The generator's figures.
    pub fn generator(&self) -> GeneratorConfig {
        GeneratorConfig {
            resolution: self.resolution,
            width: self.generator.width,
            head: self.generator.head,
        }
    }

    /// The discriminator's figures.
    pub fn discriminator(&self) -> DiscriminatorConfig {
        DiscriminatorConfig {
            resolution: self.resolution,
            width: self.discriminator.width,
        }
    }

    fn check(&self, file: &str) -> crate::Result<()> {
        let positive = [
            ("steps", self.steps),
            ("batch", self.batch as u64),
            ("data.validation", self.data.validation as u64),
            ("data.workers", self.data.workers as u64),
            ("every.log", self.every.log),
            ("every.validation", self.every.validation),
        ];
        let mut wrong = positive
            .iter()
            .filter(|(_, value)| *value == 0)
            .map(|(key, _)| format!("{key} must be at least 1"));
        if let Some(message) = wrong.next() {
            return Err(Error::Config {
                file: file.to_owned(),
                message,
            });
        }
        let name_is_plain = !self.name.is_empty()
            && self
                .name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        let message = if !name_is_plain {
            "name: use letters, digits, - and _ only (it names the run folder)"
        } else if !(self.data.crop > 0.0 && self.data.crop <= 1.0) {
            "data.crop must be above 0 and at most 1"
        } else if !(0.0..1.0).contains(&self.loss.label_smoothing) {
            "loss.label_smoothing must be at least 0 and below 1"
        } else {
            return Ok(());
        };
        Err(Error::Config {
            file: file.to_owned(),
            message: message.to_owned(),
        })
    }
}
