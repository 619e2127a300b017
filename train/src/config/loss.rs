//! Which losses the generator minimises, and how much each counts. A weight of 0 leaves a loss
//! out, and with it the network that it needs.

use serde::{Deserialize, Serialize};

use crate::perceptual::PerceptualConfig;

/// The losses of a stage.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LossConfig {
    /// Against the discriminator.
    pub adversarial: AdversarialConfig,
    /// Weight of the mean absolute difference of the painted planes.
    pub l1: f64,
    /// The same, but quadratic near 0.
    pub huber: HuberConfig,
    /// Weight of what is missing to a full correlation with the truth's chroma; not with
    /// `generator.head: rgb`.
    pub correlation: f64,
    /// Over quantised a*b*; needs `generator.head: distribution`.
    pub cross_entropy: CrossEntropyConfig,
    /// Squared difference of a frozen classifier's features.
    pub perceptual: PerceptualConfig,
    /// Weight of what is missing to colourfulness 100 (Hasler & Süsstrunk 2003; DDColor, Kang et
    /// al. 2023).
    pub colourfulness: f64,
}

/// Generator against discriminator (Goodfellow et al. 2014).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdversarialConfig {
    /// Its share.
    pub weight: f64,
    /// The form of the game.
    pub form: AdversarialForm,
    /// Real photographs are labelled 1 minus this (one-sided, Salimans et al. 2016; `bce` only).
    pub label_smoothing: f64,
}

impl Default for AdversarialConfig {
    fn default() -> Self {
        Self {
            weight: 0.0,
            form: AdversarialForm::Bce,
            label_smoothing: 0.1,
        }
    }
}

/// The form of the game.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AdversarialForm {
    /// Binary cross-entropy; the generator's is the non-saturating one. As in the reference.
    #[default]
    Bce,
    /// The hinge loss of SAGAN (Lim & Ye 2017).
    Hinge,
}

/// Huber's loss (1964) on the painted planes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HuberConfig {
    /// Its share.
    pub weight: f64,
    /// Where it turns from quadratic to linear, on planes in [-1, 1].
    pub delta: f64,
}

impl Default for HuberConfig {
    fn default() -> Self {
        Self {
            weight: 0.0,
            delta: 0.1,
        }
    }
}

/// Classification of colours (Zhang et al. 2016, sections 2.1 to 2.3).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CrossEntropyConfig {
    /// Its share.
    pub weight: f64,
    /// Rare colours count (prior mixed with uniform) to the power of minus this: 1 in the paper,
    /// 0 for no rebalancing.
    pub rebalance: f64,
    /// The share of uniform in that mixture.
    pub uniform: f64,
    /// Photographs on which the prior is counted.
    pub prior_photographs: usize,
}

impl Default for CrossEntropyConfig {
    fn default() -> Self {
        Self {
            weight: 0.0,
            rebalance: 0.5,
            uniform: 0.5,
            prior_photographs: 500,
        }
    }
}
