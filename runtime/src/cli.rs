//! The command: photographs in, colour out.

mod arguments;
mod outputs;

use std::io::{IsTerminal, Write, stderr, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use crate::error::one_line;
use crate::{Colorizer, Error, Model, Result, SaveOptions, open, save};
use arguments::Arguments;
use outputs::Job;

/// Everything was done.
const DONE: u8 = 0;
/// The command could not be understood, or nothing could be done.
const NOTHING_DONE: u8 = 1;
/// Some photographs were colorized and some were not.
const PARTLY_DONE: u8 = 2;

/// Runs the command with this process's arguments.
pub fn main() -> ExitCode {
    // A panic in a decoder or an engine becomes one line like any other error.
    std::panic::set_hook(Box::new(|_| {}));
    let code = guarded(|| {
        Arguments::try_parse()
            .map_or_else(|error| Ok(show_usage(&error)), |arguments| run(&arguments))
    });
    ExitCode::from(code.unwrap_or_else(|error| {
        print(stderr(), &format!("colorize-rt: {error}"));
        NOTHING_DONE
    }))
}

/// Help and version go to standard output and are no failure; the rest are.
fn show_usage(error: &clap::Error) -> u8 {
    let _ = error.print();
    if error.use_stderr() {
        NOTHING_DONE
    } else {
        DONE
    }
}

fn run(arguments: &Arguments) -> Result<u8> {
    let jobs = outputs::plan(arguments)?;
    let colorizer = colorizer(arguments)?;
    let reporter = Reporter::new(jobs.len());
    reporter.engine(&colorizer);
    let mut failures = 0;
    for job in &jobs {
        let started = Instant::now();
        match guarded(|| colorize(&colorizer, job, arguments.save_options())) {
            Ok((width, height)) => {
                reporter.done(
                    job,
                    (width, height),
                    &colorizer.report().engine,
                    started.elapsed(),
                );
            }
            Err(error) => {
                failures += 1;
                reporter.failed(&error);
            }
        }
    }
    reporter.finish();
    Ok(match failures {
        0 => DONE,
        n if n == jobs.len() => NOTHING_DONE,
        _ => PARTLY_DONE,
    })
}

fn colorizer(arguments: &Arguments) -> Result<Colorizer> {
    let mut builder = Colorizer::builder().engine(arguments.engine_choice());
    if let Some(path) = &arguments.model {
        let model = match &arguments.contract {
            Some(contract) => Model::from_file_as(path, contract)?,
            None => Model::from_file(path)?,
        };
        builder = builder.model(model);
    }
    if let Some(library) = &arguments.onnxruntime {
        builder = builder.onnxruntime(library);
    }
    if let Some(pixels) = arguments.size {
        builder = builder.working_size(pixels);
    }
    builder.build()
}

/// One photograph, from file to file. Gives its width and height.
fn colorize(colorizer: &Colorizer, job: &Job, options: SaveOptions) -> Result<(u32, u32)> {
    job.check_output(options.overwrite)?;
    let photograph = open(&job.input)?;
    let colorized = colorizer
        .colorize(&photograph)
        .map_err(|error| error.at(&job.input))?;
    save(&colorized.image, &job.output, options).map_err(|error| error.at(&job.input))?;
    Ok(colorized.image.dimensions())
}

/// Runs `task`; a panic in it becomes an error.
fn guarded<T>(task: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(task)).unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        Err(Error::engine(
            format!("internal error ({})", text.unwrap_or("no message")),
            "please report it together with the file",
        ))
    })
}

/// Says what happens: a line a photograph, and a bar above several of them where a
/// person is looking.
struct Reporter {
    bar: Option<ProgressBar>,
}

impl Reporter {
    fn new(photographs: usize) -> Self {
        let wanted = photographs > 1 && stderr().is_terminal();
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} photographs, {eta} left");
        let bar = wanted.then(|| ProgressBar::new(photographs as u64));
        let bar = bar.map(|bar| match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        });
        Reporter { bar }
    }

    fn engine(&self, colorizer: &Colorizer) {
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

    fn done(&self, job: &Job, (width, height): (u32, u32), engine: &str, took: Duration) {
        if let Some(note) = &job.note {
            self.line(note);
        }
        self.line(&format!(
            "{} -> {} ({width}x{height}, {engine}, {:.2} s)",
            display(&job.input),
            display(&job.output),
            took.as_secs_f64()
        ));
        self.step();
    }

    fn failed(&self, error: &Error) {
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

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Prints a line. Where nobody listens any more, the photographs are still done.
fn print(mut to: impl Write, line: &str) {
    let _ = writeln!(to, "{line}");
}

fn display(path: &Path) -> String {
    one_line(&path.display().to_string())
}
