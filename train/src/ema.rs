//! The exponential moving average of a network's weights: smoother than the weights of any one
//! step (Polyak & Juditsky 1992; for generators Yazıcı et al. 2019, <https://arxiv.org/abs/1806.04498>).

use std::collections::HashMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::Tensor;
use colorize_models::Generator;

/// A generator whose weights follow those of another.
pub struct Ema {
    /// On a plain device: it is never trained itself.
    pub average: Generator,
    decay: f64,
}

impl Ema {
    /// Begins with the weights as they are.
    pub fn new(generator: &Generator, decay: f64) -> Self {
        Self {
            average: generator.valid(),
            decay,
        }
    }

    /// Takes in the weights after `step` steps. The average of the first steps is short: the decay
    /// is at most (1 + step) / (10 + step).
    pub fn update(&mut self, generator: &Generator, step: u64) {
        let step = step as f64;
        let mut collect = Collect::default();
        generator.valid().visit(&mut collect);
        let mut follow = Follow {
            newest: collect.0,
            share: 1.0 - self.decay.min((1.0 + step) / (10.0 + step)),
            path: Vec::new(),
        };
        self.average = self.average.clone().map(&mut follow);
    }
}

/// Every tensor, flat, by its parameter.
#[derive(Default)]
struct Collect(HashMap<ParamId, Tensor<1>>);

impl ModuleVisitor for Collect {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.insert(param.id, param.val().reshape([-1]));
    }
}

struct Follow {
    newest: HashMap<ParamId, Tensor<1>>,
    share: f64,
    path: Vec<String>,
}

impl ModuleMapper for Follow {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(newest) = self.newest.remove(&param.id) else {
            return param;
        };
        // The vectors of spectral normalisation are estimates that belong to the newest weights.
        let is_estimate = self.path.last().is_some_and(|name| name == "u");
        let share = self.share;
        param.map(|average| {
            let newest = newest.reshape(average.dims());
            if is_estimate {
                newest
            } else {
                average.clone() + (newest - average).mul_scalar(share)
            }
        })
    }
}
