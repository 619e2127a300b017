//! The tools that `cargo xtask test` sets up: Python with `onnx` and `onnxruntime`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::outside::Outside;

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

    /// An interpreter that somebody else set up, with the same scripts.
    pub fn at(interpreter: PathBuf) -> Self {
        Self {
            interpreter,
            scripts: Path::new(env!("CARGO_MANIFEST_DIR")).join("python"),
        }
    }

    /// What the official checker says of a file, as JSON.
    ///
    /// # Errors
    /// What it has against the file.
    pub fn check(&self, model: &Path) -> Result<serde_json::Value, String> {
        let said = self.run("check_model.py", &[model.as_os_str()])?;
        serde_json::from_str(&said).map_err(|e| format!("{e}: {said}"))
    }

    /// An engine of run_model.py: `onnxruntime`, `reference` or `opencv`.
    pub fn engine(&self, name: &str) -> Outside {
        Outside::new(vec![
            self.interpreter.clone().into(),
            self.scripts.join("run_model.py").into(),
            name.into(),
        ])
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
