//! The engine that is always there: rten, pure Rust, with operations of our own where
//! its take long.

mod cut;
mod depthwise;
mod enlargement;
mod operation;
mod pieces;

use std::num::NonZeroUsize;
use std::sync::Arc;

use ndarray::{Array4, ArrayD, ArrayView4, ArrayViewD};
use prost::Message;
use rten::{Dimension, NodeId, RunOptions, ThreadPool, Value};
use rten_tensor::Layout;

use self::pieces::Pieces;
use super::Engine;
use super::tensors::{Further, Tensors, failed, refused, unknown};
use crate::error::Result;
use crate::model::Model;
use crate::onnx::ModelProto;

const NAME: &str = "built-in engine rten 0.27.0";

/// A graph loaded into rten.
pub struct Builtin {
    model: rten::Model,
    input: NodeId,
    output: NodeId,
    further: Vec<(NodeId, Further)>,
    options: RunOptions,
    pieces: Option<Pieces>,
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
        // Read twice, at the same time: by rten, and for what of it is ours.
        let (model, file) = rayon::join(|| load(bytes.to_vec()), || ModelProto::decode(bytes).ok());
        let model = model.map_err(|e| refused(NAME, e))?;
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
        let graph = file.and_then(|file| file.graph);
        let pieces = graph.and_then(|graph| Pieces::of(&graph, &model, pool.clone()));
        let options = RunOptions::default().with_thread_pool(pool);
        Ok(Builtin {
            model,
            input,
            output,
            further,
            options,
            pieces,
            batches,
        })
    }

    /// The input, what is given beside it, and zeros for the others.
    fn inputs(
        &self,
        input: ArrayView4<'_, f32>,
        given: &[(&str, ArrayViewD<'_, f32>)],
    ) -> Result<Vec<(NodeId, Value)>> {
        let further = self.further.iter().map(|(_, further)| further);
        if let Some(name) = unknown(further, given) {
            return Err(failed(NAME, format!("there is no input `{name}`")));
        }
        let value = |shape: &[usize], values: Vec<f32>| {
            Value::from_shape(shape, values).map_err(|e| failed(NAME, e))
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

    fn pixels(&self, pixels: ArrayView4<'_, u8>) -> Result<Vec<(NodeId, Value)>> {
        let (n, h, w, c) = pixels.dim();
        let values: Vec<u8> = pixels.iter().copied().collect();
        let pixels = Value::from_shape([n, h, w, c], values).map_err(|e| failed(NAME, e))?;
        Ok(vec![(self.input, pixels)])
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

    /// The values of these nodes.
    fn outputs(&self, inputs: Vec<(NodeId, Value)>, outputs: &[NodeId]) -> Result<Vec<Value>> {
        let pieces = self.pieces.as_ref().filter(|pieces| pieces.make(outputs));
        if let Some(pieces) = pieces
            && let Some(values) = pieces.run(&self.model, &inputs, outputs, &self.options)
        {
            return Ok(values);
        }
        // Whole, and it is rten that says what is wrong.
        let inputs = inputs.into_iter().map(|(id, value)| (id, value.into()));
        let options = Some(self.options.clone());
        let values = self.model.run(inputs.collect(), outputs, options);
        values.map_err(|e| failed(NAME, e))
    }

    fn one(&self, inputs: Vec<(NodeId, Value)>) -> Result<Value> {
        let values = self.outputs(inputs, &[self.output])?.into_iter();
        let missing = || failed(NAME, "it gave no output");
        values.last().ok_or_else(missing)
    }

    fn named(&self, inputs: Vec<(NodeId, Value)>, names: &[&str]) -> Result<Vec<ArrayD<f32>>> {
        let outputs = names.iter().map(|name| {
            let missing = || failed(NAME, format!("there is no value `{name}`"));
            self.model.find_node(name).ok_or_else(missing)
        });
        let outputs = outputs.collect::<Result<Vec<NodeId>>>()?;
        let values = self.outputs(inputs, &outputs)?;
        let array = |value: Value| {
            let shape = value.shape().to_vec();
            let tensor = value.into_tensor::<f32>();
            let tensor = tensor.ok_or_else(|| failed(NAME, "a value is not of 32-bit floats"))?;
            ArrayD::from_shape_vec(shape, tensor.into_data()).map_err(|e| failed(NAME, e))
        };
        values.into_iter().map(array).collect()
    }
}

/// With copies of the weights in the layout that the processor wants: they cost a moment at the
/// beginning and some megabytes, and are faster for every photograph.
fn load(bytes: Vec<u8>) -> Result<rten::Model, rten::LoadError> {
    let mut options = rten::ModelOptions::with_all_ops();
    options.prepack_weights(true);
    options.load(bytes)
}

impl Engine for Builtin {
    fn name(&self) -> &str {
        NAME
    }

    fn run(&self, input: ArrayView4<'_, f32>) -> Result<Array4<f32>> {
        let output = self.one(self.inputs(input, &[])?)?;
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

    /// A second thread hardly helps one run: its tasks are too short to be shared.
    fn runs_at_once(&self) -> bool {
        true
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
        let output = self.one(self.pixels(pixels)?)?;
        let (shape, values) = output
            .into_shape_vec::<u8, 4>()
            .map_err(|e| failed(NAME, e))?;
        Array4::from_shape_vec(shape, values).map_err(|e| failed(NAME, e))
    }
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "embedded-model")]
    #[test]
    fn the_pieces_of_the_colorizer_inside_make_what_the_whole_makes() {
        use super::{Builtin, Engine, Model};
        use ndarray::Array4;

        let model = Model::embedded().unwrap();
        let mut engine = Builtin::from_model(&model, None).unwrap();
        assert_eq!(engine.pieces.as_ref().unwrap().len(), 19);
        for (n, h, w) in [(1, 96, 128), (2, 64, 64)] {
            let input = Array4::from_shape_fn((n, 1, h, w), |(n, _, y, x)| {
                ((x * 7 + y * 3 + n) % 200) as f32 / 100.0 - 1.0
            });
            let names = ["chroma", "confidence", "logits"];
            let cut = engine.pieces.take();
            let whole = engine.run_with(input.view(), &[], &names).unwrap();
            engine.pieces = cut;
            let inputs = engine.inputs(input.view(), &[]).unwrap();
            let outputs = names.map(|name| engine.model.find_node(name).unwrap());
            let pieces = engine.pieces.as_ref().unwrap();
            // Not silently whole again.
            assert!(pieces.make(&outputs));
            let made = pieces.run(&engine.model, &inputs, &outputs, &engine.options);
            assert!(made.is_some());
            let made = engine.run_with(input.view(), &[], &names).unwrap();
            for (made, whole) in made.iter().zip(&whole) {
                let most = whole.iter().fold(1.0_f32, |most, one| most.max(one.abs()));
                for (made, whole) in made.iter().zip(whole) {
                    assert!((made - whole).abs() < 1e-4 * most, "{made}, not {whole}");
                }
            }
        }
    }

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
