//! The engine that is always there: rten, pure Rust.

use std::num::NonZeroUsize;
use std::sync::Arc;

use ndarray::{Array4, ArrayD, ArrayView4, ArrayViewD};
use rten::{Dimension, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::Layout;

use super::Engine;
use super::tensors::{Further, Tensors, failed, refused, unknown};
use crate::error::Result;
use crate::model::Model;

const NAME: &str = "built-in engine rten 0.27.0";

/// A graph loaded into rten.
pub struct Builtin {
    model: rten::Model,
    input: NodeId,
    output: NodeId,
    further: Vec<(NodeId, Further)>,
    options: RunOptions,
    batches: bool,
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
        let others = model.input_ids().iter().filter(|&&id| id != input);
        let further = others.filter_map(|&id| {
            let node = model.node_info(id)?;
            let extent = |extent: Dimension| match extent {
                Dimension::Fixed(extent) => Some(extent),
                Dimension::Symbolic(_) => None,
            };
            let shape = node.shape().unwrap_or_default();
            let shape: Vec<_> = shape.into_iter().map(extent).collect();
            Some((id, tensors.further(node.name()?, &shape)?))
        });
        let further = further.collect();
        let shape = model.node_info(input).and_then(|node| node.shape());
        let first = shape.as_deref().and_then(<[Dimension]>::first);
        let batches = matches!(first, Some(Dimension::Symbolic(_)));
        let pool = threads.map(|n| Arc::new(ThreadPool::with_num_threads(n.get())));
        let options = RunOptions::default().with_thread_pool(pool);
        Ok(Builtin {
            model,
            input,
            output,
            further,
            options,
            batches,
        })
    }

    /// The input, what is given beside it, and zeros for the others.
    fn inputs(
        &self,
        input: ArrayView4<'_, f32>,
        given: &[(&str, ArrayViewD<'_, f32>)],
    ) -> Result<Vec<(NodeId, ValueOrView<'static>)>> {
        let further = self.further.iter().map(|(_, further)| further);
        if let Some(name) = unknown(further, given) {
            return Err(failed(NAME, format!("there is no input `{name}`")));
        }
        let value = |shape: &[usize], values: Vec<f32>| {
            let value = Value::from_shape(shape, values);
            value.map(Into::into).map_err(|e| failed(NAME, e))
        };
        let first = value(input.shape(), input.iter().copied().collect())?;
        let others = self.further.iter().map(|(id, further)| {
            let value = match further.given(given) {
                Some(array) => value(array.shape(), array.iter().copied().collect()),
                None => {
                    let shape = further.shape(input.dim());
                    value(&shape, vec![0.0; shape.iter().product()])
                }
            };
            Ok((*id, value?))
        });
        std::iter::once(Ok((self.input, first)))
            .chain(others)
            .collect()
    }

    fn pixels(&self, pixels: ArrayView4<'_, u8>) -> Result<Vec<(NodeId, ValueOrView<'static>)>> {
        let (n, h, w, c) = pixels.dim();
        let values: Vec<u8> = pixels.iter().copied().collect();
        let pixels = Value::from_shape([n, h, w, c], values).map_err(|e| failed(NAME, e))?;
        Ok(vec![(self.input, pixels.into())])
    }

    /// Runs a graph that takes pixels, `[batch, height, width, 3]`, and gives the values of these
    /// names in 32-bit floats, whatever their rank.
    ///
    /// # Errors
    /// As [`Engine::run_pixels`]; or there is no value of a name.
    pub fn run_named_on_pixels(
        &self,
        pixels: ArrayView4<'_, u8>,
        names: &[&str],
    ) -> Result<Vec<ArrayD<f32>>> {
        self.named(self.pixels(pixels)?, names)
    }

    fn named(
        &self,
        inputs: Vec<(NodeId, ValueOrView<'static>)>,
        names: &[&str],
    ) -> Result<Vec<ArrayD<f32>>> {
        let outputs = names.iter().map(|name| {
            let missing = || failed(NAME, format!("there is no value `{name}`"));
            self.model.find_node(name).ok_or_else(missing)
        });
        let outputs = outputs.collect::<Result<Vec<NodeId>>>()?;
        let values = self
            .model
            .run(inputs, &outputs, Some(self.options.clone()))
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
        let inputs = self.inputs(input, &[])?;
        let options = Some(self.options.clone());
        let [output] = self
            .model
            .run_n(inputs, [self.output], options)
            .map_err(|e| failed(NAME, e))?;
        let (shape, values) = output
            .into_shape_vec::<f32, 4>()
            .map_err(|e| failed(NAME, e))?;
        Array4::from_shape_vec(shape, values).map_err(|e| failed(NAME, e))
    }

    fn has_run_with(&self) -> bool {
        true
    }

    fn takes_batches(&self) -> bool {
        self.batches
    }

    fn run_with(
        &self,
        input: ArrayView4<'_, f32>,
        given: &[(&str, ArrayViewD<'_, f32>)],
        outputs: &[&str],
    ) -> Result<Vec<ArrayD<f32>>> {
        self.named(self.inputs(input, given)?, outputs)
    }

    fn run_pixels(&self, pixels: ArrayView4<'_, u8>) -> Result<Array4<u8>> {
        let [output] = self
            .model
            .run_n(
                self.pixels(pixels)?,
                [self.output],
                Some(self.options.clone()),
            )
            .map_err(|e| failed(NAME, e))?;
        let (shape, values) = output
            .into_shape_vec::<u8, 4>()
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
