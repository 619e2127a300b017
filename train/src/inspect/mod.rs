//! What a recipe is made of, without training: layers, costs, memory, photographs, a diagram.

mod diagram;
mod memory;
mod table;

use std::fmt;

use burn::tensor::Device;
use colorize_models::{ClassHead, Head, Layer};

use crate::config::{Config, Stage, Train};
use crate::perceptual::Classifier;

/// A recipe, taken apart. Shown, it is a table a network.
#[derive(Debug)]
pub struct Inspection {
    config: Config,
    /// Side of the squares that the figures are for: the last stage's resolution.
    side: usize,
    networks: Vec<Network>,
    photographs: Vec<(String, usize)>,
}

/// One network at the size of [`Inspection::side`].
#[derive(Debug)]
struct Network {
    role: Role,
    layers: Vec<Layer>,
}

/// What a network is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Generator,
    Discriminator,
    /// Of the perceptual loss.
    Classifier,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Generator => "generator",
            Self::Discriminator => "discriminator",
            Self::Classifier => "classifier of the perceptual loss",
        }
    }
}

impl Inspection {
    /// Looks at a recipe; `photographs` has its sources by name, with what each holds.
    ///
    /// # Errors
    /// Figures of a network that do not fit together.
    pub fn new(config: &Config, photographs: Vec<(String, usize)>) -> crate::Result<Self> {
        let side = config.stages.last().map_or(64, |stage| stage.resolution);
        let networks = networks(config, side)?;
        Ok(Self {
            config: config.clone(),
            side,
            networks,
            photographs,
        })
    }

    /// The generator as a U, as an SVG picture.
    pub fn svg(&self) -> String {
        let title = format!("{}, {side} x {side}", self.config.name, side = self.side);
        diagram::svg(&title, self.input(), &self.networks[0].layers)
    }

    fn input(&self) -> &'static str {
        match self.config.generator.hints {
            true => "gray, hints, their mask",
            false => "gray",
        }
    }
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let painted = match self.config.generator.head {
            Head::Rgb => "red, green and blue",
            Head::Chroma | Head::Distribution => "a* and b*",
        };
        writeln!(
            f,
            "{}: {} in, {painted} out; figures for one picture of {side} x {side}",
            self.config.name,
            self.input(),
            side = self.side
        )?;
        for network in &self.networks {
            writeln!(f)?;
            table::network(f, network.role.name(), &network.layers)?;
        }
        writeln!(f)?;
        let stages = self.config.stages.iter();
        let stages = stages
            .map(|stage| Ok((stage, memory::of(&self.config, stage)?)))
            .collect::<crate::Result<Vec<_>>>()
            .map_err(|_| fmt::Error)?;
        table::stages(f, &stages)?;
        table::means(f, &self.config)?;
        writeln!(f)?;
        table::photographs(f, &self.photographs, self.config.data.validation)
    }
}

/// The networks of a recipe for squares of this side; the generator is the first.
fn networks(config: &Config, side: usize) -> crate::Result<Vec<Network>> {
    let device = Device::flex();
    let mut networks = vec![Network {
        role: Role::Generator,
        layers: config.generator.init(&device)?.describe([side; 2]),
    }];
    if config.stages.iter().any(has_discriminator) {
        let layers = config.discriminator.init(&device)?.describe([side; 2]);
        networks.push(Network {
            role: Role::Discriminator,
            layers,
        });
    }
    let mut measured = config.stages.iter().map(|stage| &stage.loss.perceptual);
    if let Some(of) = measured.rfind(|of| of.counts()) {
        let mut layers = Classifier::init(&of.with_head(), &device)?.describe([side; 2]);
        if of.classes > 0.0
            && let Some([_, height, width]) = layers.last().map(|layer| layer.output)
        {
            layers.extend(ClassHead::init(&device).describe([height, width]));
        }
        networks.push(Network {
            role: Role::Classifier,
            layers,
        });
    }
    Ok(networks)
}

fn has_discriminator(stage: &Stage) -> bool {
    stage.loss.adversarial.weight > 0.0 || stage.train == Train::Discriminator
}
