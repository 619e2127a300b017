//! All photographs of a run, by source, split into those to train on and those held back.

use std::collections::{BTreeMap, HashSet};

use image::RgbImage;
use rand::seq::SliceRandom;

use super::skip::{Skip, SkipReason};
use super::source::{Listed, list};
use super::unknown;
use crate::config::DataConfig;
use crate::error::Error;
use crate::seed::Seed;

/// One photograph of [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhotoId {
    source: u32,
    index: u32,
}

/// Every photograph found. Threads share it.
#[derive(Debug)]
pub struct Sources {
    sources: Vec<Listed>,
    validation: Vec<PhotoId>,
}

impl Sources {
    /// Lists every source, holds photographs back, and decodes until each source has given one that
    /// can be used.
    ///
    /// Those held back come from all sources in proportion, chosen by the seed. A photograph that
    /// two sources give is held back from both.
    ///
    /// # Errors
    /// A source cannot be read, its description is wrong, or it yields nothing usable.
    pub fn open(config: &DataConfig, seed: Seed) -> crate::Result<Self> {
        let mut sources = list(config)?;
        let shuffled: Vec<Vec<u32>> = sources
            .iter()
            .map(|source| {
                let mut order: Vec<u32> = (0..source.photographs.len() as u32).collect();
                order.shuffle(&mut seed.stream(&format!("validation/{}", source.name), 0));
                order
            })
            .collect();
        let (validation, held_back) = hold_back(&sources, &shuffled, config)?;
        for (source, order) in sources.iter_mut().zip(&shuffled) {
            let free = |source: &Listed, index: u32| !held_back.contains(&source.key(index));
            let all = 0..source.photographs.len() as u32;
            source.training = all.filter(|&index| free(source, index)).collect();
            probe(
                source,
                order.iter().copied().filter(|&index| free(source, index)),
            )?;
        }
        Ok(Self {
            sources,
            validation,
        })
    }

    /// The sources by name, each with the number of its photographs, held back or not.
    pub fn names_and_counts(&self) -> Vec<(&str, usize)> {
        let counted = |source: &Listed| source.photographs.len();
        self.sources
            .iter()
            .map(|source| (&*source.name, counted(source)))
            .collect()
    }

    /// Every photograph, held back or not, source by source.
    pub fn all(&self) -> Vec<PhotoId> {
        let of = |(index, source): (usize, &Listed)| {
            (0..source.photographs.len() as u32).map(move |photo| PhotoId::new(index, photo))
        };
        self.sources.iter().enumerate().flat_map(of).collect()
    }

    /// Photographs held back to measure on; some may turn out to be of no use when decoded.
    pub fn validation(&self) -> &[PhotoId] {
        &self.validation
    }

    /// Photographs to train on in the sources that a stage names (none named: in all).
    ///
    /// # Errors
    /// It names a source that there is not, or gives one an impossible weight.
    pub fn training_len(&self, mix: &BTreeMap<String, f64>) -> crate::Result<usize> {
        let weights = self.weights(mix)?;
        Ok(weights
            .iter()
            .map(|&(source, _)| self.training(source).len())
            .sum())
    }

    /// Reads and decodes a photograph, upright, in sRGB.
    ///
    /// # Errors
    /// Why it is of no use for training.
    pub fn decode(&self, photo: PhotoId) -> Result<RgbImage, Skip> {
        self.source(photo).decode(photo.index)
    }

    /// The photograph's name, for people: a path, with what stands within a file after it.
    pub fn name(&self, photo: PhotoId) -> String {
        self.source(photo).photographs.name(photo.index as usize)
    }

    /// The name of the photograph's source.
    pub fn source_name(&self, photo: PhotoId) -> &str {
        &self.source(photo).name
    }

