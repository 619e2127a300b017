//! Photographs: where they are, which are drawn, how they become tensors.
//!
//! [`Sources`] lists what the recipe's `data:` names and decodes one photograph at a time;
//! [`Loader`] draws from them on worker threads, augments, and gives batches. Photographs that are
//! of no use are skipped and written down in a [`SkipList`].

mod augment;
mod batch;
mod batches;
pub mod coco;
mod decode;
mod draws;
mod files;
mod loader;
mod npz;
mod pattern;
mod pickle;
mod sample;
mod select;
mod shards;
mod skip;
mod source;
mod sources;

pub use batch::Batch;
pub use loader::{Loader, LoaderPlan, Waited};
pub use sample::Sample;
pub use select::{Selected, select};
pub use skip::{Skip, SkipList, SkipReason};
pub use sources::{PhotoId, Sources};

/// What the nearest of the known names is, for errors: `unknown X; did you mean Y? (known: …)`.
fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let nearest = known
        .clone()
        .min_by_key(|candidate| strsim::damerau_levenshtein(name, candidate));
    let all = known.collect::<Vec<_>>().join(", ");
    match nearest {
        Some(nearest) => format!("unknown: `{name}`; did you mean `{nearest}`? (known: {all})"),
        None => format!("unknown: `{name}`"),
    }
}
