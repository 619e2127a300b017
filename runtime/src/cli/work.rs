//! One photograph, from file to files.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use image::{GrayImage, RgbImage};
use serde::Serialize;

use super::ahead::{Ahead, timed};
use super::arguments::Arguments;
use super::budget::{Budget, PIXELS_A_JOB};
use super::guarded;
use super::interrupt::Interrupt;
use super::names::is_standard;
use super::outputs::{Job, is_there};
use super::source::pixels;
use super::{compare, page, standard_output, sweep};
use crate::encode::{left_out, save, save_map};
use crate::{
    ColorizeOptions, ColorizedPhotograph, Colorizer, Error, Photograph, Result, SaveOptions,
    WholeFile, contact_sheet,
};

/// What became of a photograph.
pub(super) enum Outcome {
    Done(Done),
    /// The command is to end.
    Abandoned,
}

pub(super) struct Done {
    /// Width and height.
    pub dimensions: (u32, u32),
    /// What was not as expected in the file.
    pub notes: Vec<String>,
    /// How sure the colorizer is of its colours, 0 to 1, where it says so.
    pub sure: Option<f32>,
    pub seconds: Seconds,
    /// For a page of the batch, if there is to be one.
    pub small: Option<RgbImage>,
}

/// How long each stage took.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Seconds {
    pub decode: f64,
    pub colorize: f64,
    pub write: f64,
}

impl Seconds {
    pub fn sum(self) -> f64 {
        self.decode + self.colorize + self.write
    }
}

/// What photographs are worked on with.
pub(super) struct Work<'a> {
    colorizer: &'a Colorizer,
    /// At other sizes, for sweeps.
    sizes: Vec<Colorizer>,
    wanted: &'a ColorizeOptions,
    options: SaveOptions,
    skip_existing: bool,
    format: Option<&'static str>,
    wants_small: bool,
    interrupt: &'a Interrupt,
    ahead: Ahead,
    budget: Budget,
    tidied: Mutex<HashSet<PathBuf>>,
}

impl<'a> Work<'a> {
    pub fn new(
        arguments: &Arguments,
        colorizer: &'a Colorizer,
        wanted: &'a ColorizeOptions,
        interrupt: &'a Interrupt,
        workers: usize,
        ahead: Ahead,
    ) -> Result<Self> {
        Ok(Work {
            colorizer,
            sizes: match arguments.sweep {
                true => sweep::colorizers(arguments, colorizer)?,
                false => Vec::new(),
            },
            wanted,
            options: arguments.save_options(),
            skip_existing: arguments.skip_existing || arguments.watch.is_some(),
            format: arguments.format.as_ref().map(|format| format.ending()),
            wants_small: arguments.contact_sheet.is_some(),
            interrupt,
            ahead,
            budget: Budget::of(PIXELS_A_JOB.saturating_mul(workers as u64)),
            tidied: Mutex::default(),
        })
    }

    /// Colorizes a photograph and writes everything that its job names. A panic on the way is an
    /// error like any other.
    pub fn colorize(&self, job: &Job) -> Result<Outcome> {
        guarded(|| self.stages(job)).map_err(|error| match error {
            Error::Engine(text) if !text.contains(&*job.input.to_string_lossy()) => {
                Error::Engine(text).at(&job.input)
            }
            error => error,
        })
    }

    fn stages(&self, job: &Job) -> Result<Outcome> {
        // Taken first, so that it does not stay in memory if its turn ends early.
        let ahead = self.ahead.take(&job.input);
        job.check_outputs(self.options.overwrite, self.skip_existing)?;
        let _share = self.budget.take(pixels(&job.input));
        if self.interrupt.asked() {
            return Ok(Outcome::Abandoned);
        }
        let (photograph, decode) = ahead.unwrap_or_else(|| timed(&job.input));
        let photograph = photograph?;
        let mut clock = Clock(Instant::now());
        if self.interrupt.asked() {
            return Ok(Outcome::Abandoned);
        }
        let at = |error: Error| error.at(&job.input);
        if job.is_sweep() {
            return self.sweep(job, &photograph, decode).map_err(at);
        }
        let colorized = self.versions(job, &photograph).map_err(at)?;
        let colorize = clock.lap();
        if self.interrupt.asked() {
            return Ok(Outcome::Abandoned);
        }
        let first = colorized.first().ok_or_else(|| {
            at(Error::engine(
                "no version was painted",
                "please report this",
            ))
        })?;
        self.write(job, &photograph, &colorized, first)
            .map_err(at)?;
        let confidence = first.confidence.as_ref();
        Ok(Outcome::Done(Done {
            dimensions: photograph.dimensions(),
            notes: notes(job, &photograph),
            sure: confidence.map(|confidence| confidence.mean()),
            small: self
                .wants_small
                .then(|| page::small(&first.image.to_rgb8())),
            seconds: Seconds {
                decode,
                colorize,
                write: clock.lap(),
            },
        }))
    }

