//! What a stage's training step keeps in memory, counted from the layers.

use colorize_models::Layer;

use super::{Role, has_discriminator, networks};
use crate::config::{Config, Stage, Train};

/// Bytes of a number.
const NUMBER: u64 = 4;
/// Per weight that learns: itself, its gradient, and Adam's two moments.
const LEARNED: u64 = 4;

/// Bytes, without what the program, the decoding of photographs and the backend's working space
/// take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Memory {
    /// Weights, gradients, moments and averages.
    pub networks: u64,
    /// What the way forward keeps until the gradients have come back.
    pub activations: u64,
}

/// Of one step of `stage`, on one device.
pub(super) fn of(config: &Config, stage: &Stage) -> crate::Result<Memory> {
    let batch = stage.batch as u64;
    let average = u64::from(config.ema > 0.0);
    let (mut weights, mut generator, mut others) = (0, 0, 0);
    for network in networks(config, stage.resolution)? {
        let parameters: u64 = network.layers.iter().map(|l| l.parameters as u64).sum();
        let activations: u64 = network.layers.iter().map(|layer| layer.activations).sum();
        match network.role {
            Role::Generator => {
                weights += parameters * (learned(stage, Train::Generator) + average);
                if stage.train == Train::Discriminator {
                    // Painted without a graph: only what one layer needs is there at a time.
                    generator = batch * widest(&network.layers);
                } else {
                    generator = batch * activations;
                }
            }
            Role::Discriminator => {
                weights += parameters * learned(stage, Train::Discriminator);
                if has_discriminator(stage) {
                    // Real and generated colour in one batch.
                    others = others.max(2 * batch * activations);
                }
            }
            Role::Classifier => {
                weights += parameters;
                if stage.loss.perceptual.counts() {
                    others = others.max(batch * activations);
                }
            }
        }
    }
    Ok(Memory {
        networks: NUMBER * weights,
        activations: NUMBER * (generator + others),
    })
}

fn learned(stage: &Stage, network: Train) -> u64 {
    match stage.train == Train::Both || stage.train == network {
        true => LEARNED,
        false => 1,
    }
}

fn widest(layers: &[Layer]) -> u64 {
    let sizes = layers.iter().map(|layer| layer.activations);
    sizes.max().unwrap_or(0)
}
