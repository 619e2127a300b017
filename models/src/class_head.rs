//! What follows EfficientNet-Lite0's stages: the 1,000 classes of ImageNet.

use burn::module::{Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu6;
use burn::tensor::{Device, Tensor};

use crate::efficientnet::FoldedConv;
use crate::weights::{NamedTensors, WeightsError};

/// Channels of the seventh stage.
const LAST: usize = 320;
const FEATURES: usize = 1280;
const CLASSES: usize = 1000;

/// A 1x1 convolution to 1,280 features (batch norm folded, ReLU6), their mean over the picture, and
/// a layer to the logits of the classes.
#[derive(Module, Debug)]
pub struct ClassHead {
    /// 320 to 1,280 channels.
    pub conv: FoldedConv,
    /// 1,280 features to 1,000 logits.
    pub linear: Linear,
}

impl ClassHead {
    /// With random weights.
    pub fn init(device: &Device) -> Self {
        Self {
            conv: FoldedConv::init([LAST, FEATURES], 1, 1, 1, device),
            linear: LinearConfig::new(FEATURES, CLASSES).init(device),
        }
    }

    /// With pretrained weights, as [`EfficientNetLite::load`](crate::EfficientNetLite::load).
    ///
    /// # Errors
    /// A tensor is missing or has the wrong shape.
    pub fn load(mut self, tensors: &NamedTensors, device: &Device) -> Result<Self, WeightsError> {
        self.conv.load(tensors, "_conv_head", "_bn1", device)?;
        let weight = tensors.get("_fc.weight", [CLASSES, FEATURES], device)?;
        let bias = tensors.get("_fc.bias", [CLASSES], device)?;
        self.linear.weight = Param::from_tensor(weight.transpose());
        self.linear.bias = Some(Param::from_tensor(bias));
        Ok(self)
    }

    /// The map of the seventh stage `[n, 320, h, w]` to logits `[n, 1000]`.
    pub fn forward(&self, map: Tensor<4>) -> Tensor<2> {
        let features = relu6(self.conv.forward(map)).flatten::<3>(2, 3);
        let pooled: Tensor<2> = features.mean_dim(2).squeeze_dim(2);
        self.linear.forward(pooled)
    }
}