    /// The photograph in colour, in as many versions as are wanted.
    fn versions(&self, job: &Job, photograph: &Photograph) -> Result<Vec<ColorizedPhotograph>> {
        match job.versions.len() {
            0 => {
                let colorized = self
                    .colorizer
                    .colorize_photograph(photograph, self.wanted)?;
                Ok(vec![colorized])
            }
            count => self.colorizer.variants_of(photograph, self.wanted, count),
        }
    }

    fn write(
        &self,
        job: &Job,
        photograph: &Photograph,
        colorized: &[ColorizedPhotograph],
        first: &ColorizedPhotograph,
    ) -> Result<()> {
        if job.versions.is_empty() {
            self.put_photograph(job, first, &job.output)?;
        } else {
            for (version, path) in colorized.iter().zip(&job.versions) {
                self.put_photograph(job, version, path)?;
            }
        }
        if let Some(sheet) = &job.sheet {
            let images: Vec<_> = colorized.iter().map(|v| v.image.to_rgb8()).collect();
            let images: Vec<_> = images.iter().collect();
            self.put(job, &contact_sheet(&images), sheet)?;
        }
        if let Some(path) = &job.compare {
            self.put(
                job,
                &compare::beside(&photograph.gray(), &first.image),
                path,
            )?;
        }
        if let Some(path) = &job.confidence {
            let confidence = first.confidence.as_ref().ok_or_else(|| {
                Error::request(
                    "this colorizer does not say how sure it is",
                    "leave `--confidence` out, or use the built-in colorizer",
                )
            })?;
            self.put_map(job, &confidence.map()?, path)?;
        }
        Ok(())
    }

    fn sweep(&self, job: &Job, photograph: &Photograph, decode: f64) -> Result<Outcome> {
        let mut clock = Clock(Instant::now());
        let sheet = sweep::sheet(&self.sizes, photograph, &self.wanted.hints)?;
        let colorize = clock.lap();
        if let Some(path) = &job.sheet {
            self.put(job, &sheet, path)?;
        }
        Ok(Outcome::Done(Done {
            dimensions: photograph.dimensions(),
            notes: photograph.notes().to_vec(),
            sure: None,
            small: None,
            seconds: Seconds {
                decode,
                colorize,
                write: clock.lap(),
            },
        }))
    }

    fn put_photograph(&self, job: &Job, image: &ColorizedPhotograph, path: &Path) -> Result<()> {
        if is_standard(path) {
            let own = job.input.extension().and_then(|ending| ending.to_str());
            return standard_output::write(image, self.format.or(own), self.options);
        }
        match self.is_wanted(job, path)? {
            true => image.save(path, self.options),
            false => Ok(()),
        }
    }

    fn put(&self, job: &Job, image: &RgbImage, path: &Path) -> Result<()> {
        match self.is_wanted(job, path)? {
            true => save(image, path, self.options),
            false => Ok(()),
        }
    }

    fn put_map(&self, job: &Job, map: &GrayImage, path: &Path) -> Result<()> {
        match self.is_wanted(job, path)? {
            true => save_map(map, path, self.options),
            false => Ok(()),
        }
    }

    /// Whether a file is to be written; then there is a folder for it.
    fn is_wanted(&self, job: &Job, path: &Path) -> Result<bool> {
        if self.skip_existing && is_there(path) {
            return Ok(false);
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        if job.makes_folders {
            std::fs::create_dir_all(folder).map_err(|error| {
                Error::file(
                    format!("this folder cannot be made ({error})"),
                    "choose another place with `-o`",
                )
                .at(folder)
            })?;
        }
        let mut tidied = self.tidied.lock().unwrap_or_else(PoisonError::into_inner);
        if tidied.insert(folder.to_owned()) {
            WholeFile::tidy_beside(path);
        }
        Ok(true)
    }
}

/// What a person should know of a photograph that was colorized.
fn notes(job: &Job, photograph: &Photograph) -> Vec<String> {
    let written = job.versions.first().unwrap_or(&job.output);
    let left_out = left_out(photograph.metadata(), written);
    photograph.notes().iter().cloned().chain(left_out).collect()
}

/// A stop-watch.
struct Clock(Instant);

impl Clock {
    /// Seconds since the last time.
    fn lap(&mut self) -> f64 {
        let now = Instant::now();
        now.duration_since(std::mem::replace(&mut self.0, now))
            .as_secs_f64()
    }
}
