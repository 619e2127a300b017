//! The one place that randomness comes from.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// Streams of random numbers, each a function of the run's seed and of what it is for. No stream
/// depends on how far another has been read, so a run can go on at any step, and worker threads
/// draw the same numbers in whatever order they run.
#[derive(Clone, Copy, Debug)]
pub struct Seed(pub u64);

impl Seed {
    /// The stream for `purpose` number `index`: ("order", epoch), ("augment", photograph drawn) …
    pub fn stream(self, purpose: &str, index: u64) -> ChaCha8Rng {
        ChaCha8Rng::from_seed(self.digest(purpose, index))
    }

    /// A seed for a generator of somebody else's: the backend's.
    pub fn value(self, purpose: &str, index: u64) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.digest(purpose, index);
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }

    fn digest(self, purpose: &str, index: u64) -> [u8; 32] {
        Sha256::new()
            .chain_update(self.0.to_le_bytes())
            .chain_update(index.to_le_bytes())
            .chain_update(purpose)
            .finalize()
            .into()
    }
}