    /// The sources that a stage draws from with their weights, which are positive.
    pub(super) fn weights(&self, mix: &BTreeMap<String, f64>) -> crate::Result<Vec<(usize, f64)>> {
        if mix.is_empty() {
            let weight = |(index, source): (usize, &Listed)| (index, source.training.len() as f64);
            return Ok(self.sources.iter().enumerate().map(weight).collect());
        }
        let wrong = |message: String| Error::data("data".as_ref(), message);
        let mut weights = Vec::new();
        for (name, &weight) in mix {
            let known = self.sources.iter().map(|source| &*source.name);
            let Some(index) = known.clone().position(|source| source == name) else {
                return Err(wrong(format!("source {}", unknown(name, known))));
            };
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(wrong(format!(
                    "the share {weight} of source `{name}` must be 0 or more"
                )));
            }
            if weight > 0.0 {
                weights.push((index, weight));
            }
        }
        if weights.is_empty() {
            return Err(wrong("all shares of the sources are 0".to_owned()));
        }
        Ok(weights)
    }

    /// The photographs to train on of a source, by its place.
    pub(super) fn training(&self, source: usize) -> &[u32] {
        &self.sources[source].training
    }

    /// The name of a source, by its place.
    pub(super) fn name_of(&self, source: usize) -> &str {
        &self.sources[source].name
    }

    fn source(&self, photo: PhotoId) -> &Listed {
        &self.sources[photo.source as usize]
    }
}

impl PhotoId {
    pub(super) fn new(source: usize, index: u32) -> Self {
        Self {
            source: source as u32,
            index,
        }
    }
}

/// Chooses the photographs held back: as many of each source as its share of all, by the largest
/// remainders, and never all of one. Also gives their keys.
fn hold_back(
    sources: &[Listed],
    shuffled: &[Vec<u32>],
    config: &DataConfig,
) -> crate::Result<(Vec<PhotoId>, HashSet<u64>)> {
    let total: usize = shuffled.iter().map(Vec::len).sum();
    let wanted = config.validation;
    if total <= wanted {
        return Err(Error::data(
            &config.root,
            format!(
                "only {total} photographs here, of which {wanted} would be held back; \
                 give more, or lower data.validation"
            ),
        ));
    }
    let shares = shuffled
        .iter()
        .map(|order| wanted as f64 * order.len() as f64 / total as f64);
    let shares: Vec<f64> = shares.collect();
    let mut quotas: Vec<usize> = shares.iter().map(|share| share.floor() as usize).collect();
    let mut by_remainder: Vec<usize> = (0..shares.len()).collect();
    by_remainder.sort_by(|&a, &b| shares[b].fract().total_cmp(&shares[a].fract()));
    let mut missing = wanted - quotas.iter().sum::<usize>().min(wanted);
    for &source in by_remainder.iter().cycle().take(2 * by_remainder.len()) {
        if missing > 0 && quotas[source] + 1 < shuffled[source].len() {
            quotas[source] += 1;
            missing -= 1;
        }
    }
    let (mut validation, mut keys) = (Vec::new(), HashSet::new());
    for (index, (source, order)) in sources.iter().zip(shuffled).enumerate() {
        let new = order
            .iter()
            .filter(|&&photo| keys.insert(source.key(photo)));
        validation.extend(
            new.take(quotas[index])
                .map(|&photo| PhotoId::new(index, photo)),
        );
    }
    Ok((validation, keys))
}

/// Decodes until one photograph can be used.
fn probe(source: &Listed, photographs: impl Iterator<Item = u32>) -> crate::Result<()> {
    let mut reasons: BTreeMap<SkipReason, usize> = BTreeMap::new();
    let mut first = None;
    for index in photographs {
        match source.decode(index) {
            Ok(_) => return Ok(()),
            Err(skip) => {
                *reasons.entry(skip.reason).or_default() += 1;
                first.get_or_insert((source.photographs.name(index as usize), skip.detail));
            }
        }
    }
    let Some((name, detail)) = first else {
        return Err(Error::data(
            source.name.as_ref(),
            "all photographs of this source are held back; lower data.validation",
        ));
    };
    let reasons = reasons
        .iter()
        .map(|(reason, count)| format!("{count} {reason}"));
    let reasons = reasons.collect::<Vec<_>>().join(", ");
    Err(Error::data(
        format!("data.sources.{}", source.name).as_ref(),
        format!("no photograph of this source can be used: {reasons}; the first, {name}: {detail}"),
    ))
}
