//! Engines in processes of their own, which speak the protocol of python/run_model.py.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ndarray::ArrayD;
use serde::{Deserialize, Serialize};

/// Values by the names of a graph's inputs or outputs, in the order in which they were asked for.
pub type Named = Vec<(String, ArrayD<f32>)>;

/// A program that runs ONNX files.
#[derive(Clone, Debug)]
pub struct Outside {
    command: Vec<OsString>,
}

/// What an engine made of each case, and its name with its version.
#[derive(Debug)]
pub struct Ran {
    /// Such as `ONNX Runtime 1.32.0`.
    pub engine: String,
    /// The outputs of each case, or why there are none.
    pub cases: Vec<Result<Vec<ArrayD<f32>>, String>>,
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a Path,
    cases: Vec<CaseRequest<'a>>,
}

#[derive(Serialize)]
struct CaseRequest<'a> {
    inputs: BTreeMap<&'a str, File>,
    outputs: BTreeMap<&'a str, PathBuf>,
}

#[derive(Serialize)]
struct File {
    file: PathBuf,
    shape: Vec<usize>,
}

#[derive(Deserialize)]
struct Answer {
    engine: String,
    cases: Vec<CaseAnswer>,
}

#[derive(Deserialize)]
struct CaseAnswer {
    error: Option<String>,
    #[serde(default)]
    shapes: BTreeMap<String, Vec<usize>>,
}

impl Outside {
    /// The program with its arguments.
    pub fn new(command: Vec<OsString>) -> Self {
        Self { command }
    }

    /// Runs a file on every case.
    ///
    /// # Errors
    /// The program cannot be started, or cannot load the file: in its own words.
    pub fn run(&self, model: &Path, cases: &[Named], outputs: &[&str]) -> Result<Ran, String> {
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let made = |index: usize, name: &str| folder.path().join(format!("{index}.{name}.out"));
        let mut request = Request {
            model,
            cases: Vec::new(),
        };
        for (index, inputs) in cases.iter().enumerate() {
            let mut files = BTreeMap::new();
            for (name, values) in inputs {
                let file = folder.path().join(format!("{index}.{name}.in"));
                let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
                std::fs::write(&file, bytes).map_err(|e| format!("{}: {e}", file.display()))?;
                let shape = values.shape().to_vec();
                files.insert(name.as_str(), File { file, shape });
            }
            let outputs = outputs.iter().map(|&name| (name, made(index, name)));
            request.cases.push(CaseRequest {
                inputs: files,
                outputs: outputs.collect(),
            });
        }
        let said = self.ask(&serde_json::to_vec(&request).map_err(|e| e.to_string())?)?;
        let answer: Answer = serde_json::from_str(&said).map_err(|e| format!("{e}: {said}"))?;
        let results = answer.cases.iter().enumerate().map(|(index, case)| {
            if let Some(error) = &case.error {
                return Err(error.clone());
            }
            let output = |name: &&str| {
                let shape = case.shapes.get(*name);
                let shape = shape.ok_or_else(|| format!("no shape of {name} in the answer"))?;
                read(&made(index, name), shape)
            };
            outputs.iter().map(output).collect()
        });
        Ok(Ran {
            engine: answer.engine.clone(),
            cases: results.collect(),
        })
    }

    fn ask(&self, request: &[u8]) -> Result<String, String> {
        let [program, arguments @ ..] = &self.command[..] else {
            return Err("no program".to_owned());
        };
        let problem = |e: std::io::Error| format!("{}: {e}", program.display());
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(problem)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that ends early says why on stderr.
            let _ = stdin.write_all(request);
        }
        let output = child.wait_with_output().map_err(problem)?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        // Some engines print on stdout, too.
        let said = String::from_utf8(output.stdout).map_err(|e| e.to_string())?;
        let last = said.trim().lines().last().unwrap_or_default();
        Ok(last.to_owned())
    }
}

fn read(path: &Path, shape: &[usize]) -> Result<ArrayD<f32>, String> {
    let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let (values, _) = bytes.as_chunks::<4>();
    let values = values.iter().map(|&v| f32::from_le_bytes(v)).collect();
    ArrayD::from_shape_vec(shape, values).map_err(|e| e.to_string())
}
