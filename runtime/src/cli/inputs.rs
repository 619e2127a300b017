//! Which photographs are meant: files, folders, patterns, standard input.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use glob::MatchOptions;
use walkdir::{DirEntry, WalkDir};

use super::names::{earlier_output, is_picture, is_standard};
use crate::decode::io_problem;
use crate::{Error, Result};

/// One photograph that is meant.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Input {
    pub path: PathBuf,
    /// Its place below the folder that was named, or its name.
    pub below: PathBuf,
}

/// What the arguments come to.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub inputs: Vec<Input>,
    /// What could not be looked into.
    pub problems: Vec<Error>,
    /// Whether these are several photographs, or happen to be one.
    pub several: bool,
}

/// Finds what is meant, in the order of the arguments and, in folders, by name.
///
/// # Errors
/// [`Error::Request`] if standard input is given twice, or a pattern cannot be understood.
pub(super) fn find(arguments: &[PathBuf]) -> Result<Found> {
    let mut found = Found {
        several: arguments.len() > 1,
        ..Found::default()
    };
    if arguments.iter().filter(|path| is_standard(path)).count() > 1 {
        return Err(Error::request(
            "standard input is given twice",
            "give `-` once",
        ));
    }
    let named = arguments.iter().filter(|path| !path.is_dir());
    let named: HashSet<PathBuf> = named.map(|path| path.with_extension("")).collect();
    for path in arguments {
        if path.is_dir() {
            found.several = true;
            found.folder(path);
        } else if is_pattern(path) {
            found.several = true;
            found.pattern(path)?;
        } else if !came_from_one_of(path, &named) {
            found.file(path);
        }
    }
    Ok(found)
}

/// Everything in a folder.
pub(super) fn in_folder(folder: &Path) -> Found {
    let mut found = Found::default();
    found.walk(folder, folder);
    found
}

/// Whether a shell that expands patterns gave both a photograph and what it became earlier.
fn came_from_one_of(path: &Path, named: &HashSet<PathBuf>) -> bool {
    earlier_output(path).is_some_and(|stem| named.contains(&path.with_file_name(stem)))
}

/// Whether it has to be expanded: a file that is really called so comes first.
fn is_pattern(path: &Path) -> bool {
    has_wildcard(path.as_os_str()) && path.symlink_metadata().is_err()
}

fn has_wildcard(text: &OsStr) -> bool {
    text.to_string_lossy().contains(['*', '?', '['])
}

impl Found {
    fn file(&mut self, path: &Path) {
        self.inputs.push(Input {
            path: path.to_owned(),
            below: path.file_name().unwrap_or(path.as_os_str()).into(),
        });
    }

    fn folder(&mut self, folder: &Path) {
        let before = (self.inputs.len(), self.problems.len());
        self.walk(folder, folder);
        if before == (self.inputs.len(), self.problems.len()) {
            let none = Error::file(
                "there is no photograph in this folder",
                "give one with JPEG, PNG, TIFF, WebP, JPEG XL, GIF, BMP or PNM files in it",
            );
            self.problems.push(none.at(folder));
        }
    }

    /// Takes what is below a folder; places are told from `root`.
    fn walk(&mut self, folder: &Path, root: &Path) {
        let shown = |entry: &DirEntry| entry.depth() == 0 || !is_hidden(entry.file_name());
        let walk = WalkDir::new(folder).sort_by_file_name();
        for entry in walk.into_iter().filter_entry(shown) {
            match entry {
                Ok(entry) => self.maybe(entry.path(), root),
                Err(error) => {
                    let path = error.path().unwrap_or(folder).to_owned();
                    let problem = error.io_error().map(io_problem);
                    let problem = problem.unwrap_or_else(|| error.to_string());
                    let error = Error::file(
                        format!("this folder cannot be read: {problem}"),
                        "give one that you may read",
                    );
                    self.problems.push(error.at(&path));
                }
            }
        }
    }

    /// Takes what was met on the way if it is a photograph and none that was made here.
    fn maybe(&mut self, path: &Path, root: &Path) {
        if is_picture(path) && earlier_output(path).is_none() && path.is_file() {
            let below = path.strip_prefix(root).unwrap_or(path);
            self.inputs.push(Input {
                path: path.to_owned(),
                below: below.to_owned(),
            });
        }
    }

