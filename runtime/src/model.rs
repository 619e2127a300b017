//! A colorizer: an ONNX file and its contract.

use std::borrow::Cow;
use std::path::Path;

use crate::contract::{Contract, decode};
use crate::error::{Error, Result};
use crate::onnx::ModelProto;
use crate::soundness;

/// The largest file that ONNX allows without external data.
const MAX_BYTES: u64 = 2 << 30;

/// An ONNX file in memory, with the [`Contract`] that was read from it.
#[derive(Clone, Debug)]
pub struct Model {
    bytes: Cow<'static, [u8]>,
    contract: Contract,
    note: Option<String>,
}

impl Model {
    /// The colorizer that is part of this library.
    ///
    /// # Errors
    /// None unless the library was built around a broken file.
    #[cfg(feature = "embedded-model")]
    pub fn embedded() -> Result<Self> {
        let bytes = include_bytes!("../model/colorizer.onnx");
        Ok(Model {
            bytes: Cow::Borrowed(bytes),
            contract: Contract::from_bytes(bytes)?,
            note: None,
        })
    }

    /// Reads a colorizer file. One without a contract is taken for what its inputs and outputs
    /// look like, and [`note`](Self::note) says so.
    ///
    /// # Errors
    /// [`Error::Model`] if it cannot be read, is not ONNX, or looks like no colorizer;
    /// [`Error::Limit`] if it is larger than 2 GiB.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = read(path).map_err(|error| error.at(path))?;
        Model::from_bytes(bytes).map_err(|error| error.at(path))
    }

    /// Reads a colorizer file that somebody else made. `contract` is one of [`Contract::KNOWN`], or
    /// the path of a text file for [`Contract::from_text`]; whatever the file says of itself does
    /// not count.
    ///
    /// # Errors
    /// As [`from_file`](Self::from_file); or the contract is not known, or not kept.
    pub fn from_file_as(path: impl AsRef<Path>, contract: &str) -> Result<Self> {
        let path = path.as_ref();
        let bytes = read(path).map_err(|error| error.at(path))?;
        let model = sound(&bytes).map_err(|error| error.at(path))?;
        let text = Path::new(contract);
        let contract = if Contract::KNOWN.contains(&contract) || !text.is_file() {
            Contract::named(contract, &model).map_err(|error| error.at(path))?
        } else {
            let read = std::fs::read_to_string(text).map_err(|problem| {
                Error::model(crate::decode::io_problem(&problem), "give a text file")
            });
            read.and_then(|read| Contract::from_text(&read, &model))
                .map_err(|error| error.at(text))?
        };
        Ok(Model {
            bytes: Cow::Owned(bytes),
            contract,
            note: None,
        })
    }

    /// Takes the bytes of a colorizer file.
    ///
    /// # Errors
    /// [`Error::Model`] if they are not ONNX, or look like no colorizer.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self> {
        let model = sound(&bytes)?;
        let (contract, note) = if Contract::is_in(&model) {
            (Contract::from_onnx(&model)?, None)
        } else {
            let (contract, note) = Contract::guess(&model)?;
            (contract, Some(note))
        };
        Ok(Model {
            bytes: Cow::Owned(bytes),
            contract,
            note,
        })
    }

    /// The same file with another contract than it says.
    ///
    /// # Errors
    /// [`Error::Model`] if the file does not keep it.
    pub fn with_contract(self, contract: Contract) -> Result<Self> {
        contract.check(&decode(&self.bytes)?)?;
        Ok(Model {
            contract,
            note: None,
            ..self
        })
    }

    /// What was taken for granted about a file that has no contract.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The file's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it takes and gives.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }
}

/// The network of a file, if an engine can be trusted with it.
fn sound(bytes: &[u8]) -> Result<ModelProto> {
    let model = decode(bytes)?;
    soundness::check(&model, bytes.len())?;
    Ok(model)
}

/// The bytes of a file.
fn read(path: &Path) -> Result<Vec<u8>> {
    let unreadable = |problem: String| {
        Error::model(
            problem,
            "give `--model` the path of a colorizer file (.onnx)",
        )
    };
    let about = path
        .metadata()
        .map_err(|e| unreadable(crate::decode::io_problem(&e)))?;
    if about.is_dir() {
        return Err(unreadable("this is a folder".to_owned()));
    }
    if about.len() > MAX_BYTES {
        return Err(Error::limit(
            "this file is larger than 2 GiB",
            "give a smaller colorizer",
        ));
    }
    std::fs::read(path).map_err(|e| unreadable(crate::decode::io_problem(&e)))
}
