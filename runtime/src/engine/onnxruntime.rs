//! ONNX Runtime, through its shared library.

use std::ffi::CStr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ndarray::{Array4, ArrayD, ArrayView4, Ix4};
use ort::environment::Environment;
use ort::session::Session;
use ort::value::Tensor;

use super::Engine;
use super::tensors::{Tensors, failed, refused};
use crate::error::{Error, Result};
use crate::model::Model;

/// The oldest release whose interface is used: 1.17.
const OLDEST_MINOR: u32 = ort::MINOR_VERSION;

/// A graph loaded into ONNX Runtime, on the CPU.
pub struct OnnxRuntime {
    name: String,
    library: PathBuf,
    input: String,
    output: String,
    /// With their planes.
    zeros: Vec<(String, usize)>,
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
        OnnxRuntime::open(bytes, Tensors::default(), library, None)
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
    ) -> Result<Self> {
        let loaded = Loaded::get(library)?;
        let name = format!("ONNX Runtime {} on CPU", loaded.version);
        let refused = |problem: String| refused(&name, problem);
        let mut builder =
            Session::builder(&loaded.environment).map_err(|e| refused(e.to_string()))?;
        if let Some(threads) = threads {
            builder = builder
                .with_intra_threads(threads.get())
                .map_err(|e| refused(e.to_string()))?;
        }
        let session = builder
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
        Ok(OnnxRuntime {
            name,
            library: loaded.path,
            input,
            output,
            zeros: tensors.zeros.to_vec(),
            session: Mutex::new(session),
        })
    }

    /// The input, and zeros of its size for the others.
    fn inputs(&self, input: ArrayView4<'_, f32>) -> Result<Vec<(String, Tensor<f32>)>> {
        let (n, _, h, w) = input.dim();
        let tensor = |name: &str, array: Array4<f32>| {
            let tensor = Tensor::from_array(array);
            let tensor = tensor.map_err(|e| failed(&self.name, e))?;
            Ok((name.to_owned(), tensor))
        };
        let given = tensor(&self.input, input.as_standard_layout().into_owned());
        let zeros = self.zeros.iter();
        let zeros = zeros.map(|(name, planes)| tensor(name, Array4::zeros([n, *planes, h, w])));
        std::iter::once(given).chain(zeros).collect()
    }
}

impl OnnxRuntime {
    /// Runs the graph and gives the outputs of these names, whatever their rank.
    ///
    /// # Errors
    /// As [`Engine::run`]; or there is no output of a name.
    pub fn run_named(
        &self,
        input: ArrayView4<'_, f32>,
        names: &[&str],
    ) -> Result<Vec<ArrayD<f32>>> {
        let failed = |problem: String| failed(&self.name, problem);
        let inputs = self.inputs(input)?;
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = session.run(inputs).map_err(|e| failed(e.to_string()))?;
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
        let failed = |problem: String| failed(&self.name, problem);
        let inputs = self.inputs(input)?;
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = session.run(inputs).map_err(|e| failed(e.to_string()))?;
        let output = outputs
            .get(&self.output)
            .ok_or_else(|| failed(format!("there is no output `{}`", self.output)))?;
        let output = output
            .try_extract_array::<f32>()
            .map_err(|e| failed(e.to_string()))?;
        let output = output
            .into_dimensionality::<Ix4>()
            .map_err(|e| failed(e.to_string()))?;
        Ok(output.to_owned())
    }
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
