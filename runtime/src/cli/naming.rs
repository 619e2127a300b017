//! How outputs are named.

use std::path::Path;

use super::arguments::Arguments;
use super::inputs::Input;
use super::names::{self, Format, STANDARD, is_standard};
use super::outputs::Job;
use crate::{Error, Result, can_save};

/// What a person names as the place to write to.
enum Target<'a> {
    Beside,
    File(&'a Path),
    Folder(&'a Path),
}

impl<'a> Target<'a> {
    fn of(path: Option<&'a Path>, several: bool) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Target::Beside);
        };
        if path.is_dir() || ends_in_separator(path) {
            return Ok(Target::Folder(path));
        }
        if !several {
            return Ok(Target::File(path));
        }
        // `-o all.jpg` is meant as a file even where there is none.
        if is_standard(path) || path.exists() || can_save(path) {
            return Err(Error::request(
                "several photographs cannot go into one file",
                "name a folder; where it ends in / it is made",
            )
            .at(path));
        }
        Ok(Target::Folder(path))
    }
}

/// The way from an input to its outputs, the same for all of a command.
pub(super) struct Naming<'a> {
    target: Target<'a>,
    maps: Target<'a>,
    arguments: &'a Arguments,
    format: Option<&'a Format>,
}

impl<'a> Naming<'a> {
    pub fn new(arguments: &'a Arguments, several: bool) -> Result<Self> {
        let target = Target::of(arguments.output.as_deref(), several)?;
        let format = arguments.format.as_ref();
        match (&target, format) {
            (Target::File(file), Some(format)) if !is_standard(file) && !format.is_of(file) => {
                return Err(Error::request(
                    format!(
                        "`--format` says .{}, and this name does not",
                        format.ending()
                    ),
                    "leave `--format` out, or end the name so",
                )
                .at(file));
            }
            _ => {}
        }
        Ok(Naming {
            target,
            maps: Target::of(arguments.confidence.as_deref(), several)?,
            arguments,
            format,
        })
    }

    pub fn job(&self, input: &Input) -> Job {
        let (name, note) = names::colorized(&input.path, self.format);
        let (output, note) = match &self.target {
            Target::File(file) => (file.to_path_buf(), None),
            Target::Folder(folder) => (folder.join(input.below.with_file_name(name)), note),
            Target::Beside if is_standard(&input.path) => (STANDARD.into(), None),
            Target::Beside => (input.path.with_file_name(name), note),
        };
        let maps_below = || names::with_ending(&input.below, "confidence", "png");
        let Arguments {
            sweep,
            compare,
            variants,
            ..
        } = *self.arguments;
        let sheet = match (sweep, variants) {
            (true, _) => Some(names::beside(&output, "sweep")),
            (_, Some(_)) => Some(names::beside(&output, "variants")),
            _ => None,
        };
        Job {
            input: input.path.clone(),
            below: input.below.clone(),
            versions: (1..=variants.unwrap_or(0).into())
                .map(|n| names::numbered(&output, n))
                .collect(),
            sheet,
            compare: compare.then(|| names::beside(&output, "compare")),
            confidence: match &self.maps {
                Target::Beside => None,
                Target::File(file) => Some(file.to_path_buf()),
                Target::Folder(folder) => {
                    Some(folder.join(input.below.with_file_name(maps_below())))
                }
            },
            makes_folders: matches!(self.target, Target::Folder(_))
                || matches!(self.maps, Target::Folder(_)),
            output,
            note,
        }
    }
}

fn ends_in_separator(path: &Path) -> bool {
    path.to_string_lossy().ends_with(std::path::is_separator)
}
