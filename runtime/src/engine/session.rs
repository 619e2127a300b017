//! A session of ONNX Runtime on the provider that was asked for.

use std::num::NonZeroUsize;

use ort::session::Session;

use super::loaded::Loaded;
use super::tensorrt::Cache;
use super::tensors::refused;
use super::{Provider, nvidia};
use crate::error::{Error, Result};

/// How a colorizer is to be run.
#[derive(Clone, Copy, Default)]
pub(crate) struct Demand<'a> {
    pub provider: Provider,
    pub threads: Option<NonZeroUsize>,
    /// Takes a line for people before something that takes minutes.
    pub progress: Option<&'a (dyn Fn(&str) + Send + Sync)>,
}

/// A session, and what it runs on. What [`Provider::Auto`] passes over goes into `notes`, where the
/// library has it and it does not work.
pub(super) fn session(
    loaded: &Loaded,
    bytes: &[u8],
    demand: &Demand<'_>,
    notes: &mut Vec<String>,
) -> Result<(Session, Provider)> {
    let on = |provider| Ok((open(loaded, bytes, provider, demand)?, provider));
    if demand.provider != Provider::Auto {
        return on(demand.provider);
    }
    let there = Provider::BEST_FIRST.into_iter();
    let mut there = there.filter(|provider| provider.is_in_library()).peekable();
    while let Some(provider) = there.next() {
        match on(provider) {
            Err(error) if there.peek().is_some() => notes.push(format!("passed over: {error}")),
            last => return last,
        }
    }
    on(Provider::Cpu)
}

fn open(loaded: &Loaded, bytes: &[u8], provider: Provider, demand: &Demand<'_>) -> Result<Session> {
    let version = &loaded.version;
    if !provider.is_in_library() {
        return Err(unusable(
            provider,
            demand,
            format!(
                "the ONNX Runtime {version} at {} was built without it",
                loaded.path.display()
            ),
        ));
    }
    let name = format!("ONNX Runtime {version} on {provider}");
    let refused = |problem: &dyn std::fmt::Display| refused(&name, problem);
    let mut builder = Session::builder(&loaded.environment).map_err(|e| refused(&e))?;
    if let Some(threads) = demand.threads {
        let threads = threads.get();
        builder = builder
            .with_intra_threads(threads)
            .map_err(|e| refused(&e))?;
    }
    if let Provider::DirectMl(_) = provider {
        // Its documentation wants both.
        builder = builder
            .with_memory_pattern(false)
            .map_err(|e| refused(&e))?;
        builder = builder
            .with_parallel_execution(false)
            .map_err(|e| refused(&e))?;
    }
    nvidia::preload(&loaded.path, provider);
    let cache = match provider {
        Provider::TensorRt(device) => Cache::open(bytes, device, version),
        _ => None,
    };
    builder
        .with_execution_providers(provider.registration(cache.as_ref()))
        .map_err(|e| {
            let cause = cause(&e.to_string());
            unusable(provider, demand, format!("ONNX Runtime {version} says: {cause}"))
        })
        .and_then(|mut builder| {
            if let Some((cache, progress)) = cache.as_ref().zip(demand.progress)
                && cache.is_empty()
            {
                progress(&format!(
                    "TensorRT builds an engine for each size of photograph now, which takes minutes; \
                     they are kept in {}",
                    cache.folder().display()
                ));
            }
            builder.commit_from_memory(bytes).map_err(|e| refused(&e))
        })
}

/// What went wrong, of all that ONNX Runtime says when a provider cannot be registered: it puts names
/// of its functions and source files before, and behind a failure of CUDA the machine's and more files'.
fn cause(text: &str) -> String {
    let loader = text.split_once(" with error: ").map(|(_, cause)| cause);
    let cuda = text.find("CUDA failure").and_then(|at| text.get(at..));
    let cause = loader.or(cuda).unwrap_or(text);
    let cause = cause.split(" ; ").next().unwrap_or(cause);
    cause.trim().to_owned()
}

fn unusable(provider: Provider, demand: &Demand<'_>, problem: String) -> Error {
    let otherwise = match demand.provider {
        Provider::Auto => "",
        _ => "; or use `--provider auto`",
    };
    Error::engine(
        format!("{provider} cannot be used: {problem}"),
        format!("it needs {}{otherwise}", provider.what_it_needs()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As ONNX Runtime 1.31 says it where CUDA is not installed, and where its driver is too old.
    #[test]
    fn of_what_onnxruntime_says_the_cause_is_told() {
        for (text, expected) in [
            (
                "/src/provider_bridge.cc:2043 onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() \
                 [ONNXRuntimeError] : 1 : FAIL : Failed to load library /opt/libonnxruntime_providers_cuda.so \
                 with error: libcublasLt.so.13: cannot open shared object file: No such file or directory ",
                "libcublasLt.so.13: cannot open shared object file: No such file or directory",
            ),
            (
                "[ONNXRuntimeError] : 1 : FAIL : provider_options_utils.h:187 Parse Failed to parse provider \
                 option \"device_id\": CUDA failure 35: CUDA driver version is insufficient for CUDA runtime \
                 version ; GPU=-1 ; hostname=vm ; line=70 ; expr=cudaGetDeviceCount(&num_devices); ",
                "CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version",
            ),
            ("something else", "something else"),
        ] {
            assert_eq!(cause(text), expected);
        }
    }
}
