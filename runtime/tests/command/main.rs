//! The command, run as a person runs it.
#![allow(clippy::unwrap_used)]

mod bad_input;
mod batch;
mod choosing;
mod desk;
mod generated;
mod interrupted;
mod promises;
mod providers;
mod steering;
mod streams;
mod ten_thousand;
mod watch;
