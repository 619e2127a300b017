//! A colorizer: an ONNX file and its contract.

use std::borrow::Cow;
use std::path::Path;

use crate::contract::Contract;
use crate::error::{Error, Result};

/// The largest file that ONNX allows without external data.
const MAX_BYTES: u64 = 2 << 30;

/// An ONNX file in memory, with the [`Contract`] that was read from it.
#[derive(Clone, Debug)]
pub struct Model {
    bytes: Cow<'static, [u8]>,
    contract: Contract,
}

impl Model {
    /// The colorizer that is part of this library.
    ///
    /// # Errors
    /// None unless the library was built around a broken file.
    #[cfg(feature = "embedded-model")]
    pub fn embedded() -> Result<Self> {
        let bytes = include_bytes!("../../models/pretrained/colorizer.onnx");
        Ok(Model {
            bytes: Cow::Borrowed(bytes),
            contract: Contract::from_bytes(bytes)?,
        })
    }

    /// Reads a colorizer file.
    ///
    /// # Errors
    /// [`Error::Model`] if it cannot be read, is not ONNX, or is not a colorizer of
    /// this project; [`Error::Limit`] if it is larger than 2 GiB.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Model::read(path).map_err(|error| error.at(path))
    }

    /// Takes the bytes of a colorizer file.
    ///
    /// # Errors
    /// [`Error::Model`] if they are not ONNX, or not a colorizer of this project.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self> {
        let contract = Contract::from_bytes(&bytes)?;
        Ok(Model {
            bytes: Cow::Owned(bytes),
            contract,
        })
    }

    /// The file's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it takes and gives.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    fn read(path: &Path) -> Result<Self> {
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
        let bytes = std::fs::read(path).map_err(|e| unreadable(crate::decode::io_problem(&e)))?;
        Model::from_bytes(bytes)
    }
}
