//! Counting what is learned.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

/// Numbers that training changes: weights, biases and scales, without the vectors `u` of
/// [spectral normalisation](crate::SpectralConv2d), which are estimates and not learned.
pub fn parameter_count<M: Module>(module: &M) -> usize {
    let mut counter = Counter::default();
    module.visit(&mut counter);
    counter.count
}

#[derive(Default)]
struct Counter {
    path: Vec<String>,
    count: usize,
}

impl ModuleVisitor for Counter {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if self.path.last().is_none_or(|name| name != "u") {
            self.count += param.val().shape().num_elements();
        }
    }
}
