//! On what ONNX Runtime computes.

use std::fmt;

/// An execution provider of ONNX Runtime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Provider {
    /// The processor.
    #[default]
    Cpu,
    /// An NVIDIA GPU through CUDA, by its number, in full 32 bits: TF32 has a mantissa of ten, and
    /// results would be up to 0.3 off (ONNX Runtime issue 19288).
    Cuda(i32),
    /// An NVIDIA GPU through TensorRT, by its number.
    TensorRt(i32),
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("CPU"),
            Self::Cuda(device) => write!(f, "CUDA:{device}"),
            Self::TensorRt(device) => write!(f, "TensorRT:{device}"),
        }
    }
}

#[cfg(feature = "onnxruntime")]
impl Provider {
    /// What a session is to register; one that cannot be is an error, never the CPU in silence.
    pub(super) fn dispatch(self) -> Vec<ort::ep::ExecutionProviderDispatch> {
        let provider = match self {
            Self::Cpu => return Vec::new(),
            Self::Cuda(device) => ort::ep::CUDA::default()
                .with_device_id(device)
                .with_tf32(false)
                .build(),
            Self::TensorRt(device) => ort::ep::TensorRT::default().with_device_id(device).build(),
        };
        vec![provider.error_on_failure()]
    }
}
