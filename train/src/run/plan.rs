//! How long each stage is.

use crate::config::Config;
use crate::data::Sources;
use crate::error::Error;

/// The lengths of all stages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// One after the other.
    pub stages: Vec<StagePlan>,
}

/// The length of one stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StagePlan {
    /// Optimiser steps.
    pub steps: u64,
    /// Photographs that it draws from.
    pub photographs: usize,
}

impl Plan {
    /// Turns epochs into steps.
    ///
    /// # Errors
    /// A stage names a source that is not there, or its batch cannot be shared out evenly to the
    /// devices.
    pub fn new(config: &Config, sources: &Sources, devices: usize) -> crate::Result<Self> {
        let mut stages = Vec::with_capacity(config.stages.len());
        for (index, stage) in config.stages.iter().enumerate() {
            if !stage.batch.is_multiple_of(devices) {
                return Err(Error::Config {
                    file: format!("stages.{index}.batch"),
                    message: format!(
                        "{} photographs for {devices} devices; choose a multiple",
                        stage.batch
                    ),
                });
            }
            let photographs = sources.training_len(&stage.data)?;
            let a_step = (stage.batch * stage.accumulate) as f64;
            let steps = match (stage.steps, stage.epochs) {
                (Some(steps), _) => steps,
                (None, epochs) => {
                    let passes = epochs.unwrap_or(1.0);
                    ((passes * photographs as f64 / a_step).ceil() as u64).max(1)
                }
            };
            stages.push(StagePlan { steps, photographs });
        }
        Ok(Self { stages })
    }

    /// Optimiser steps of all stages.
    pub fn steps(&self) -> u64 {
        self.stages.iter().map(|stage| stage.steps).sum()
    }
}
