//! Programs of `conformance/peers`, a workspace of its own.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::places;

/// Builds a program in the release profile; gives where it is.
pub fn build(package: &str, program: &str) -> Result<PathBuf, String> {
    let problem = |problems: Vec<Problem>| {
        let first = problems.into_iter().next().map(|problem| problem.message);
        let why = first.unwrap_or_else(|| "cargo failed".to_owned());
        format!("{program} cannot be built: {why}")
    };
    try_to_build(package, program, &[])?.map_err(problem)
}

/// What the compiler has against a program.
pub struct Problem {
    /// The file that it is about; empty where there is none.
    pub file: PathBuf,
    pub message: String,
}

/// Gives where the program is, or else what the compiler says.
pub fn try_to_build(
    package: &str,
    program: &str,
    variables: &[(&str, &OsStr)],
) -> Result<Result<PathBuf, Vec<Problem>>, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = places::root().join("conformance/peers/Cargo.toml");
    let target = places::target()?.join("peers");
    eprintln!("building {program}, some minutes the first time …");
    let output = Command::new(&cargo)
        .args(["build", "--release", "--locked", "--message-format", "json"])
        .args(["--package", package, "--bin", program])
        .arg("--manifest-path")
        .arg(manifest)
        .arg("--target-dir")
        .arg(&target)
        .envs(variables.iter().copied())
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| format!("{}: {error}", cargo.display()))?;
    if output.status.success() {
        let program = target.join("release").join(program);
        return Ok(Ok(program.with_extension(std::env::consts::EXE_EXTENSION)));
    }
    let problems = problems(&String::from_utf8_lossy(&output.stdout));
    if problems.is_empty() {
        // Not the compiler's, but cargo's own: no network, another lock file …
        let said = String::from_utf8_lossy(&output.stderr);
        let gist = said.lines().find_map(|line| line.strip_prefix("error: "));
        let why = gist.unwrap_or("cargo failed");
        return Err(format!("{program} cannot be built: {why}"));
    }
    Ok(Err(problems))
}

/// The errors among cargo's messages, one JSON object a line.
fn problems(messages: &str) -> Vec<Problem> {
    let messages = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let errors = messages.filter_map(|message| {
        let message = &message["message"];
        (message["level"] == "error").then(|| {
            let spans = message["spans"].as_array().into_iter().flatten();
            let primary = spans.clone().find(|span| span["is_primary"] == true);
            let file = primary.and_then(|span| span["file_name"].as_str());
            let line = primary.and_then(|span| span["text"][0]["text"].as_str());
            let said = message["message"].as_str().unwrap_or_default();
            Problem {
                file: file.unwrap_or_default().into(),
                message: match line {
                    Some(line) => format!("{said}: `{}`", line.trim()),
                    None => said.to_owned(),
                },
            }
        })
    });
    errors.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_found_among_cargos_messages() {
        let said = r#"{"reason":"compiler-artifact","target":{"name":"burn"}}
{"reason":"compiler-message","message":{"level":"warning","message":"unused","spans":[]}}
{"reason":"compiler-message","message":{"level":"error","message":"mismatched types","spans":[{"file_name":"a.rs","is_primary":false},{"file_name":"/code/model_1.rs","is_primary":true,"text":[{"text":"  let x = 1;"}]}]}}
{"reason":"compiler-message","message":{"level":"error","message":"aborting","spans":[]}}
{"reason":"build-finished","success":false}"#;
        let found = problems(said);
        let found: Vec<_> = found
            .iter()
            .map(|p| (p.file.to_str().unwrap(), &*p.message))
            .collect();
        let expected = [
            ("/code/model_1.rs", "mismatched types: `let x = 1;`"),
            ("", "aborting"),
        ];
        assert_eq!(found, expected);
    }
}
