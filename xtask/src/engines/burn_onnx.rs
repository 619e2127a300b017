//! Files read back into burn by burn-onnx, which writes Rust code: it has to know them all before its
//! program can be built.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::peers::{self, Problem};
use crate::places::{because, root, target};
use crate::stamp;

const PACKAGE: &str = "burn-onnx-peer";

/// burn-onnx's exporter, for the bench.
pub fn burn_onnx_tracer() -> Result<PathBuf, String> {
    peers::build(PACKAGE, "burn-onnx-tracer")
}

/// Reads every .onnx file in the folder `models`; the program then knows them by their bytes. What
/// burn-onnx cannot read, or writes code for that does not compile, is an error when that file is
/// asked for.
///
/// # Errors
/// Nothing can be built.
pub fn burn_onnx(models: &Path) -> Result<Vec<OsString>, String> {
    let _lock = stamp::lock("burn-onnx")?;
    let folder = target()?.join("burn-onnx");
    // What was refused may be read by another version.
    let lock = root().join("conformance/peers/Cargo.lock");
    let versions = fs::read_to_string(&lock).map_err(because(&lock))?;
    if stamp::read(&folder).as_deref() != Some(&versions) {
        stamp::clear(&folder)?;
        fs::create_dir_all(&folder).map_err(because(&folder))?;
        stamp::write(&folder, &versions)?;
    }
    let generator = peers::build(PACKAGE, "burn-onnx-generator")?;
    let mut refused = 0;
    loop {
        generate(&generator, models, &folder)?;
        let variable = ("COLORIZE_READ_BACK", folder.as_os_str());
        match peers::try_to_build(PACKAGE, "burn-onnx-reader", &[variable])? {
            Ok(reader) => return Ok(vec![reader.into(), folder.join("models.json").into()]),
            Err(problems) => {
                let before = refused;
                refused += refuse(&problems, &folder.join("code"))?;
                if refused == before {
                    let first = problems.first().map_or("", |problem| &problem.message);
                    return Err(format!("burn-onnx-reader cannot be built: {first}"));
                }
            }
        }
    }
}

fn generate(generator: &Path, models: &Path, folder: &Path) -> Result<(), String> {
    let arguments: [&OsStr; 2] = [models.as_os_str(), folder.as_os_str()];
    let output = Command::new(generator)
        .args(arguments)
        .output()
        .map_err(because(generator))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.trim().lines().next_back();
    Err(last.map_or_else(|| output.status.to_string(), str::to_owned))
}

/// Marks code that does not compile, so that the next program is built without it; gives how much
/// of it there is.
fn refuse(problems: &[Problem], code: &Path) -> Result<usize, String> {
    let mut marked: Vec<PathBuf> = Vec::new();
    for problem in problems
        .iter()
        .filter(|problem| problem.file.starts_with(code))
    {
        let mark = problem.file.with_extension("refused");
        if !marked.contains(&mark) {
            let why = format!("burn-onnx's code does not compile: {}", problem.message);
            fs::write(&mark, why).map_err(because(&mark))?;
            marked.push(mark);
        }
    }
    Ok(marked.len())
}
