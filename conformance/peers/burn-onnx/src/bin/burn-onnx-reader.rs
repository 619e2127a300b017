//! Files read back into burn by burn-onnx, as an engine of the conformance report.
//!
//!     burn-onnx-reader MODELS.json
//!
//! Which code and weights belong to a file, burn-onnx-generator wrote there; the code is part of this
//! program, which `cargo xtask conformance` builds anew when there is some that is new.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use burn::tensor::{Bytes, Device, TensorData};
use protocol::{Case, Tensor};
use serde_json::Value;
use sha2::{Digest, Sha256};

#[allow(
    warnings,
    clippy::all,
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used
)]
mod code {
    include!(concat!(
        env!(
            "COLORIZE_READ_BACK",
            "the folder that burn-onnx-generator wrote"
        ),
        "/code.rs"
    ));
}

const ENGINE: &str = "burn-onnx 0.22.0";

/// A network: its outputs from its inputs, in the file's order.
type Network = Box<dyn Fn(Inputs) -> Result<Vec<Tensor>, String>>;

/// Makes a network from its weights.
type Open = fn(Bytes, &Device) -> Network;

fn main() -> ExitCode {
    let Some(models) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("burn-onnx-reader MODELS.json");
        return ExitCode::FAILURE;
    };
    protocol::answer(ENGINE, |path| Model::load(path, &models), Model::run)
}

/// A network with the names that the file gives to what goes in and comes out.
struct Model {
    network: Network,
    inputs: Vec<String>,
    outputs: Vec<String>,
}

impl Model {
    fn load(path: &Path, models: &Path) -> Result<Self, String> {
        let read = |path: &Path| fs::read(path).map_err(|e| format!("{}: {e}", path.display()));
        let known: Value = serde_json::from_slice(&read(models)?)
            .map_err(|error| format!("{}: {error}", models.display()))?;
        let entry = &known[hex(&read(path)?)];
        if let Some(why) = entry["refused"].as_str() {
            return Err(why.to_owned());
        }
        let (Some(code), Some(weights)) = (entry["code"].as_str(), entry["weights"].as_str())
        else {
            return Err("is not among the files that were read back".to_owned());
        };
        let found = code::CODE.iter().find(|(name, _)| *name == code);
        let (_, open) = found.ok_or_else(|| format!("{code} is not part of this program"))?;
        let weights = Bytes::from_bytes_vec(read(Path::new(weights))?);
        let names = |key: &str| -> Vec<String> {
            let names = entry[key].as_array().into_iter().flatten();
            names
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect()
        };
        Ok(Self {
            network: open(weights, &Device::flex()),
            inputs: names("inputs"),
            outputs: names("outputs"),
        })
    }

    fn run(&self, case: &Case) -> Result<Vec<(String, Tensor)>, String> {
        let inputs: Result<Vec<Tensor>, String> =
            self.inputs.iter().map(|name| case.input(name)).collect();
        let outputs = (self.network)(Inputs(inputs?.into_iter()))?;
        Ok(self.outputs.iter().cloned().zip(outputs).collect())
    }
}

/// What goes in, in the file's order.
struct Inputs(std::vec::IntoIter<Tensor>);

impl Inputs {
    fn next<const D: usize>(&mut self) -> Result<burn::tensor::Tensor<D>, String> {
        let given = self.0.next().ok_or("the file names too few inputs")?;
        if given.shape.len() != D {
            return Err(format!(
                "{:?} has not the {D} axes that burn-onnx found",
                given.shape
            ));
        }
        let data = TensorData::new(given.values, given.shape);
        Ok(burn::tensor::Tensor::from_data(data, &Device::flex()))
    }
}

fn tensor<const D: usize>(made: burn::tensor::Tensor<D>) -> Tensor {
    Tensor {
        shape: made.dims().to_vec(),
        values: made.into_data().iter::<f32>().collect(),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
