//! Ctrl-C, and being asked to end by the system.

use std::io::stderr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::INTERRUPTED;
use super::reporter::print;
use crate::{Error, Result, WholeFile};

/// Whether the command is to end.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on. The first time, what is being written is finished and the rest is
    /// left; the second time, the process ends at once. Neither leaves half of a file.
    pub fn listen() -> Result<Self> {
        let interrupt = Interrupt::default();
        let asked = interrupt.clone();
        let handler = move || {
            if asked.0.swap(true, Ordering::SeqCst) {
                WholeFile::abandon_all();
                std::process::exit(INTERRUPTED.into());
            }
            print(
                stderr(),
                "stopping after what is being written; Ctrl-C again stops at once",
            );
        };
        ctrlc::set_handler(handler).map_err(|error| {
            Error::request(
                format!("Ctrl-C cannot be listened to ({error})"),
                "please report this",
            )
        })?;
        Ok(interrupt)
    }

    pub fn asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
