//! The command: photographs in, colour out.

mod ahead;
mod arguments;
mod batch;
mod budget;
mod compare;
mod doctor;
mod generated;
mod inputs;
mod interrupt;
mod lettering;
mod names;
mod naming;
mod outputs;
mod page;
mod record;
mod refusals;
mod reporter;
mod shard;
mod source;
mod standard_output;
mod steering;
mod sweep;
mod watch;
mod work;
mod workers;

use std::io::{stderr, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;

use crate::{Builder, Colorizer, Error, Model, Result};
use arguments::{Arguments, WorkingSize};
use interrupt::Interrupt;
use reporter::{Tally, print};

/// Everything was done.
const DONE: u8 = 0;
/// The command could not be understood, or nothing could be done.
const NOTHING_DONE: u8 = 1;
/// Some photographs were colorized and some were not.
const PARTLY_DONE: u8 = 2;
/// Stopped with Ctrl-C, as shells say it.
const INTERRUPTED: u8 = 130;

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
    // Where nobody listens, there is nothing to be done about it.
    if let Some(shell) = arguments.completions {
        let _ = generated::completions(shell, stdout());
        return Ok(DONE);
    }
    if arguments.man {
        let _ = generated::manual(stdout());
        return Ok(DONE);
    }
    let interrupt = Interrupt::listen()?;
    let tally = match &arguments.watch {
        Some(folder) => watch::run(arguments, folder, &interrupt)?,
        None => batch::run(arguments, &inputs::find(&arguments.inputs)?, &interrupt)?,
    };
    Ok(exit_status(&tally))
}

fn exit_status(tally: &Tally) -> u8 {
    match tally {
        Tally { left: 1.., .. } => INTERRUPTED,
        Tally { failed: 0, .. } => DONE,
        Tally {
            colorized: 0,
            skipped: 0,
            ..
        } => NOTHING_DONE,
        _ => PARTLY_DONE,
    }
}

/// The colorizer that the arguments ask for.
fn builder(arguments: &Arguments) -> Result<Builder> {
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
    if let WorkingSize(Some(pixels)) = arguments.size {
        builder = builder.working_size(pixels);
    }
    if let Some(views) = arguments.views {
        builder = builder.views(views);
    }
    Ok(builder)
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
