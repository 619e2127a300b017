//! One stage of a recipe: what is drawn, what is minimised, and how fast.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::data::AugmentConfig;
use super::loss::LossConfig;
use crate::hints::HintTraining;

/// A stretch of training with one resolution, mixture of photographs, set of losses and schedule.
/// The networks go from stage to stage; optimisers begin anew.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Shown in the log; unique where something begins from it.
    pub name: String,
    /// Earlier stages and [means](super::Config::means): it begins with the mean of the generator's weights that
    /// these ended with, and with an average anew. Empty: with the networks as the stage before left them.
    #[serde(default)]
    pub from: Vec<String>,
    /// Sources and their shares of the draws; empty: all, by their number of photographs.
    #[serde(default)]
    pub data: BTreeMap<String, f64>,
    /// Instead of `data.augment` of the recipe.
    #[serde(default)]
    pub augment: Option<AugmentConfig>,
    /// Side of the training pictures.
    pub resolution: usize,
    /// Optimiser steps …
    #[serde(default)]
    pub steps: Option<u64>,
    /// … or passes over the photographs.
    #[serde(default)]
    pub epochs: Option<f64>,
    /// Photographs a forward pass.
    pub batch: usize,
    /// Forward passes whose gradients are averaged into one step.
    #[serde(default = "one")]
    pub accumulate: usize,
    /// Which networks learn.
    #[serde(default)]
    pub train: Train,
    /// What the generator minimises.
    #[serde(default)]
    pub loss: LossConfig,
    /// How both networks descend.
    #[serde(default)]
    pub optimizer: Optimizers,
    /// Of a pretrained encoder.
    #[serde(default)]
    pub encoder: EncoderTraining,
    /// Of a generator that takes hints.
    #[serde(default)]
    pub hints: HintTraining,
}

fn one() -> usize {
    1
}

/// Which networks learn in a stage. DeOldify's NoGAN is `generator`, `discriminator`, `both`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Train {
    /// The generator and, where the adversarial loss counts, the discriminator.
    #[default]
    Both,
    /// The generator alone; the discriminator, where the adversarial loss counts, stays as it is.
    Generator,
    /// The discriminator alone, on what the generator paints.
    Discriminator,
}

/// How both networks descend.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Optimizers {
    /// The network that colours.
    pub generator: OptimizerConfig,
    /// Its opponent.
    pub discriminator: OptimizerConfig,
}

impl Default for Optimizers {
    /// The rates of the reference (two time scales: Heusel et al. 2017).
    fn default() -> Self {
        let with_rate = |learning_rate| OptimizerConfig {
            learning_rate,
            ..OptimizerConfig::default()
        };
        Self {
            generator: with_rate(1e-4),
            discriminator: with_rate(4e-4),
        }
    }
}

/// Adam (Kingma & Ba 2015) or AdamW (Loshchilov & Hutter 2019).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OptimizerConfig {
    /// Which of the two.
    pub kind: OptimizerKind,
    /// The schedule's highest rate.
    pub learning_rate: f64,
    /// Decay of the first moment; the default is that of the SAGAN paper.
    pub beta1: f32,
    /// Decay of the second moment.
    pub beta2: f32,
    /// AdamW's decay of the weights, decoupled from the gradient.
    pub weight_decay: f32,
    /// Gradients are scaled so that their common length is at most this (Pascanu et al. 2013);
    /// 0: never.
    pub clip: f64,
    /// How the rate goes over the stage.
    pub schedule: Schedule,
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self {
            kind: OptimizerKind::Adam,
            learning_rate: 1e-4,
            beta1: 0.0,
            beta2: 0.9,
            weight_decay: 0.0,
            clip: 0.0,
            schedule: Schedule::default(),
        }
    }
}

/// Which optimiser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerKind {
    /// Kingma & Ba 2015.
    #[default]
    Adam,
    /// With decoupled weight decay.
    AdamW,
}

/// The learning rate over a stage, as a share of the highest.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Schedule {
    /// Its form after the warm-up.
    pub kind: ScheduleKind,
    /// Steps in which it rises from 0.
    pub warmup: u64,
    /// What is left at the end (linear, cosine).
    pub floor: f64,
    /// Steps between two falls (step).
    pub every: u64,
    /// What each fall leaves (step).
    pub factor: f64,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            kind: ScheduleKind::Constant,
            warmup: 0,
            floor: 0.0,
            every: 1000,
            factor: 0.5,
        }
    }
}

/// The form of a [`Schedule`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScheduleKind {
    /// The same throughout.
    #[default]
    Constant,
    /// Straight down to the floor.
    Linear,
    /// Half a cosine down to the floor (Loshchilov & Hutter 2017).
    Cosine,
    /// Down by a factor every so many steps.
    Step,
}

impl Schedule {
    /// The share of the highest rate for step `step` (from 1) of `steps`.
    pub fn at(&self, step: u64, steps: u64) -> f64 {
        if step < self.warmup {
            return step as f64 / self.warmup as f64;
        }
        let after = step.saturating_sub(self.warmup.max(1));
        let length = steps.saturating_sub(self.warmup.max(1)).max(1);
        let progress = (after as f64 / length as f64).min(1.0);
        let between = |share: f64| self.floor + (1.0 - self.floor) * share;
        match self.kind {
            ScheduleKind::Constant => 1.0,
            ScheduleKind::Linear => between(1.0 - progress),
            ScheduleKind::Cosine => between(0.5 * (1.0 + (std::f64::consts::PI * progress).cos())),
            ScheduleKind::Step => self.factor.powf((after / self.every.max(1)) as f64),
        }
    }
}

/// How a pretrained encoder learns.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EncoderTraining {
    /// Its first stages, the stem with the first, keep their weights: 0 to 7.
    pub frozen: usize,
    /// Rate of the others, as a share of the generator's.
    pub learning_rate: f64,
}

impl Default for EncoderTraining {
    fn default() -> Self {
        Self {
            frozen: 3,
            learning_rate: 0.2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_start_at_the_top_and_end_at_the_floor() {
        for kind in [ScheduleKind::Linear, ScheduleKind::Cosine] {
            let schedule = Schedule {
                kind,
                floor: 0.1,
                ..Schedule::default()
            };
            assert_eq!(schedule.at(1, 100), 1.0, "{kind:?}");
            assert!((schedule.at(100, 100) - 0.1).abs() < 1e-12, "{kind:?}");
            let falls = (1..100).all(|step| schedule.at(step + 1, 100) < schedule.at(step, 100));
            assert!(falls, "{kind:?}");
        }
        assert_eq!(Schedule::default().at(70, 100), 1.0);
    }

    #[test]
    fn warm_up_rises_from_nothing_to_the_top() {
        let schedule = Schedule {
            kind: ScheduleKind::Cosine,
            warmup: 10,
            ..Schedule::default()
        };
        assert_eq!(schedule.at(1, 100), 0.1);
        assert_eq!(schedule.at(5, 100), 0.5);
        assert_eq!(schedule.at(10, 100), 1.0);
        assert!(schedule.at(11, 100) < 1.0);
    }

    #[test]
    fn steps_fall_by_the_factor() {
        let schedule = Schedule {
            kind: ScheduleKind::Step,
            every: 10,
            factor: 0.5,
            ..Schedule::default()
        };
        assert_eq!(schedule.at(10, 100), 1.0);
        assert_eq!(schedule.at(11, 100), 0.5);
        assert_eq!(schedule.at(31, 100), 0.125);
    }
}
