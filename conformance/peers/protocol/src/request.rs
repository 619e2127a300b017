//! What the program is asked.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

use crate::Tensor;

/// A model and what to compute with it.
#[derive(Debug, Deserialize)]
pub struct Request {
    /// An ONNX file.
    pub model: PathBuf,
    /// One after the other.
    pub cases: Vec<Case>,
}

/// Inputs and where to write the outputs, by their names in the model.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// What goes in.
    pub inputs: BTreeMap<String, Given>,
    /// The file for each output that is wanted.
    pub outputs: BTreeMap<String, PathBuf>,
}

/// An input.
#[derive(Debug, Deserialize)]
pub struct Given {
    /// Little-endian 32-bit floats.
    pub file: PathBuf,
    /// Its extents.
    pub shape: Vec<usize>,
}

impl Given {
    fn read(&self) -> Result<Tensor, String> {
        let file = self.file.display();
        let bytes = fs::read(&self.file).map_err(|error| format!("{file}: {error}"))?;
        let (values, rest) = bytes.as_chunks::<4>();
        let count: usize = self.shape.iter().product();
        if !rest.is_empty() || values.len() != count {
            let shape = &self.shape;
            return Err(format!(
                "{file} holds {} bytes, and {shape:?} needs {}",
                bytes.len(),
                4 * count
            ));
        }
        Ok(Tensor {
            shape: self.shape.clone(),
            values: values
                .iter()
                .map(|&bytes| f32::from_le_bytes(bytes))
                .collect(),
        })
    }
}

impl Case {
    /// The input with this name.
    ///
    /// # Errors
    /// There is none, or its file is not as it should be.
    pub fn input(&self, name: &str) -> Result<Tensor, String> {
        let given = self.inputs.get(name);
        given
            .ok_or_else(|| format!("the model takes {name}, which is not among the inputs"))?
            .read()
    }

    /// Writes the outputs that are wanted; gives their shapes.
    pub(crate) fn write(
        &self,
        made: &[(String, Tensor)],
    ) -> Result<BTreeMap<String, Vec<usize>>, String> {
        let write = |(name, file): (&String, &PathBuf)| {
            let (_, tensor) = made
                .iter()
                .find(|(given, _)| given == name)
                .ok_or_else(|| {
                    let names: Vec<&str> = made.iter().map(|(name, _)| name.as_str()).collect();
                    format!("the model gives {}, not {name}", names.join(", "))
                })?;
            let bytes: Vec<u8> = tensor.values.iter().flat_map(|v| v.to_le_bytes()).collect();
            fs::write(file, bytes).map_err(|error| format!("{}: {error}", file.display()))?;
            Ok((name.clone(), tensor.shape.clone()))
        };
        self.outputs.iter().map(write).collect()
    }
}
