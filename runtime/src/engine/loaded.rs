//! The one ONNX Runtime of a process.

use std::ffi::CStr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;
use ort::logging::LogLevel;

use crate::error::{Error, Result};

/// The oldest release whose interface is used: 1.17.
const OLDEST_MINOR: u32 = ort::MINOR_VERSION;

/// How much ONNX Runtime logs, where somebody wants to know: `ort` reads it.
const LOG: &str = "ORT_LOG";

/// The library that this process uses, for as long as it lives: `ort` keeps it in
/// global state and gives out one environment only.
#[derive(Clone)]
pub(super) struct Loaded {
    pub path: PathBuf,
    pub version: String,
    pub environment: Environment,
}

static LOADED: Mutex<Option<Loaded>> = Mutex::new(None);

/// The library that this process uses already, if it does.
pub(crate) fn library_in_use() -> Option<PathBuf> {
    let loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    loaded.as_ref().map(|loaded| loaded.path.clone())
}

impl Loaded {
    pub fn get(library: &Path) -> Result<Loaded> {
        let unusable = |problem: String| {
            Error::engine(
                format!("{}: {problem}", library.display()),
                "give another ONNX Runtime with `--onnxruntime`, or use `--provider builtin`",
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
        if std::env::var_os(LOG).is_none() {
            // It writes to stderr, and says the same again in its errors.
            environment.set_log_level(LogLevel::Fatal);
        }
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
