//! Engines of others, each a program that reads what to compute from stdin: the command lines that
//! start them, once they are set up.

mod burn_onnx;
mod command;
mod peers;
mod web;

use std::ffi::OsString;

pub use burn_onnx::{burn_onnx, burn_onnx_tracer};
pub use command::Engine;
pub use web::web;

/// tract.
///
/// # Errors
/// It cannot be built.
pub fn tract() -> Result<Vec<OsString>, String> {
    Ok(vec![peers::build("tract-engine", "tract-engine")?.into()])
}
