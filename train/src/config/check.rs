//! Values that YAML allows and training does not. Each fault is `key: what to write instead`,
//! without the path to the section, which the caller knows.

use colorize_models::Head;

use crate::hints::HintTraining;
use crate::perceptual::Network;

use super::{AugmentConfig, Config, OptimizerConfig, ResultConfig, Stage, Train};

impl AugmentConfig {
    pub(super) fn fault(&self) -> Option<String> {
        let strengths = [
            ("lightness", self.lightness, 50.0),
            ("contrast", self.contrast, 0.9),
            ("grain", self.grain, 30.0),
            ("blur", self.blur, 10.0),
            ("saturation", self.saturation, 3.0),
        ];
        if !(self.crop > 0.0 && self.crop <= 1.0) {
            return Some("crop must be above 0 and at most 1".to_owned());
        }
        strengths
            .iter()
            .find(|(_, value, most)| !(0.0..=*most).contains(value))
            .map(|(key, _, most)| format!("{key} must be from 0 to {most}"))
    }
}

impl OptimizerConfig {
    fn fault(&self) -> Option<String> {
        let rate = self.learning_rate.is_finite() && self.learning_rate >= 0.0;
        let schedule = &self.schedule;
        let message = if !rate {
            "learning_rate must be a number from 0"
        } else if !(0.0..1.0).contains(&self.beta1) || !(0.0..1.0).contains(&self.beta2) {
            "beta1 and beta2 must be at least 0 and below 1"
        } else if self.clip < 0.0 || self.weight_decay < 0.0 {
            "clip and weight_decay must not be negative"
        } else if !(0.0..=1.0).contains(&schedule.floor) || !(0.0..=1.0).contains(&schedule.factor)
        {
            "schedule.floor and schedule.factor must be from 0 to 1"
        } else {
            return None;
        };
        Some(message.to_owned())
    }
}

impl HintTraining {
    fn is_impossible(&self) -> bool {
        let is_share = |value: &f64| (0.0..=1.0).contains(value);
        ![self.none, self.palette, self.stop].iter().all(is_share) || self.stop == 0.0
    }
}

impl ResultConfig {
    pub(super) fn fault(&self, config: &Config) -> Option<String> {
        if self.from.is_empty() {
            return Some("from: name at least one stage".to_owned());
        }
        if let Err(message) = config.shares_before(config.stages.len(), &self.from) {
            return Some(format!("from: {message}"));
        }
        let temperature = self.temperature?;
        if config.generator.head != Head::Distribution {
            return Some("temperature needs generator.head: distribution".to_owned());
        }
        let possible = temperature > 0.0 && temperature.is_finite();
        (!possible).then(|| "temperature must be above 0".to_owned())
    }
}

impl Stage {
    pub(super) fn fault(&self, config: &Config) -> Option<String> {
        let loss = &self.loss;
        let adversarial = loss.adversarial.weight > 0.0 || self.train == Train::Discriminator;
        let side = config.discriminator.resolution;
        let weights = [
            loss.adversarial.weight,
            loss.l1,
            loss.huber.weight,
            loss.correlation,
            loss.cross_entropy.weight,
            loss.perceptual.weight,
            loss.perceptual.classes,
            loss.colourfulness,
        ];
        let message = if self.batch == 0 || self.accumulate == 0 {
            "batch: batch and accumulate must be at least 1".to_owned()
        } else if self.steps.is_some() == self.epochs.is_some() {
            "steps: write either steps or epochs".to_owned()
        } else if self.steps == Some(0)
            || self
                .epochs
                .is_some_and(|epochs| epochs.is_nan() || epochs <= 0.0)
        {
            "steps: there must be at least one".to_owned()
        } else if weights
            .iter()
            .any(|weight| weight.is_nan() || *weight < 0.0)
        {
            "loss: weights must not be negative".to_owned()
        } else if weights.iter().all(|weight| *weight == 0.0) && self.train != Train::Discriminator
        {
            "loss: every weight is 0, so there is nothing to learn".to_owned()
        } else if !(0.0..1.0).contains(&loss.adversarial.label_smoothing) {
            "loss.adversarial.label_smoothing must be at least 0 and below 1".to_owned()
        } else if loss.huber.delta.is_nan() || loss.huber.delta <= 0.0 {
            "loss.huber.delta must be above 0".to_owned()
        } else if loss.correlation > 0.0 && config.generator.head == Head::Rgb {
            "loss.correlation needs generator.head: chroma or distribution".to_owned()
        } else if loss.perceptual.classes > 0.0
            && loss.perceptual.network != Network::EfficientnetLite0
        {
            "loss.perceptual.classes needs loss.perceptual.network: efficientnet-lite0".to_owned()
        } else if loss.cross_entropy.weight > 0.0 && config.generator.head != Head::Distribution {
            "loss.cross_entropy needs generator.head: distribution".to_owned()
        } else if !(0.0..=1.0).contains(&loss.cross_entropy.uniform) {
            "loss.cross_entropy.uniform must be from 0 to 1".to_owned()
        } else if adversarial && !self.resolution.is_multiple_of(side) {
            format!("resolution must be a multiple of discriminator.resolution ({side})")
        } else if !self.resolution.is_multiple_of(config.generator.multiple()) {
            let multiple = config.generator.multiple();
            format!("resolution must be a multiple of {multiple} for this generator")
        } else if self.hints.is_impossible() {
            "hints.none and hints.palette must be from 0 to 1, hints.stop above 0".to_owned()
        } else if self.encoder.frozen > 7 {
            "encoder.frozen must be from 0 to 7".to_owned()
        } else if let Some(message) = self.augment.as_ref().and_then(AugmentConfig::fault) {
            format!("augment.{message}")
        } else if let Some(message) = self.optimizer.generator.fault() {
            format!("optimizer.generator.{message}")
        } else if let Some(message) = self.optimizer.discriminator.fault() {
            format!("optimizer.discriminator.{message}")
        } else {
            return None;
        };
        Some(message)
    }
}
