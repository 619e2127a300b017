//! What the command says while it works.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::arguments::Arguments;
use super::outputs::Job;
use super::record::Record;
use super::work::Done;
use crate::error::one_line;
use crate::{Colorizer, Error};

/// How much of it, and for whom.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// A line a photograph.
    Words,
    /// An object a photograph.
    Json,
    /// Errors.
    Quiet,
}

/// Says what happens to each photograph, with a bar below where a person is looking.
pub(super) struct Reporter {
    manner: Manner,
    /// Whether standard output is a photograph's.
    pub keeps_off_standard_output: bool,
    bar: Option<ProgressBar>,
    began: Instant,
    tally: Tally,
    goes_on: &'static str,
}

/// How many photographs became what.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub colorized: usize,
    pub skipped: usize,
    pub failed: usize,
    pub left: usize,
}

impl Reporter {
    pub fn new(arguments: &Arguments) -> Self {
        let manner = match (arguments.json, arguments.quiet) {
            (true, _) => Manner::Json,
            (_, true) => Manner::Quiet,
            _ => Manner::Words,
        };
        Reporter {
            manner,
            keeps_off_standard_output: false,
            bar: None,
            began: Instant::now(),
            tally: Tally::default(),
            goes_on: match arguments.skip_existing || arguments.watch.is_some() {
                true => "; the same command does the rest",
                false => "; the same command with `--skip-existing` does the rest",
            },
        }
    }

    /// Shows how far it is, if there are several photographs.
    pub fn begin(&mut self, photographs: usize) {
        if photographs < 2 || self.manner == Manner::Quiet || !stderr().is_terminal() {
            return;
        }
        let template = "{bar:30} {pos}/{len} photographs, {per_sec}, {eta} left";
        let bar = ProgressBar::new(photographs as u64);
        self.bar = Some(match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        });
    }

    pub fn engine(&self, colorizer: &Colorizer) {
        let report = colorizer.report();
        for note in &report.notes {
            self.note(note);
        }
        if let Some(library) = &report.library {
            let library = library.display();
            self.note(&format!("using {} from {library}", report.engine));
        }
    }

    pub fn done(&mut self, job: &Job, done: &Done, engine: &str) {
        self.tally.colorized += 1;
        if let Some(note) = &job.note {
            self.note(note);
        }
        for note in &done.notes {
            self.note(&format!("{}: {note}", display(&job.input)));
        }
        if self.manner == Manner::Json {
            self.record(&Record::done(job, done, engine));
        }
        let (width, height) = done.dimensions;
        let sure = done.sure.map(|sure| format!(", {:.0}% sure", sure * 100.0));
        self.words(&format!(
            "{} -> {} ({width}x{height}, {engine}, {:.2} s{})",
            display(&job.input),
            written(job),
            done.seconds.sum(),
            sure.unwrap_or_default()
        ));
        self.step();
    }

    pub fn skipped(&mut self, job: &Job) {
        self.tally.skipped += 1;
        if self.manner == Manner::Json {
            self.record(&Record::skipped(job));
        }
    }

    /// Something failed, of a photograph or before there was one.
    pub fn failed(&mut self, job: Option<&Job>, error: &Error) {
        self.tally.failed += 1;
        self.error(error);
        if self.manner == Manner::Json {
            self.record(&Record::failed(job, error));
        }
        self.step();
    }

    pub fn left(&mut self, photographs: usize) {
        self.tally.left += photographs;
    }

    fn error(&self, error: &Error) {
        self.undisturbed(|| print(stderr(), &format!("colorize-rt: {error}")));
    }

    /// Takes the bar away.
    pub fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Sums up several photographs.
    pub fn summary(&mut self) -> Tally {
        self.end();
        let Tally {
            colorized,
            skipped,
            failed,
            left,
        } = self.tally;
        if colorized + skipped + failed + left > 1 || skipped > 0 {
            let took = self.began.elapsed();
            let mut text = format!("{colorized} colorized");
            for (count, what) in [(skipped, "skipped"), (failed, "failed"), (left, "left")] {
                if count > 0 {
                    text += &format!(", {count} {what}");
                }
            }
            text += &format!(" in {}", spoken(took));
            if colorized > 1 {
                let rate = colorized as f64 / took.as_secs_f64();
                text += &format!(" ({rate:.1} a second)");
            }
            if left > 0 {
                text += self.goes_on;
            }
            self.note(&text);
        }
        self.tally
    }

    /// What is of no photograph: words among words, but not among objects.
    pub fn note(&self, text: &str) {
        match self.manner {
            Manner::Words => self.words(text),
            Manner::Json => self.undisturbed(|| print(stderr(), text)),
            Manner::Quiet => {}
        }
    }

    fn words(&self, text: &str) {
        if self.manner == Manner::Words {
            self.say(text);
        }
    }

    fn record(&self, record: &Record) {
        if let Ok(text) = serde_json::to_string(record) {
            self.say(&text);
        }
    }

    fn say(&self, text: &str) {
        self.undisturbed(|| match self.keeps_off_standard_output {
            true => print(stderr(), text),
            false => print(stdout(), text),
        });
    }

    /// Prints without the bar in the way.
    fn undisturbed(&self, print: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn step(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }
}

/// What was written for a photograph, in a few words.
fn written(job: &Job) -> String {
    match (&job.sheet, &*job.versions) {
        (Some(sheet), [first, .., last]) => format!(
            "{}, {} to {}",
            display(sheet),
            display(first),
            display(last)
        ),
        (Some(sheet), []) => display(sheet),
        _ => display(&job.output),
    }
}

fn spoken(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// Prints a line. Where nobody listens any more, the photographs are still done.
pub(super) fn print(mut to: impl Write, line: &str) {
    let _ = writeln!(to, "{line}");
}

fn display(path: &Path) -> String {
    one_line(&path.display().to_string())
}
