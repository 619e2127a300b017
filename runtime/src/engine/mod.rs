//! What runs a colorizer's graph.
//!
//! Two engines live in one binary: ONNX Runtime, where a library of it is found at
//! run time, and a built-in one in pure Rust that is always there.

#[cfg(feature = "builtin")]
mod builtin;
mod library;
#[cfg(feature = "onnxruntime")]
mod onnxruntime;
#[cfg(any(feature = "builtin", feature = "onnxruntime"))]
mod tensors;

use ndarray::{Array4, ArrayView4};

#[cfg(feature = "builtin")]
pub use builtin::Builtin;
pub use library::find_library;
#[cfg(feature = "onnxruntime")]
pub use onnxruntime::OnnxRuntime;

#[cfg(feature = "onnxruntime")]
pub(crate) use {
    library::{candidates, required_library},
    onnxruntime::library_in_use,
};

use crate::error::Result;

/// Runs a graph with one input and one output that counts. Both are `f32` in NCHW
/// layout: what they mean is in the colorizer's [`Contract`](crate::Contract).
pub trait Engine: Send + Sync {
    /// What runs, with its version, for people: `ONNX Runtime 1.32.0 on CPU`.
    fn name(&self) -> &str;

    /// Runs the graph once.
    ///
    /// # Errors
    /// [`Error::Engine`](crate::Error::Engine) if the graph cannot take an input of this shape, or fails.
    fn run(&self, input: ArrayView4<'_, f32>) -> Result<Array4<f32>>;
}
