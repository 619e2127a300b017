//! What can go wrong, by who is at fault.

use std::fmt::Display;
use std::path::Path;

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of this crate. Its text is one line: what is wrong, then what to do.
/// Functions that take a path name that path at the line's beginning.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A picture file is missing, unreadable, damaged or not a picture, or cannot
    /// be written.
    #[error("{0}")]
    File(String),
    /// A colorizer file is missing, unreadable, not ONNX, or not ours.
    #[error("{0}")]
    Model(String),
    /// An engine cannot be loaded, refuses the colorizer, or failed while running.
    #[error("{0}")]
    Engine(String),
    /// What was asked for contradicts itself or is not possible.
    #[error("{0}")]
    Request(String),
    /// A file is larger than what this crate takes on.
    #[error("{0}")]
    Limit(String),
}

impl Error {
    pub(crate) fn file(problem: impl Display, advice: impl Display) -> Self {
        Error::File(line(problem, advice))
    }

    pub(crate) fn model(problem: impl Display, advice: impl Display) -> Self {
        Error::Model(line(problem, advice))
    }

    pub(crate) fn engine(problem: impl Display, advice: impl Display) -> Self {
        Error::Engine(line(problem, advice))
    }

    pub(crate) fn request(problem: impl Display, advice: impl Display) -> Self {
        Error::Request(line(problem, advice))
    }

    pub(crate) fn limit(problem: impl Display, advice: impl Display) -> Self {
        Error::Limit(line(problem, advice))
    }

    /// The same error with the file that it is about in front.
    #[must_use]
    pub fn at(self, path: &Path) -> Self {
        let named = |text: String| one_line(&format!("{}: {text}", path.display()));
        match self {
            Error::File(text) => Error::File(named(text)),
            Error::Model(text) => Error::Model(named(text)),
            Error::Engine(text) => Error::Engine(named(text)),
            Error::Request(text) => Error::Request(named(text)),
            Error::Limit(text) => Error::Limit(named(text)),
        }
    }
}

fn line(problem: impl Display, advice: impl Display) -> String {
    one_line(&format!("{problem}; {advice}"))
}

/// Characters of a message that are kept, and half as many at its end.
const LONGEST: usize = 500;

/// Decoders and engines put line breaks into their messages; ours are one line.
pub(crate) fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // What a file says of itself, and is quoted, may be as long as the file.
    let mut characters = line.char_indices();
    match (characters.nth(LONGEST), characters.rev().nth(LONGEST / 2)) {
        (Some((head, _)), Some((tail, _))) => format!("{} … {}", &line[..head], &line[tail..]),
        _ => line,
    }
}
