//! On what a colorizer is computed.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// What a colorizer runs on: the built-in engine, or one of ONNX Runtime's execution providers.
///
/// As text: `auto`, `cuda`, `cuda:1`, `tensorrt`, `directml`, `coreml`, `cpu`, `builtin`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Provider {
    /// The best that works: [`Provider::BEST_FIRST`] in an ONNX Runtime that is found, and the
    /// built-in engine if none is.
    #[default]
    Auto,
    /// ONNX Runtime on an NVIDIA GPU through CUDA, by its number, in full 32 bits: TF32 has a mantissa
    /// of ten, and results would be up to 0.3 off (ONNX Runtime issue 19288).
    Cuda(u32),
    /// ONNX Runtime on an NVIDIA GPU through TensorRT, by its number. It builds an engine for each
    /// size of input, which takes minutes the first time, and keeps it in the user's cache folder.
    TensorRt(u32),
    /// ONNX Runtime on a GPU under Windows through DirectML, by its number.
    DirectMl(u32),
    /// ONNX Runtime on Apple's processors through Core ML.
    CoreMl,
    /// ONNX Runtime on the processor.
    Cpu,
    /// The engine inside this crate, on the processor.
    Builtin,
}

impl Provider {
    /// What [`Auto`](Self::Auto) tries in an ONNX Runtime, in this order. TensorRT is not among them:
    /// the minutes it takes at first are for those who ask for it.
    pub const BEST_FIRST: [Self; 4] = [Self::Cuda(0), Self::DirectMl(0), Self::CoreMl, Self::Cpu];

    /// As it is said to `--provider`, without the number.
    fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cuda(_) => "cuda",
            Self::TensorRt(_) => "tensorrt",
            Self::DirectMl(_) => "directml",
            Self::CoreMl => "coreml",
            Self::Cpu => "cpu",
            Self::Builtin => "builtin",
        }
    }

    /// For people, without the number.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "the best that works",
            Self::Cuda(_) => "CUDA",
            Self::TensorRt(_) => "TensorRT",
            Self::DirectMl(_) => "DirectML",
            Self::CoreMl => "Core ML",
            Self::Cpu => "CPU",
            Self::Builtin => "built in",
        }
    }

    fn device(self) -> Option<u32> {
        match self {
            Self::Cuda(device) | Self::TensorRt(device) | Self::DirectMl(device) => Some(device),
            Self::Auto | Self::CoreMl | Self::Cpu | Self::Builtin => None,
        }
    }

    /// What is to be installed for it.
    #[cfg(any(feature = "cli", feature = "onnxruntime"))]
    pub(crate) fn what_it_needs(self) -> &'static str {
        match self {
            Self::Cuda(_) => {
                "`pip install 'onnxruntime-gpu[cuda,cudnn]'` and a driver for that CUDA"
            }
            Self::TensorRt(_) => {
                "`pip install 'onnxruntime-gpu[cuda,cudnn]'`, the TensorRT that it is built for, and a driver for that CUDA"
            }
            Self::DirectMl(_) => "`pip install onnxruntime-directml` under Windows",
            Self::CoreMl => "`pip install onnxruntime` under macOS",
            Self::Auto | Self::Cpu | Self::Builtin => "`pip install onnxruntime`",
        }
    }
}

/// For people: `CUDA:0`.
impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self.device() {
            Some(device) => write!(f, ":{device}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Provider {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || {
            Error::request(
                format!("`{text}` is no provider"),
                "give auto, cuda[:N], tensorrt[:N], directml[:N], coreml, cpu or builtin",
            )
        };
        let (word, device) = match text.split_once(':') {
            Some((word, device)) => (word, Some(device)),
            None => (text, None),
        };
        // Engines count with signed numbers of 32 bits.
        let number = device.map_or(Ok(0), |text| text.parse::<u32>());
        let number = number.ok().filter(|number| i32::try_from(*number).is_ok());
        let number = number.ok_or_else(unknown)?;
        let known = [
            Self::Auto,
            Self::Cuda(number),
            Self::TensorRt(number),
            Self::DirectMl(number),
            Self::CoreMl,
            Self::Cpu,
            Self::Builtin,
        ];
        let mut known = known.into_iter();
        known
            .find(|known| known.word() == word && (device.is_none() || known.device().is_some()))
            .ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_is_read_from_its_word() {
        for (text, provider) in [
            ("auto", Provider::Auto),
            ("cuda", Provider::Cuda(0)),
            ("cuda:3", Provider::Cuda(3)),
            ("tensorrt", Provider::TensorRt(0)),
            ("tensorrt:1", Provider::TensorRt(1)),
            ("directml:2", Provider::DirectMl(2)),
            ("coreml", Provider::CoreMl),
            ("cpu", Provider::Cpu),
            ("builtin", Provider::Builtin),
        ] {
            assert_eq!(text.parse::<Provider>().unwrap(), provider, "{text}");
        }
    }

    #[test]
    fn what_is_no_provider_is_an_error_that_names_the_others() {
        for text in [
            "",
            "gpu",
            "CUDA",
            "cuda:",
            "cuda:-1",
            "cuda:x",
            "cuda:0:1",
            "cuda:4294967295",
            "cpu:0",
            "auto:0",
            "coreml:1",
            " cuda",
        ] {
            let error = text.parse::<Provider>().unwrap_err().to_string();
            assert!(
                error.contains("cuda[:N]") && !error.contains('\n'),
                "{error}"
            );
        }
    }
}
