//! What the generator descends.

use burn::tensor::Tensor;
use colorize_models::{Discriminator, Head, Painted};

use crate::config::{AdversarialForm, LossConfig};
use crate::lab::lab_to_rgb;
use crate::loss;
use crate::losses::{Losses, finite};
use crate::parallel::Pass;
use crate::perceptual::Perceptual;
use crate::trainer::Colours;

/// The generator's losses on one pass.
pub(super) struct Terms<'a> {
    pub weights: &'a LossConfig,
    pub head: Head,
    pub judge: Option<&'a Discriminator>,
    pub perceptual: Option<&'a Perceptual>,
    pub colours: Option<&'a Colours>,
    /// Of the pass in the step.
    pub share: f64,
}

impl Terms<'_> {
    pub fn of(&self, pass: Pass, painted: Painted) -> crate::Result<(Losses, Option<Tensor<1>>)> {
        let mut losses = Losses::default();
        let mut total = None;
        let Self { weights, share, .. } = *self;
        let mut add = |name, term, weight: f64| losses.add(&mut total, name, term, weight * share);
        let Painted { planes, logits } = painted;
        if weights.l1 > 0.0 {
            let term = loss::l1(planes.clone(), pass.target.clone());
            add("l1", term, weights.l1)?;
        }
        if weights.huber.weight > 0.0 {
            let term = loss::huber(planes.clone(), pass.target.clone(), weights.huber.delta);
            add("huber", term, weights.huber.weight)?;
        }
        if weights.correlation > 0.0 {
            let term = loss::correlation(planes.clone(), pass.target);
            add("correlation", term, weights.correlation)?;
        }
        if let (Some(colours), Some(logits)) = (self.colours, logits) {
            let targets = colours.classes.targets(&pass.planes, pass.len, pass.side);
            let term = colours.rebalancing.cross_entropy(logits, &targets);
            add("cross_entropy", term, weights.cross_entropy.weight)?;
        }
        let needs_rgb =
            self.judge.is_some() || self.perceptual.is_some() || weights.colourfulness > 0.0;
        if needs_rgb {
            let rgb = to_rgb(self.head, pass.gray.clone(), planes); // [n, 3, r, r]
            if let Some(judge) = self.judge {
                let logits = judge.forward(rgb.clone());
                let term = match weights.adversarial.form {
                    AdversarialForm::Bce => loss::binary_cross_entropy(logits, 1.0),
                    AdversarialForm::Hinge => logits.mean().neg(),
                };
                add("adversarial", term, weights.adversarial.weight)?;
            }
            if let Some(perceptual) = self.perceptual {
                let far = perceptual.compare(rgb.clone(), pass.truth);
                if let Some(term) = far.features {
                    add("perceptual", term, weights.perceptual.weight)?;
                }
                if let Some(term) = far.classes {
                    add("classes", term, weights.perceptual.classes)?;
                }
            }
            if weights.colourfulness > 0.0 {
                add(
                    "colourfulness",
                    loss::colourfulness(rgb),
                    weights.colourfulness,
                )?;
            }
        }
        if let Some(total) = &total {
            let value = loss::value(total) / share as f32;
            losses.note("generator", value);
            finite("generator", value)?;
        }
        Ok((losses, total))
    }
}

/// What the generator painted, as sRGB in [-1, 1].
pub fn to_rgb(head: Head, gray: Tensor<4>, painted: Tensor<4>) -> Tensor<4> {
    match head {
        Head::Rgb => painted,
        Head::Chroma | Head::Distribution => lab_to_rgb(gray, painted),
    }
}
