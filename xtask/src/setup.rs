//! `cargo xtask setup`: the Python environment of the tests, in `target/python`.
//!
//! Where the folder's stamp fits, there is nothing to do; otherwise the environment is made anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::places::{because, root, shown, target};
use crate::python::{self, Interpreter};
use crate::stamp;

/// What the tests take from Python.
pub struct Environment {
    /// The interpreter, which has `onnx`, `onnxruntime`, `numpy`, Pillow and
    /// `tensorboard`.
    pub python: PathBuf,
    /// The ONNX Runtime library inside the wheel.
    pub onnxruntime: PathBuf,
}

/// `cargo xtask setup`
pub fn run() -> Result<ExitCode, String> {
    let environment = environment()?;
    println!("ready: {}", shown(&environment.python));
    Ok(ExitCode::SUCCESS)
}

/// The environment of the tests, made first if need be.
pub fn environment() -> Result<Environment, String> {
    let folder = prepared("python", "requirements.txt")?;
    let unusable = || format!("{}: there is no ONNX Runtime in it", shown(&folder));
    Ok(Environment {
        python: python_in(&folder),
        onnxruntime: onnxruntime_in(&folder).ok_or_else(unusable)?,
    })
}

/// The interpreter of another environment, made first if need be, from a file of requirements.
pub fn interpreter(name: &str, requirements: &str) -> Result<PathBuf, String> {
    Ok(python_in(&prepared(name, requirements)?))
}

/// The folder of an environment below `target`, made first if need be.
fn prepared(name: &str, requirements: &str) -> Result<PathBuf, String> {
    let target = target()?;
    let folder = target.join(name);
    let requirements = root().join("conformance/python").join(requirements);
    let wanted = fs::read_to_string(&requirements).map_err(because(&requirements))?;

    let _lock = stamp::lock("python")?;

    let asked_for = Interpreter::asked_for()?;
    let version = asked_for.as_ref().map(|python| python.version.as_str());
    if is_ready(&folder, &wanted, version) {
        return Ok(folder);
    }

    let interpreter = match asked_for {
        Some(interpreter) => interpreter,
        None => Interpreter::of_the_system()?,
    };
    eprintln!(
        "setting up {}: Python {} with the packages of {} …",
        shown(&folder),
        interpreter.version,
        shown(&requirements)
    );
    stamp::clear(&folder)?;
    interpreter
        .make_environment(&folder)
        .map_err(because(&folder))?;
    interpreter
        .install(&python_in(&folder), &requirements)
        .map_err(|error| format!("pip cannot install {}: {error}", shown(&requirements)))?;
    stamp::write(&folder, &made_from(&interpreter.version, &wanted))?;

    if is_ready(&folder, &wanted, None) {
        return Ok(folder);
    }
    Err(format!(
        "{}: its Python cannot be used, although pip installed it",
        shown(&folder)
    ))
}

/// Whether the environment in `folder` is whole and made from what is wanted. Any Python will do
/// unless one version is asked for.
fn is_ready(folder: &Path, wanted: &str, asked_for: Option<&str>) -> bool {
    let Some(found) = stamp::read(folder) else {
        return false;
    };
    // Asked anew each time: the system's Python may have been upgraded.
    python::version_of(&python_in(folder)).is_some_and(|version| {
        found == made_from(&version, wanted) && asked_for.is_none_or(|asked| asked == version)
    })
}

/// What an environment is made from. The requirements carry their own hashes.
fn made_from(version: &str, requirements: &str) -> String {
    format!("Python {version}\n{requirements}")
}

fn python_in(folder: &Path) -> PathBuf {
    folder.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    })
}

/// The library that the wheel `onnxruntime` brought.
fn onnxruntime_in(folder: &Path) -> Option<PathBuf> {
    let site_packages = if cfg!(windows) {
        folder.join("Lib/site-packages")
    } else {
        // The only folder there is named after the version: lib/python3.13
        let mut versions = fs::read_dir(folder.join("lib")).ok()?.flatten();
        versions.next()?.path().join("site-packages")
    };
    let mut files = fs::read_dir(site_packages.join("onnxruntime/capi")).ok()?;
    files.find_map(|file| {
        let file = file.ok()?;
        is_onnxruntime(file.file_name().to_str()?).then(|| file.path())
    })
}

/// Tells the library from its providers and from the Python module beside it.
fn is_onnxruntime(name: &str) -> bool {
    name == "onnxruntime.dll"
        || name
            .strip_prefix("libonnxruntime.")
            .is_some_and(|rest| rest.starts_with("so") || rest.ends_with("dylib"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_told_from_its_neighbours() {
        for (name, expected) in [
            ("libonnxruntime.so.1.32.0", true),
            ("libonnxruntime.1.32.0.dylib", true),
            ("onnxruntime.dll", true),
            ("libonnxruntime_providers_shared.so", false),
            ("onnxruntime_providers_shared.dll", false),
            ("onnxruntime_pybind11_state.so", false),
            ("onnxruntime_pybind11_state.cpython-313-darwin.so", false),
        ] {
            assert_eq!(is_onnxruntime(name), expected, "{name}");
        }
    }
}
