//! burn-onnx reads a folder of ONNX files back into burn.
//!
//!     burn-onnx-generator MODELS TO
//!
//! Rust code goes to TO/code, of which files that differ only in their weights share one, the weights
//! beside it; TO/models.json says what became of each file, TO/code.rs names the code. A file that
//! burn-onnx cannot read is in models.json with what it says; so is one whose code is known not to
//! compile: TO/code/NAME.refused says why.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use burn_onnx::{LoadStrategy, ModelGen};
use onnx_ir::ModelProto;
use protobuf::Message;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let made = match arguments.as_slice() {
        [models, to] => read_all(models, to),
        _ => Err("burn-onnx-generator MODELS TO".to_owned()),
    };
    match made {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn read_all(models: &Path, to: &Path) -> Result<(), String> {
    let code = to.join("code");
    fs::create_dir_all(&code).map_err(of(&code))?;
    let mut known = BTreeMap::new();
    let mut names = BTreeSet::new();
    for file in onnx_files(models)? {
        let bytes = fs::read(&file).map_err(of(&file))?;
        let sha256 = hex(&bytes);
        if known.contains_key(&sha256) {
            continue;
        }
        let entry = match protocol::caught(|| read(&bytes, &sha256, &code)) {
            Ok(read) => {
                names.insert(read.code.clone());
                read.entry()
            }
            Err(why) => json!({ "refused": gist(&why) }),
        };
        known.insert(sha256, entry);
    }
    forget(&code, &names, &known)?;
    write(&to.join("models.json"), &json!(known).to_string())?;
    // In a file that does not change unless it must, so that nothing is compiled again.
    write(&to.join("code.rs"), &table(&names, &code))
}

/// A file that was read.
struct Read {
    /// The name of its code.
    code: String,
    weights: PathBuf,
    inputs: Vec<String>,
    outputs: Vec<String>,
}

impl Read {
    fn entry(&self) -> Value {
        json!({
            "code": self.code,
            "weights": self.weights,
            "inputs": self.inputs,
            "outputs": self.outputs,
        })
    }
}

fn read(bytes: &[u8], sha256: &str, code: &Path) -> Result<Read, String> {
    let model = ModelProto::parse_from_bytes(bytes).map_err(|error| error.to_string())?;
    // Under one name, which the code would tell otherwise.
    let draft = code.join("draft");
    fs::create_dir_all(&draft).map_err(of(&draft))?;
    let onnx = draft.join("model.onnx");
    fs::write(&onnx, bytes).map_err(of(&onnx))?;
    let text = |path: &Path| {
        path.to_str()
            .map(str::to_owned)
            .ok_or("a path that is not UTF-8")
    };
    ModelGen::new()
        .input(&text(&onnx)?)
        .out_dir(&text(&draft)?)
        .load_strategy(LoadStrategy::Bytes)
        .run_from_cli();

    let constants = model.graph.initializer.iter();
    let constants: Vec<&str> = constants.map(|tensor| tensor.name.as_str()).collect();
    let inputs = model.graph.input.iter().map(|value| value.name.clone());
    let inputs: Vec<String> = inputs
        .filter(|name| !constants.contains(&name.as_str()))
        .collect();
    let outputs = model.graph.output.iter().map(|value| value.name.clone());
    let outputs: Vec<String> = outputs.collect();

    let source = draft.join("model.rs");
    let source = fs::read_to_string(&source).map_err(of(&source))?;
    let source = source + &open(inputs.len(), outputs.len());
    let name = format!("model_{}", &hex(source.as_bytes())[..16]);
    let refused = code.join(&name).with_extension("refused");
    if let Ok(why) = fs::read_to_string(refused) {
        return Err(why);
    }
    write(&code.join(&name).with_extension("rs"), &source)?;
    let weights = code.join(sha256).with_extension("bpk");
    fs::rename(draft.join("model.bpk"), &weights).map_err(of(&weights))?;
    Ok(Read {
        code: name,
        weights,
        inputs,
        outputs,
    })
}

/// What is wrong with a file, without the name under which it was read, and without what to do with
/// hooks, of which there are none here.
fn gist(complaint: &str) -> String {
    let after = complaint.split_once("model.onnx': ");
    let problem = after.map_or(complaint, |(_, problem)| problem);
    let before = problem.split_once("Register hooks");
    let problem = before.map_or(problem, |(problem, _)| problem);
    problem.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What opens a network, in the file of its code, so that whatever does not compile is known by it.
fn open(inputs: usize, outputs: usize) -> String {
    let given = vec!["inputs.next()?"; inputs].join(", ");
    let made: Vec<String> = (0..outputs).map(|place| format!("made{place}")).collect();
    let tensors: Vec<String> = made
        .iter()
        .map(|one| format!("crate::tensor({one})"))
        .collect();
    format!(
        "
pub fn open(weights: Bytes, device: &Device) -> crate::Network {{
    let model = Model::from_bytes(weights, device);
    Box::new(move |mut inputs| {{
        let ({}) = model.forward({given});
        Ok(vec![{}])
    }})
}}
",
        made.join(", "),
        tensors.join(", ")
    )
}

/// The code of all, as modules and as a table by their names.
fn table(names: &BTreeSet<String>, code: &Path) -> String {
    let mut text = String::from("// Written by burn-onnx-generator.\n");
    for name in names {
        let path = code.join(name).with_extension("rs");
        text += &format!("#[path = {path:?}]\nmod {name};\n");
    }
    text += "\npub const CODE: &[(&str, crate::Open)] = &[\n";
    for name in names {
        text += &format!("    (\"{name}\", {name}::open),\n");
    }
    text + "];\n"
}

/// Removes code and weights of files that are there no more.
fn forget(
    code: &Path,
    names: &BTreeSet<String>,
    known: &BTreeMap<String, Value>,
) -> Result<(), String> {
    for path in paths(code)? {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let kept = match path.extension().and_then(|extension| extension.to_str()) {
            Some("rs") => names.contains(&*stem),
            Some("bpk") => known.contains_key(&*stem),
            _ => true,
        };
        if !kept {
            fs::remove_file(&path).map_err(of(&path))?;
        }
    }
    Ok(())
}

fn onnx_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut paths = paths(folder)?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "onnx")
    });
    paths.sort();
    Ok(paths)
}

fn paths(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(of(folder))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    paths.collect::<Result<_, _>>().map_err(of(folder))
}

/// Leaves a file alone that is so already.
fn write(path: &Path, text: &str) -> Result<(), String> {
    if fs::read_to_string(path).is_ok_and(|found| found == text) {
        return Ok(());
    }
    fs::write(path, text).map_err(of(path))
}

fn hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn of<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> String {
    move |error| format!("{}: {error}", path.display())
}
