//! Training: photographs in, a run folder with checkpoints out.
//!
//! [`Config`] (YAML) says what to do; [`run`] does it, stage by stage: [`data`] decodes and
//! augments photographs on worker threads, [`step`] descends the losses of [`loss`] and
//! [`perceptual`], [`validation`] colours photographs that are held back, [`metrics`] measures
//! them, and [`checkpoint`] keeps the result. [`seed`] is the only source of randomness.

pub mod allocator;
pub mod checkpoint;
pub mod config;
pub mod contract;
pub mod data;
pub mod descent;
pub mod device;
pub mod ema;
mod error;
pub mod evaluate;
pub mod hints;
pub mod inspect;
pub mod lab;
pub mod loss;
pub mod losses;
pub mod metrics;
mod parallel;
pub mod perceptual;
pub mod plot;
pub mod pretrained;
pub mod preview;
pub mod run;
pub mod seed;
pub mod step;
pub mod tensorboard;
pub mod trainer;
pub mod validation;

pub use config::Config;
pub use error::Error;

/// What this crate's fallible functions give.
pub type Result<T> = std::result::Result<T, Error>;
