//! Promises of the data sources: forms that are read, what is skipped, what is drawn.

#![allow(clippy::unwrap_used)]

mod coco;
mod imagenet;
mod loader;
mod sources;

use std::path::{Path, PathBuf};

use colorize_train::config::{DataConfig, Source};
use colorize_train::data::{PhotoId, Sources};
use colorize_train::seed::Seed;
use image::{Rgb, RgbImage};

/// A file beside this one.
fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

/// A source as a recipe writes it.
fn source(yaml: &str) -> Source {
    serde_saphyr::from_str(yaml).unwrap()
}

/// Nothing held back.
fn config(root: &Path, sources: &[(&str, &str)]) -> DataConfig {
    let sources = sources
        .iter()
        .map(|(name, yaml)| ((*name).to_owned(), source(yaml)));
    DataConfig {
        root: root.to_path_buf(),
        sources: sources.collect(),
        validation: 0,
        ..DataConfig::default()
    }
}

fn open(config: &DataConfig) -> Sources {
    Sources::open(config, Seed(1)).unwrap()
}

fn error(config: &DataConfig) -> String {
    let message = Sources::open(config, Seed(1)).unwrap_err().to_string();
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}

/// The names of photographs without their folders.
fn names(sources: &Sources, photos: &[PhotoId]) -> Vec<String> {
    let name = |&photo: &PhotoId| {
        let name = sources.name(photo);
        name.rsplit('/').next().unwrap().to_owned()
    };
    photos.iter().map(name).collect()
}

/// A coloured picture, told from others by its number.
fn picture(number: u8) -> RgbImage {
    RgbImage::from_fn(40, 32, |x, y| Rgb([number, (6 * x) as u8, (7 * y) as u8]))
}

/// A folder of coloured pictures called 00.png and so on.
fn folder(count: u8) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..count {
        picture(number)
            .save(folder.path().join(format!("{number:02}.png")))
            .unwrap();
    }
    folder
}
