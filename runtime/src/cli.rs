//! The command: photographs in, colour out.

mod arguments;
mod doctor;
mod outputs;
mod reporter;
mod steering;
mod work;

use std::io::stderr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use crate::{ColorizeOptions, Colorizer, Error, Model, Result};
use arguments::Arguments;
use reporter::{Reporter, print};

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
        if doctor::is_asked_for() {
            return doctor::run();
        }
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
    let wanted = ColorizeOptions::new()
        .hints(steering::hints(arguments)?)
        .strength(arguments.strength);
    let colorizer = colorizer(arguments)?;
    let reporter = Reporter::new(jobs.len());
    reporter.engine(&colorizer);
    let mut failures = 0;
    for job in &jobs {
        let started = Instant::now();
        match guarded(|| work::colorize(&colorizer, job, &wanted, arguments.save_options())) {
            Ok(done) => {
                let engine = &colorizer.report().engine;
                reporter.done(job, &done, engine, started.elapsed());
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
    let mut builder = Colorizer::builder().provider(arguments.provider);
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
