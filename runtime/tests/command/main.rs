//! The command, run as a person runs it.
#![allow(clippy::unwrap_used)]

mod bad_input;
mod desk;
mod promises;
mod providers;
mod steering;
