//! What is refused before anything is done: the whole of a batch, or one photograph of it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::names::is_standard;
use super::outputs::{Job, Plan};
use crate::{Error, Result};

/// What the command line contradicts itself in.
///
/// # Errors
/// [`Error::Request`] if a file cannot be of the kind that its name says, or several would go to standard
/// output.
pub(super) fn check(jobs: &[Job]) -> Result<()> {
    refuse_maps_that_are_no_png(jobs)?;
    refuse_one_name_for_two(jobs)?;
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

fn refuse_one_name_for_two(jobs: &[Job]) -> Result<()> {
    for job in jobs {
        let mut names = HashSet::new();
        if let Some(file) = job.files().find(|file| !names.insert(key(file))) {
            let problem = format!("two of its files would be {}", file.display());
            let advice = "give each a name of its own";
            return Err(Error::request(problem, advice).at(&job.input));
        }
    }
    Ok(())
}

/// Takes out what would be written over another's files or over another photograph; of two that would
/// have the same file, the first one stays. One that is named twice is there once.
pub(super) fn without_collisions(all: Vec<Job>) -> Plan {
    let photographs = Photographs::of(all.iter().map(|job| job.input.as_path()));
    let mut claims = Claims::default();
    let (mut jobs, mut refused) = (Vec::new(), Vec::new());
    for job in all {
        match claims.take(&job, &photographs) {
            Ok(Claim::New) => jobs.push(job),
            Ok(Claim::Had) => {}
            Err(error) => refused.push((job, error)),
        }
    }
    Plan { jobs, refused }
}

/// The photographs that no output may replace.
pub(super) struct Photographs(HashSet<PathBuf>);

impl Photographs {
    pub fn of<'a>(paths: impl Iterator<Item = &'a Path>) -> Self {
        Photographs(paths.map(key).collect())
    }
}

/// Which photograph each file is of.
#[derive(Default)]
pub(super) struct Claims(HashMap<PathBuf, PathBuf>);

/// What a photograph has on its files.
pub(super) enum Claim {
    New,
    /// It was given them before.
    Had,
}

impl Claims {
    /// Gives a photograph its files.
    ///
    /// # Errors
    /// One of them is another photograph, or of another one.
    pub fn take(&mut self, job: &Job, photographs: &Photographs) -> Result<Claim> {
        let owner = job.files().find_map(|file| self.0.get(&key(file)));
        if owner.is_some_and(|owner| *owner == job.input) {
            return Ok(Claim::Had);
        }
        let own = key(&job.input);
        let replaced = job
            .files()
            .map(|file| key(file))
            .find(|file| *file != own && !is_standard(file) && photographs.0.contains(file));
        let problem = match (owner, replaced) {
            (Some(owner), _) => format!("its output is that of {} already", owner.display()),
            (_, Some(file)) => format!(
                "its output would replace {}, another photograph",
                file.display()
            ),
            (None, None) => {
                let files = job.files().map(|file| (key(file), job.input.clone()));
                self.0.extend(files);
                return Ok(Claim::New);
            }
        };
        let advice = "rename one, or colorize it by itself with `-o`";
        Err(Error::request(problem, advice).at(&job.input))
    }

    /// Gives up the claims of photographs that are gone.
    pub fn keep(&mut self, is_there: impl Fn(&Path) -> bool) {
        self.0.retain(|_, photograph| is_there(photograph));
    }
}

/// What names the same file: some systems take A.jpg and a.jpg for one.
fn key(path: &Path) -> PathBuf {
    match cfg!(any(windows, target_vendor = "apple")) {
        true => PathBuf::from(path.to_string_lossy().to_lowercase()),
        false => path.to_owned(),
    }
}
