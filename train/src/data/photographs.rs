//! The photographs of a folder, or of WebDataset shards in it.
//!
//! A shard is a plain tar of photographs (<https://github.com/webdataset/webdataset>). Each is
//! scanned once for the position of its members, which are then read in any order.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use rand::seq::SliceRandom;

use crate::config::DataConfig;
use crate::error::Error;
use crate::seed::Seed;

const EXTENSIONS: [&str; 10] = [
    "jpg", "jpeg", "png", "webp", "tif", "tiff", "bmp", "gif", "ppm", "pgm",
];

/// One photograph's place in [`Photographs`].
pub type PhotoId = usize;

#[derive(Clone, Debug)]
struct Place {
    /// Index into `files`.
    file: usize,
    /// Where in the file, for a member of a shard.
    range: Option<(u64, u64)>,
    name: String,
}

/// Every photograph found, split into those to train on and those held back.
#[derive(Debug)]
pub struct Photographs {
    files: Vec<PathBuf>,
    places: Vec<Place>,
    /// To train on.
    pub training: Vec<PhotoId>,
    /// Held back to measure on.
    pub validation: Vec<PhotoId>,
}

impl Photographs {
    /// Finds the photographs and holds some back, chosen by the seed.
    ///
    /// # Errors
    /// The folder cannot be read, a shard is damaged, or there are not enough photographs.
    pub fn open(config: &DataConfig, seed: Seed) -> crate::Result<Self> {
        let root = &config.root;
        if !root.is_dir() {
            return Err(Error::data(
                root,
                "no such folder; point data.root at photographs (--set data.root=FOLDER)",
            ));
        }
        let shards = matching(root, &config.shards)?;
        let (files, places) = if shards.is_empty() {
            let files = pictures_below(root)?;
            let places = (0..files.len()).map(|file| Place {
                file,
                range: None,
                name: files[file].display().to_string(),
            });
            let places = places.collect();
            (files, places)
        } else {
            let mut places = Vec::new();
            for (file, shard) in shards.iter().enumerate() {
                scan(shard, file, &mut places)?;
            }
            (shards, places)
        };
        if places.len() <= config.validation {
            return Err(Error::data(
                root,
                format!(
                    "only {} photographs here, of which {} would be held back; \
                     give more, or lower data.validation",
                    places.len(),
                    config.validation
                ),
            ));
        }
        let mut order: Vec<PhotoId> = (0..places.len()).collect();
        order.shuffle(&mut seed.stream("validation", 0));
        let training = order.split_off(config.validation);
        Ok(Self {
            files,
            places,
            training,
            validation: order,
        })
    }

    /// The encoded bytes of a photograph.
    ///
    /// # Errors
    /// The file has gone or cannot be read.
    pub fn read(&self, photo: PhotoId) -> crate::Result<Vec<u8>> {
        let place = &self.places[photo];
        let path = &self.files[place.file];
        match place.range {
            None => std::fs::read(path),
            Some((offset, length)) => read_range(path, offset, length),
        }
        .map_err(Error::io(path))
    }

    /// The photograph's name, for messages.
    pub fn name(&self, photo: PhotoId) -> &str {
        &self.places[photo].name
    }
}

fn read_range(path: &Path, offset: u64, length: u64) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn matching(root: &Path, pattern: &str) -> crate::Result<Vec<PathBuf>> {
    let full = Path::new(&glob::Pattern::escape(&root.to_string_lossy())).join(pattern);
    let paths = glob::glob(&full.to_string_lossy())
        .map_err(|e| Error::data(root, format!("data.shards `{pattern}`: {e}")))?;
    // glob gives them in alphabetical order
    Ok(paths.filter_map(Result::ok).collect())
}

fn pictures_below(root: &Path) -> crate::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(Error::io(&folder))? {
            let path = entry.map_err(Error::io(&folder))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if is_picture(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_picture(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        EXTENSIONS
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

fn scan(shard: &Path, file: usize, places: &mut Vec<Place>) -> crate::Result<()> {
    let reader = File::open(shard).map_err(Error::io(shard))?;
    let mut archive = tar::Archive::new(reader);
    let damaged = |e: std::io::Error| Error::data(shard, format!("damaged tar: {e}"));
    for entry in archive.entries_with_seek().map_err(damaged)? {
        let entry = entry.map_err(damaged)?;
        let name = entry.path().map_err(damaged)?.into_owned();
        if entry.header().entry_type().is_file() && is_picture(&name) {
            places.push(Place {
                file,
                range: Some((entry.raw_file_position(), entry.size())),
                name: format!("{}/{}", shard.display(), name.display()),
            });
        }
    }
    Ok(())
}
