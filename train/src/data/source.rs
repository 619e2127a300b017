//! One source: photographs of one kind under one name.

use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use image::RgbImage;

use super::batches::Batches;
use super::files::Files;
use super::shards::Shards;
use super::skip::{Skip, SkipReason};
use super::{coco, decode, pattern};
use crate::config::{DataConfig, Source};
use crate::error::Error;

/// A photograph as a source keeps it.
pub(super) enum Picture {
    /// A file of some format.
    Encoded(Vec<u8>),
    /// Nothing to decode.
    Pixels(RgbImage),
}

/// What every kind of source can do.
pub(super) trait Photographs: Send + Sync + Debug {
    fn len(&self) -> usize;
    /// For people: a path, with what stands within a file after it.
    fn name(&self, index: usize) -> String;
    fn read(&self, index: usize) -> io::Result<Picture>;
    /// The same photograph in two sources has the same place: a file, and where in it.
    fn place(&self, index: usize) -> (PathBuf, u64);
    /// Its path below the folder that it is copied to.
    fn copy_name(&self, index: usize) -> PathBuf;
}

/// One source by its name in the recipe.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) photographs: Box<dyn Photographs>,
    /// Those not held back.
    pub(super) training: Vec<u32>,
}

impl Listed {
    pub(super) fn decode(&self, index: u32) -> Result<RgbImage, Skip> {
        let picture = self
            .photographs
            .read(index as usize)
            .map_err(|error| Skip {
                reason: SkipReason::Unreadable,
                detail: error.to_string(),
            })?;
        decode::decode(picture)
    }

    /// The same for the same photograph in two sources.
    pub(super) fn key(&self, index: u32) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.photographs.place(index as usize).hash(&mut hasher);
        hasher.finish()
    }
}

/// Lists every source of the recipe, by name.
pub(super) fn list(config: &DataConfig) -> crate::Result<Vec<Listed>> {
    let root = &config.root;
    let needed = config.sources.is_empty() || config.sources.values().any(Source::needs_root);
    if needed && !root.is_dir() {
        return Err(Error::data(
            root,
            "no such folder; say where the photographs are: --data FOLDER",
        ));
    }
    let mut opened: Vec<(String, Box<dyn Photographs>)> = Vec::new();
    for (name, source) in &config.sources {
        opened.push((name.clone(), open(root, source)?));
    }
    if opened.is_empty() {
        opened.push(("photographs".to_owned(), unnamed(root)?));
    }
    let listed = |(name, photographs): (String, Box<dyn Photographs>)| {
        if photographs.len() == 0 {
            return Err(Error::data(
                root,
                format!(
                    "no photographs for source `{name}`; its paths start at this folder (data.root)"
                ),
            ));
        }
        if u32::try_from(photographs.len()).is_err() {
            return Err(Error::data(
                root,
                format!("source `{name}` has more than 2^32 photographs"),
            ));
        }
        Ok(Listed {
            name,
            photographs,
            training: Vec::new(),
        })
    };
    opened.into_iter().map(listed).collect()
}

fn open(root: &Path, source: &Source) -> crate::Result<Box<dyn Photographs>> {
    Ok(match source {
        Source::Webdataset(of) => Box::new(Shards::open(pattern::files(root, &of.shards)?)?),
        Source::Folder(of) => Box::new(Files::below(root.join(&of.path))?),
        Source::Imagenet64(of) => Box::new(Batches::open(pattern::files(root, &of.batches)?)?),
        Source::Coco(of) => {
            let pictures = coco::pictures(of, &root.join(&of.annotations))?;
            Box::new(Files::new(root.join(&of.images), pictures)?)
        }
    })
}

/// The one source of a recipe that names none: shards of the usual name, or every picture.
fn unnamed(root: &Path) -> crate::Result<Box<dyn Photographs>> {
    match pattern::files(root, "train-*.tar") {
        Ok(shards) => Ok(Box::new(Shards::open(shards)?)),
        Err(_) => Ok(Box::new(Files::below(root.to_path_buf())?)),
    }
}
