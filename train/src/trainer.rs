//! The networks in training, and what they need in a stage.

use std::path::Path;

use burn::module::{Module, ModuleVisitor, Param};
use burn::store::ModuleRecord;
use burn::tensor::{DType, Device, Tensor};
use colorize_models::{Discriminator, Encoder, EncoderUnet, Generator, Precision};

use crate::config::{Config, Stage, Train};
use crate::descent::Descent;
use crate::ema::Ema;
use crate::error::Error;
use crate::loss::{ColourClasses, Rebalancing};
use crate::perceptual::Perceptual;
use crate::pretrained;
use crate::seed::Seed;

/// The networks, on devices with autodiff.
pub struct Trainer {
    /// The network that colours.
    pub generator: Generator,
    /// The average of its weights.
    pub ema: Option<Ema>,
    /// Its opponent; None in a recipe without one.
    pub discriminator: Option<Discriminator>,
    pub(crate) devices: Vec<Device>,
    pub(crate) seed: Seed,
    pub(crate) precision: Precision,
}

/// What a stage adds to the networks.
pub struct StageTrainer {
    /// Which stage, from 0.
    pub index: usize,
    /// Its recipe.
    pub stage: Stage,
    /// Optimiser steps of it.
    pub steps: u64,
    /// None where the generator does not learn.
    pub generator: Option<Descent>,
    /// None where the discriminator does not learn.
    pub discriminator: Option<Descent>,
    /// One a device.
    pub(crate) perceptual: Vec<Perceptual>,
    pub(crate) colours: Option<Colours>,
}

/// For the cross-entropy over quantised a*b*.
pub struct Colours {
    /// The bins.
    pub classes: ColourClasses,
    /// How much each counts.
    pub rebalancing: Rebalancing,
}

impl Trainer {
    /// Initialises the networks from the recipe's seed; a pretrained encoder gets its weights.
    ///
    /// # Errors
    /// Figures that do not fit together, or weights that cannot be had.
    pub fn new(config: &Config, devices: &[Device]) -> crate::Result<Self> {
        let devices: Vec<Device> = devices.iter().map(|d| d.clone().autodiff()).collect();
        let first = &devices[0];
        let bf16 = |device: &Device| device.supports_dtype(DType::BF16);
        if config.precision == Precision::Bf16 && !devices.iter().all(bf16) {
            return Err(Error::Config {
                file: "precision".to_owned(),
                message: "this device does not compute in bf16; use f32".to_owned(),
            });
        }
        let seed = Seed(config.seed);
        first.seed(seed.value("weights", 0));
        let mut generator = drawn(config.generator.init(first)?);
        if config.generator.encoder == Encoder::EfficientnetLite0 {
            let path = pretrained::efficientnet_lite0()?;
            let tensors = pretrained::read(&path)?;
            generator = generator
                .load_encoder(&tensors, first)
                .map_err(|e| Error::weights(&path, e))?;
        }
        let has_opponent = |stage: &Stage| {
            stage.loss.adversarial.weight > 0.0 || stage.train == Train::Discriminator
        };
        let discriminator = if config.stages.iter().any(has_opponent) {
            Some(drawn(config.discriminator.init(first)?))
        } else {
            None
        };
        Ok(Self {
            ema: (config.ema > 0.0).then(|| Ema::new(&generator, config.ema)),
            generator,
            discriminator,
            devices,
            seed,
            precision: config.precision,
        })
    }

