//! Photographs: where they are, which are drawn, how they become tensors.

mod loader;
mod photographs;
mod sample;

pub use loader::{Loader, Waited};
pub use photographs::{PhotoId, Photographs};
pub use sample::{Batch, Crop, Sample};
