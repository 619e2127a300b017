//! One adversarial step: the discriminator on real and generated colour, then the generator.

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};
use colorize_models::{Discriminator, Generator, Head};
use serde::Serialize;

use crate::config::Config;
use crate::data::Batch;
use crate::error::Error;
use crate::lab::lab_to_rgb;
use crate::loss;
use crate::perceptual::Perceptual;
use crate::seed::Seed;

/// Two networks, their optimisers, and the losses between them.
pub struct Trainer {
    /// The network that colours.
    pub generator: Generator,
    /// Its optimiser.
    pub generator_optimizer: ModuleOptimizer,
    /// None where the adversarial loss counts for nothing.
    pub adversary: Option<Adversary>,
    perceptual: Option<Perceptual>,
    config: Config,
    device: Device,
}

/// The discriminator with its optimiser.
pub struct Adversary {
    /// Tells photographs from generated colour.
    pub discriminator: Discriminator,
    /// Its optimiser.
    pub optimizer: ModuleOptimizer,
}

/// The losses of one step, before their weights; those that count for nothing are left out.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Losses {
    /// Cross-entropy of the discriminator on both halves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discriminator: Option<f32>,
    /// Share of pictures that the discriminator got right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discriminator_accuracy: Option<f32>,
    /// Cross-entropy of the generator against the discriminator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adversarial: Option<f32>,
    /// Mean absolute difference of the painted planes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub l1: Option<f32>,
    /// Squared difference of features.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub perceptual: Option<f32>,
    /// The weighted sum that the generator descends.
    pub generator: f32,
}

impl Trainer {
    /// Initialises everything from the recipe's seed.
    ///
    /// # Errors
    /// Figures that do not fit together, or perceptual weights that cannot be had.
    pub fn new(config: &Config, device: &Device) -> crate::Result<Self> {
        let device = device.clone().autodiff();
        device.seed(Seed(config.seed).value("weights", 0));
        let adam = || {
            AdamConfig::new()
                .with_beta_1(config.adam.beta1)
                .with_beta_2(config.adam.beta2)
                .with_epsilon(1e-8)
                .init()
        };
        // Burn draws a weight when it is first used; materialize draws all, in one order.
        let generator = config.generator().init(&device)?.materialize();
        let adversary = if config.loss.adversarial > 0.0 {
            Some(Adversary {
                discriminator: config.discriminator().init(&device)?.materialize(),
                optimizer: adam(),
            })
        } else {
            None
        };
        Ok(Self {
            generator,
            generator_optimizer: adam(),
            adversary,
            perceptual: Perceptual::open(&config.loss.perceptual, &device)?,
            config: config.clone(),
            device,
        })
    }

    /// One step of both networks.
    ///
    /// # Errors
    /// A loss that is no finite number; the networks then keep their weights of before.
    pub fn step(&mut self, step: u64, batch: &Batch) -> crate::Result<Losses> {
        // Dropout draws from the backend's generator: seeded anew, so that any step can be
        // repeated without those before it.
        self.device.seed(Seed(self.config.seed).value("step", step));
        let head = self.config.generator.head;
        let gray = self.tensor(&batch.gray, 1, batch); // [n, 1, r, r]
        let target = self.tensor(&batch.target, head.channels(), batch); // [n, 2|3, r, r]
        let truth = self.tensor(&batch.rgb, 3, batch); // [n, 3, r, r]

        let painted = self.generator.forward(gray.clone()); // [n, 2|3, r, r]
        let output = to_rgb(head, gray, painted.clone()); // [n, 3, r, r]

        let mut losses = Losses::default();
        if let Some(adversary) = &mut self.adversary {
            let smooth = 1.0 - self.config.loss.label_smoothing;
            let rate = self.config.discriminator.learning_rate;
            let (value, accuracy) =
                adversary.learn(step, truth.clone(), output.clone().detach(), smooth, rate)?;
            losses.discriminator = Some(value);
            losses.discriminator_accuracy = Some(accuracy);
        }

        let weights = &self.config.loss;
        let mut total = Tensor::<1>::zeros([1], &self.device);
        if let Some(adversary) = &self.adversary {
            // The discriminator only passes the gradient on: its own is not needed here.
            let judge = adversary.discriminator.clone().no_grad();
            let term = loss::binary_cross_entropy(judge.forward(output.clone()), 1.0);
            losses.adversarial = Some(finite(step, "adversarial", &term)?);
            total = total + term.mul_scalar(weights.adversarial);
        }
        if weights.l1 > 0.0 {
            let term = loss::l1(painted, target);
            losses.l1 = Some(finite(step, "l1", &term)?);
            total = total + term.mul_scalar(weights.l1);
        }
        if let Some(perceptual) = &self.perceptual {
            let term = perceptual.loss(output, truth);
            losses.perceptual = Some(finite(step, "perceptual", &term)?);
            total = total + term.mul_scalar(weights.perceptual.weight);
        }
        losses.generator = finite(step, "generator", &total)?;
        let gradients = GradientsParams::from_grads(total.backward(), &self.generator);
        self.generator = self.generator_optimizer.step(
            self.config.generator.learning_rate,
            self.generator.clone(),
            gradients,
        );
        Ok(losses)
    }

    fn tensor(&self, planes: &[f32], channels: usize, batch: &Batch) -> Tensor<4> {
        let shape = [batch.len, channels, batch.side, batch.side];
        Tensor::from_data(TensorData::new(planes.to_vec(), shape), &self.device)
    }
}

impl Adversary {
    /// Learns to tell `truth` from `generated`; gives the loss and the share told right.
    fn learn(
        &mut self,
        step: u64,
        truth: Tensor<4>,
        generated: Tensor<4>,
        real_label: f64,
        learning_rate: f64,
    ) -> crate::Result<(f32, f32)> {
        let [n, ..] = truth.dims();
        let both = Tensor::cat(vec![truth, generated], 0); // [2n, 3, r, r]
        let logits = self.discriminator.forward(both); // [2n, 1]
        let told = told_right(&logits, n);
        let real = loss::binary_cross_entropy(logits.clone().narrow(0, 0, n), real_label);
        let fake = loss::binary_cross_entropy(logits.narrow(0, n, n), 0.0);
        let total = real + fake;
        let value = finite(step, "discriminator", &total)?;
        let gradients = GradientsParams::from_grads(total.backward(), &self.discriminator);
        self.discriminator =
            self.optimizer
                .step(learning_rate, self.discriminator.clone(), gradients);
        Ok((value, told))
    }
}

/// What the generator painted, as sRGB in [-1, 1].
pub fn to_rgb(head: Head, gray: Tensor<4>, painted: Tensor<4>) -> Tensor<4> {
    match head {
        Head::Chroma => lab_to_rgb(gray, painted),
        Head::Rgb => painted,
    }
}

fn told_right(logits: &Tensor<2>, real: usize) -> f32 {
    let data = logits.clone().into_data();
    let right = data
        .iter::<f32>()
        .enumerate()
        .filter(|(index, logit)| (*logit > 0.0) == (*index < real))
        .count();
    right as f32 / (2 * real) as f32
}

fn finite(step: u64, name: &'static str, loss: &Tensor<1>) -> crate::Result<f32> {
    let value = loss::value(loss);
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Error::Diverged {
            step,
            loss: name,
            value,
        })
    }
}
