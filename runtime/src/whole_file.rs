//! Files that are there whole or not at all.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
#[cfg(feature = "cli")]
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

/// How the names of files in the making begin and end.
const PREFIX: &str = ".colorize-";
const SUFFIX: &str = ".tmp";

/// A file in the making that nobody has touched for so long is given up, if nobody holds it either.
/// Where machines share a folder but not its locks, only this keeps one from another's files.
#[cfg(feature = "cli")]
const GIVEN_UP: Duration = Duration::from_secs(15 * 60);

/// This process's files in the making.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file in the making: written under another name in the target's folder, it takes the target's
/// name only when it is complete and on the disk. Dropped before that, it leaves nothing.
#[derive(Debug)]
pub struct WholeFile {
    temporary: NamedTempFile<File>,
    target: PathBuf,
    // Dropped after the temporary file.
    _listed: Listed,
}

/// That a file is among the unfinished ones.
#[derive(Debug)]
struct Listed(PathBuf);

impl Drop for Listed {
    fn drop(&mut self) {
        unfinished().retain(|other| *other != self.0);
    }
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl WholeFile {
    /// Begins a file that is to become `target`.
    ///
    /// # Errors
    /// The folder does not exist or cannot be written.
    pub fn create(target: impl Into<PathBuf>) -> io::Result<Self> {
        let target = target.into();
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        // A temporary file is its owner's alone; a finished one has the usual permissions.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut unfinished = unfinished();
        let temporary = builder.tempfile_in(folder_of(&target))?;
        // Says to `tidy` of another process that somebody is at work. Where a file system has no
        // locks, the time of the last change says it.
        let _ = temporary.as_file().try_lock();
        let listed = Listed(temporary.path().to_owned());
        unfinished.push(listed.0.clone());
        Ok(Self {
            temporary,
            target,
            _listed: listed,
        })
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

    /// Removes what killed processes left in the folder of `target`: files in the making that no
    /// process holds and that have not been touched for a quarter of an hour.
    #[cfg(feature = "cli")]
    pub(crate) fn tidy_beside(target: &Path) {
        let Ok(entries) = folder_of(target).read_dir() else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(PREFIX) && name.ends_with(SUFFIX) && is_given_up(&entry.path()) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    /// Removes all of this process's files in the making, and lets none be begun any more: for a
    /// process that is to end at once.
    #[cfg(feature = "cli")]
    pub(crate) fn abandon_all() {
        let unfinished = unfinished();
        for path in unfinished.iter() {
            let _ = std::fs::remove_file(path);
        }
        std::mem::forget(unfinished);
    }
}

fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

#[cfg(feature = "cli")]
fn is_given_up(path: &Path) -> bool {
    let old = path
        .symlink_metadata()
        .and_then(|metadata| metadata.modified())
        .is_ok_and(|touched| {
            let age = SystemTime::now().duration_since(touched);
            age.is_ok_and(|age| age > GIVEN_UP)
        });
    // The lock goes with the process, however it ended.
    old && File::open(path).is_ok_and(|file| file.try_lock().is_ok())
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

#[cfg(all(test, feature = "cli"))]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_old_and_held_by_nobody_is_tidied_away() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.png");
        let long_ago = SystemTime::now() - 2 * GIVEN_UP;
        let put = |name: &str, time| {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(time).unwrap();
        };
        put(".colorize-abc.tmp", long_ago);
        put(".colorize-new.tmp", SystemTime::now());
        put(".colorize-abc.txt", long_ago);
        put("colorize-abc.tmp", long_ago);
        let mine = WholeFile::create(&target).unwrap();
        mine.temporary.as_file().set_modified(long_ago).unwrap();
        WholeFile::tidy_beside(&target);
        let held = mine.temporary.path().file_name().unwrap().to_owned();
        let mut left: Vec<_> = folder
            .path()
            .read_dir()
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        left.sort();
        let mut expected = vec![
            ".colorize-abc.txt".into(),
            ".colorize-new.tmp".into(),
            "colorize-abc.tmp".into(),
            held,
        ];
        expected.sort();
        assert_eq!(left, expected);
        drop(mine);
        assert_eq!(folder.path().read_dir().unwrap().count(), 3);
    }
}
