//! The engine that is always there: rten, pure Rust.

use std::num::NonZeroUsize;
use std::sync::Arc;

use ndarray::{Array4, ArrayD, ArrayView4};
use rten::{NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::Layout;

use super::Engine;
use super::tensors::{Tensors, failed, refused};
use crate::error::Result;
use crate::model::Model;

const NAME: &str = "built-in engine rten 0.27.0";

/// A graph loaded into rten.
pub struct Builtin {
    model: rten::Model,
    input: NodeId,
    output: NodeId,
    /// With their planes.
    zeros: Vec<(NodeId, usize)>,
    options: RunOptions,
}

impl Builtin {
    /// Loads any ONNX file's bytes: its first input and its first output count.
    ///
    /// # Errors
    /// [`Error::Engine`](crate::Error::Engine) if rten cannot load them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Builtin::open(bytes, Tensors::default(), None)
    }

    /// Loads a colorizer, with the tensors that its contract names. `threads` is the
    /// number of threads; `None` is one a physical core.
    ///
    /// # Errors
    /// [`Error::Engine`](crate::Error::Engine) if rten cannot load it.
    pub fn from_model(model: &Model, threads: Option<NonZeroUsize>) -> Result<Self> {
        Builtin::open(model.bytes(), Tensors::of(model.contract()), threads)
    }

    fn open(bytes: &[u8], tensors: Tensors<'_>, threads: Option<NonZeroUsize>) -> Result<Self> {
        let model = rten::Model::load(bytes.to_vec()).map_err(|e| refused(NAME, e))?;
        let find = |name: Option<&str>, ids: &[NodeId]| match name {
            Some(name) => model.find_node(name),
            None => ids.first().copied(),
        };
        let missing = || refused(NAME, "its input or output is missing");
        let input = find(tensors.input, model.input_ids()).ok_or_else(missing)?;
        let output = find(tensors.output, model.output_ids()).ok_or_else(missing)?;
        let zeros = tensors.zeros.iter().map(|(name, planes)| {
            let id = model.find_node(name).ok_or_else(missing)?;
            Ok((id, *planes))
        });
        let zeros = zeros.collect::<Result<Vec<_>>>()?;
        let pool = threads.map(|n| Arc::new(ThreadPool::with_num_threads(n.get())));
        let options = RunOptions::default().with_thread_pool(pool);
        Ok(Builtin {
            model,
            input,
            output,
            zeros,
            options,
        })
    }

    /// The input, and zeros of its size for the others.
    fn inputs(&self, input: ArrayView4<'_, f32>) -> Result<Vec<(NodeId, ValueOrView<'static>)>> {
        let (n, c, h, w) = input.dim();
        let value = |planes: usize, values: Vec<f32>| {
            let value = Value::from_shape([n, planes, h, w], values);
            value.map(Into::into).map_err(|e| failed(NAME, e))
        };
        let given = (self.input, value(c, input.iter().copied().collect())?);
        let zeros = self.zeros.iter().map(|&(id, planes)| {
            let zeros = vec![0.0; n * planes * h * w];
            Ok((id, value(planes, zeros)?))
        });
        std::iter::once(Ok(given)).chain(zeros).collect()
    }
}

impl Builtin {
    /// Runs the graph and gives the outputs of these names, whatever their rank.
    ///
    /// # Errors
    /// As [`Engine::run`]; or there is no value of a name.
    pub fn run_named(
        &self,
        input: ArrayView4<'_, f32>,
        names: &[&str],
    ) -> Result<Vec<ArrayD<f32>>> {
        let outputs = names.iter().map(|name| {
            let missing = || failed(NAME, format!("there is no value `{name}`"));
            self.model.find_node(name).ok_or_else(missing)
        });
        let outputs = outputs.collect::<Result<Vec<NodeId>>>()?;
        let values = self
            .model
            .run(self.inputs(input)?, &outputs, Some(self.options.clone()))
            .map_err(|e| failed(NAME, e))?;
        let array = |value: Value| {
            let shape = value.shape().to_vec();
            let tensor = value.into_tensor::<f32>();
            let tensor = tensor.ok_or_else(|| failed(NAME, "a value is not of 32-bit floats"))?;
            ArrayD::from_shape_vec(shape, tensor.into_data()).map_err(|e| failed(NAME, e))
        };
        values.into_iter().map(array).collect()
    }
}

impl Engine for Builtin {
    fn name(&self) -> &str {
        NAME
    }

    fn run(&self, input: ArrayView4<'_, f32>) -> Result<Array4<f32>> {
        let [output] = self
            .model
            .run_n(
                self.inputs(input)?,
                [self.output],
                Some(self.options.clone()),
            )
            .map_err(|e| failed(NAME, e))?;
        let (shape, values) = output
            .into_shape_vec::<f32, 4>()
            .map_err(|e| failed(NAME, e))?;
        Array4::from_shape_vec(shape, values).map_err(|e| failed(NAME, e))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_version_that_is_named_is_the_one_that_is_locked() {
        let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"));
        let version = super::NAME.rsplit(' ').next().unwrap();
        let entry = format!("name = \"rten\"\nversion = \"{version}\"");
        assert!(
            lock.unwrap().replace("\r\n", "\n").contains(&entry),
            "not {entry}"
        );
    }
}
