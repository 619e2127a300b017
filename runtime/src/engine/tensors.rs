//! Which tensors of a graph count, and how an engine complains of it.

use crate::error::Error;

/// The names of the graph's input and output that count; `None`: the first of each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tensors<'a> {
    pub input: Option<&'a str>,
    pub output: Option<&'a str>,
    /// Further inputs, with their planes, that are given zeros.
    pub zeros: &'a [(String, usize)],
}

impl<'a> Tensors<'a> {
    pub fn of(contract: &'a crate::Contract) -> Self {
        Tensors {
            input: Some(&contract.input.tensor),
            output: Some(&contract.output.tensor),
            zeros: &contract.input.zeros,
        }
    }
}

const TRY_ANOTHER: &str = "export the colorizer again, or try the other engine with `--engine`";

pub(super) fn refused(engine: &str, problem: impl std::fmt::Display) -> Error {
    Error::engine(
        format!("{engine} cannot load the colorizer: {problem}"),
        TRY_ANOTHER,
    )
}

pub(super) fn failed(engine: &str, problem: impl std::fmt::Display) -> Error {
    Error::engine(format!("{engine} failed: {problem}"), TRY_ANOTHER)
}
