//! Batches that are refused before anything is done.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::names::is_standard;
use super::outputs::Job;
use crate::{Error, Result};

/// What no photograph can help.
///
/// # Errors
/// [`Error::Request`] if two files would get one name, a photograph would be written over, or a file
/// cannot be of the kind that its name says.
pub(super) fn check(jobs: &[Job]) -> Result<()> {
    refuse_maps_that_are_no_png(jobs)?;
    refuse_collisions(jobs)?;
    refuse_several_to_standard_output(jobs)
}

fn refuse_several_to_standard_output(jobs: &[Job]) -> Result<()> {
    let several = |job: &&Job| {
        let beside = job.compare.is_some() || job.sheet.is_some();
        is_standard(&job.output) && beside
    };
    match jobs.iter().find(several) {
        None => Ok(()),
        Some(job) => Err(Error::request(
            "standard output takes the photograph in colour and nothing else",
            "name a file with `-o`",
        )
        .at(&job.input)),
    }
}

fn refuse_maps_that_are_no_png(jobs: &[Job]) -> Result<()> {
    let is_png = |map: &Path| {
        map.extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("png"))
    };
    let mut maps = jobs.iter().filter_map(|job| job.confidence.as_deref());
    match maps.find(|map| !is_png(map)) {
        None => Ok(()),
        Some(map) => Err(Error::request(
            "how sure the colours are is written as PNG",
            "end the name in .png",
        )
        .at(map)),
    }
}

fn refuse_collisions(jobs: &[Job]) -> Result<()> {
    // Some systems take A.jpg and a.jpg for one file.
    let key = |path: &Path| PathBuf::from(path.to_string_lossy().to_lowercase());
    let mut taken: HashMap<PathBuf, &Path> = HashMap::new();
    let advice = "rename one, or colorize them one by one with `-o`";
    let mut first = None;
    let mut more = 0;
    for (job, file) in jobs
        .iter()
        .flat_map(|job| job.files().map(move |file| (job, file)))
    {
        if let Some(other) = taken.insert(key(file), &job.input) {
            if *other == *job.input {
                return Err(Error::request("it is named twice", "name it once").at(other));
            }
            first.get_or_insert((job, file, other));
            more += 1;
        }
    }
    if let Some((job, file, other)) = first {
        let (other, file) = (other.display(), file.display());
        let mut problem = format!("{other} would go to the same output, {file}");
        if more > 1 {
            problem += &format!(", and {} more like it", more - 1);
        }
        return Err(Error::request(problem, advice).at(&job.input));
    }
    for job in jobs {
        match taken.get(&key(&job.input)) {
            Some(other) if *other != job.input && !is_standard(&job.input) => {
                let problem = format!("{} would be written over it", other.display());
                return Err(Error::request(problem, advice).at(&job.input));
            }
            _ => {}
        }
    }
    Ok(())
}
