//! Networks whose weights are random and the same each time.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use colorize_models::{ConfigError, Generator, GeneratorConfig, HintLayers, Hints};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A generator in which every number is random: biases, and what training begins at 0 (the scale of
/// attention, the layer of a palette), too, so that no part can be wrong unnoticed. Activations
/// neither vanish nor saturate.
///
/// # Errors
/// Figures that do not fit together.
pub fn generator(config: &GeneratorConfig, seed: u64) -> Result<Generator, ConfigError> {
    Ok(random(config.init(&Device::flex())?, seed))
}

/// The same for any network.
pub fn random<M: Module>(module: M, seed: u64) -> M {
    module.map(&mut Randomize {
        rng: ChaCha8Rng::seed_from_u64(seed),
        path: Vec::new(),
        weight: Vec::new(),
    })
}

/// Much the same function, but with values a hundred times as large inside: one layer makes them so, a
/// later one takes it back. Rounding shows where sums of such values do not fit into 16 bits, or are taken in
/// another order.
pub fn large_activations(generator: Generator) -> Generator {
    let spectral = matches!(generator, Generator::Unet(_));
    generator.map(&mut Enlarge {
        path: Vec::new(),
        spectral,
    })
}

struct Enlarge {
    path: Vec<String>,
    /// Whether weights are divided by a norm, which is proportional to u.
    spectral: bool,
}

impl ModuleMapper for Enlarge {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let mut path = self.path.iter().rev().map(String::as_str);
        // In the U-Net, within each block; after an encoder, from the deepest maps to the last layer.
        let factor = match (path.next(), path.next(), self.spectral) {
            (Some("u"), Some("conv1"), true) => 0.01,
            (Some("u"), Some("conv2"), true) => 100.0,
            (Some("bias"), Some("conv1"), true) => 100.0,
            (Some("weight" | "bias"), Some("middle"), false) => 100.0,
            (Some("weight"), Some("output"), false) => 0.01,
            _ => 1.0,
        };
        param.map(|tensor| tensor.mul_scalar(factor))
    }
}

/// What a first layer that takes hints beside gray sees: planes, height, width.
const HINTED: [usize; 3] = [4, 3, 3];

const GAIN: f32 = Hints::GAIN as f32;

struct Randomize {
    rng: ChaCha8Rng,
    path: Vec<String>,
    /// The values of the convolution whose `u` comes next.
    weight: Vec<f32>,
}

impl Randomize {
    fn values(&mut self, count: usize, largest: f32) -> Vec<f32> {
        let draw = |_| self.rng.random_range(-largest..=largest);
        (0..count).map(draw).collect()
    }

    /// Divides the weights of each plane that a 3x3 convolution sees by how loud the plane is made before it: a
    /// hint is then as loud as gray, as after training.
    fn quiet<const PLANES: usize>(&mut self, loudness: [f32; PLANES]) {
        for filter in self.weight.chunks_exact_mut(PLANES * 9) {
            for (plane, loud) in filter.chunks_exact_mut(9).zip(loudness) {
                plane.iter_mut().for_each(|weight| *weight /= loud);
            }
        }
    }

    /// A vector u of which the spectral norm is estimated as 1, so that the weight stays as drawn:
    /// |Wᵀ u| = 1.
    fn left_singular(&mut self, count: usize) -> Vec<f32> {
        let mut u = self.values(count, 1.0);
        let columns = self.weight.len() / count;
        let product = |column: usize| -> f32 {
            let rows = self.weight.chunks_exact(columns).zip(&u);
            rows.map(|(row, u)| row[column] * u).sum()
        };
        let norm = (0..columns).map(|c| product(c).powi(2)).sum::<f32>().sqrt();
        for value in &mut u {
            *value /= norm;
        }
        u
    }
}

impl ModuleMapper for Randomize {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let shape = param.val().dims();
        let count = shape.iter().product();
        let mut path = self.path.iter().rev().map(String::as_str);
        let values = match (path.next(), path.next()) {
            // Added to what is there, without an activation: half of its variance, lest the sum
            // grow from block to block.
            (Some("weight"), Some("project")) => {
                let fan_in: usize = shape[1..].iter().product();
                self.values(count, (1.5 / fan_in as f32).sqrt())
            }
            // Keys and queries of attention: scores of some units, as after training, rather than of
            // dozens, where softmax turns the last bit of a score into the fifth digit of a colour.
            (Some("weight"), Some("f" | "g")) => {
                let fan_in: usize = shape[1..].iter().product();
                self.values(count, (1.5 / fan_in as f32).sqrt())
            }
            // The last layer of colour planes: colours as of a trained network, not at tanh's ends.
            (Some("weight"), Some("output")) if shape[0] <= 3 => {
                let fan_in: usize = shape[1..].iter().product();
                self.weight = self.values(count, (0.7 / fan_in as f32).sqrt());
                self.weight.clone()
            }
            // The dense layer of one number, positive: rounding is measured as a share of it, and terms
            // that cancel out by chance would leave nothing to take a share of.
            (Some("weight"), Some("output")) if shape[1..] == [1] => {
                let values = self.values(count, (6.0 / shape[0] as f32).sqrt());
                values.into_iter().map(f32::abs).collect()
            }
            // He et al. 2015
            (Some("weight"), _) => {
                let fan_in: usize = shape[1..].iter().product();
                self.weight = self.values(count, (6.0 / fan_in as f32).sqrt());
                if shape[1..] == HINTED {
                    self.quiet([1.0, GAIN, GAIN, GAIN]);
                }
                if self.path.iter().any(|name| name == "points") {
                    self.quiet(HintLayers::LOUDNESS);
                }
                self.weight.clone()
            }
            (Some("u"), _) => self.left_singular(count),
            _ => self.values(count, 0.5),
        };
        param.map(|tensor| Tensor::from_data(TensorData::new(values, shape), &tensor.device()))
    }
}
