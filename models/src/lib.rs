//! The networks of colorize-rt, as burn modules and nothing else: no files, no training loop.
//!
//! | network | paper |
//! | --- | --- |
//! | [`Unet`] | U-Net (Ronneberger et al. 2015) with self-attention (SAGAN, Zhang et al. 2018): the reference's generator |
//! | [`EncoderUnet`] | a U-Net on a pretrained encoder, with a distribution over colours (Zhang et al. 2016): the other [`Generator`] |
//! | [`Discriminator`] | VGG-like, spectrally normalised (Miyato et al. 2018) |
//! | [`Vgg`], [`EfficientNetLite`] | frozen classifiers whose features measure perceptual distance (Johnson et al. 2016) |
//!
//! Every tensor is `[batch, channels, height, width]` in float32. A network is made as
//! `XConfig { … }.init(&device)` and run with `forward`; on an autodiff device it behaves as in
//! training (power iterations, dropout), on a plain device as at inference.

mod attention;
mod block;
mod class_head;
mod describe;
mod discriminator;
mod efficientnet;
mod encoder_unet;
mod generator;
mod head;
mod hints;
mod parameters;
mod precision;
mod quantized;
mod spectral;
mod trace;
mod unet;
mod vgg;
mod weights;

pub use attention::SelfAttention;
pub use block::{ConvBlock, UpBlock};
pub use class_head::ClassHead;
pub use describe::{Layer, Way};
pub use discriminator::{Discriminator, DiscriminatorConfig, DiscriminatorStage};
pub use efficientnet::{EfficientNetLite, EfficientNetLiteConfig, FoldedConv, InvertedResidual};
pub use encoder_unet::{EncoderUnet, EncoderUpBlock};
pub use generator::{Encoder, Generator, GeneratorConfig};
pub use head::{Head, Painted};
pub use hints::{HintLayers, Hints};
pub use parameters::parameter_count;
pub use precision::Precision;
pub use quantized::AbBins;
pub use spectral::{SpectralConv2d, SpectralConv2dConfig};
pub use trace::trace;
pub use unet::Unet;
pub use vgg::{Vgg, VggConfig, VggDepth};
pub use weights::{NamedTensors, WeightsError};

/// A network whose figures do not fit together.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}
