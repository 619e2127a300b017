//! WebDataset shards: plain tars of photographs (<https://github.com/webdataset/webdataset>).
//!
//! Each shard is scanned once for the position of its members, which are then read in any order.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::files::is_picture;
use super::source::{Photographs, Picture};
use crate::error::Error;

/// The photographs of some shards.
#[derive(Debug)]
pub(super) struct Shards {
    shards: Vec<Shard>,
    members: Vec<Member>,
}

#[derive(Debug)]
struct Shard {
    path: PathBuf,
    canonical: PathBuf,
}

#[derive(Debug)]
struct Member {
    shard: usize,
    offset: u64,
    length: u64,
    name: PathBuf,
}

impl Shards {
    /// Scans shards.
    ///
    /// # Errors
    /// A file cannot be read, or is no tar.
    pub(super) fn open(paths: Vec<PathBuf>) -> crate::Result<Self> {
        let (mut shards, mut members) = (Vec::new(), Vec::new());
        for path in paths {
            scan(&path, shards.len(), &mut members)?;
            let canonical = path.canonicalize().map_err(Error::io(&path))?;
            shards.push(Shard { path, canonical });
        }
        Ok(Self { shards, members })
    }
}

impl Photographs for Shards {
    fn len(&self) -> usize {
        self.members.len()
    }

    fn name(&self, index: usize) -> String {
        let member = &self.members[index];
        let shard = self.shards[member.shard].path.display();
        format!("{shard}/{}", member.name.display())
    }

    fn read(&self, index: usize) -> io::Result<Picture> {
        let member = &self.members[index];
        let shard = &self.shards[member.shard].path;
        read_range(shard, member.offset, member.length).map(Picture::Encoded)
    }

    fn place(&self, index: usize) -> (PathBuf, u64) {
        let member = &self.members[index];
        (self.shards[member.shard].canonical.clone(), member.offset)
    }

    fn copy_name(&self, index: usize) -> PathBuf {
        let member = &self.members[index];
        let shard = self.shards[member.shard].path.file_stem();
        Path::new(shard.unwrap_or_default()).join(&member.name)
    }
}

/// `length` bytes of a file from `offset`.
///
/// # Errors
/// The file cannot be read or ends before.
pub(super) fn read_range(path: &Path, offset: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < length {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the file ends in the middle of this photograph",
        ));
    }
    Ok(bytes)
}

fn scan(path: &Path, shard: usize, members: &mut Vec<Member>) -> crate::Result<()> {
    let file = File::open(path).map_err(Error::io(path))?;
    let mut archive = tar::Archive::new(file);
    let damaged = |e: io::Error| {
        Error::data(
            path,
            format!(
                "no readable tar ({e}); copy it again, unpack it if it is compressed, or leave it out"
            ),
        )
    };
    for entry in archive.entries_with_seek().map_err(damaged)? {
        let entry = entry.map_err(damaged)?;
        let name = entry.path().map_err(damaged)?.into_owned();
        if entry.header().entry_type().is_file() && is_photograph(&name) {
            members.push(Member {
                shard,
                offset: entry.raw_file_position(),
                length: entry.size(),
                name,
            });
        }
    }
    Ok(())
}

/// WebDataset's rule: what follows a name's first point says what the member is, so `7.jpg` is the
/// photograph of sample 7, and `7.mask.png` is not.
fn is_photograph(name: &Path) -> bool {
    let file = name.file_name().unwrap_or_default().to_string_lossy();
    match file.split_once('.') {
        Some((key, kind)) => !key.is_empty() && !kind.contains('.') && is_picture(name),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_photograph_of_a_sample_counts() {
        for (name, expected) in [
            ("0001.jpg", true),
            ("photos/0001.PNG", true),
            ("v1.0/0001.webp", true),
            ("0001.mask.png", false),
            ("0001.json", false),
            ("._0001.jpg", false),
            ("0001", false),
        ] {
            assert_eq!(is_photograph(Path::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn a_damaged_shard_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [7; 2000]).unwrap();
        let error = Shards::open(vec![file.path().to_path_buf()])
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with(&file.path().display().to_string()),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1);
    }
}
