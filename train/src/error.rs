use std::io;
use std::path::{Path, PathBuf};

/// What can go wrong, by who is at fault; each message is one line that says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The recipe: YAML, keys, values.
    #[error("{file}: {message}")]
    Config {
        /// The YAML file, or `--set …`.
        file: String,
        /// What is wrong and what to write instead.
        message: String,
    },
    /// The photographs.
    #[error("{}: {message}", path.display())]
    Data {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A file that cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// A checkpoint or pretrained weights that do not fit.
    #[error("{}: {message}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A loss or a gradient that is no number any more.
    #[error("the {loss} became {value}; lower the learning rate or the weight of a loss, or clip")]
    Diverged {
        /// Which.
        loss: &'static str,
        /// NaN or infinite.
        value: f32,
    },
    /// A run that diverged: its last good checkpoint is kept.
    #[error(
        "after step {step}: {reason} ({} has more; the last checkpoint is whole)",
        diagnosis.display()
    )]
    Stopped {
        /// Steps that went well.
        step: u64,
        /// What was no number.
        reason: String,
        /// A file of the run folder.
        diagnosis: PathBuf,
    },
    /// A network whose figures do not fit together.
    #[error(transparent)]
    Network(#[from] colorize_models::ConfigError),
}

impl Error {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn data(path: &Path, message: impl ToString) -> Self {
        Self::Data {
            path: path.to_path_buf(),
            message: message.to_string(),
        }
    }

    pub(crate) fn weights(path: &Path, message: impl ToString) -> Self {
        Self::Weights {
            path: path.to_path_buf(),
            message: message.to_string(),
        }
    }
}
