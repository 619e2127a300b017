//! Where each photograph goes: settled before the first one is opened.

use std::path::{Path, PathBuf};

use super::arguments::Arguments;
use super::inputs::Found;
use super::names::is_standard;
use super::naming::Naming;
use super::refusals;
use crate::encode::exists_already;
use crate::{Error, Result};

/// One photograph to colorize.
#[derive(Debug, PartialEq)]
pub(super) struct Job {
    pub input: PathBuf,
    /// Its place below the folder that was named, or its name.
    pub below: PathBuf,
    /// Where it goes, unless there are versions or a sweep.
    pub output: PathBuf,
    /// Where its versions go.
    pub versions: Vec<PathBuf>,
    /// Where the sheet of its versions or of its sweep goes.
    pub sheet: Option<PathBuf>,
    /// Where before and after go.
    pub compare: Option<PathBuf>,
    /// Where it is said how sure the colours are.
    pub confidence: Option<PathBuf>,
    /// Whether folders are made for its files.
    pub makes_folders: bool,
    /// What the person may not expect of the output.
    pub note: Option<String>,
}

impl Job {
    /// Every file that it writes.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let output = (self.versions.is_empty() && !self.is_sweep()).then_some(&self.output);
        let versions = output.into_iter().chain(&self.versions);
        let beside = versions.chain(&self.sheet).chain(&self.compare);
        beside.chain(&self.confidence)
    }

    /// Whether it is a sheet and nothing else.
    pub fn is_sweep(&self) -> bool {
        self.sheet.is_some() && self.versions.is_empty()
    }

    /// Whether there is nothing left to do.
    pub fn is_done(&self) -> bool {
        self.files().all(|file| is_there(file))
    }

    /// Errors that would show only after the work was done.
    pub fn check_outputs(&self, overwrite: bool, skip_existing: bool) -> Result<()> {
        if !is_standard(&self.input) && !self.input.is_file() {
            return Ok(());
        }
        let input = self.input.canonicalize().ok();
        for file in self.files().filter(|file| !is_standard(file)) {
            // Even with --overwrite the photograph itself is not replaced: it is gray for good.
            let same = input.is_some() && file.canonicalize().ok() == input;
            let problem = if same {
                Error::request(
                    "the output would replace the photograph itself",
                    "give another name with `-o`",
                )
            } else if !overwrite && !skip_existing && is_there(file) {
                exists_already().at(file)
            } else if !self.makes_folders && !has_folder(file) {
                Error::file(
                    "its folder does not exist",
                    "make it first, or choose another place",
                )
                .at(file)
            } else {
                continue;
            };
            return Err(problem.at(&self.input));
        }
        Ok(())
    }
}

pub(super) fn is_there(file: &Path) -> bool {
    !is_standard(file) && file.symlink_metadata().is_ok()
}

/// Whether the folder is there in which a file is to be.
fn has_folder(file: &Path) -> bool {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.exists(),
        _ => true,
    }
}

/// What a command line comes to.
#[derive(Debug)]
pub(super) struct Plan {
    pub jobs: Vec<Job>,
    /// Photographs whose files would be written over others, and why they are left alone.
    pub refused: Vec<(Job, Error)>,
}

