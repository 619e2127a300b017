//! What the sources give, as a list or as copies.

use std::fmt;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Component, Path, PathBuf};

use image::ImageFormat;
use tempfile::NamedTempFile;

use super::source::{Listed, Picture, list};
use crate::config::DataConfig;
use crate::error::Error;

/// What [`select`] did; its `Display` is one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selected {
    /// Photographs listed or copied.
    pub written: usize,
    /// Files that were there already, which stay as they are.
    pub kept: usize,
    /// Photographs that could not be read: name and reason.
    pub unreadable: Vec<String>,
}

impl fmt::Display for Selected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} photographs", self.written)?;
        if self.kept > 0 {
            write!(f, ", {} more were there already", self.kept)?;
        }
        if let Some(first) = self.unreadable.first() {
            write!(
                f,
                "; {} could not be read, the first: {first}",
                self.unreadable.len()
            )?;
        }
        Ok(())
    }
}

/// Writes what the sources give: with `copy`, the files themselves, as they are, into the folder
/// `target`, below a folder for each source (squares of downsampled ImageNet become PNGs);
/// otherwise a list into the file `target`, one path a line.
///
/// No file is ever overwritten, and none is left half written.
///
/// # Errors
/// A source cannot be read, the list exists already, or a file cannot be written.
pub fn select(config: &DataConfig, target: &Path, copy: bool) -> crate::Result<Selected> {
    let sources = list(config)?;
    if copy {
        copies(&sources, target)
    } else {
        names(&sources, target)
    }
}

fn names(sources: &[Listed], target: &Path) -> crate::Result<Selected> {
    let mut selected = Selected::default();
    let written = write_new(target, |file| {
        let mut file = std::io::BufWriter::new(file);
        for source in sources {
            for index in 0..source.photographs.len() {
                writeln!(file, "{}", source.photographs.name(index))?;
                selected.written += 1;
            }
        }
        file.flush()
    })?;
    if written {
        Ok(selected)
    } else {
        Err(Error::data(
            target,
            "exists already; give another name, or remove it first",
        ))
    }
}

fn copies(sources: &[Listed], target: &Path) -> crate::Result<Selected> {
    let mut selected = Selected::default();
    for source in sources {
        let folder = target.join(plain(Path::new(&source.name)));
        for index in 0..source.photographs.len() {
            let path = folder.join(plain(&source.photographs.copy_name(index)));
            if path.exists() {
                selected.kept += 1;
                continue;
            }
            let bytes = match encoded(source, index) {
                Ok(bytes) => bytes,
                Err(reason) => {
                    let name = source.photographs.name(index);
                    selected.unreadable.push(format!("{name}: {reason}"));
                    continue;
                }
            };
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(Error::io(folder))?;
            }
            if write_new(&path, |file| file.write_all(&bytes))? {
                selected.written += 1;
            } else {
                selected.kept += 1;
            }
        }
    }
    Ok(selected)
}

fn encoded(source: &Listed, index: usize) -> Result<Vec<u8>, String> {
    match source.photographs.read(index).map_err(|e| e.to_string())? {
        Picture::Encoded(bytes) => Ok(bytes),
        Picture::Pixels(pixels) => {
            let mut png = Cursor::new(Vec::new());
            pixels
                .write_to(&mut png, ImageFormat::Png)
                .map_err(|e| e.to_string())?;
            Ok(png.into_inner())
        }
    }
}

/// The parts of a path that lead downwards: names within archives and annotations are others' words.
fn plain(path: &Path) -> PathBuf {
    let downwards = |part: &Component| matches!(part, Component::Normal(_));
    path.components().filter(downwards).collect()
}

/// Writes a file beside its place and then moves it there; false if there is one already.
fn write_new(
    path: &Path,
    write: impl FnOnce(&mut fs::File) -> std::io::Result<()>,
) -> crate::Result<bool> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = NamedTempFile::new_in(folder).map_err(Error::io(folder))?;
    write(file.as_file_mut()).map_err(Error::io(path))?;
    file.as_file().sync_all().map_err(Error::io(path))?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(Error::io(path)(error.error)),
    }
}
