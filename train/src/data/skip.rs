//! Photographs that are of no use for training, and the list of them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::sources::{PhotoId, Sources};
use crate::error::Error;

/// Why a photograph is not trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SkipReason {
    /// The file is missing, or the system does not give it.
    Unreadable,
    /// It is damaged, incomplete, or no picture.
    Corrupt,
    /// It has no colour to learn from.
    Gray,
    /// One side is more than four times the other.
    Extreme,
}

impl std::fmt::Display for SkipReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "unreadable",
            Self::Corrupt => "corrupt",
            Self::Gray => "gray only",
            Self::Extreme => "extreme aspect ratio",
        })
    }
}

/// One photograph's reason, with the decoder's or the system's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// Its kind.
    pub reason: SkipReason,
    /// One line.
    pub detail: String,
}

impl std::fmt::Display for Skip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.reason, self.detail)
    }
}

/// A line of `skipped.jsonl`.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    source: String,
    name: String,
    reason: SkipReason,
    detail: String,
}

/// Photographs skipped so far: each counted, and listed in a file, once. Threads share it.
#[derive(Debug, Default)]
pub struct SkipList {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    met: HashMap<PhotoId, SkipReason>,
    listed: HashSet<(String, String)>,
    counts: BTreeMap<SkipReason, usize>,
    /// Not written yet, because there is no file yet.
    waiting: Vec<Line>,
    file: Option<(PathBuf, File)>,
}

impl SkipList {
    /// From now on the list goes on in the JSON-lines file `path`, which is made if there is none:
    /// what stands in it counts, and what was noted before and does not stand in it is added. A
    /// last line that was cut off (by a kill) is dropped.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn write_to(&self, path: &Path) -> crate::Result<()> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        let mut file = options.open(path).map_err(Error::io(path))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(Error::io(path))?;
        let whole = text
            .iter()
            .rposition(|&b| b == b'\n')
            .map_or(0, |at| at + 1);
        file.set_len(whole as u64).map_err(Error::io(path))?;
        let mut state = self.state();
        for line in text[..whole].split(|&b| b == b'\n') {
            if let Ok(line) = serde_json::from_slice::<Line>(line) {
                state.waiting.retain(|waiting| !waiting.is_of(&line));
                state.count(&line);
            }
        }
        state.file = Some((path.to_path_buf(), file));
        state.write()
    }

    /// Counts a photograph and lists it, unless it was before.
    ///
    /// # Errors
    /// The file cannot be written (the disk is full).
    pub fn note(&self, sources: &Sources, photo: PhotoId, skip: Skip) -> crate::Result<()> {
        let mut state = self.state();
        if state.met.insert(photo, skip.reason).is_some() {
            return Ok(());
        }
        let line = Line {
            source: sources.source_name(photo).to_owned(),
            name: sources.name(photo),
            reason: skip.reason,
            detail: skip.detail,
        };
        if state.count(&line) {
            state.waiting.push(line);
        }
        state.write()
    }

    /// Whether this process has met the photograph and found it of no use.
    pub fn contains(&self, photo: PhotoId) -> bool {
        self.state().met.contains_key(&photo)
    }

    /// Photographs by reason.
    pub fn counts(&self) -> BTreeMap<SkipReason, usize> {
        self.state().counts.clone()
    }

    /// Photographs for whatever reason.
    pub fn total(&self) -> usize {
        self.state().counts.values().sum()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing here is left half done by a panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// False if it was counted before.
    fn count(&mut self, line: &Line) -> bool {
        let new = self.listed.insert((line.source.clone(), line.name.clone()));
        if new {
            *self.counts.entry(line.reason).or_default() += 1;
        }
        new
    }

    fn write(&mut self) -> crate::Result<()> {
        let Some((path, file)) = &mut self.file else {
            return Ok(());
        };
        for line in std::mem::take(&mut self.waiting) {
            let mut text = serde_json::to_string(&line).map_err(|e| Error::data(path, e))?;
            text.push('\n');
            file.write_all(text.as_bytes()).map_err(Error::io(path))?;
        }
        Ok(())
    }
}

impl Line {
    fn is_of(&self, other: &Self) -> bool {
        (&self.source, &self.name) == (&other.source, &other.name)
    }
}
