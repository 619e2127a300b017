//! What may be chosen about a file.

use std::fmt;
use std::str::FromStr;

use colorize_models::{GeneratorConfig, Head};

use crate::error::Error;

/// In what a file's numbers are kept and computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits throughout.
    #[default]
    F32,
    /// Weights are kept in 16 bits, half the size, and widened before they are used.
    F16Weights,
    /// Convolutions compute in 16 bits, for devices that have units for it; softmax and the mean
    /// colour after it have 32.
    F16,
}

impl Precision {
    /// The largest difference from burn that is allowed, on values in [-1, 1]: 1 is 110 units of
    /// a* or b*.
    pub fn tolerance(self) -> f64 {
        match self {
            Self::F32 => 1e-4,
            Self::F16Weights => 0.02,
            Self::F16 => 0.05,
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F16Weights => "f16-weights",
            Self::F16 => "f16",
        })
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::F32, Self::F16Weights, Self::F16];
        let named = all.into_iter().find(|one| one.to_string() == text);
        named.ok_or_else(|| format!("`{text}` is no precision; write f32, f16-weights or f16"))
    }
}

/// Versions of ONNX's operators that a file can be written for: what it uses means the same in all
/// of them.
pub const OPSETS: std::ops::RangeInclusive<i64> = 13..=21;

/// What may be chosen about a file.
#[derive(Clone, Debug)]
pub struct Options {
    /// Short side of the reduced photograph that the network sees; the training resolution if not
    /// given.
    pub working_size: Option<u32>,
    /// How often it is best to look at a photograph, 1 to 4 times.
    pub views: u32,
    /// The runtime takes chroma times this.
    pub gain: f32,
    /// The terms under which the weights may be used.
    pub licence: String,
    /// In what the numbers are kept and computed.
    pub precision: Precision,
    /// One of [`OPSETS`]. 17, the default, is understood by every ONNX Runtime since 1.12.
    pub opset: i64,
    /// Side of the only squares that the file takes; None: any multiple of the network's.
    pub size: Option<u32>,
    /// Whether every layer's output can be asked for.
    pub probe: bool,
    /// Whether the file takes and gives RGB bytes: lightness, sizes, the merge and the gamut are in the
    /// graph, too.
    pub bundle_pixels: bool,
    /// Whether a file that differs from burn is written nevertheless; it then says so.
    pub force: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            working_size: None,
            views: 1,
            gain: 1.0,
            licence: String::new(),
            precision: Precision::F32,
            opset: 17,
            size: None,
            probe: false,
            bundle_pixels: false,
            force: false,
        }
    }
}

impl Options {
    /// Whether the network can be written so.
    pub(crate) fn check(&self, config: &GeneratorConfig) -> crate::Result<()> {
        if !OPSETS.contains(&self.opset) {
            return Err(Error::Options(format!(
                "--opset {}: write {} to {}",
                self.opset,
                OPSETS.start(),
                OPSETS.end()
            )));
        }
        let multiple = config.multiple() as u32;
        if let Some(size) = self.size
            && (size == 0 || !size.is_multiple_of(multiple))
        {
            return Err(Error::Options(format!(
                "--size {size}: this network takes multiples of {multiple}"
            )));
        }
        if config.head == Head::Rgb && self.gain != 1.0 {
            return Err(Error::Options(format!(
                "--gain {}: this network paints red, green and blue, not chroma; leave it out",
                self.gain
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_vivid_a_file_paints_is_for_chroma_only() {
        let options = Options {
            gain: 0.9,
            ..Options::default()
        };
        let with = |head| GeneratorConfig {
            head,
            ..GeneratorConfig::default()
        };
        assert!(options.check(&with(Head::Chroma)).is_ok());
        let error = options.check(&with(Head::Rgb)).unwrap_err().to_string();
        assert!(error.contains("--gain 0.9"), "{error}");
        assert!(Options::default().check(&with(Head::Rgb)).is_ok());
    }
}
