//! ONNX Runtime, through its shared library.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ndarray::{Array4, ArrayD, ArrayView4, ArrayViewD, Ix4};
use ort::session::{HasSelectedOutputs, OutputSelector, RunOptions, Session};
use ort::value::{PrimitiveTensorElementType, Tensor};

use super::loaded::Loaded;
use super::session::{Demand, session};
use super::tensors::{Further, Tensors, failed, refused, unknown};
use super::{Engine, Provider};
use crate::error::Result;
use crate::model::Model;

/// A graph loaded into ONNX Runtime.
pub struct OnnxRuntime {
    name: String,
    library: PathBuf,
    version: String,
    provider: Provider,
    batches: bool,
    input: String,
    output: String,
    further: Vec<Further>,
    /// `Session::run` wants it exclusively, although ONNX Runtime would not.
    session: Mutex<Session>,
}

impl OnnxRuntime {
    /// Loads any ONNX file's bytes: its first input and its first output count.
    /// `library` is the path of ONNX Runtime's shared library, as
    /// [`find_library`](super::find_library) gives it. One process can use one
    /// library only.
    ///
    /// # Errors
    /// [`Error::Engine`] if the library cannot be used, if another one is already in
    /// use, or if it cannot load the bytes.
    pub fn from_bytes(bytes: &[u8], library: &Path) -> Result<Self> {
        OnnxRuntime::from_bytes_on(bytes, library, Provider::Cpu)
    }

    /// The same on a provider, of which [`Provider::Auto`] is the best that works in this library.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes); or the provider cannot be used here, or is none of
    /// ONNX Runtime's.
    pub fn from_bytes_on(bytes: &[u8], library: &Path, provider: Provider) -> Result<Self> {
        let demand = Demand {
            provider,
            ..Demand::default()
        };
        OnnxRuntime::open(bytes, Tensors::default(), library, &demand, &mut Vec::new())
    }

    /// Loads a colorizer, with the tensors that its contract names. `threads` is the
    /// number of threads; `None` is one a physical core.
    ///
    /// # Errors
    /// As [`from_bytes_on`](Self::from_bytes_on).
    pub fn from_model(
        model: &Model,
        library: &Path,
        provider: Provider,
        threads: Option<NonZeroUsize>,
    ) -> Result<Self> {
        let demand = Demand {
            provider,
            threads,
            progress: None,
        };
        OnnxRuntime::from_model_as(model, library, &demand, &mut Vec::new())
    }

    /// The same, with what was passed over in `notes`.
    pub(crate) fn from_model_as(
        model: &Model,
        library: &Path,
        demand: &Demand<'_>,
        notes: &mut Vec<String>,
    ) -> Result<Self> {
        let tensors = Tensors::of(model.contract());
        OnnxRuntime::open(model.bytes(), tensors, library, demand, notes)
    }

    /// The library that runs it.
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// That library's version, such as `1.32.0`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What it runs on.
    pub fn provider(&self) -> Provider {
        self.provider
    }

    fn open(
        bytes: &[u8],
        tensors: Tensors<'_>,
        library: &Path,
        demand: &Demand<'_>,
        notes: &mut Vec<String>,
    ) -> Result<Self> {
        let loaded = Loaded::get(library)?;
        let (session, provider) = session(&loaded, bytes, demand, notes)?;
        let name = format!("ONNX Runtime {} on {provider}", loaded.version);
        let refused = |problem: String| refused(&name, problem);
        let first = |outlets: &[ort::value::Outlet]| outlets.first().map(|o| o.name().to_owned());
        let missing = || refused("its input or output is missing".to_owned());
        let input = tensors
            .input
            .map(str::to_owned)
            .or_else(|| first(session.inputs()));
        let output = tensors
            .output
            .map(str::to_owned)
            .or_else(|| first(session.outputs()));
        let (input, output) = (input.ok_or_else(missing)?, output.ok_or_else(missing)?);
        let others = session.inputs().iter().filter(|one| one.name() != input);
        let further = others.filter_map(|other| {
            let shape = other.dtype().tensor_shape()?;
            let shape: Vec<_> = shape.iter().map(|n| usize::try_from(*n).ok()).collect();
            tensors.further(other.name(), &shape)
        });
        let further = further.collect();
        let mut inputs = session.inputs().iter();
        let shape = inputs.find(|one| one.name() == input);
        let shape = shape.and_then(|one| one.dtype().tensor_shape());
        let batches = shape
            .and_then(|shape| shape.first())
            .is_some_and(|n| *n < 0);
        Ok(OnnxRuntime {
            name,
            library: loaded.path,
            version: loaded.version,
            provider,
            batches,
            input,
            output,
            further,
            session: Mutex::new(session),
        })
    }

