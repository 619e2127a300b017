//! What runs a file: the columns of the matrix.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use colorize_export::verify::{Given, four_axes};
use colorize_rt::Error;
use colorize_rt::engine::{Builtin, Engine, OnnxRuntime, Provider};
use ndarray::{Array4, ArrayD, ArrayView4};

use crate::inputs::Input;
use crate::outside::{Named, Outside, Ran};
use crate::subject::Subject;

/// An engine, or why there is none.
pub struct Column {
    /// For people.
    pub title: &'static str,
    /// What runs.
    pub kind: Kind,
}

/// How a file is run.
pub enum Kind {
    /// rten, in this process.
    Builtin,
    /// ONNX Runtime's library, in this process.
    OnnxRuntime(PathBuf, Provider),
    /// A program of its own.
    Outside {
        /// Which.
        program: Outside,
        /// Values in an input up to which it is patient enough.
        largest: usize,
    },
    /// burn itself on another device: what it is called.
    Burn(Device, String),
    /// It cannot be had here, and why.
    NotRun(String),
}

/// One engine on all inputs of a subject.
pub struct Cell {
    /// With its version.
    pub engine: String,
    /// What it made of each input; None where the input was too large for it.
    pub cases: Vec<Option<Result<Vec<ArrayD<f32>>, String>>>,
}

impl Column {
    /// A column.
    pub fn new(title: &'static str, kind: Kind) -> Self {
        Self { title, kind }
    }

    /// Runs a subject's file, whose bytes are in `path`, too.
    ///
    /// # Errors
    /// The engine is not here, or cannot load the file.
    pub fn run(&self, subject: &Subject, bytes: &[u8], path: &Path) -> Result<Cell, String> {
        let names = subject.output_names();
        match &self.kind {
            Kind::Builtin => {
                let engine = Builtin::from_bytes(bytes).map_err(|e| e.to_string())?;
                Ok(each(subject, engine.name(), |x| {
                    engine.run_with(x.values.view(), &x.further(), &names)
                }))
            }
            Kind::OnnxRuntime(library, provider) => {
                let engine = OnnxRuntime::from_bytes_on(bytes, library, *provider);
                let engine = engine.map_err(|e| e.to_string())?;
                Ok(each(subject, engine.name(), |x| {
                    engine.run_with(x.values.view(), &x.further(), &names)
                }))
            }
            Kind::Outside { program, largest } => {
                let taken = |input: &&Input| input.values.len() <= *largest;
                let taken_inputs = subject.inputs.iter().filter(taken);
                let cases: Vec<Named> = taken_inputs.map(|i| named(subject, i)).collect();
                let Ran { engine, cases } = program.run(path, &cases, &names)?;
                let mut cases = cases.into_iter();
                let of = |input: &Input| if taken(&input) { cases.next() } else { None };
                Ok(Cell {
                    engine,
                    cases: subject.inputs.iter().map(of).collect(),
                })
            }
            Kind::Burn(device, name) => Ok(each(subject, name, |input| {
                Ok((subject.burn)(input, device))
            })),
            Kind::NotRun(why) => Err(why.clone()),
        }
    }

    /// The engine with a colorizer in it, whose bytes are in `path`, too.
    ///
    /// # Errors
    /// The engine is not here, or cannot load the file.
    pub fn engine(
        &self,
        subject: &Subject,
        bytes: &[u8],
        path: &Path,
    ) -> Result<Box<dyn Engine>, String> {
        Ok(match &self.kind {
            Kind::Builtin => Box::new(Builtin::from_bytes(bytes).map_err(|e| e.to_string())?),
            Kind::OnnxRuntime(library, provider) => Box::new(
                OnnxRuntime::from_bytes_on(bytes, library, *provider).map_err(|e| e.to_string())?,
            ),
            Kind::Outside { program, .. } => Box::new(OutsideEngine {
                program: program.clone(),
                model: path.to_owned(),
                names: [subject.input.clone(), subject.outputs[0].0.clone()],
                takes_hints: subject.inputs.iter().any(|input| input.given.is_some()),
            }),
            Kind::Burn(..) => return Err("burn is compared on tensors".to_owned()),
            Kind::NotRun(why) => return Err(why.clone()),
        })
    }
}

fn each(
    subject: &Subject,
    name: &str,
    run: impl Fn(&Input) -> colorize_rt::Result<Vec<ArrayD<f32>>>,
) -> Cell {
    let inputs = subject.inputs.iter();
    let cases = inputs.map(|input| Some(run(input).map_err(|e| e.to_string())));
    Cell {
        engine: name.to_owned(),
        cases: cases.collect(),
    }
}

/// An input with what is given beside it, by name.
fn named(subject: &Subject, input: &Input) -> Named {
    let first = (subject.input.clone(), input.values.clone().into_dyn());
    let further = input.further().into_iter();
    let further = further.map(|(name, values)| (name.to_owned(), values.to_owned()));
    std::iter::once(first).chain(further).collect()
}

/// A program as an engine of the runtime.
struct OutsideEngine {
    program: Outside,
    model: PathBuf,
    /// Of the input and of the output.
    names: [String; 2],
    takes_hints: bool,
}

impl Engine for OutsideEngine {
    fn name(&self) -> &str {
        "another program"
    }

    fn run(&self, input: ArrayView4<'_, f32>) -> colorize_rt::Result<Array4<f32>> {
        let failed = |problem: String| Error::Engine(problem);
        let [name, output] = &self.names;
        let mut case = vec![(name.clone(), input.to_owned().into_dyn())];
        if self.takes_hints {
            let nothing = Given::nothing(input.dim().into());
            let nothing = nothing.tensors().map(|(n, v)| (n.to_owned(), v.to_owned()));
            case.extend(nothing);
        }
        let ran = self.program.run(&self.model, &[case], &[output]);
        let first = ran.map_err(failed)?.cases.into_iter().next();
        let outputs = first.unwrap_or_else(|| Err("no answer".to_owned()));
        let output = outputs.map_err(failed)?.into_iter().next();
        Ok(output.map_or_else(|| Array4::zeros([0; 4]), four_axes))
    }
}
