//! What a step reports.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use serde::Serialize;

use crate::error::Error;
use crate::loss;

/// Figures of one step by their names: losses before their weights, the discriminator's accuracy,
/// learning rates, lengths of gradients. Those of losses that count for nothing are not there.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Losses(pub BTreeMap<&'static str, f32>);

impl Losses {
    /// Notes a figure.
    pub fn note(&mut self, name: &'static str, value: f32) {
        self.0.insert(name, value);
    }

    /// Notes a loss and adds it to `total` with its weight.
    ///
    /// # Errors
    /// It is no finite number.
    pub fn add(
        &mut self,
        total: &mut Option<Tensor<1>>,
        name: &'static str,
        term: Tensor<1>,
        weight: f64,
    ) -> crate::Result<()> {
        let value = loss::value(&term);
        self.note(name, value);
        finite(name, value)?;
        let weighted = term.mul_scalar(weight);
        *total = Some(match total.take() {
            Some(sum) => sum + weighted,
            None => weighted,
        });
        Ok(())
    }

    /// The mean of the same figures from several passes.
    pub fn mean(passes: Vec<Self>) -> Self {
        let share = 1.0 / passes.len() as f32;
        let mut mean = Self::default();
        for pass in passes {
            for (name, value) in pass.0 {
                *mean.0.entry(name).or_default() += share * value;
            }
        }
        mean
    }
}

/// Refuses what is no finite number.
pub fn finite(name: &'static str, value: f32) -> crate::Result<()> {
    if value.is_finite() {
        Ok(())
    } else {
        Err(Error::Diverged { loss: name, value })
    }
}
