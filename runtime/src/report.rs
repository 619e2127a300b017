//! What ran, and how long each stage of it took.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::engine::Provider;

/// What a [`Colorizer`](crate::Colorizer) runs on, and how long it took so far.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The engine with its version, such as `ONNX Runtime 1.32.0 on CPU`.
    pub engine: String,
    /// What runs it; `None` for an engine of your own.
    pub provider: Option<Provider>,
    /// The shared library that it comes from, if it comes from one.
    pub library: Option<PathBuf>,
    /// That library's version, such as `1.32.0`.
    pub library_version: Option<String>,
    /// What was found and passed over, and why: one line each.
    pub notes: Vec<String>,
    /// How long each stage took.
    pub stages: Stages,
}

/// How long each stage took, summed over every photograph that a colorizer has had and over the
/// threads that it had them on. For one photograph, take the difference of two reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stages {
    /// From pixels to lightness, at full size, and reducing that.
    pub lightness: Duration,
    /// The network in its engine, and waiting for it where others use it.
    pub network: Duration,
    /// Enlarging the chroma and merging it with the lightness.
    pub merging: Duration,
}

/// Adds up [`Stages`] from any number of threads.
#[derive(Debug, Default)]
pub(crate) struct Clock(Mutex<Stages>);

impl Clock {
    pub fn time<T>(&self, stage: fn(&mut Stages) -> &mut Duration, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let done = work();
        *stage(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner)) += started.elapsed();
        done
    }

    pub fn stages(&self) -> Stages {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
