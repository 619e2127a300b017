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
    /// Where it goes, unless there are versions.
    pub output: PathBuf,
    /// Where its versions go.
    pub versions: Vec<PathBuf>,
    /// Where the sheet of its versions goes.
    pub sheet: Option<PathBuf>,
    /// Where it is said how sure the colours are.
    pub confidence: Option<PathBuf>,
    /// What the person may not expect of the output.
    pub note: Option<String>,
}

impl Job {
    /// Every file that it writes.
    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let output = self.versions.is_empty().then_some(&self.output);
        let versions = output.into_iter().chain(&self.versions);
        versions.chain(&self.sheet).chain(&self.confidence)
    }

    /// Errors that would show only after the work was done.
    pub fn check_outputs(&self, overwrite: bool) -> Result<()> {
        let input = self.input.canonicalize().ok();
        for file in self.files() {
            // Even with --overwrite the photograph itself is not replaced: it is gray for good.
            let same = input.is_some() && file.canonicalize().ok() == input;
            let problem = if same {
                Error::request(
                    "the output would replace the photograph itself",
                    "give another name with `-o`",
                )
            } else if !overwrite && file.symlink_metadata().is_ok() && self.input.is_file() {
                exists_already().at(file)
            } else if self.input.is_file() && !has_folder(file) {
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

/// Whether the folder is there in which a file is to be.
fn has_folder(file: &Path) -> bool {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.exists(),
        _ => true,
    }
}

/// The jobs of a command line.
///
/// # Errors
/// [`Error::Request`] if several photographs are to go into one file, into a folder
/// that does not exist, or under one name.
pub(super) fn plan(arguments: &Arguments) -> Result<Vec<Job>> {
    let several = arguments.inputs.len() > 1;
    let target = Target::of(arguments.output.as_deref(), several, "-o")?;
    let maps = Target::of(arguments.confidence.as_deref(), several, "--confidence")?;
    let jobs: Vec<Job> = arguments
        .inputs
        .iter()
        .map(|input| {
            let (name, note) = name_beside(input);
            let (output, note) = match &target {
                Target::File(file) => (file.to_path_buf(), None),
                Target::Folder(folder) => (folder.join(name), note),
                Target::None => (input.with_file_name(name), note),
            };
            let count = arguments.variants.unwrap_or(0);
            Job {
                input: input.clone(),
                versions: (1..=count).map(|n| version(&output, n)).collect(),
                sheet: (count > 0).then(|| sheet(&output)),
                confidence: match &maps {
                    Target::None => None,
                    Target::File(file) => Some(file.to_path_buf()),
                    Target::Folder(folder) => {
                        Some(folder.join(with_ending(input, "confidence", "png")))
                    }
                },
                output,
                note,
            }
        })
        .collect();
    refuse_maps_that_are_no_png(&jobs)?;
    refuse_collisions(&jobs)?;
    Ok(jobs)
}

/// What a person names as the place to write to.
enum Target<'a> {
    None,
    File(&'a Path),
    Folder(&'a Path),
}

impl<'a> Target<'a> {
    fn of(path: Option<&'a Path>, several: bool, option: &str) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Target::None);
        };
        if path.is_dir() {
            return Ok(Target::Folder(path));
        }
        if several || ends_in_separator(path) {
            return Err(Error::request(
                "there is no such folder",
                format!("make it first, or give another with `{option}`"),
            )
            .at(path));
        }
        Ok(Target::File(path))
    }
}

/// `photo.colorized.jpg` becomes `photo.colorized.1.jpg`.
fn version(output: &Path, number: u8) -> PathBuf {
    let ending = output.extension().unwrap_or_default().to_string_lossy();
    output.with_file_name(with_ending(output, &number.to_string(), &ending))
}

/// `photo.colorized.jpg` becomes `photo.variants.jpg`.
fn sheet(output: &Path) -> PathBuf {
    let ending = output.extension().unwrap_or_default().to_string_lossy();
    let stem = output.file_stem().map(Path::new).unwrap_or(output);
    let of = match stem.extension() {
        Some(colorized) if colorized == "colorized" => stem,
        _ => output,
    };
    output.with_file_name(with_ending(of, "variants", &ending))
}

/// The name of a file without its ending, and then others.
fn with_ending(path: &Path, what: &str, ending: &str) -> OsString {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!(".{what}"));
    if !ending.is_empty() {
        name.push(format!(".{ending}"));
    }
    name
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
    for (job, file) in jobs
        .iter()
        .flat_map(|job| job.files().map(move |file| (job, file)))
    {
        // Some systems take A.jpg and a.jpg for one file.
        let key = PathBuf::from(file.to_string_lossy().to_lowercase());
        if let Some(other) = taken.insert(key, &job.input) {
            let problem = format!(
                "{} would go to the same output, {}",
                other.display(),
                file.display()
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
    fn versions_a_sheet_and_a_map_have_names_of_their_own() {
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
        ] {
            let arguments = Arguments::try_parse_from(line.split(' ')).unwrap();
            let jobs = plan(&arguments).unwrap();
            let files = jobs[0].files();
            let files = files.map(|f| f.to_string_lossy().replace('\\', "/"));
            assert_eq!(files.collect::<Vec<_>>(), expected, "{line}");
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
            "c a.jpg b.jpg --confidence m.png",
            "c a.jpg --confidence missing/",
            "c a.jpg --confidence m.jpg",
            "c a.jpg -o m.png --confidence m.png",
        ] {
            assert!(planned(line).is_err(), "{line}");
        }
        assert_eq!(planned("c a.jpg b.jpg").unwrap().len(), 2);
    }
}