    /// The input, what is given beside it, and zeros for the others.
    fn inputs(
        &self,
        input: ArrayView4<'_, f32>,
        given: &[(&str, ArrayViewD<'_, f32>)],
    ) -> Result<Vec<(String, Tensor<f32>)>> {
        if let Some(name) = unknown(self.further.iter(), given) {
            return Err(failed(&self.name, format!("there is no input `{name}`")));
        }
        let tensor = |name: &str, array: ArrayD<f32>| {
            let tensor = Tensor::from_array(array);
            let tensor = tensor.map_err(|e| failed(&self.name, e))?;
            Ok((name.to_owned(), tensor))
        };
        let whole = |array: &ArrayViewD<'_, f32>| array.as_standard_layout().into_owned();
        let first = tensor(&self.input, whole(&input.view().into_dyn()));
        let others = self.further.iter().map(|further| {
            let array = match further.given(given) {
                Some(array) => whole(array),
                None => ArrayD::zeros(further.shape(input.dim())),
            };
            tensor(&further.name, array)
        });
        std::iter::once(first).chain(others).collect()
    }

    /// Runs the graph and gives the output that counts; others are not fetched.
    fn run_first<T: PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static>(
        &self,
        inputs: Vec<(String, Tensor<T>)>,
    ) -> Result<Array4<T>> {
        let failed = |problem: String| failed(&self.name, problem);
        let options = only(&[&self.output]).map_err(|e| failed(e.to_string()))?;
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = session
            .run_with_options(inputs, &options)
            .map_err(|e| failed(e.to_string()))?;
        let output = outputs
            .get(&self.output)
            .ok_or_else(|| failed(format!("there is no output `{}`", self.output)))?;
        let output = output
            .try_extract_array::<T>()
            .map_err(|e| failed(e.to_string()))?;
        let output = output
            .into_dimensionality::<Ix4>()
            .map_err(|e| failed(e.to_string()))?;
        Ok(output.to_owned())
    }

    /// Runs a graph that takes pixels, `[batch, height, width, 3]`, and gives the outputs of these
    /// names in 32-bit floats, whatever their rank.
    ///
    /// # Errors
    /// As [`Engine::run_pixels`]; or there is no output of a name.
    pub fn run_named_on_pixels(
        &self,
        pixels: ArrayView4<'_, u8>,
        names: &[&str],
    ) -> Result<Vec<ArrayD<f32>>> {
        self.named(self.pixels(pixels)?, names)
    }

    fn pixels(&self, pixels: ArrayView4<'_, u8>) -> Result<Vec<(String, Tensor<u8>)>> {
        let pixels = Tensor::from_array(pixels.as_standard_layout().into_owned());
        let pixels = pixels.map_err(|e| failed(&self.name, e))?;
        Ok(vec![(self.input.clone(), pixels)])
    }

    fn named<T: PrimitiveTensorElementType + std::fmt::Debug + 'static>(
        &self,
        inputs: Vec<(String, Tensor<T>)>,
        names: &[&str],
    ) -> Result<Vec<ArrayD<f32>>> {
        let failed = |problem: String| failed(&self.name, problem);
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        for name in names {
            if !session.outputs().iter().any(|known| known.name() == *name) {
                return Err(failed(format!("there is no output `{name}`")));
            }
        }
        let options = only(names).map_err(|e| failed(e.to_string()))?;
        let outputs = session
            .run_with_options(inputs, &options)
            .map_err(|e| failed(e.to_string()))?;
        let named = |name: &&str| {
            let missing = || failed(format!("there is no output `{name}`"));
            let output = outputs.get(*name).ok_or_else(missing)?;
            let output = output.try_extract_array::<f32>();
            Ok(output.map_err(|e| failed(e.to_string()))?.to_owned())
        };
        names.iter().map(named).collect()
    }
}

impl Engine for OnnxRuntime {
    fn name(&self) -> &str {
        &self.name
    }

    fn run(&self, input: ArrayView4<'_, f32>) -> Result<Array4<f32>> {
        self.run_first(self.inputs(input, &[])?)
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
        self.run_first(self.pixels(pixels)?)
    }
}

/// That only these outputs are wanted.
fn only(names: &[&str]) -> ort::Result<RunOptions<HasSelectedOutputs>> {
    let names = names.iter();
    let wanted = names.fold(OutputSelector::no_default(), |all, name| all.with(*name));
    Ok(RunOptions::new()?.with_outputs(wanted))
}