    /// Prepares a stage of `steps` steps: frozen parts, fresh optimisers, the networks of losses.
    ///
    /// # Errors
    /// Weights of a loss's network that cannot be had.
    pub fn begin(
        &mut self,
        index: usize,
        stage: &Stage,
        steps: u64,
        colours: Option<Colours>,
    ) -> crate::Result<StageTrainer> {
        self.generator = self.generator.clone().freeze_encoder(stage.encoder.frozen);
        let mut perceptual = Vec::new();
        for device in &self.devices {
            perceptual.extend(Perceptual::open(&stage.loss.perceptual, device)?);
        }
        let learns = |network| stage.train == Train::Both || stage.train == network;
        let opponent = learns(Train::Discriminator)
            && (stage.train == Train::Discriminator || stage.loss.adversarial.weight > 0.0);
        let optimizers = &stage.optimizer;
        Ok(StageTrainer {
            index,
            stage: stage.clone(),
            steps,
            generator: learns(Train::Generator)
                .then(|| Descent::new(&optimizers.generator, stage.encoder.learning_rate, steps)),
            discriminator: opponent.then(|| Descent::new(&optimizers.discriminator, 1.0, steps)),
            perceptual,
            colours,
        })
    }

    /// The generator that is measured and exported: the average, where there is one. On a plain
    /// device.
    pub fn result(&self) -> Generator {
        match &self.ema {
            Some(ema) => ema.average.clone(),
            None => self.generator.valid(),
        }
    }

    /// Takes weights from files of a checkpoint: the generator's and, if both have one, the
    /// discriminator's. Averages and optimisers begin anew. Layers for hints begin at random where the
    /// checkpoint is of a network without.
    ///
    /// # Errors
    /// A file is damaged or of a network with other figures.
    pub fn load_weights(
        &mut self,
        generator: &Path,
        discriminator: Option<&Path>,
    ) -> crate::Result<()> {
        let loaded = load_before_hints(self.generator.clone(), generator)?;
        if let (Some(network), Some(path)) = (&self.discriminator, discriminator) {
            self.discriminator = Some(load(network.clone(), path)?);
        }
        self.begin_with(loaded);
        Ok(())
    }

    /// Takes the weights of a generator of the same kind, wherever it is; its average begins anew.
    ///
    /// # Errors
    /// It is of another kind.
    pub fn take_weights(&mut self, generator: Generator) -> crate::Result<()> {
        let taken = with_weights_of(self.generator.clone(), generator)?;
        self.begin_with(taken);
        Ok(())
    }

    fn begin_with(&mut self, generator: Generator) {
        if let Some(ema) = &mut self.ema {
            ema.average = generator.valid();
        }
        self.generator = generator;
    }
}

/// Draws all weights, in one order: burn draws one when it is first used, which may be in a step, or
/// on another device.
fn drawn<M: Module>(module: M) -> M {
    struct Draw;
    impl ModuleVisitor for Draw {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            param.val();
        }
    }
    module.visit(&mut Draw);
    module
}

/// A network with the weights of a file.
///
/// # Errors
/// The file is damaged or of a network with other figures.
pub(crate) fn load<M: Module>(module: M, path: &Path) -> crate::Result<M> {
    let record = ModuleRecord::load(path).map_err(|e| Error::weights(path, e))?;
    module
        .try_load_record(record)
        .map_err(|e| Error::weights(path, one_line(&e.to_string())))
}

/// A network with the weights of another of the same kind, which may be on another device.
///
/// # Errors
/// It is of another kind.
pub(crate) fn with_weights_of<M: Module>(module: M, other: M) -> crate::Result<M> {
    module
        .try_load_record(other.into_record())
        .map_err(|e| Error::data("from".as_ref(), one_line(&e.to_string())))
}

/// As [`load`]; a network that takes hints may also be given the weights of one that does not.
fn load_before_hints(generator: Generator, path: &Path) -> crate::Result<Generator> {
    let record = ModuleRecord::load(path).map_err(|e| Error::weights(path, e))?;
    let Generator::EncoderUnet(mut network) = generator else {
        return load(generator, path);
    };
    let layers = network.hints.take();
    let without = Generator::EncoderUnet(network.clone());
    let loaded = match without.try_load_record(record) {
        Ok(Generator::EncoderUnet(loaded)) if layers.is_some() => loaded,
        _ => {
            network.hints = layers;
            return load(Generator::EncoderUnet(network), path);
        }
    };
    Ok(Generator::EncoderUnet(EncoderUnet {
        hints: layers,
        ..loaded
    }))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
