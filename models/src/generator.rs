//! The generator: gray in, colour out.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::ConfigError;
use crate::describe::Layer;
use crate::encoder_unet::{EncoderUnet, enlarge};
use crate::head::{self, Head, Painted};
use crate::hints::Hints;
use crate::unet::{DEEPEST, Unet};
use crate::weights::{NamedTensors, WeightsError};

/// What the way down is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoder {
    /// Blocks that begin with random weights, as in the reference.
    #[default]
    Scratch,
    /// A classifier that has seen ImageNet.
    EfficientnetLite0,
}

/// The figures of a [`Generator`]; the reference has resolution 64, width 16 and an RGB head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GeneratorConfig {
    /// What the way down is.
    pub encoder: Encoder,
    /// Side of the pictures that it is made for: a power of two, at least 32.
    pub resolution: usize,
    /// Channels at full resolution, doubled at each level down; with a pretrained encoder, channels
    /// of the way up at stride 8 and 4. A multiple of 8.
    pub width: usize,
    /// What it paints.
    pub head: Head,
    /// Of the distribution's annealed mean; 0.38 in Zhang et al. 2016.
    pub temperature: f64,
    /// Self-attention at stride 4 of a pretrained encoder's U-Net; the reference has it always.
    pub attention: bool,
    /// Whether it takes colours that are known beside gray.
    pub hints: bool,
}

impl Default for GeneratorConfig {
    fn default() -> Self {
        Self {
            encoder: Encoder::Scratch,
            resolution: 64,
            width: 16,
            head: Head::Chroma,
            temperature: 0.38,
            attention: false,
            hints: false,
        }
    }
}

impl GeneratorConfig {
    /// Channels of each level of the reference's U-Net, from full resolution to maps of 8x8.
    pub fn widths(&self) -> Vec<usize> {
        (0..)
            .take_while(|level| self.resolution >> level >= DEEPEST)
            .map(|level| self.width << level)
            .collect()
    }

    /// Heights and widths that the network takes are multiples of this.
    pub fn multiple(&self) -> usize {
        match self.encoder {
            Encoder::Scratch => (self.resolution / DEEPEST).max(1),
            Encoder::EfficientnetLite0 => 32,
        }
    }

    /// Checks the figures and initialises the weights. Those of a pretrained encoder are random,
    /// too, until [`Generator::load_encoder`].
    ///
    /// # Errors
    /// Figures that do not fit together; the message says which.
    pub fn init(&self, device: &Device) -> Result<Generator, ConfigError> {
        if !(self.temperature > 0.0 && self.temperature.is_finite()) {
            return Err(ConfigError::new("generator: temperature must be above 0"));
        }
        Ok(match self.encoder {
            Encoder::Scratch => Generator::Unet(Unet::init(self, device)?),
            Encoder::EfficientnetLite0 => Generator::EncoderUnet(EncoderUnet::init(self, device)?),
        })
    }
}

/// The network that colours.
#[derive(Module, Debug)]
pub enum Generator {
    /// The reference's.
    Unet(Unet),
    /// On a pretrained encoder.
    EncoderUnet(EncoderUnet),
}

impl Generator {
    /// Gray `[n, 1, h, w]` in [-1, 1] to colour `[n, 2 or 3, h, w]` in [-1, 1]; h and w multiples
    /// of [`GeneratorConfig::multiple`].
    pub fn forward(&self, gray: Tensor<4>) -> Tensor<4> {
        self.paint(gray, None).planes
    }

    /// The same with hints, and with what training needs beside the planes. A network without hints
    /// overlooks them; without any, one with hints is given zeros.
    pub fn paint(&self, gray: Tensor<4>, hints: Option<&Hints>) -> Painted {
        match self {
            Self::Unet(network) => network.paint(gray, hints),
            Self::EncoderUnet(network) => network.paint(gray, hints),
        }
    }

    /// How sure it is of what it painted, 0 to 1: `[n, 1, h, w]`; None where it has no distribution.
    /// 0.5 is where the colour is expected to be off by 20 units of a* and b*.
    pub fn confidence(&self, painted: &Painted) -> Option<Tensor<4>> {
        let [.., height, width] = painted.planes.dims();
        let logits = painted.logits.clone()?;
        let sure = head::confidence(logits, self.temperature());
        Some(enlarge(sure, [height, width]))
    }

    /// Of the annealed mean.
    pub fn temperature(&self) -> f64 {
        match self {
            Self::Unet(network) => network.temperature,
            Self::EncoderUnet(network) => network.temperature,
        }
    }

    /// Whether it takes hints.
    pub fn takes_hints(&self) -> bool {
        match self {
            Self::Unet(network) => network.palette.is_some(),
            Self::EncoderUnet(network) => network.hints.is_some(),
        }
    }

    /// Its layers for pictures of this height and width, multiples of
    /// [`GeneratorConfig::multiple`].
    pub fn describe(&self, size: [usize; 2]) -> Vec<Layer> {
        match self {
            Self::Unet(network) => network.describe(size),
            Self::EncoderUnet(network) => network.describe(size),
        }
    }

    /// What it paints.
    pub fn head(&self) -> Head {
        match self {
            Self::Unet(network) => network.head,
            Self::EncoderUnet(network) => network.head,
        }
    }

    /// Gives a pretrained encoder its weights (see
    /// [`EfficientNetLite::load`](crate::EfficientNetLite::load)); a network without one is left as
    /// it is.
    ///
    /// # Errors
    /// A tensor is missing or has another shape.
    pub fn load_encoder(
        self,
        tensors: &NamedTensors,
        device: &Device,
    ) -> Result<Self, WeightsError> {
        Ok(match self {
            Self::EncoderUnet(mut network) => {
                network.encoder = network.encoder.load(tensors, device)?;
                Self::EncoderUnet(network)
            }
            scratch @ Self::Unet(_) => scratch,
        })
    }

    /// Freezes the first stages of a pretrained encoder, the first layer with stage 1, and lets the
    /// others learn.
    pub fn freeze_encoder(self, stages: usize) -> Self {
        match self {
            Self::EncoderUnet(mut network) => {
                network.encoder = network.encoder.freeze(stages);
                Self::EncoderUnet(network)
            }
            scratch @ Self::Unet(_) => scratch,
        }
    }
}

/// Sets whether parameters learn.
pub(crate) struct Learns(pub(crate) bool);

impl ModuleMapper for Learns {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.set_require_grad(self.0)
    }
}
