//! What an ONNX Runtime on this machine offers.

use std::path::{Path, PathBuf};

use super::Provider;
use super::library::{candidates, required_library};
use super::loaded::{Loaded, library_in_use};
use crate::error::Result;

/// A library of ONNX Runtime that can be used.
pub(crate) struct Found {
    pub path: PathBuf,
    pub version: String,
    /// What it was built with; whether that works shows when it is used.
    pub providers: Vec<Provider>,
}

/// The library that a [`Colorizer`](crate::Colorizer) would use, and what was passed over.
///
/// # Errors
/// One that is demanded cannot be used.
pub(crate) fn probe(explicit: Option<&Path>) -> Result<(Option<Found>, Vec<String>)> {
    if let Some(library) = required_library(explicit)? {
        return Ok((Some(found(&library)?), Vec::new()));
    }
    let mut notes = Vec::new();
    for library in library_in_use().into_iter().chain(candidates()) {
        match found(&library) {
            Ok(found) => return Ok((Some(found), notes)),
            Err(error) => notes.push(format!("passed over: {error}")),
        }
    }
    Ok((None, notes))
}

fn found(library: &Path) -> Result<Found> {
    let loaded = Loaded::get(library)?;
    let all = [
        Provider::Cuda(0),
        Provider::TensorRt(0),
        Provider::DirectMl(0),
        Provider::CoreMl,
        Provider::Cpu,
    ];
    Ok(Found {
        path: loaded.path,
        version: loaded.version,
        providers: all.into_iter().filter(|one| one.is_in_library()).collect(),
    })
}
