//! From a burn checkpoint to a portable ONNX file that computes the same numbers.
//!
//! The graph is written, not traced: each module says how it stands in ONNX ([`ToOnnx`]), one node
//! an operation, names equal to module paths, batch, height and width symbolic. [`verify`] compares
//! the bytes with burn in every engine at hand, and [`export()`] puts a file in place only then.

pub mod companions;
mod error;
mod export;
mod graph;
pub mod inspect;
pub mod layers;
mod networks;
mod options;
mod passes;
pub mod pixels;
mod probed;
pub mod verify;

pub use error::Error;
pub use export::{Verified, contract, export, model};
pub use graph::{GraphBuilder, Output, int, ints};
pub use networks::{ToOnnx, ToOnnxWithSkip};
pub use options::{OPSETS, Options, Precision};

/// What this crate's fallible functions give.
pub type Result<T> = std::result::Result<T, Error>;
