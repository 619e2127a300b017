//! One step: the discriminator on real and generated colour, then the generator.

mod terms;

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use colorize_models::{Generator, Painted};

use crate::config::AdversarialForm;
use crate::data::Batch;
use crate::descent;
use crate::hints::HintPlanes;
use crate::loss;
use crate::losses::Losses;
use crate::parallel::{Pass, compute, copies, passes};
use crate::trainer::{StageTrainer, Trainer};
use terms::Terms;

pub use terms::to_rgb;

/// A pass and, where it was painted already, the result with its graph.
struct Work {
    pass: Pass,
    painted: Option<Painted>,
}

impl Trainer {
    /// Step `step` (from 1) of a stage, on as many batches as it accumulates.
    ///
    /// # Errors
    /// A loss or a gradient that is no finite number; the networks then keep their weights of
    /// before.
    pub fn step(
        &mut self,
        stage: &mut StageTrainer,
        step: u64,
        batches: &[(Batch, Option<HintPlanes>)],
    ) -> crate::Result<Losses> {
        // Dropout draws from the backend's generator: seeded anew, so that any step can be
        // repeated without those before it.
        let purpose = format!("step of stage {}", stage.index);
        self.devices[0].seed(self.seed.value(&purpose, step));
        let passes = passes(batches, &self.devices);
        let mut work: Vec<Work> = passes
            .into_iter()
            .map(|pass| Work {
                pass,
                painted: None,
            })
            .collect();
        let mut losses = Losses::default();
        if stage.discriminator.is_some() {
            // Painted once for both networks, unless the graphs of several passes would have to
            // be kept for that.
            if stage.generator.is_some() && batches.len() == 1 {
                work = self.paint(work);
            }
            self.discriminator_step(stage, step, &mut work, &mut losses)?;
        }
        if stage.generator.is_some() {
            self.generator_step(stage, step, work, &mut losses)?;
        }
        Ok(losses)
    }

    fn paint(&self, work: Vec<Work>) -> Vec<Work> {
        let generators = copies(&self.generator, &self.devices);
        compute(
            &self.devices,
            self.precision,
            work,
            |work| work.pass.device,
            |mut work| {
                let generator = &generators[work.pass.device];
                work.painted = Some(paint(generator, &work.pass));
                work
            },
        )
    }

    fn discriminator_step(
        &mut self,
        stage: &mut StageTrainer,
        step: u64,
        work: &mut [Work],
        losses: &mut Losses,
    ) -> crate::Result<()> {
        let (Some(network), Some(descent)) = (&self.discriminator, &mut stage.discriminator) else {
            return Ok(());
        };
        let plain = self.generator.valid();
        let head = self.generator.head();
        let pairs: Vec<(usize, Tensor<4>, Tensor<4>)> = work
            .iter()
            .map(|work| {
                let planes = match &work.painted {
                    Some(painted) => painted.planes.clone().detach(),
                    None => paint_plain(&plain, &work.pass),
                };
                let rgb = to_rgb(head, work.pass.gray.clone(), planes).detach();
                (work.pass.device, work.pass.truth.clone(), rgb)
            })
            .collect();
        let networks = copies(network, &self.devices);
        let share = 1.0 / pairs.len() as f64;
        let form = &stage.stage.loss.adversarial;
        let results = compute(
            &self.devices,
            self.precision,
            pairs,
            |(device, ..)| *device,
            |(device, truth, generated)| {
                let network = &networks[device];
                let [n, ..] = truth.dims();
                let logits = network.forward(Tensor::cat(vec![truth, generated], 0)); // [2n, 1]
                let (real, fake) = (
                    logits.clone().narrow(0, 0, n),
                    logits.clone().narrow(0, n, n),
                );
                let loss = match form.form {
                    AdversarialForm::Bce => {
                        loss::binary_cross_entropy(real, 1.0 - form.label_smoothing)
                            + loss::binary_cross_entropy(fake, 0.0)
                    }
                    AdversarialForm::Hinge => loss::hinge(real, true) + loss::hinge(fake, false),
                };
                let mut losses = Losses::default();
                losses.note("discriminator_accuracy", told_right(&logits, n));
                let mut total = None;
                losses.add(&mut total, "discriminator", loss, share)?;
                Ok((losses, gradients(total, network)))
            },
        );
        let results: crate::Result<Vec<_>> = results.into_iter().collect();
        let (figures, gradients): (Vec<_>, Vec<_>) = results?.into_iter().unzip();
        losses.0.extend(Losses::mean(figures).0);
        let gradients = self.gather(network, gradients);
        let (network, done) = descent.step(step, network.clone(), gradients)?;
        losses.note("discriminator_gradient", done.gradient);
        losses.note("discriminator_rate", done.rate as f32);
        self.discriminator = Some(network);
        Ok(())
    }

