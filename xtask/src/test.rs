//! `cargo xtask test`: every test, with everything that they need.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::{places, setup};

/// Sets up, then runs `cargo test` in the release profile: the networks are
/// slow otherwise, and the README's commands have built it already.
pub fn run(arguments: &[String]) -> Result<ExitCode, String> {
    let environment = setup::environment()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));

    let mut command = Command::new(&cargo);
    command.args(["test", "--release"]);
    if !choose_packages(arguments) {
        command.arg("--workspace");
    }
    // The tests name the library themselves, or see to it that none is found.
    for variable in ["ORT_DYLIB_PATH", "VIRTUAL_ENV", "CONDA_PREFIX"] {
        command.env_remove(variable);
    }
    let status = command
        .args(arguments)
        .env("COLORIZE_CACHE", places::target()?.join("pretrained"))
        .env("COLORIZE_TEST_PYTHON", environment.python)
        .env("COLORIZE_TEST_ONNXRUNTIME", environment.onnxruntime)
        .status()
        .map_err(|error| format!("{}: {error}", cargo.display()))?;

    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Whether cargo's own arguments say which packages to test, which cargo would
/// overlook beside `--workspace`.
fn choose_packages(arguments: &[String]) -> bool {
    arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| {
            argument == "--package"
                || argument.starts_with("--package=")
                || argument.starts_with("-p")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_chosen_before_the_test_runners_arguments() {
        for (line, expected) in [
            ("", false),
            ("parity", false),
            ("-p models", true),
            ("-pmodels", true),
            ("--package models", true),
            ("--package=models parity", true),
            ("parity -- -p", false),
        ] {
            let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            assert_eq!(choose_packages(&arguments), expected, "{line}");
        }
    }
}
