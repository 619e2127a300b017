//! `cargo xtask conformance`: every network in every engine, as a report.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::{places, setup};

/// Sets up the engines that are not part of the tests, runs the matrix, and writes
/// `conformance/REPORT.md`.
pub fn run() -> Result<ExitCode, String> {
    let environment = setup::environment()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(&cargo);
    command
        .args(["run", "--release", "--quiet", "--package", "conformance"])
        .args(["--example", "report"])
        .env("COLORIZE_TEST_PYTHON", environment.python)
        .env("COLORIZE_TEST_ONNXRUNTIME", environment.onnxruntime);
    for (variable, name) in [
        ("COLORIZE_OPENCV_PYTHON", "opencv"),
        ("COLORIZE_OLDEST_PYTHON", "oldest"),
    ] {
        match other(name) {
            Ok(python) => {
                command.env(variable, python);
            }
            // The report then says that it was not run.
            Err(problem) => eprintln!("{name}: {problem}"),
        }
    }
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| format!("{}: {error}", cargo.display()))?;
    let path = places::root().join("conformance/REPORT.md");
    let text = String::from_utf8_lossy(&output.stdout);
    print!("{text}");
    if !output.status.success() {
        return Err("the matrix did not hold; REPORT.md is left as it was".to_owned());
    }
    std::fs::write(&path, output.stdout)
        .map_err(|error| format!("{}: {error}", places::shown(&path)))?;
    println!("{}", places::shown(&path));
    Ok(ExitCode::SUCCESS)
}

fn other(name: &str) -> Result<PathBuf, String> {
    setup::interpreter(
        &format!("python-{name}"),
        &format!("requirements-{name}.txt"),
    )
}
