//! What the command says while it works.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::outputs::Job;
use super::work::Done;
use crate::error::one_line;
use crate::{Colorizer, Error};

/// Says what happens: a line a photograph, and a bar above several of them where a
/// person is looking.
pub(super) struct Reporter {
    bar: Option<ProgressBar>,
}

impl Reporter {
    pub fn new(photographs: usize) -> Self {
        let wanted = photographs > 1 && stderr().is_terminal();
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} photographs, {eta} left");
        let bar = wanted.then(|| ProgressBar::new(photographs as u64));
        let bar = bar.map(|bar| match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        });
        Reporter { bar }
    }

    pub fn engine(&self, colorizer: &Colorizer) {
        let report = colorizer.report();
        for note in &report.notes {
            self.line(note);
        }
        if let Some(library) = &report.library {
            self.line(&format!(
                "using {} from {}",
                report.engine,
                library.display()
            ));
        }
    }

    pub fn done(&self, job: &Job, done: &Done, engine: &str, took: Duration) {
        if let Some(note) = &job.note {
            self.line(note);
        }
        for note in &done.notes {
            self.line(&format!("{}: {note}", display(&job.input)));
        }
        let written = match (&job.sheet, &*job.versions) {
            (Some(sheet), [first, .., last]) => format!(
                "{}, {} to {}",
                display(sheet),
                display(first),
                display(last)
            ),
            _ => display(&job.output),
        };
        let (width, height) = done.dimensions;
        let sure = done.sure.map(|sure| format!(", {:.0}% sure", sure * 100.0));
        self.line(&format!(
            "{} -> {written} ({width}x{height}, {engine}, {:.2} s{})",
            display(&job.input),
            took.as_secs_f64(),
            sure.unwrap_or_default()
        ));
        self.step();
    }

    pub fn failed(&self, error: &Error) {
        let line = format!("colorize-rt: {error}");
        match &self.bar {
            Some(bar) => bar.suspend(|| print(stderr(), &line)),
            None => print(stderr(), &line),
        }
        self.step();
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| print(stdout(), text)),
            None => print(stdout(), text),
        }
    }

    fn step(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Prints a line. Where nobody listens any more, the photographs are still done.
pub(super) fn print(mut to: impl Write, line: &str) {
    let _ = writeln!(to, "{line}");
}

fn display(path: &Path) -> String {
    one_line(&path.display().to_string())
}
