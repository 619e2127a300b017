//! Where photographs come from, and what is done to them before the networks see them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// All sources of a run; each stage says which of them it mixes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// Relative paths of the sources start here; relative itself to where the command is run.
    pub root: PathBuf,
    /// Sources by a name of your choice. Where there are none, one called `photographs` holds the
    /// shards `train-*.tar` of `root` or, without shards, every picture below it.
    pub sources: BTreeMap<String, Source>,
    /// Photographs held back to measure on, from all sources in proportion, and never trained on: a
    /// file that two sources give is held back from both.
    pub validation: usize,
    /// Threads that decode ahead of the step.
    pub workers: usize,
    /// What varies from draw to draw, unless a stage says otherwise.
    pub augment: AugmentConfig,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            root: PathBuf::from("."),
            sources: BTreeMap::new(),
            validation: 64,
            workers: 2,
            augment: AugmentConfig::default(),
        }
    }
}

/// One place that photographs come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Tar shards (<https://github.com/webdataset/webdataset>), not compressed.
    Webdataset(Webdataset),
    /// Every picture below a folder, but hidden files.
    Folder(Folder),
    /// Downsampled ImageNet (Chrabaszcz et al. 2017), in either published form.
    Imagenet64(Imagenet64),
    /// COCO: pictures and their annotations.
    Coco(Coco),
}

impl Source {
    /// Whether a path of it starts at [`DataConfig::root`].
    pub(crate) fn needs_root(&self) -> bool {
        match self {
            Self::Webdataset(of) => Path::new(&of.shards).is_relative(),
            Self::Folder(of) => of.path.is_relative(),
            Self::Imagenet64(of) => Path::new(&of.batches).is_relative(),
            Self::Coco(of) => of.images.is_relative() || of.annotations.is_relative(),
        }
    }
}

/// See [`Source::Webdataset`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webdataset {
    /// Paths with braces (`train-{000..008}.tar`, `{a,b}.tar`) and wildcards (`train-*.tar`); YAML
    /// wants quotes around one that begins with them. Members called `KEY.jpg`, `KEY.png` … are
    /// photographs; `KEY.mask.png` is not: by WebDataset's rule its kind is `mask.png`.
    pub shards: String,
}

/// See [`Source::Folder`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
}

/// See [`Source::Imagenet64`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imagenet64 {
    /// Batches of 16, 32 or 64 pixels, pickles or `.npz`, as a pattern like that of shards:
    /// `"train_data_batch_{1..10}"`, `"Imagenet64_train_npz/*.npz"`. They are read piece by piece,
    /// never whole; those in compressed `.npz` files are unpacked once into temporary files.
    pub batches: String,
}

/// See [`Source::Coco`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coco {
    /// The folder of pictures.
    pub images: PathBuf,
    /// `instances_train2017.json` or another of that format.
    pub annotations: PathBuf,
    /// Categories or supercategories of which a picture shows at least one; empty: all pictures.
    #[serde(default)]
    pub include: Vec<String>,
    /// Categories or supercategories of which a picture shows none.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Share of the pictures, at least 0 and below 1, by a hash of their id that is the same
    /// everywhere, that this source never gives …
    #[serde(default)]
    pub held_out: f64,
    /// … or, with true, that alone it gives.
    #[serde(default)]
    pub only_held_out: bool,
}

/// How a photograph becomes a square.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// A random square is cut out.
    #[default]
    Crop,
    /// Both sides are squeezed to the resolution, as in the reference.
    Stretch,
}

/// What varies from draw to draw. Each strength is the largest deviation; 0 leaves it out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AugmentConfig {
    /// How a photograph becomes a square.
    pub fit: Fit,
    /// The smallest square cut out, as a share of the short side: above 0, at most 1.
    pub crop: f64,
    /// Mirror every other photograph.
    pub flip: bool,
    /// Lightness is moved by up to this many units of L* (0 to 100), up or down.
    pub lightness: f64,
    /// Contrast around middle gray is multiplied by 1 - this to 1 + this.
    pub contrast: f64,
    /// Film-like grain: its standard deviation in L*, drawn from 0 to this for each photograph.
    pub grain: f64,
    /// Gaussian blur of the lightness: its standard deviation in pixels of the square, drawn from 0
    /// to this.
    pub blur: f64,
    /// The truth's chroma is multiplied by 1 to 1 + this: vivid targets against brown results.
    pub saturation: f64,
}

impl Default for AugmentConfig {
    fn default() -> Self {
        Self {
            fit: Fit::Crop,
            crop: 0.8,
            flip: true,
            lightness: 0.0,
            contrast: 0.0,
            grain: 0.0,
            blur: 0.0,
            saturation: 0.0,
        }
    }
}
