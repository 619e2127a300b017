//! The tools that `cargo xtask test` sets up: Python with `onnx` and `onnxruntime`.

use std::path::{Path, PathBuf};
use std::process::Command;

use ndarray::Array4;

/// Python with the official `onnx` checker and ONNX Runtime.
#[derive(Clone, Debug)]
pub struct Python {
    interpreter: PathBuf,
    scripts: PathBuf,
}

/// ONNX Runtime's library.
///
/// # Errors
/// The tests were not started by `cargo xtask test`.
pub fn onnxruntime() -> Result<PathBuf, String> {
    from_environment("COLORIZE_TEST_ONNXRUNTIME")
}

fn from_environment(variable: &str) -> Result<PathBuf, String> {
    std::env::var_os(variable)
        .map(PathBuf::from)
        .ok_or_else(|| format!("{variable} is not set; run `cargo xtask test`, which sets it up"))
}

impl Python {
    /// The interpreter that `cargo xtask test` sets up.
    ///
    /// # Errors
    /// The tests were not started by it.
    pub fn find() -> Result<Self, String> {
        Ok(Self::at(from_environment("COLORIZE_TEST_PYTHON")?))
    }

    /// What the official checker says of a file, as JSON.
    ///
    /// # Errors
    /// What it has against the file.
    pub fn check(&self, model: &Path) -> Result<serde_json::Value, String> {
        let said = self.run("check_model.py", &[model.as_os_str()])?;
        serde_json::from_str(&said).map_err(|e| format!("{e}: {said}"))
    }

    /// An interpreter that somebody else set up, with the same scripts.
    pub fn at(interpreter: PathBuf) -> Self {
        Self {
            interpreter,
            scripts: Path::new(env!("CARGO_MANIFEST_DIR")).join("python"),
        }
    }

    /// Runs a file in ONNX Runtime, from Python.
    ///
    /// # Errors
    /// The file cannot be run.
    pub fn evaluate(&self, model: &Path, input: &Array4<f32>) -> Result<Array4<f32>, String> {
        let (output, _) = self.evaluate_in("onnxruntime", model, input)?;
        Ok(output)
    }

    /// Runs a file in an engine of run_model.py; gives its result, and its name with its version.
    ///
    /// # Errors
    /// The file cannot be run.
    pub fn evaluate_in(
        &self,
        engine: &str,
        model: &Path,
        input: &Array4<f32>,
    ) -> Result<(Array4<f32>, String), String> {
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let (given, made) = (folder.path().join("in"), folder.path().join("out"));
        let bytes: Vec<u8> = input.iter().flat_map(|v| v.to_le_bytes()).collect();
        std::fs::write(&given, bytes).map_err(|e| e.to_string())?;
        let shape = input.shape().iter().map(usize::to_string);
        let shape = shape.collect::<Vec<_>>().join(",");
        let arguments = [
            model.as_os_str(),
            given.as_os_str(),
            "--shape".as_ref(),
            shape.as_ref(),
            "--out".as_ref(),
            made.as_os_str(),
            "--engine".as_ref(),
            engine.as_ref(),
        ];
        let said = self.run("run_model.py", &arguments)?;
        let said: serde_json::Value =
            serde_json::from_str(&said).map_err(|e| format!("{e}: {said}"))?;
        let extents = said["shape"].as_array().ok_or("no shape in the answer")?;
        let shape: Vec<usize> = extents
            .iter()
            .filter_map(|extent| Some(extent.as_u64()? as usize))
            .collect();
        let shape: [usize; 4] = shape.try_into().map_err(|s| format!("shape {s:?}"))?;
        let bytes = std::fs::read(&made).map_err(|e| e.to_string())?;
        let (values, _) = bytes.as_chunks::<4>();
        let values = values.iter().map(|&v| f32::from_le_bytes(v)).collect();
        let output = Array4::from_shape_vec(shape, values).map_err(|e| e.to_string())?;
        let name = said["engine"].as_str().unwrap_or(engine).to_owned();
        Ok((output, name))
    }

    /// Runs one of the scripts beside this crate; gives what it prints.
    ///
    /// # Errors
    /// What it complains of.
    pub fn run(&self, script: &str, arguments: &[&std::ffi::OsStr]) -> Result<String, String> {
        let output = Command::new(&self.interpreter)
            .arg(self.scripts.join(script))
            .args(arguments)
            .output()
            .map_err(|e| format!("{}: {e}", self.interpreter.display()))?;
        if output.status.success() {
            String::from_utf8(output.stdout).map_err(|e| e.to_string())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
        }
    }
}
