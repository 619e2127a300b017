//! CUDA's, cuDNN's and TensorRT's libraries, where pip puts them.
//!
//! `pip install onnxruntime-gpu[cuda,cudnn]` leaves them beside the package of ONNX Runtime, where no loader
//! looks; Python's `onnxruntime.preload_dlls()` loads them from there, and so does this: what a
//! process has loaded is found by its name, from wherever it came.

use std::path::{Path, PathBuf};

use super::Provider;
use super::library::entries;

/// What ONNX Runtime's provider for CUDA is linked to, each after what it needs itself.
const CUDA: [&str; 8] = [
    "cudart",
    "nvrtc",
    "nvJitLink",
    "cublasLt",
    "cublas",
    "curand",
    "cufft",
    "cudnn",
];
/// What that for TensorRT is linked to beside.
const TENSORRT: [&str; 3] = ["nvinfer", "nvinfer_plugin", "nvonnxparser"];

/// Loads what a provider needs from beside the package that `library` belongs to. What is not there, or
/// cannot be loaded, the loader looks for when the provider is registered, and says so.
pub(super) fn preload(library: &Path, provider: Provider) {
    let names: &[&[&str]] = match provider {
        Provider::Cuda(_) => &[&CUDA],
        Provider::TensorRt(_) => &[&CUDA, &TENSORRT],
        _ => return,
    };
    for file in beside(library, names.concat()) {
        let _ = ort::util::preload_dylib(&file);
    }
}

/// The files of these names in the packages beside that of `library`, in the order of the names.
fn beside(library: &Path, names: Vec<&str>) -> Vec<PathBuf> {
    // In pip's layout only: what lies around a library elsewhere may be anybody's.
    let capi = library
        .parent()
        .filter(|capi| capi.ends_with("onnxruntime/capi"));
    let Some(packages) = capi.and_then(|capi| capi.ancestors().nth(2)) else {
        return Vec::new();
    };
    let mut folders = vec![packages.join("tensorrt_libs")];
    for package in entries(&packages.join("nvidia"), |_| true) {
        folders.extend(["lib", "bin", "bin/x86_64"].map(|folder| package.join(folder)));
    }
    folders.sort();
    let named = |name| {
        let folders = folders.iter();
        folders.flat_map(move |folder| entries(folder, |file| is_called(file, name)))
    };
    names.into_iter().flat_map(named).collect()
}

/// `libcublas.so.13` or `cublas64_13.dll` for `cublas`.
fn is_called(file: &str, name: &str) -> bool {
    if cfg!(windows) {
        let version = file
            .strip_suffix(".dll")
            .and_then(|rest| rest.strip_prefix(name));
        let version = version.map(|rest| rest.strip_prefix("64").unwrap_or(rest));
        version.is_some_and(|version| version.starts_with('_'))
    } else {
        let rest = file
            .strip_prefix("lib")
            .and_then(|rest| rest.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with(".so"))
    }
}

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn they_are_found_beside_the_package_each_after_what_it_needs() {
        let root = tempfile::tempdir().unwrap();
        for file in [
            "onnxruntime/capi/libonnxruntime.so.1.32.0",
            "nvidia/cu13/lib/libcublas.so.13",
            "nvidia/cu13/lib/libcublasLt.so.13",
            "nvidia/cu13/lib/libcudart.so.13",
            "nvidia/cu13/lib/libnvblas.so.13",
            "nvidia/cudnn/lib/libcudnn.so.9",
            "nvidia/cudnn/lib/libcudnn_ops.so.9",
            "tensorrt_libs/libnvinfer.so.10",
            "tensorrt_libs/libnvinfer_plugin.so.10",
        ] {
            let file = root.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        let library = root
            .path()
            .join("onnxruntime/capi/libonnxruntime.so.1.32.0");
        let found = beside(&library, [&CUDA[..], &TENSORRT].concat());
        let names = found.iter().map(|file| file.file_name().unwrap());
        assert_eq!(
            names.collect::<Vec<_>>(),
            [
                "libcudart.so.13",
                "libcublasLt.so.13",
                "libcublas.so.13",
                "libcudnn.so.9",
                "libnvinfer.so.10",
                "libnvinfer_plugin.so.10",
            ]
        );
        let elsewhere = root.path().join("other/capi/libonnxruntime.so.1.32.0");
        assert!(beside(&elsewhere, CUDA.to_vec()).is_empty());
    }
}
