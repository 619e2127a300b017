//! What runs a colorizer's graph.
//!
//! Two engines live in one binary: ONNX Runtime, where a library of it is found at
//! run time, and a built-in one in pure Rust that is always there.

#[cfg(feature = "builtin")]
mod builtin;
mod library;
#[cfg(feature = "onnxruntime")]
mod loaded;
#[cfg(feature = "onnxruntime")]
mod nvidia;
#[cfg(feature = "onnxruntime")]
mod onnxruntime;
#[cfg(all(feature = "cli", feature = "onnxruntime"))]
mod probe;
mod provider;
#[cfg(feature = "onnxruntime")]
mod registration;
#[cfg(feature = "onnxruntime")]
mod session;
#[cfg(feature = "onnxruntime")]
mod tensorrt;
#[cfg(any(feature = "builtin", feature = "onnxruntime"))]
mod tensors;

use ndarray::{Array4, ArrayD, ArrayView4, ArrayViewD};

#[cfg(feature = "builtin")]
pub use builtin::Builtin;
pub use library::find_library;
#[cfg(feature = "onnxruntime")]
pub use onnxruntime::OnnxRuntime;
pub use provider::Provider;

#[cfg(feature = "onnxruntime")]
pub(crate) use {
    library::{candidates, required_library},
    loaded::library_in_use,
    session::Demand,
};

#[cfg(all(feature = "cli", feature = "onnxruntime"))]
pub(crate) use probe::probe;

use crate::error::{Error, Result};

/// Runs a graph. Tensors are `f32`, pictures in NCHW layout: what they mean is in the colorizer's
/// [`Contract`](crate::Contract).
pub trait Engine: Send + Sync {
    /// What runs, with its version, for people: `ONNX Runtime 1.32.0 on CPU`.
    fn name(&self) -> &str;

    /// Runs the graph once: the input that counts to the output that counts. Inputs beside it are
    /// zeros.
    ///
    /// # Errors
    /// [`Error::Engine`] if the graph cannot take an input of this shape, or fails.
    fn run(&self, input: ArrayView4<'_, f32>) -> Result<Array4<f32>>;

    /// Whether it runs several pictures of one size at once: `[n, planes, height, width]`. Asked before
    /// it is given such.
    fn takes_batches(&self) -> bool {
        false
    }

    /// Whether runs on several threads at once end sooner than one after the other. The looks at a
    /// photograph are then painted at once.
    fn runs_at_once(&self) -> bool {
        false
    }

    /// Whether it has [`run_with`](Self::run_with), without which it gives colours only.
    fn has_run_with(&self) -> bool {
        false
    }

    /// Runs the graph once: the input that counts, and what is `given` for others by name (the rest
    /// are zeros), to the outputs that are named, and in their order. Outputs that are not named are
    /// not computed, or cost next to nothing.
    ///
    /// # Errors
    /// As [`run`](Self::run); or there is no input or output of a name; or this engine
    /// [has it not](Self::has_run_with).
    fn run_with(
        &self,
        input: ArrayView4<'_, f32>,
        given: &[(&str, ArrayViewD<'_, f32>)],
        outputs: &[&str],
    ) -> Result<Vec<ArrayD<f32>>> {
        let _ = (input, given, outputs);
        Err(Error::engine(
            format!("{} takes no hints and gives colours only", self.name()),
            "leave hints out, or use another engine",
        ))
    }

    /// Runs a graph that [takes pixels](crate::Contract::takes_pixels) once: 8-bit sRGB,
    /// `[batch, height, width, 3]`, in and out.
    ///
    /// # Errors
    /// As [`run`](Self::run); or this engine has nothing for such graphs, as is so unless it says
    /// otherwise.
    fn run_pixels(&self, _pixels: ArrayView4<'_, u8>) -> Result<Array4<u8>> {
        Err(Error::engine(
            format!("{} runs no graph that takes pixels", self.name()),
            "give a colorizer that was exported without `--bundle-pixels`",
        ))
    }
}
