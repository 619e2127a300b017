//! Networks whose weights are random and the same each time.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use colorize_models::{ConfigError, Generator, GeneratorConfig};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A generator in which every number is random: biases, and the scale of attention that training
/// begins at 0, too, so that no part can be wrong unnoticed.
///
/// # Errors
/// Figures that do not fit together.
pub fn generator(config: &GeneratorConfig, seed: u64) -> Result<Generator, ConfigError> {
    let mut randomize = Randomize(ChaCha8Rng::seed_from_u64(seed));
    Ok(config.init(&Device::flex())?.map(&mut randomize))
}

struct Randomize(ChaCha8Rng);

impl ModuleMapper for Randomize {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|tensor| {
            let shape = tensor.dims();
            let values: Vec<f32> = (0..shape.iter().product())
                .map(|_| self.0.random_range(-1.0..=1.0))
                .collect();
            Tensor::from_data(TensorData::new(values, shape), &tensor.device())
        })
    }
}
