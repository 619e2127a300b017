//! Files that are there whole or not at all.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file in the making: written under another name in the target's folder, it takes the target's
/// name only when it is complete and on the disk. Dropped before that, it leaves nothing.
#[derive(Debug)]
pub struct WholeFile {
    temporary: NamedTempFile<File>,
    target: PathBuf,
}

impl WholeFile {
    /// Begins a file that is to become `target`.
    ///
    /// # Errors
    /// The folder does not exist or cannot be written.
    pub fn create(target: impl Into<PathBuf>) -> io::Result<Self> {
        let target = target.into();
        let folder = match target.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".colorize-").suffix(".tmp");
        // A temporary file is its owner's alone; a finished one has the usual permissions.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let temporary = builder.tempfile_in(folder)?;
        Ok(Self { temporary, target })
    }

    /// Writes a whole file at once; one that is there is replaced.
    ///
    /// # Errors
    /// As of [`create`](Self::create) and [`finish`](Self::finish).
    pub fn put(target: impl Into<PathBuf>, bytes: &[u8]) -> io::Result<()> {
        let mut file = Self::create(target)?;
        file.write_all(bytes)?;
        file.finish(true)
    }

    /// Puts the file in place; `replace` says whether one that is there may go.
    ///
    /// # Errors
    /// The disk is full, the target is a folder, or it is there and may not be replaced
    /// ([`io::ErrorKind::AlreadyExists`]). What was there is then still there.
    pub fn finish(self, replace: bool) -> io::Result<()> {
        self.temporary.as_file().sync_all()?;
        let placed = if replace {
            self.temporary.persist(&self.target)
        } else {
            self.temporary.persist_noclobber(&self.target)
        };
        placed.map(drop).map_err(|error| error.error)
    }
}

impl Seek for WholeFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.temporary.as_file_mut().seek(to)
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temporary.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.as_file_mut().flush()
    }
}
