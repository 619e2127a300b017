//! How an execution provider is asked of ONNX Runtime.

use ort::ep::{self, ExecutionProvider as _, ExecutionProviderDispatch};

use super::Provider;
use super::tensorrt::Cache;

impl Provider {
    /// Whether the library in use was built with it. Whether it works shows when it is registered.
    pub(super) fn is_in_library(self) -> bool {
        let found = match self {
            Self::Cuda(_) => ep::CUDA::is_available(),
            Self::TensorRt(_) => ep::TensorRT::is_available(),
            Self::DirectMl(_) => ep::DirectML::is_available(),
            Self::CoreMl => ep::CoreML::is_available(),
            Self::Cpu => Ok(true),
            Self::Auto | Self::Builtin => Ok(false),
        };
        found.unwrap_or(false)
    }

    /// What a session is to register; one that cannot be is an error, never the CPU in silence.
    pub(super) fn registration(self, cache: Option<&Cache>) -> Vec<ExecutionProviderDispatch> {
        let number = |device: u32| i32::try_from(device).unwrap_or(i32::MAX);
        let provider = match self {
            Self::Auto | Self::Cpu | Self::Builtin => return Vec::new(),
            Self::Cuda(device) => cuda(number(device)),
            Self::TensorRt(device) => {
                let tensorrt = ep::TensorRT::default().with_device_id(number(device));
                let tensorrt = match cache {
                    Some(cache) => cache.configure(tensorrt),
                    None => tensorrt,
                };
                // What TensorRT leaves goes to CUDA, not to the processor.
                return vec![
                    tensorrt.build().error_on_failure(),
                    cuda(number(device)).error_on_failure(),
                ];
            }
            Self::DirectMl(device) => ep::DirectML::default()
                .with_device_id(number(device))
                .build(),
            Self::CoreMl => ep::CoreML::default().build(),
        };
        vec![provider.error_on_failure()]
    }
}

fn cuda(device: i32) -> ExecutionProviderDispatch {
    ep::CUDA::default()
        .with_device_id(device)
        .with_tf32(false)
        .build()
}
