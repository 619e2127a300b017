//! Training: photographs in, a run folder with checkpoints out.
//!
//! [`Config`] (YAML) says what to do; [`run::train`] does it:
//! [`data`] decodes and augments photographs on worker threads, [`step`] is one adversarial step
//! with the losses of [`loss`], [`validation`] measures on photographs held back, and
//! [`checkpoint`] keeps the result. [`seed`] is the only source of randomness.

pub mod checkpoint;
pub mod config;
pub mod data;
mod error;
pub mod lab;
pub mod loss;
pub mod perceptual;
pub mod pretrained;
pub mod preview;
pub mod run;
pub mod seed;
pub mod step;
pub mod validation;

pub use config::Config;
pub use error::Error;

/// What this crate's fallible functions give.
pub type Result<T> = std::result::Result<T, Error>;
