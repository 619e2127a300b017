//! The frozen network whose features are compared.

use std::path::PathBuf;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use colorize_models::{
    ClassHead, EfficientNetLite, EfficientNetLiteConfig, Layer, NamedTensors, Vgg, VggConfig,
    VggDepth, WeightsError,
};

use super::{Network, PerceptualConfig};
use crate::error::Error;
use crate::pretrained;

/// A classifier trained on ImageNet, up to the last layer that counts.
#[derive(Clone, Debug)]
pub enum Classifier {
    /// With the numbers of the stages that count.
    EfficientNetLite(EfficientNetLite, Vec<usize>),
    /// Which knows its layers.
    Vgg(Vgg),
}

impl Classifier {
    /// With random weights.
    ///
    /// # Errors
    /// An impossible layer.
    pub fn init(config: &PerceptualConfig, device: &Device) -> crate::Result<Self> {
        match config.network {
            Network::EfficientnetLite0 => efficientnet(config, device),
            Network::Vgg16 => vgg(config, VggDepth::Vgg16, device),
            Network::Vgg19 => vgg(config, VggDepth::Vgg19, device),
        }
    }

    /// With the weights that the recipe names, or fetched ones; frozen.
    ///
    /// # Errors
    /// They cannot be had, or do not fit.
    pub fn load(self, config: &PerceptualConfig, device: &Device) -> crate::Result<Self> {
        let path = self.weights(config)?;
        let tensors = pretrained::read(&path)?;
        self.with(&tensors, device)
            .map_err(|e| Error::weights(&path, e))
    }

    /// What names the classes, from the map of stage 7; frozen.
    ///
    /// # Errors
    /// A network other than EfficientNet-Lite0, or weights that cannot be had or do not fit.
    pub fn head(&self, config: &PerceptualConfig, device: &Device) -> crate::Result<ClassHead> {
        let path = self.weights(config)?;
        let head = ClassHead::init(device).load(&pretrained::read(&path)?, device);
        Ok(head.map_err(|e| Error::weights(&path, e))?.no_grad())
    }

    fn weights(&self, config: &PerceptualConfig) -> crate::Result<PathBuf> {
        match &config.weights {
            Some(path) => Ok(path.clone()),
            None => self.fetch(),
        }
    }

    fn with(self, tensors: &NamedTensors, device: &Device) -> Result<Self, WeightsError> {
        Ok(match self {
            Self::EfficientNetLite(network, stages) => {
                Self::EfficientNetLite(network.load(tensors, device)?.no_grad(), stages)
            }
            Self::Vgg(network) => Self::Vgg(network.load(tensors, device)?.no_grad()),
        })
    }

    fn fetch(&self) -> crate::Result<PathBuf> {
        match self {
            Self::EfficientNetLite(..) => pretrained::efficientnet_lite0(),
            Self::Vgg(_) => Err(Error::Config {
                file: "loss.perceptual.weights".to_owned(),
                message: "VGG's weights are not fetched: name a file of torchvision's (.pth or \
                          .safetensors), or use network: efficientnet-lite0"
                    .to_owned(),
            }),
        }
    }

    /// RGB `[n, 3, h, w]` in [0, 1] to the maps of every layer that counts.
    pub fn features(&self, rgb: Tensor<4>) -> Vec<Tensor<4>> {
        match self {
            Self::EfficientNetLite(network, stages) => {
                let all = network.stages(rgb);
                stages.iter().map(|&stage| all[stage - 1].clone()).collect()
            }
            Self::Vgg(network) => network.features(rgb),
        }
    }

    /// Its layers for pictures of this height and width.
    pub fn describe(&self, size: [usize; 2]) -> Vec<Layer> {
        match self {
            Self::EfficientNetLite(network, _) => network.describe(size),
            Self::Vgg(network) => network.describe(size),
        }
    }
}

fn efficientnet(config: &PerceptualConfig, device: &Device) -> crate::Result<Classifier> {
    let number = |layer: &String| layer.strip_prefix("stage")?.parse().ok();
    let stages: Option<Vec<usize>> = config.layers.iter().map(number).collect();
    let stages = stages.filter(|stages| stages.iter().all(|stage| (1..=7).contains(stage)));
    let stages = stages.ok_or_else(|| impossible(config))?;
    let last = *stages.iter().max().ok_or_else(|| impossible(config))?;
    let network = EfficientNetLiteConfig { stage: last }.init(device)?;
    Ok(Classifier::EfficientNetLite(network, stages))
}

fn vgg(config: &PerceptualConfig, depth: VggDepth, device: &Device) -> crate::Result<Classifier> {
    let number = |layer: &String| {
        let (block, conv) = layer.strip_prefix("conv")?.split_once('_')?;
        Some((block.parse().ok()?, conv.parse().ok()?))
    };
    let layers: Option<Vec<(usize, usize)>> = config.layers.iter().map(number).collect();
    let layers = layers.filter(|layers| !layers.is_empty());
    let layers = layers.ok_or_else(|| impossible(config))?;
    Ok(Classifier::Vgg(VggConfig { depth, layers }.init(device)?))
}

fn impossible(config: &PerceptualConfig) -> Error {
    Error::Config {
        file: "loss.perceptual.layers".to_owned(),
        message: format!(
            "{:?} is no list of layers of {:?}; write stage1 to stage7 for efficientnet-lite0, \
             conv1_1 to conv5_4 for vgg16 and vgg19",
            config.layers, config.network
        ),
    }
}
