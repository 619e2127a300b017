//! Where each photograph goes: settled before the first one is opened.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::arguments::Arguments;
use crate::encode::exists_already;
use crate::{Error, Result, can_save};

/// One photograph to colorize.
#[derive(Debug, PartialEq)]
pub(super) struct Job {
    pub input: PathBuf,
    pub output: PathBuf,
    /// What the person may not expect of the output.
    pub note: Option<String>,
}

impl Job {
    /// Errors that would show only after the work was done.
    pub fn check_output(&self, overwrite: bool) -> Result<()> {
        // Even with --overwrite the photograph itself is not replaced: it is gray for good.
        let same = self.input.canonicalize().ok().filter(|input| {
            self.output
                .canonicalize()
                .is_ok_and(|output| output == *input)
        });
        let problem = if same.is_some() {
            Error::request(
                "the output would replace the photograph itself",
                "give another name with `-o`",
            )
        } else if !overwrite && self.output.symlink_metadata().is_ok() && self.input.is_file() {
            exists_already().at(&self.output)
        } else {
            return Ok(());
        };
        Err(problem.at(&self.input))
    }
}

/// The jobs of a command line.
///
/// # Errors
/// [`Error::Request`] if several photographs are to go into one file, into a folder
/// that does not exist, or under one name.
pub(super) fn plan(arguments: &Arguments) -> Result<Vec<Job>> {
    let target = arguments.output.as_deref();
    let into_folder = target.is_some_and(|path| path.is_dir() || ends_in_separator(path));
    if let Some(path) = target
        && !path.is_dir()
        && (into_folder || arguments.inputs.len() > 1)
    {
        return Err(Error::request(
            "there is no such folder",
            "make it first, or give another with `-o`",
        )
        .at(path));
    }
    let jobs: Vec<Job> = arguments
        .inputs
        .iter()
        .map(|input| {
            let (name, note) = name_beside(input);
            let output = match target {
                Some(folder) if into_folder => folder.join(name),
                Some(file) => {
                    return Job {
                        input: input.clone(),
                        output: file.to_owned(),
                        note: None,
                    };
                }
                None => input.with_file_name(name),
            };
            Job {
                input: input.clone(),
                output,
                note,
            }
        })
        .collect();
    refuse_collisions(&jobs)?;
    Ok(jobs)
}

/// `photo.jpg` becomes `photo.colorized.jpg`; a format that cannot be written becomes
/// PNG, which loses nothing.
fn name_beside(input: &Path) -> (OsString, Option<String>) {
    let ending = input.extension().filter(|_| can_save(input));
    let mut name = input.file_stem().unwrap_or_default().to_owned();
    name.push(".colorized.");
    name.push(ending.unwrap_or("png".as_ref()));
    let note = ending.is_none().then(|| {
        format!(
            "{}: this format cannot be written in colour, so the output is a PNG",
            input.display()
        )
    });
    (name, note)
}

fn refuse_collisions(jobs: &[Job]) -> Result<()> {
    let mut taken: HashMap<PathBuf, &Path> = HashMap::new();
    for job in jobs {
        // Some systems take A.jpg and a.jpg for one file.
        let key = PathBuf::from(job.output.to_string_lossy().to_lowercase());
        if let Some(other) = taken.insert(key, &job.input) {
            let problem = format!(
                "{} would go to the same output, {}",
                other.display(),
                job.output.display()
            );
            return Err(Error::request(
                problem,
                "rename one, or colorize them one by one with `-o`",
            )
            .at(&job.input));
        }
    }
    Ok(())
}

fn ends_in_separator(path: &Path) -> bool {
    path.to_string_lossy().ends_with(std::path::is_separator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn planned(line: &str) -> Result<Vec<(String, String)>> {
        let arguments = Arguments::try_parse_from(line.split(' ')).unwrap();
        let jobs = plan(&arguments)?;
        let text = |path: PathBuf| path.to_string_lossy().replace('\\', "/");
        Ok(jobs
            .into_iter()
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
        ] {
            assert_eq!(planned(line).unwrap()[0].1, output, "{line}");
        }
    }

    #[test]
    fn what_would_overwrite_each_other_is_refused() {
        for line in [
            "c a/x.jpg b/x.jpg -o src",
            "c a.jpg a.jpg",
            "c a.jpg A.JPG",
            "c a.jpg b.jpg -o out.jpg",
            "c a.jpg -o missing/",
            "c a.jpg b.jpg -o missing",
        ] {
            assert!(planned(line).is_err(), "{line}");
        }
        assert_eq!(planned("c a.jpg b.jpg").unwrap().len(), 2);
    }
}
