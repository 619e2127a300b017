//! Photographs that are files of their own.

use std::io;
use std::path::{Path, PathBuf};

use image::ImageFormat;
use walkdir::WalkDir;

use super::source::{Photographs, Picture};
use crate::error::Error;

/// Picture files below one folder.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    /// However the recipe spells the folder.
    canonical: PathBuf,
    relative: Vec<PathBuf>,
}

impl Files {
    /// These files of a folder; whether each exists shows when it is read.
    pub(super) fn new(folder: PathBuf, relative: Vec<PathBuf>) -> crate::Result<Self> {
        let canonical = folder.canonicalize().map_err(Error::io(&folder))?;
        Ok(Self {
            folder,
            canonical,
            relative,
        })
    }

    /// Every picture below `folder`, by path. Hidden files are left out: systems put previews there.
    pub(super) fn below(folder: PathBuf) -> crate::Result<Self> {
        let walk = WalkDir::new(&folder).follow_links(true);
        let visible = |entry: &walkdir::DirEntry| {
            entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
        };
        let mut relative = Vec::new();
        for entry in walk.into_iter().filter_entry(visible) {
            let entry = match entry {
                Ok(entry) => entry,
                // A link to nowhere or in a circle, or a folder that others may not read, is no
                // reason to leave the rest.
                Err(error) if error.depth() > 0 => continue,
                Err(error) => {
                    return Err(Error::data(&folder, format!("cannot be listed: {error}")));
                }
            };
            if entry.file_type().is_file() && is_picture(entry.path()) {
                let path = entry.path().strip_prefix(&folder).unwrap_or(entry.path());
                relative.push(path.to_path_buf());
            }
        }
        relative.sort();
        Self::new(folder, relative)
    }
}

impl Photographs for Files {
    fn len(&self) -> usize {
        self.relative.len()
    }

    fn name(&self, index: usize) -> String {
        self.folder
            .join(&self.relative[index])
            .display()
            .to_string()
    }

    fn read(&self, index: usize) -> io::Result<Picture> {
        std::fs::read(self.folder.join(&self.relative[index])).map(Picture::Encoded)
    }

    fn place(&self, index: usize) -> (PathBuf, u64) {
        (self.canonical.join(&self.relative[index]), 0)
    }

    fn copy_name(&self, index: usize) -> PathBuf {
        self.relative[index].clone()
    }
}

/// Whether the name is one of a format that can be read.
pub(super) fn is_picture(path: &Path) -> bool {
    let format = path.extension().and_then(ImageFormat::from_extension);
    format.is_some_and(|format| format.reading_enabled())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_all_formats_are_found_at_any_depth() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("one/two");
        std::fs::create_dir_all(&deep).unwrap();
        for name in [
            "b.JPG",
            "a.tiff",
            "c.webp",
            "notes.txt",
            "._b.jpg",
            "d.avif",
        ] {
            std::fs::write(deep.join(name), b"").unwrap();
        }
        std::fs::write(root.path().join("z.png"), b"").unwrap();
        let files = Files::below(root.path().to_path_buf()).unwrap();
        let names: Vec<_> = files
            .relative
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        assert_eq!(
            names,
            ["one/two/a.tiff", "one/two/b.JPG", "one/two/c.webp", "z.png"]
        );
        assert!(Files::below(root.path().join("nowhere")).is_err());
    }
}