    fn generator_step(
        &mut self,
        stage: &mut StageTrainer,
        step: u64,
        work: Vec<Work>,
        losses: &mut Losses,
    ) -> crate::Result<()> {
        let Some(descent) = &mut stage.generator else {
            return Ok(());
        };
        // The discriminator only passes the gradient on: its own is not needed here.
        let judges = match &self.discriminator {
            Some(network) if stage.stage.loss.adversarial.weight > 0.0 => {
                let judge = network.clone().no_grad();
                copies(&judge, &self.devices)
            }
            _ => Vec::new(),
        };
        let generators = copies(&self.generator, &self.devices);
        let share = 1.0 / work.len() as f64;
        let (weights, perceptual, colours) =
            (&stage.stage.loss, &stage.perceptual, stage.colours.as_ref());
        let results = compute(
            &self.devices,
            self.precision,
            work,
            |work| work.pass.device,
            |work| {
                let device = work.pass.device;
                let generator = &generators[device];
                let painted = work.painted.unwrap_or_else(|| paint(generator, &work.pass));
                let terms = Terms {
                    weights,
                    head: generator.head(),
                    judge: judges.get(device),
                    perceptual: perceptual.get(device),
                    colours,
                    share,
                };
                let (losses, total) = terms.of(work.pass, painted)?;
                Ok((losses, gradients(total, generator)))
            },
        );
        let results: crate::Result<Vec<_>> = results.into_iter().collect();
        let (figures, gradients): (Vec<_>, Vec<_>) = results?.into_iter().unzip();
        losses.0.extend(Losses::mean(figures).0);
        let gradients = self.gather(&self.generator, gradients);
        let (network, done) = descent.step(step, self.generator.clone(), gradients)?;
        losses.note("generator_gradient", done.gradient);
        losses.note("generator_rate", done.rate as f32);
        self.generator = network;
        Ok(())
    }

    /// The sum of the gradients of all passes, on the first device.
    fn gather<M: Module>(&self, module: &M, passes: Vec<GradientsParams>) -> GradientsParams {
        let first = &self.devices[0];
        let alike = self.devices.iter().all(|device| device == first);
        let on_first = |gradients: GradientsParams| match alike {
            true => gradients,
            false => gradients.to_device(first, module),
        };
        descent::sum(module, passes.into_iter().map(on_first))
    }
}

fn gradients<M: Module>(total: Option<Tensor<1>>, module: &M) -> GradientsParams {
    match total {
        Some(total) => GradientsParams::from_grads(total.backward(), module),
        None => GradientsParams::new(),
    }
}

fn paint(generator: &Generator, pass: &Pass) -> Painted {
    generator.paint(pass.gray.clone(), pass.hints.as_ref())
}

/// Without a graph, and as at inference.
fn paint_plain(generator: &Generator, pass: &Pass) -> Tensor<4> {
    let gray = pass.gray.clone().inner();
    let hints = pass.hints.as_ref().map(|hints| colorize_models::Hints {
        planes: hints.planes.clone().inner(),
        palette: hints.palette.clone().inner(),
    });
    let painted = generator.paint(gray, hints.as_ref());
    Tensor::from_inner(painted.planes)
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
