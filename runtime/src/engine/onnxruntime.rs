//! ONNX Runtime, through its shared library.

use std::ffi::CStr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ndarray::{Array4, ArrayD, ArrayView4, ArrayViewD, Ix4};
use ort::environment::Environment;
use ort::session::{HasSelectedOutputs, OutputSelector, RunOptions, Session};
use ort::value::{PrimitiveTensorElementType, Tensor};

use super::tensors::{Further, Tensors, failed, refused, unknown};
use super::{Engine, Provider};
use crate::error::{Error, Result};
use crate::model::Model;

/// The oldest release whose interface is used: 1.17.
const OLDEST_MINOR: u32 = ort::MINOR_VERSION;

/// A graph loaded into ONNX Runtime.
pub struct OnnxRuntime {
    name: String,
    library: PathBuf,
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

    /// The same on another provider than the CPU.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes); or the provider cannot be used here.
    pub fn from_bytes_on(bytes: &[u8], library: &Path, provider: Provider) -> Result<Self> {
        OnnxRuntime::open(bytes, Tensors::default(), library, None, provider)
    }

    /// Loads a colorizer, with the tensors that its contract names. `threads` is the
    /// number of threads; `None` is one a physical core.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes).
    pub fn from_model(
        model: &Model,
        library: &Path,
        threads: Option<NonZeroUsize>,
    ) -> Result<Self> {
        OnnxRuntime::open(
            model.bytes(),
            Tensors::of(model.contract()),
            library,
            threads,
            Provider::Cpu,
        )
    }

    /// The library that runs it.
    pub fn library(&self) -> &Path {
        &self.library
    }

    fn open(
        bytes: &[u8],
        tensors: Tensors<'_>,
        library: &Path,
        threads: Option<NonZeroUsize>,
        provider: Provider,
    ) -> Result<Self> {
        let loaded = Loaded::get(library)?;
        let name = format!("ONNX Runtime {} on {provider}", loaded.version);
        let refused = |problem: String| refused(&name, problem);
        let mut builder =
            Session::builder(&loaded.environment).map_err(|e| refused(e.to_string()))?;
        if let Some(threads) = threads {
            builder = builder
                .with_intra_threads(threads.get())
                .map_err(|e| refused(e.to_string()))?;
        }
        let session = builder
            .with_execution_providers(provider.dispatch())
            .map_err(|e| refused(e.to_string()))?
            .commit_from_memory(bytes)
            .map_err(|e| refused(e.to_string()))?;
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
        Ok(OnnxRuntime {
            name,
            library: loaded.path,
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

/// The library that this process uses, for as long as it lives: `ort` keeps it in
/// global state and gives out one environment only.
#[derive(Clone)]
struct Loaded {
    path: PathBuf,
    version: String,
    environment: Environment,
}

static LOADED: Mutex<Option<Loaded>> = Mutex::new(None);

/// The library that this process uses already, if it does.
pub(crate) fn library_in_use() -> Option<PathBuf> {
    let loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    loaded.as_ref().map(|loaded| loaded.path.clone())
}

impl Loaded {
    fn get(library: &Path) -> Result<Loaded> {
        let unusable = |problem: String| {
            Error::engine(
                format!("{}: {problem}", library.display()),
                "give another ONNX Runtime with `--onnxruntime`, or use `--engine builtin`",
            )
        };
        let path = library
            .canonicalize()
            .map_err(|e| unusable(e.to_string()))?;
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = &*loaded {
            if loaded.path == path {
                return Ok(loaded.clone());
            }
            let other = loaded.path.display();
            return Err(unusable(format!(
                "this process already uses the ONNX Runtime {other}"
            )));
        }
        // Asked before `ort` is, which panics over some unusable libraries.
        let version = version(&path).map_err(&unusable)?;
        let minor = version
            .split('.')
            .nth(1)
            .and_then(|minor| minor.parse::<u32>().ok());
        if minor.is_none_or(|minor| minor < OLDEST_MINOR) {
            return Err(unusable(format!(
                "this is ONNX Runtime {version}, older than 1.{OLDEST_MINOR}"
            )));
        }
        let environment = ort::init_from(&path)
            .map_err(|e| unusable(e.to_string()))?
            .with_telemetry(false)
            .build()
            .map_err(|e| unusable(e.to_string()))?;
        Ok(loaded
            .insert(Loaded {
                path,
                version,
                environment,
            })
            .clone())
    }
}

/// The version of the ONNX Runtime library at a path, which this loads.
#[expect(unsafe_code, reason = "a shared library has no other interface")]
fn version(path: &Path) -> Result<String, String> {
    // SAFETY: loading runs the library's initialisers: as with every plug-in, the file
    // is trusted, because the user named it or installed it. `OrtGetApiBase` has had
    // this signature since ONNX Runtime 1.0; its result and the string are static.
    unsafe {
        let library = libloading::Library::new(path).map_err(|e| loader_problem(&e))?;
        let interface = library
            .get::<unsafe extern "system" fn() -> *const ort::sys::OrtApiBase>(b"OrtGetApiBase")
            .map_err(|_| "this library is not ONNX Runtime".to_owned())?;
        let base = interface()
            .as_ref()
            .ok_or("this ONNX Runtime has no interface")?;
        if (base.GetApi)(ort::sys::ORT_API_VERSION).is_null() {
            let version = CStr::from_ptr((base.GetVersionString)()).to_string_lossy();
            return Err(format!(
                "this is ONNX Runtime {version}, older than 1.{OLDEST_MINOR}"
            ));
        }
        let version = CStr::from_ptr((base.GetVersionString)())
            .to_string_lossy()
            .into_owned();
        // `ort` opens it again in a moment; unloading it in between would gain nothing.
        std::mem::forget(library);
        Ok(version)
    }
}

/// The loader's own words, which `libloading` keeps one level down.
fn loader_problem(error: &libloading::Error) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    format!(
        "it cannot be loaded: {}",
        cause.unwrap_or_else(|| error.to_string())
    )
}
