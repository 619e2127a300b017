//! Which tensors of a graph count, and how an engine complains of it.

use ndarray::ArrayViewD;

use crate::contract::Contract;
use crate::error::Error;

/// The names of the graph's input and output that count; `None`: the first of each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tensors<'a> {
    pub input: Option<&'a str>,
    pub output: Option<&'a str>,
    pub contract: Option<&'a Contract>,
}

impl<'a> Tensors<'a> {
    pub fn of(contract: &'a Contract) -> Self {
        Tensors {
            input: Some(&contract.input.tensor),
            output: Some(&contract.output.tensor),
            contract: Some(contract),
        }
    }

    /// An input beside the first, by its name and its shape, where the file says that; the contract
    /// knows better. None where neither tells how large it is.
    pub fn further(&self, name: &str, shape: &[Option<usize>]) -> Option<Further> {
        let of_contract = self.contract.map(Contract::further_inputs);
        let of_contract = of_contract.unwrap_or_default();
        let said = of_contract.iter().find(|further| further.name == name);
        let (planes, axes) = match said {
            Some(further) => (further.planes, further.axes),
            None => ((*shape.get(1)?)?, shape.len()),
        };
        [2, 4].contains(&axes).then(|| Further {
            name: name.to_owned(),
            planes,
            axes,
        })
    }
}

/// An input beside the first, which is given zeros where nothing else is given.
#[derive(Clone, Debug)]
pub(super) struct Further {
    pub name: String,
    planes: usize,
    axes: usize,
}

impl Further {
    /// Its shape beside a photograph's of `[n, c, h, w]`.
    pub fn shape(&self, (n, _, h, w): (usize, usize, usize, usize)) -> Vec<usize> {
        let mut shape = vec![n, self.planes, h, w];
        shape.truncate(self.axes);
        shape
    }

    /// What is given for it.
    pub fn given<'a, 'b>(
        &self,
        given: &'b [(&str, ArrayViewD<'a, f32>)],
    ) -> Option<&'b ArrayViewD<'a, f32>> {
        let found = given.iter().find(|(name, _)| *name == self.name);
        found.map(|(_, array)| array)
    }
}

/// A name under which nothing goes in.
pub(super) fn unknown<'a, 'b>(
    further: impl Iterator<Item = &'b Further> + Clone,
    given: &[(&'a str, ArrayViewD<'_, f32>)],
) -> Option<&'a str> {
    let known = |name: &str| further.clone().any(|further| further.name == name);
    let mut names = given.iter().map(|(name, _)| *name);
    names.find(|name| !known(name))
}

const TRY_ANOTHER: &str = "export the colorizer again, or try another engine with `--provider`";

pub(super) fn refused(engine: &str, problem: impl std::fmt::Display) -> Error {
    Error::engine(
        format!("{engine} cannot load the colorizer: {problem}"),
        TRY_ANOTHER,
    )
}

pub(super) fn failed(engine: &str, problem: impl std::fmt::Display) -> Error {
    Error::engine(format!("{engine} failed: {problem}"), TRY_ANOTHER)
}
