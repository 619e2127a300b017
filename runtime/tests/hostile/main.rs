//! What is meant to break the crate does not: an error within 512 MiB and a few seconds, no panic, no
//! abort.
//!
//! Each promise is a test that runs itself once more in a process of its own, whose address space is
//! limited.
#![cfg(all(unix, feature = "builtin"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod limited;
mod networks;
mod pictures;
