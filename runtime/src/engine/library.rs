//! Where ONNX Runtime's library is looked for.
//!
//! In this order: the path that the caller gives; `ORT_DYLIB_PATH`; beside the
//! executable; the loader's and the system's folders; the `onnxruntime` package of
//! the active Python environment. The first two are commands: if they cannot be
//! followed that is an error. The others are finds, which may be skipped.
//!
//! Windows' system folder is left out on purpose: Windows brings an old
//! `onnxruntime.dll` of its own there.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The environment variable that names the library, as other programs have it.
const VARIABLE: &str = "ORT_DYLIB_PATH";

/// The library of ONNX Runtime to use, if there is one: `explicit`, or else
/// `ORT_DYLIB_PATH`, or else the first one found on this machine. Whether it can be
/// loaded shows when an engine is made of it.
///
/// # Errors
/// [`Error::Request`] if `explicit` or `ORT_DYLIB_PATH` names no file.
pub fn find_library(explicit: Option<&Path>) -> Result<Option<PathBuf>> {
    let required = required_library(explicit)?;
    Ok(required.or_else(|| candidates().into_iter().next()))
}

/// The library that the caller or the environment demands.
pub(crate) fn required_library(explicit: Option<&Path>) -> Result<Option<PathBuf>> {
    let variable = || {
        env::var_os(VARIABLE)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    let (asked_by, path) = match (explicit, variable()) {
        (Some(path), _) => ("", path.to_owned()),
        (None, Some(path)) => (" (from ORT_DYLIB_PATH)", path),
        (None, None) => return Ok(None),
    };
    // A folder is taken to mean the library in it.
    let file = if path.is_dir() {
        libraries_in(&path).into_iter().next()
    } else {
        Some(path.clone())
    };
    let file = file
        .and_then(|file| file.canonicalize().ok())
        .filter(|file| file.is_file());
    file.map(Some).ok_or_else(|| {
        Error::request(
            format!(
                "{}{asked_by}: there is no ONNX Runtime library here",
                path.display()
            ),
            "give the path of libonnxruntime.so, libonnxruntime.dylib or onnxruntime.dll",
        )
    })
}

/// Every library found on this machine, best first, as real paths without repetition.
pub(crate) fn candidates() -> Vec<PathBuf> {
    found_on(&Machine::current())
}

fn found_on(machine: &Machine) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in folders(machine) {
        for library in libraries_in(&folder) {
            if let Ok(path) = library.canonicalize()
                && path.is_file()
                && !found.contains(&path)
            {
                found.push(path);
            }
        }
    }
    found
}

/// What the search depends on, so that a test can set up its own.
#[derive(Default)]
struct Machine {
    executable: Option<PathBuf>,
    loader_paths: Vec<PathBuf>,
    system: Vec<PathBuf>,
    environments: Vec<PathBuf>,
    path: Vec<PathBuf>,
    home: Option<PathBuf>,
}

impl Machine {
    fn current() -> Self {
        let paths = |name| env::var_os(name).map(|v| env::split_paths(&v).collect());
        let loader = if cfg!(target_os = "macos") {
            "DYLD_LIBRARY_PATH"
        } else {
            "LD_LIBRARY_PATH"
        };
        let system: &[&str] = if cfg!(windows) {
            &[]
        } else if cfg!(target_os = "macos") {
            &["/opt/homebrew/lib", "/usr/local/lib"]
        } else {
            &[
                "/usr/local/lib",
                "/usr/lib",
                "/usr/lib64",
                "/usr/lib/x86_64-linux-gnu",
                "/usr/lib/aarch64-linux-gnu",
            ]
        };
        Machine {
            executable: env::current_exe().ok(),
            loader_paths: paths(loader).unwrap_or_default(),
            system: system.iter().map(PathBuf::from).collect(),
            environments: ["VIRTUAL_ENV", "CONDA_PREFIX"]
                .into_iter()
                .filter_map(env::var_os)
                .map(PathBuf::from)
                .collect(),
            path: paths("PATH").unwrap_or_default(),
            home: env::var_os("HOME").map(PathBuf::from),
        }
    }
}

/// The folders to look in, in order.
fn folders(machine: &Machine) -> Vec<PathBuf> {
    let beside = machine
        .executable
        .as_deref()
        .and_then(Path::parent)
        .map(Path::to_owned);
    let python = machine
        .environments
        .iter()
        .flat_map(|prefix| packages(prefix));
    beside
        .into_iter()
        .chain(
            machine
                .loader_paths
                .iter()
                .filter(|p| p.is_absolute())
                .cloned(),
        )
        .chain(machine.system.iter().cloned())
        .chain(python)
        .chain(
            python_prefixes(machine)
                .iter()
                .flat_map(|prefix| packages(prefix)),
        )
        .collect()
}

