//! Pretrained weights as they come: tensors by name.

use std::collections::HashMap;

use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};

/// The float32 tensors of a checkpoint of another framework, by their names there.
#[derive(Clone, Debug, Default)]
pub struct NamedTensors(pub HashMap<String, TensorData>);

/// Weights that do not fit the network.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum WeightsError {
    /// The network needs a tensor that is not there.
    #[error("the weights have no tensor `{0}`; are they of another network?")]
    Missing(String),
    /// A tensor has another shape than the network's.
    #[error("tensor `{name}` has shape {found:?}, the network needs {expected:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape in the file.
        found: Vec<usize>,
        /// The shape that the network needs.
        expected: Vec<usize>,
    },
}

impl NamedTensors {
    /// Whether there is a tensor called `name` of the given shape.
    pub(crate) fn is(&self, name: &str, shape: [usize; 4]) -> bool {
        let data = self.0.get(name);
        data.is_some_and(|data| data.shape().as_slice() == shape)
    }

    /// The tensor called `name`, which must have the given shape.
    pub(crate) fn get<const D: usize>(
        &self,
        name: &str,
        shape: [usize; D],
        device: &Device,
    ) -> Result<Tensor<D>, WeightsError> {
        let data = self
            .0
            .get(name)
            .ok_or_else(|| WeightsError::Missing(name.to_owned()))?;
        if data.shape().as_slice() != shape {
            return Err(WeightsError::Shape {
                name: name.to_owned(),
                found: data.shape().to_vec(),
                expected: shape.to_vec(),
            });
        }
        Ok(Tensor::from_data(data.clone(), device))
    }
}

/// A parameter that keeps its value: pretrained features are not trained.
pub(crate) fn frozen<const D: usize>(value: Tensor<D>) -> Param<Tensor<D>> {
    Param::from_tensor(value).set_require_grad(false)
}
