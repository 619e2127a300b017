//! Gives gray photographs their colour back.
//!
//! ```
//! # #[cfg(all(feature = "embedded-model", feature = "builtin"))]
//! # fn main() -> Result<(), colorize_rt::Error> {
//! use colorize_rt::{Colorizer, Provider, SaveOptions, open, save};
//!
//! let colorizer = Colorizer::builder().provider(Provider::Builtin).build()?;
//! let photograph = open("../examples/chelsea-gray.jpg")?;
//! let colorized = colorizer.colorize(&photograph)?;
//!
//! assert_eq!(colorized.image.dimensions(), (photograph.width(), photograph.height()));
//! # let folder = tempfile::tempdir().map_err(|e| colorize_rt::Error::File(e.to_string()))?;
//! # let output = folder.path().join("chelsea.png");
//! save(&colorized.image, output, SaveOptions::default())?;
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "embedded-model", feature = "builtin")))]
//! # fn main() {}
//! ```
//!
//! The way of a photograph is one page, [`Colorizer::colorize`]: its lightness is
//! taken at full size and left alone; a reduced copy goes through the network, which
//! gives chroma; that is enlarged and merged with the lightness.
//!
//! # Features
//! All but `heif` are on by default; none is needed for [`color`], [`Contract`] and [`onnx`].
//!
//! - `embedded-model`: `Model::embedded`, the project's own colorizer.
//! - `builtin`: the pure-Rust engine that is always there.
//! - `onnxruntime`: ONNX Runtime, loaded at run time where it is installed.
//! - `heif`: HEIC and AVIF are read, by the system's libheif (1.17 or later).
//! - `jpeg-xl`: JPEG XL is read.
//! - `cli`: the command `colorize-rt`.

mod batch;
mod box_sums;
mod builder;
mod bundled;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
pub mod color;
mod colorizer;
mod confidence;
mod contact_sheet;
mod contract;
mod decode;
mod encode;
pub mod engine;
mod enlargement;
mod error;
mod framing;
mod guided;
mod hints;
mod inks;
mod jpeg;
mod look;
mod luminance;
mod merge;
mod metadata;
mod model;
mod network;
pub mod onnx;
mod options;
mod painting;
mod photograph;
mod plane;
mod planes;
mod profile;
mod report;
mod resize;
mod show;
mod soundness;
mod variants;
#[cfg(test)]
mod vectors;
mod view;
mod whole_file;

pub use builder::Builder;
pub use colorizer::{Colorized, ColorizedPhotograph, Colorizer};
pub use confidence::Confidence;
pub use contact_sheet::contact_sheet;
pub use contract::{
    Bins, Contract, Distribution, HintsInput, Input, InputKind, Output, OutputKind, PerPlane,
    SizeRule, Steering,
};
pub use decode::{MAX_FILE_BYTES, MAX_PIXELS, decode, open};
pub use encode::{SaveOptions, can_save, save};
pub use engine::{Engine, Provider};
pub use enlargement::Enlargement;
pub use error::{Error, Result};
pub use hints::{Coordinate, Hints, colour_of};
pub use metadata::Metadata;
pub use model::Model;
pub use options::ColorizeOptions;
pub use photograph::Photograph;
pub use report::{Report, Stages};
pub use show::show;
pub use variants::MOST_VARIANTS;
pub use whole_file::WholeFile;

/// The README's example, compiled.
#[cfg(all(doctest, feature = "embedded-model"))]
#[doc = include_str!("../README.md")]
pub struct Readme;