/// The prefix of the `python3` on the path: as it is called (a virtual environment),
/// then where its link leads, then the user's own packages.
fn python_prefixes(machine: &Machine) -> Vec<PathBuf> {
    let names = if cfg!(windows) {
        ["python.exe", "python3.exe"]
    } else {
        ["python3", "python"]
    };
    let python = names
        .iter()
        .flat_map(|name| machine.path.iter().map(move |folder| folder.join(name)))
        .find(|file| file.is_file());
    let Some(python) = python else {
        return Vec::new();
    };
    // Windows keeps python.exe in the prefix itself, or in Scripts of an environment.
    let prefix = |python: &Path| {
        let folder = python.parent()?;
        let in_prefix = cfg!(windows) && !folder.ends_with("Scripts");
        if in_prefix {
            Some(folder.to_owned())
        } else {
            folder.parent().map(Path::to_owned)
        }
    };
    let real = python.canonicalize().ok();
    let user = machine.home.as_ref().map(|home| home.join(".local"));
    [prefix(&python), real.as_deref().and_then(prefix), user]
        .into_iter()
        .flatten()
        .collect()
}

/// The folders of the `onnxruntime` package below a Python prefix, newest Python first.
fn packages(prefix: &Path) -> Vec<PathBuf> {
    let capi = Path::new("onnxruntime").join("capi");
    let mut pythons = entries(&prefix.join("lib"), |name| name.starts_with("python3"));
    pythons.extend(entries(&prefix.join("local").join("lib"), |name| {
        name.starts_with("python3")
    }));
    pythons.sort_by_key(|folder| std::cmp::Reverse(numbers(folder)));
    pythons
        .iter()
        .flat_map(|python| ["site-packages", "dist-packages"].map(|p| python.join(p).join(&capi)))
        .chain([prefix.join("Lib").join("site-packages").join(&capi)])
        .collect()
}

/// The files in a folder that are named as ONNX Runtime's library is: with or without
/// a version, newest first.
fn libraries_in(folder: &Path) -> Vec<PathBuf> {
    let mut libraries = entries(folder, |name| {
        if cfg!(windows) {
            name.eq_ignore_ascii_case("onnxruntime.dll")
        } else if cfg!(target_os = "macos") {
            name == "libonnxruntime.dylib"
                || (name.starts_with("libonnxruntime.") && name.ends_with(".dylib"))
        } else {
            name == "libonnxruntime.so" || name.starts_with("libonnxruntime.so.")
        }
    });
    libraries.sort_by_key(|file| std::cmp::Reverse(numbers(file)));
    libraries
}

/// The files and folders in a folder whose names are wanted; none where it cannot be read.
pub(super) fn entries(folder: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let Ok(listing) = folder.read_dir() else {
        return Vec::new();
    };
    let names = listing.filter_map(|entry| Some(entry.ok()?.file_name()));
    let wanted = names.filter(|name| name.to_str().is_some_and(&wanted));
    wanted.map(|name| folder.join(name)).collect()
}

/// The numbers in a file's name, so that 1.9 comes before 1.10.
fn numbers(path: &Path) -> Vec<u64> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    name.split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect()
}

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn touch(path: &Path) -> PathBuf {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
        path.to_owned()
    }

    #[test]
    fn the_order_is_executable_system_environment_python_on_the_path() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let expected = [
            touch(&root.join("bin/libonnxruntime.so")),
            touch(&root.join("loader/libonnxruntime.so.1.20.1")),
            touch(&root.join("system/libonnxruntime.so.1.10.0")),
            touch(&root.join("system/libonnxruntime.so.1.9.0")),
            touch(&root.join(
                "venv/lib/python3.12/site-packages/onnxruntime/capi/libonnxruntime.so.1.32.0",
            )),
            touch(&root.join(
                "venv/lib/python3.9/site-packages/onnxruntime/capi/libonnxruntime.so.1.19.0",
            )),
            touch(&root.join(
                "usr/lib/python3.11/dist-packages/onnxruntime/capi/libonnxruntime.so.1.30.0",
            )),
        ];
        touch(&root.join("system/libonnxruntime_providers_shared.so"));
        let machine = Machine {
            executable: Some(root.join("bin/colorize-rt")),
            loader_paths: vec![root.join("loader"), PathBuf::from("relative")],
            system: vec![root.join("system")],
            environments: vec![root.join("venv")],
            path: vec![
                root.join("nothing"),
                touch(&root.join("usr/bin/python3"))
                    .parent()
                    .unwrap()
                    .into(),
            ],
            home: None,
        };
        let expected = expected.map(|file| file.canonicalize().unwrap());
        assert_eq!(found_on(&machine), expected);
    }

    #[test]
    fn a_demanded_library_that_is_missing_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().join("missing.so"), folder.path().to_owned()] {
            let error = find_library(Some(&path)).unwrap_err();
            assert!(matches!(error, Error::Request(_)), "{error}");
        }
        let library = touch(&folder.path().join("libonnxruntime.so.1.32.0"));
        let found = find_library(Some(folder.path())).unwrap().unwrap();
        assert_eq!(found, library.canonicalize().unwrap());
    }
}
