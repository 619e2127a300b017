//! From gradients to the next weights: accumulation, clipping, the schedule, Adam or AdamW.

use std::path::Path;

use burn::module::{Module, ModuleVisitor, Param, ParamGroup};
use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::optim::{
    AdamConfig, AdamWConfig, GradientsAccumulator, GradientsParams, ModuleOptimizer,
};
use burn::tensor::Tensor;

use crate::config::{OptimizerConfig, OptimizerKind};
use crate::error::Error;
use crate::loss;
use crate::losses::finite;

/// Adam's guard against division by 0.
const EPSILON: f32 = 1e-8;
/// In the path of every parameter of a pretrained encoder.
const ENCODER: &str = "encoder.";

/// One network's optimiser for one stage.
pub struct Descent {
    optimizer: ModuleOptimizer,
    config: OptimizerConfig,
    /// Rate of the encoder, as a share of the others'.
    encoder: f64,
    /// Steps of the stage.
    steps: u64,
}

/// What a step did.
#[derive(Clone, Copy, Debug)]
pub struct Descended {
    /// The learning rate.
    pub rate: f64,
    /// The common length of all gradients before clipping.
    pub gradient: f32,
}

impl Descent {
    /// An optimiser that knows nothing yet.
    pub fn new(config: &OptimizerConfig, encoder: f64, steps: u64) -> Self {
        let optimizer = match config.kind {
            OptimizerKind::Adam => AdamConfig::new()
                .with_beta_1(config.beta1)
                .with_beta_2(config.beta2)
                .with_epsilon(EPSILON)
                .init(),
            OptimizerKind::AdamW => AdamWConfig::new()
                .with_beta_1(config.beta1)
                .with_beta_2(config.beta2)
                .with_epsilon(EPSILON)
                .with_weight_decay(config.weight_decay)
                .init(),
        };
        Self {
            optimizer,
            config: config.clone(),
            encoder,
            steps,
        }
    }

    /// The weights after step `step` (from 1) of the stage.
    ///
    /// # Errors
    /// A gradient that is no finite number; `module` is given up, but its owner still has it.
    pub fn step<M: Module>(
        &mut self,
        step: u64,
        module: M,
        gradients: GradientsParams,
    ) -> crate::Result<(M, Descended)> {
        let rate = self.config.learning_rate * self.config.schedule.at(step, self.steps);
        let (gradients, length) = clip(gradients, &module, self.config.clip);
        finite("gradient", length)?;
        let rates = ModuleLrScheduler::new(rate)
            .with_group(ParamGroup::from_predicate(ENCODER), rate * self.encoder)
            .step();
        let module = self.optimizer.step(rates, module, gradients);
        let done = Descended {
            rate,
            gradient: length,
        };
        Ok((module, done))
    }

    /// Writes the moments.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &Path) -> crate::Result<()> {
        self.optimizer
            .save(path)
            .map_err(|e| Error::weights(path, format!("cannot be written: {e}")))
    }

    /// Reads the moments back.
    ///
    /// # Errors
    /// The file is missing or damaged.
    pub fn load(mut self, path: &Path) -> crate::Result<Self> {
        self.optimizer = self
            .optimizer
            .load(path)
            .map_err(|e| Error::weights(path, e))?;
        Ok(self)
    }
}

/// The sum of the gradients of several passes.
pub fn sum<M: Module>(
    module: &M,
    passes: impl Iterator<Item = GradientsParams>,
) -> GradientsParams {
    let mut accumulator = GradientsAccumulator::new();
    for gradients in passes {
        accumulator.accumulate(module, gradients);
    }
    accumulator.grads()
}

/// Scales all gradients by one factor so that their common length is at most `most`, unless that
/// is 0; gives the length before, too.
fn clip<M: Module>(gradients: GradientsParams, module: &M, most: f64) -> (GradientsParams, f32) {
    let mut squares = Squares {
        gradients: &gradients,
        sums: Vec::new(),
    };
    module.visit(&mut squares);
    if squares.sums.is_empty() {
        return (gradients, 0.0);
    }
    let length = loss::value(&Tensor::cat(squares.sums, 0).sum().sqrt());
    let factor = most / f64::from(length);
    if most == 0.0 || factor >= 1.0 || !factor.is_finite() {
        return (gradients, length);
    }
    let mut scale = Scale { gradients, factor };
    module.visit(&mut scale);
    (scale.gradients, length)
}

struct Squares<'a> {
    gradients: &'a GradientsParams,
    sums: Vec<Tensor<1>>,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            self.sums.push(gradient.square().sum());
        }
    }
}

struct Scale {
    gradients: GradientsParams,
    factor: f64,
}

impl ModuleVisitor for Scale {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            let scaled = gradient.mul_scalar(self.factor);
            self.gradients.register(param.id, scaled);
        }
    }
}
