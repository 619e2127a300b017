//! A photograph that is read while the colorizer is loaded: of one alone, either takes as long.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use super::names::is_standard;
use super::source::read;
use super::workers::STACK;
use crate::{Photograph, Result};

/// Nothing, or what was read ahead.
#[derive(Default)]
pub(super) struct Ahead(Mutex<Option<(PathBuf, WasRead)>>);

/// What came of reading, and the seconds that it took.
pub(super) type WasRead = (Result<Photograph>, f64);

impl Ahead {
    /// Does `work` and reads a photograph at the same time. Standard input is not waited for.
    pub fn during<T>(input: &Path, work: impl FnOnce() -> T) -> (T, Self) {
        if is_standard(input) {
            return (work(), Self::default());
        }
        thread::scope(|scope| {
            let thread = thread::Builder::new().stack_size(STACK);
            let reading = thread.spawn_scoped(scope, || timed(input));
            let done = work();
            // Without a thread, or after a panic in it, it is read when its turn comes, and that says why.
            let was_read = reading.ok().and_then(|reading| reading.join().ok());
            let was_read = was_read.map(|was_read| (input.to_owned(), was_read));
            (done, Self(Mutex::new(was_read)))
        })
    }

    /// What was read of this photograph, once.
    pub fn take(&self, input: &Path) -> Option<WasRead> {
        let mut ahead = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ahead
            .take_if(|(path, _)| path == input)
            .map(|(_, was_read)| was_read)
    }
}

/// Reads a photograph, and takes the time.
pub(super) fn timed(input: &Path) -> WasRead {
    let started = Instant::now();
    let photograph = read(input);
    (photograph, started.elapsed().as_secs_f64())
}