    fn pattern(&mut self, pattern: &Path) -> Result<()> {
        let options = MatchOptions {
            require_literal_leading_dot: true,
            ..MatchOptions::new()
        };
        let mut text = pattern.to_string_lossy().into_owned();
        // `**` alone is of folders.
        if text.ends_with("**") {
            text += "/*";
        }
        let paths = glob::glob_with(&text, options).map_err(|error| {
            Error::request(
                format!("this pattern cannot be understood ({error})"),
                "write it as 'scans/**/*.tif'",
            )
            .at(pattern)
        })?;
        let root = fixed_part(pattern);
        let before = (self.inputs.len(), self.problems.len());
        for path in paths {
            match path {
                // With `**`, what is in folders is matched for itself.
                Ok(path) if path.is_dir() && text.contains("**") => {}
                Ok(path) if path.is_dir() => self.walk(&path, &root),
                Ok(path) => self.maybe(&path, &root),
                Err(error) => {
                    let problem = Error::file(
                        format!("this folder cannot be read: {}", io_problem(error.error())),
                        "give one that you may read",
                    );
                    self.problems.push(problem.at(error.path()));
                }
            }
        }
        if before == (self.inputs.len(), self.problems.len()) {
            let none = Error::file(
                "no photograph has a name of this pattern",
                "look at the spelling, and at quotes in the shell",
            );
            self.problems.push(none.at(pattern));
        }
        Ok(())
    }
}

fn is_hidden(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with('.')
}

/// The folders of a pattern before the first wildcard.
fn fixed_part(pattern: &Path) -> PathBuf {
    let parts = pattern.components();
    let fixed: PathBuf = parts
        .take_while(|part| !has_wildcard(part.as_os_str()))
        .collect();
    fixed
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{create_dir_all, write};

    /// Paths below the folder, and places.
    fn found(folder: &Path, arguments: &[&str]) -> Vec<(String, String)> {
        let arguments: Vec<PathBuf> = arguments.iter().map(|a| folder.join(a)).collect();
        let found = find(&arguments).unwrap();
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        let text = |path: &Path| path.to_string_lossy().replace('\\', "/");
        let inputs = found.inputs.iter();
        inputs
            .map(|i| (text(i.path.strip_prefix(folder).unwrap()), text(&i.below)))
            .collect()
    }

    fn shoebox() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "box/b.jpg",
            "box/a.PNG",
            "box/a.colorized.png",
            "box/a.variants.png",
            "box/.hidden.jpg",
            "box/.cache/c.jpg",
            "box/notes.txt",
            "box/1950/summer/d.tif",
            "box/1950/e.gif",
            "f.jpg",
        ] {
            let path = folder.path().join(name);
            create_dir_all(path.parent().unwrap()).unwrap();
            write(path, "").unwrap();
        }
        folder
    }

    #[test]
    fn folders_give_their_photographs_sorted_and_with_their_places() {
        let folder = shoebox();
        let all = [
            ("box/1950/e.gif", "1950/e.gif"),
            ("box/1950/summer/d.tif", "1950/summer/d.tif"),
            ("box/a.PNG", "a.PNG"),
            ("box/b.jpg", "b.jpg"),
        ];
        let all = all.map(|(path, below)| (path.to_owned(), below.to_owned()));
        assert_eq!(found(folder.path(), &["box"]), all);
        let both = found(folder.path(), &["f.jpg", "box/1950"]);
        assert_eq!(both[0], ("f.jpg".to_owned(), "f.jpg".to_owned()));
        assert_eq!(both[1].1, "e.gif");
        assert_eq!(both.len(), 3);
    }

    #[test]
    fn patterns_give_what_matches_with_places_below_their_fixed_part() {
        let folder = shoebox();
        let names = |pattern| -> Vec<String> {
            let found = found(folder.path(), &[pattern]).into_iter();
            found.map(|(_, below)| below).collect()
        };
        assert_eq!(names("box/*.jpg"), ["b.jpg"]);
        assert_eq!(
            names("box/*"),
            ["1950/e.gif", "1950/summer/d.tif", "a.PNG", "b.jpg"]
        );
        assert_eq!(names("box/**/*.tif"), ["1950/summer/d.tif"]);
        assert_eq!(names("box/**/*").len(), 4);
        assert_eq!(names("box/**").len(), 4);
        assert_eq!(names("*/b.jp?"), ["box/b.jpg"]);
        assert_eq!(names("*/1950/[d-f]*"), ["box/1950/e.gif"]);
    }

    #[test]
    fn an_earlier_output_is_left_out_only_beside_its_photograph() {
        let folder = shoebox();
        let paths = |arguments: &[&str]| found(folder.path(), arguments).len();
        assert_eq!(paths(&["box/a.PNG", "box/a.colorized.png", "box/b.jpg"]), 2);
        assert_eq!(paths(&["box/a.colorized.png"]), 1);
        assert_eq!(paths(&["box/b.jpg", "box/a.colorized.png"]), 2);
    }

    #[test]
    fn what_has_no_photograph_in_it_is_a_problem() {
        let folder = shoebox();
        create_dir_all(folder.path().join("empty")).unwrap();
        for (name, complaint) in [
            ("empty", "there is no photograph in this folder"),
            ("box/*.webp", "no photograph has a name of this pattern"),
        ] {
            let found = find(&[folder.path().join(name)]).unwrap();
            assert!(found.inputs.is_empty());
            let problem = found.problems[0].to_string();
            assert!(problem.contains(complaint), "{problem}");
        }
        let twice = [PathBuf::from("-"), PathBuf::from("-")];
        assert!(find(&twice).is_err());
        assert!(find(&[folder.path().join("box/[a")]).is_err());
    }
}
