//! COCO's annotations (<https://cocodataset.org/#format-data>): which pictures show what.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::config::Coco;
use crate::error::Error;

/// What we need of an `instances_*.json`; polygons and the rest are passed over.
#[derive(Deserialize)]
struct Instances {
    images: Vec<ImageEntry>,
    annotations: Vec<Annotation>,
    categories: Vec<Category>,
}

#[derive(Deserialize)]
struct ImageEntry {
    id: u64,
    file_name: PathBuf,
}

#[derive(Deserialize)]
struct Annotation {
    image_id: u64,
    category_id: u64,
}

#[derive(Deserialize)]
struct Category {
    id: u64,
    name: String,
    #[serde(default)]
    supercategory: String,
}

/// The pictures that the source gives, by their number.
///
/// # Errors
/// The annotations cannot be read, name no such category, or the share is impossible.
pub(super) fn pictures(source: &Coco, annotations: &Path) -> crate::Result<Vec<PathBuf>> {
    if !(0.0..1.0).contains(&source.held_out) {
        return Err(Error::data(
            annotations,
            "held_out must be at least 0 and below 1",
        ));
    }
    if source.only_held_out && source.held_out == 0.0 {
        return Err(Error::data(
            annotations,
            "only_held_out with held_out: 0 gives nothing; say which share is held out",
        ));
    }
    let mut instances = read(annotations)?;
    let included = instances
        .showing(&source.include)
        .map_err(|m| Error::data(annotations, m))?;
    let excluded = instances
        .showing(&source.exclude)
        .map_err(|m| Error::data(annotations, m))?;
    instances.images.sort_by_key(|image| image.id);
    let given = instances.images.into_iter().filter(|image| {
        (source.include.is_empty() || included.contains(&image.id))
            && !excluded.contains(&image.id)
            && (position(image.id) < source.held_out) == source.only_held_out
    });
    Ok(given.map(|image| image.file_name).collect())
}

/// A number in [0, 1) that depends on the picture's id alone: SHA-256 of the id's decimal digits,
/// its first 53 bits as a fraction. The same on every machine, whatever else is selected.
fn position(image: u64) -> f64 {
    let digest = Sha256::digest(image.to_string());
    let high = digest
        .iter()
        .take(8)
        .fold(0_u64, |all, &byte| all << 8 | u64::from(byte));
    (high >> 11) as f64 / (1_u64 << 53) as f64
}

fn read(path: &Path) -> crate::Result<Instances> {
    let file = File::open(path).map_err(Error::io(path))?;
    serde_json::from_reader(BufReader::with_capacity(1 << 20, file)).map_err(|e| {
        Error::data(
            path,
            format!("not the form of COCO's instances_*.json: {e}"),
        )
    })
}

impl Instances {
    /// The pictures that show at least one of these categories or supercategories.
    fn showing(&self, names: &[String]) -> Result<HashSet<u64>, String> {
        let mut wanted = HashSet::new();
        for name in names {
            let matching =
                |category: &&Category| category.name == *name || category.supercategory == *name;
            wanted.extend(
                self.categories
                    .iter()
                    .filter(matching)
                    .map(|category| category.id),
            );
            if !self.categories.iter().any(|category| matching(&category)) {
                let known: BTreeSet<&str> = self
                    .categories
                    .iter()
                    .flat_map(|category| [&*category.name, &*category.supercategory])
                    .filter(|name| !name.is_empty())
                    .collect();
                return Err(format!(
                    "category {}",
                    super::unknown(name, known.iter().copied())
                ));
            }
        }
        let showing = self
            .annotations
            .iter()
            .filter(|a| wanted.contains(&a.category_id));
        Ok(showing.map(|annotation| annotation.image_id).collect())
    }
}

/// What an annotation file's pictures show, by supercategory and category; its `Display` is a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Categories {
    /// Pictures in the file, whatever they show.
    pub images: usize,
    /// By name.
    pub supercategories: Vec<SupercategoryCount>,
}

/// One supercategory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupercategoryCount {
    /// Its name, for `include` and `exclude`.
    pub name: String,
    /// Pictures that show any of its categories.
    pub images: usize,
    /// Things marked in them.
    pub annotations: usize,
    /// In the file's order.
    pub categories: Vec<CategoryCount>,
}

/// One category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryCount {
    /// Its name, for `include` and `exclude`.
    pub name: String,
    /// Pictures that show it.
    pub images: usize,
    /// Things marked in them.
    pub annotations: usize,
}

/// Counts what an annotation file's pictures show.
///
/// # Errors
/// The file cannot be read or has another form.
pub fn categories(annotations: &Path) -> crate::Result<Categories> {
    let instances = read(annotations)?;
    let mut shown: BTreeMap<u64, (HashSet<u64>, usize)> = BTreeMap::new();
    for annotation in &instances.annotations {
        let (images, count) = shown.entry(annotation.category_id).or_default();
        images.insert(annotation.image_id);
        *count += 1;
    }
    let mut by_name: BTreeMap<&str, (HashSet<u64>, SupercategoryCount)> = BTreeMap::new();
    for category in &instances.categories {
        let (images, annotations) = shown.remove(&category.id).unwrap_or_default();
        let (all, above) = by_name.entry(&category.supercategory).or_insert_with(|| {
            let above = SupercategoryCount {
                name: category.supercategory.clone(),
                images: 0,
                annotations: 0,
                categories: Vec::new(),
            };
            (HashSet::new(), above)
        });
        above.annotations += annotations;
        above.categories.push(CategoryCount {
            name: category.name.clone(),
            images: images.len(),
            annotations,
        });
        all.extend(images);
    }
    let supercategories = by_name
        .into_values()
        .map(|(images, above)| SupercategoryCount {
            images: images.len(),
            ..above
        });
    Ok(Categories {
        images: instances.images.len(),
        supercategories: supercategories.collect(),
    })
}

impl fmt::Display for Categories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<26} {:>8} {:>12}",
            "category", "pictures", "annotations"
        )?;
        for above in &self.supercategories {
            writeln!(
                f,
                "{:<26} {:>8} {:>12}",
                above.name, above.images, above.annotations
            )?;
            for category in &above.categories {
                let CategoryCount {
                    name,
                    images,
                    annotations,
                } = category;
                writeln!(f, "  {name:<24} {images:>8} {annotations:>12}")?;
            }
        }
        writeln!(f, "{} pictures in all", self.images)
    }
}
