use std::io;
use std::path::PathBuf;

/// What can go wrong, by who is at fault; each message is one line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The checkpoint is missing or damaged.
    #[error(transparent)]
    Checkpoint(#[from] colorize_train::Error),
    /// What was asked for cannot be.
    #[error("{0}")]
    Options(String),
    /// An engine refuses the file that was written.
    #[error("the exported network cannot be verified: {0}")]
    Engine(#[from] colorize_rt::Error),
    /// An engine computes something else than burn.
    #[error(
        "{engine} differs from burn by {difference:.1e} at {shape:?}, more than {tolerance:.0e}; \
         nothing was written (--force writes it, and says so in the file)"
    )]
    Parity {
        /// Which engine.
        engine: String,
        /// `[batch, channels, height, width]` of the input.
        shape: [usize; 4],
        /// The largest absolute difference.
        difference: f64,
        /// What is allowed.
        tolerance: f64,
    },
    /// An engine makes other pixels of a photograph than the runtime does.
    #[error(
        "{engine} differs from the runtime by up to {most} of 255 at {width}x{height}: by more than one \
         in {beyond_one:.1e}, at all in {differing:.1e} of the channels; nothing was written (--force \
         writes it, and says so in the file)"
    )]
    Pixels {
        /// Which engine.
        engine: String,
        /// Of the photograph.
        width: u32,
        /// Of the photograph.
        height: u32,
        /// The largest difference of a channel.
        most: u8,
        /// The share of channels that differ by more than one.
        beyond_one: f64,
        /// The share of channels that differ at all.
        differing: f64,
    },
    /// The target cannot be written.
    #[error("{}: {source}; choose another place with --to", path.display())]
    Write {
        /// The target.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
}
