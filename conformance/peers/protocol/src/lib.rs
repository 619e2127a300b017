//! How the conformance report talks to an engine that is a program of its own.
//!
//! It gives the program one JSON object on stdin, a model and what to compute with it, and gets one
//! line of JSON on stdout. Tensors are files of little-endian 32-bit floats.

mod answer;
mod panics;
mod request;

pub use panics::caught;
pub use request::{Case, Given, Request};

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

/// A tensor of 32-bit floats.
#[derive(Clone, Debug)]
pub struct Tensor {
    /// Its extents.
    pub shape: Vec<usize>,
    /// Row by row.
    pub values: Vec<f32>,
}

/// Answers the request on stdin: `load` opens a model, and what it gives then computes the outputs of
/// a case, by name, from its inputs. A model that cannot be loaded is one line on stderr and exit
/// code 1; a case that cannot be run is part of the answer.
pub fn answer<M, L, R>(engine: &str, load: L, run: R) -> ExitCode
where
    L: FnOnce(&Path) -> Result<M, String>,
    R: Fn(&M, &Case) -> Result<Vec<(String, Tensor)>, String>,
{
    match try_to_answer(engine, load, run) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{}", one_line(&problem));
            ExitCode::FAILURE
        }
    }
}

fn try_to_answer<M, L, R>(engine: &str, load: L, run: R) -> Result<String, String>
where
    L: FnOnce(&Path) -> Result<M, String>,
    R: Fn(&M, &Case) -> Result<Vec<(String, Tensor)>, String>,
{
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| format!("stdin: {error}"))?;
    let request: Request =
        serde_json::from_str(&text).map_err(|error| format!("stdin: {error}"))?;
    let model = caught(|| load(&request.model))
        .map_err(|problem| format!("{}: {problem}", request.model.display()))?;
    let cases = request.cases.iter().map(|case| {
        let made = caught(|| run(&model, case)).and_then(|outputs| case.write(&outputs));
        answer::Case::from(made.map_err(|problem| one_line(&problem)))
    });
    let answer = answer::Answer {
        engine: engine.to_owned(),
        cases: cases.collect(),
    };
    serde_json::to_string(&answer).map_err(|error| error.to_string())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