/// The jobs of a command line.
///
/// # Errors
/// [`Error::Request`] if several photographs are to go into one file, or a file cannot be of the kind
/// that its name says.
pub(super) fn plan(arguments: &Arguments, found: &Found) -> Result<Plan> {
    let naming = Naming::new(arguments, found.several)?;
    let jobs: Vec<Job> = found.inputs.iter().map(|input| naming.job(input)).collect();
    refusals::check(&jobs)?;
    // Only now: each machine refuses what any of them would.
    let mine = |job: &Job| arguments.shard.is_none_or(|shard| shard.has(&job.below));
    let Plan {
        mut jobs,
        mut refused,
    } = refusals::without_collisions(jobs);
    jobs.retain(mine);
    refused.retain(|(job, _)| mine(job));
    Ok(Plan { jobs, refused })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::inputs::find;
    use clap::Parser;

    fn plan_of(line: &str) -> Result<Plan> {
        let arguments = Arguments::try_parse_from(line.split(' ')).unwrap();
        plan(&arguments, &find(&arguments.inputs)?)
    }

    fn jobs(line: &str) -> Result<Vec<Job>> {
        plan_of(line).map(|plan| plan.jobs)
    }

    fn planned(line: &str) -> Result<Vec<(String, String)>> {
        let text = |path: PathBuf| path.to_string_lossy().replace('\\', "/");
        let jobs = jobs(line)?.into_iter();
        Ok(jobs
            .map(|job| (text(job.input), text(job.output)))
            .collect())
    }

    #[test]
    fn outputs_go_beside_into_a_file_or_into_a_folder() {
        for (line, output) in [
            ("c photos/a.jpg", "photos/a.colorized.jpg"),
            ("c a.b.JPEG", "a.b.colorized.JPEG"),
            ("c a.gif", "a.colorized.png"),
            ("c scan", "scan.colorized.png"),
            ("c a.heic", "a.colorized.png"),
            ("c a.jpg -o b.png", "b.png"),
            ("c photos/a.tif -o src", "src/a.colorized.tif"),
            ("c photos/a.tif -o src/", "src/a.colorized.tif"),
            ("c photos/a.tif -o new/", "new/a.colorized.tif"),
            ("c a.jpg b.jpg -o new", "new/a.colorized.jpg"),
            ("c a.jpg --format png", "a.colorized.png"),
            ("c a.jpg --format jpeg -o b.JPG", "b.JPG"),
            ("c -", "-"),
            ("c - -o b.png", "b.png"),
            ("c a.jpg -o -", "-"),
        ] {
            assert_eq!(planned(line).unwrap()[0].1, output, "{line}");
        }
    }

    #[test]
    fn versions_sheets_and_maps_have_names_of_their_own() {
        for (line, expected) in [
            (
                "c photos/a.jpg --variants 2",
                vec![
                    "photos/a.colorized.1.jpg",
                    "photos/a.colorized.2.jpg",
                    "photos/a.variants.jpg",
                ],
            ),
            (
                "c a.jpg -o b.png --variants 2",
                vec!["b.1.png", "b.2.png", "b.variants.png"],
            ),
            (
                "c a.jpg --confidence m.png",
                vec!["a.colorized.jpg", "m.png"],
            ),
            (
                "c x/a.jpg --confidence src",
                vec!["x/a.colorized.jpg", "src/a.confidence.png"],
            ),
            (
                "c x/a.jpg --compare -o y/",
                vec!["y/a.colorized.jpg", "y/a.compare.jpg"],
            ),
            ("c x/a.jpg --sweep", vec!["x/a.sweep.jpg"]),
        ] {
            let jobs = jobs(line).unwrap();
            let files = jobs[0].files();
            let files = files.map(|f| f.to_string_lossy().replace('\\', "/"));
            assert_eq!(files.collect::<Vec<_>>(), expected, "{line}");
        }
    }

    #[test]
    fn what_would_replace_another_is_left_alone_and_the_rest_goes_on() {
        for (line, left) in [
            ("c a/x.jpg b/x.jpg c.jpg -o src", "b/x.jpg"),
            ("c a.gif a.png c.jpg", "a.png"),
            ("c a.jpg a.png c.jpg --format png", "a.png"),
            ("c x/a.jpg y/x.colorized.jpg x.jpg -o y", "x.jpg"),
        ] {
            let plan = plan_of(line).unwrap();
            assert_eq!(plan.jobs.len(), 2, "{line}");
            let (job, error) = &plan.refused[0];
            assert_eq!(job.input, Path::new(left), "{line}");
            assert!(error.to_string().starts_with(left), "{line}: {error}");
        }
        let apart = cfg!(any(windows, target_vendor = "apple"));
        assert_eq!(
            plan_of("c a.jpg A.jpg").unwrap().refused.len(),
            usize::from(apart)
        );
        assert_eq!(jobs("c a.jpg a.jpg").unwrap().len(), 1);
        assert_eq!(jobs("c a.jpg b.jpg").unwrap().len(), 2);
    }

    #[test]
    fn a_command_line_that_contradicts_itself_is_refused() {
        for line in [
            "c a.jpg b.jpg -o out.jpg",
            "c a.jpg b.jpg -o Cargo.toml",
            "c a.jpg b.jpg -o -",
            "c - --compare",
            "c a.jpg -o - --sweep",
            "c a.jpg --format png -o b.jpg",
            "c a.jpg b.jpg --confidence m.png",
            "c a.jpg --confidence m.jpg",
            "c a.jpg -o m.png --confidence m.png",
        ] {
            assert!(planned(line).is_err(), "{line}");
        }
    }
}
