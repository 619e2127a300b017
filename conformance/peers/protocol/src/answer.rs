//! What the program says.

use std::collections::BTreeMap;

use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) engine: String,
    pub(crate) cases: Vec<Case>,
}

/// What became of a case.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Case {
    /// The outputs' shapes; their values are in the files.
    Shapes(BTreeMap<String, Vec<usize>>),
    Error(String),
}

impl From<Result<BTreeMap<String, Vec<usize>>, String>> for Case {
    fn from(made: Result<BTreeMap<String, Vec<usize>>, String>) -> Self {
        match made {
            Ok(shapes) => Self::Shapes(shapes),
            Err(problem) => Self::Error(problem),
        }
    }
}
