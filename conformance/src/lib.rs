//! The same numbers in every engine, as tests.
//!
//! burn on the CPU is the reference. `tests/` compares ONNX Runtime from Rust and from Python and
//! the built-in engine with it, on files made by the exporter; this library is what those tests
//! share: networks with known random weights, and the tools that `cargo xtask test` sets up.

mod python;
mod random;

pub use python::{Python, onnxruntime};
pub use random::{generator, random};
