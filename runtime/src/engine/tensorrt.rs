//! Where TensorRT's engines are kept: building one takes minutes, reading it a moment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ort::ep::TensorRT;
use sha2::{Digest, Sha256};

/// A folder for the engines of one colorizer on one kind of GPU, and for what was timed while they
/// were built.
#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The folder for a colorizer's bytes and a GPU's number; none where the user has no cache folder
    /// or it cannot be written to. ONNX Runtime's version counts, because another one may cut the
    /// graph at other places.
    pub fn open(model: &[u8], device: u32, version: &str) -> Option<Self> {
        let folder = dirs::cache_dir()?.join("colorize-rt").join("tensorrt");
        let visible = std::env::var("CUDA_VISIBLE_DEVICES").ok();
        let gpu = gpu_name(&physical(device, visible.as_deref()))
            .unwrap_or_else(|| format!("gpu {device}"));
        let folder = folder.join(key(model, &gpu, version));
        fs::create_dir_all(&folder).ok()?;
        Some(Cache { folder })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether there is no engine yet.
    pub fn is_empty(&self) -> bool {
        let Ok(mut entries) = self.folder.read_dir() else {
            return true;
        };
        let is_engine = |path: PathBuf| path.extension().is_some_and(|ending| ending == "engine");
        !entries.any(|entry| entry.is_ok_and(|entry| is_engine(entry.path())))
    }

    pub fn configure(&self, provider: TensorRT) -> TensorRT {
        let folder = self.folder.display();
        provider
            .with_engine_cache(true)
            .with_engine_cache_path(folder)
            .with_timing_cache(true)
            .with_timing_cache_path(self.folder.display())
    }
}

/// The name of a cache folder: an engine fits these bytes, this GPU and this version only.
fn key(model: &[u8], gpu: &str, version: &str) -> String {
    let hash = Sha256::digest(model);
    let hash: String = hash
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let plain = |c: char| match c.is_ascii_alphanumeric() {
        true => c.to_ascii_lowercase(),
        false => '-',
    };
    let gpu: String = gpu.chars().map(plain).collect();
    format!("{hash}-{gpu}-onnxruntime-{version}")
}

/// What the driver calls the GPU that CUDA counts as number `device`.
fn physical(device: u32, visible: Option<&str>) -> String {
    let visible = visible.filter(|list| !list.trim().is_empty());
    let listed = visible.and_then(|list| list.split(',').nth(device as usize));
    listed.map_or_else(|| device.to_string(), |name| name.trim().to_owned())
}

/// The GPU's name, from the program that comes with its driver.
fn gpu_name(gpu: &str) -> Option<String> {
    let output = Command::new("nvidia-smi")
        .args(["--query-gpu=name", "--format=csv,noheader", "--id", gpu])
        .output()
        .ok()?;
    let name = String::from_utf8(output.stdout).ok()?;
    let name = name.lines().next()?.trim();
    (output.status.success() && !name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_fits_one_colorizer_one_gpu_and_one_version() {
        let here = key(b"a", "NVIDIA H100 80GB HBM3", "1.32.0");
        // sha256("a") begins with ca978112ca1bbdca.
        assert_eq!(
            here,
            "ca978112ca1bbdca-nvidia-h100-80gb-hbm3-onnxruntime-1.32.0"
        );
        for other in [
            key(b"b", "NVIDIA H100 80GB HBM3", "1.32.0"),
            key(b"a", "NVIDIA A100", "1.32.0"),
            key(b"a", "NVIDIA H100 80GB HBM3", "1.31.0"),
        ] {
            assert_ne!(here, other);
        }
        assert!(!key(b"a", "../../etc", "1").contains('/'));
    }

    #[test]
    fn the_gpu_is_the_one_that_cuda_sees_under_the_number() {
        for (device, visible, gpu) in [
            (1, None, "1"),
            (1, Some(""), "1"),
            (0, Some("3,2"), "3"),
            (1, Some("3, GPU-8f"), "GPU-8f"),
            (2, Some("3,2"), "2"),
        ] {
            assert_eq!(physical(device, visible), gpu, "{device} of {visible:?}");
        }
    }

    #[test]
    fn a_cache_is_empty_until_it_has_an_engine() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache {
            folder: folder.path().to_owned(),
        };
        fs::write(folder.path().join("x.timing"), "").unwrap();
        assert!(cache.is_empty());
        fs::write(folder.path().join("x_sm90.engine"), "").unwrap();
        assert!(!cache.is_empty());
    }
}
