//! `cargo xtask conformance`: every network in every engine, as a report.

mod merge;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use clap::Args;

use crate::{engines, places, setup};

#[derive(Args)]
pub struct Options {
    /// A library of ONNX Runtime with its CUDA and TensorRT providers beside it, for the columns of
    /// GPUs; the columns of the CPU then use it, too
    #[arg(long, value_name = "LIBRARY")]
    onnxruntime_gpu: Option<PathBuf>,
    /// A device of burn to run the networks on: vulkan or cuda, with the feature of that name
    #[arg(long, value_name = "DEVICE")]
    burn_device: Option<String>,
    /// Features of colorize-train that the device needs
    #[arg(long, value_name = "FEATURE")]
    features: Vec<String>,
    /// Only networks whose names contain this, or `pixels`, the photographs: their rows of the report are
    /// replaced. Repeatable; `--only shipped --only pixels` after other weights (which engines ran, the rows of
    /// networks tell, so not `pixels` alone)
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
}

/// Sets up the engines that are not part of the tests, runs the matrix, and writes
/// `conformance/REPORT.md`, or the rows of it that were asked for.
pub fn run(options: &Options) -> Result<ExitCode, String> {
    let environment = setup::environment()?;
    let mut command = report(options);
    command.env("COLORIZE_TEST_PYTHON", environment.python);
    match &options.onnxruntime_gpu {
        None => command.env("COLORIZE_TEST_ONNXRUNTIME", environment.onnxruntime),
        Some(library) => command
            .env("COLORIZE_TEST_ONNXRUNTIME", library)
            .env("COLORIZE_ONNXRUNTIME_GPU", library),
    };
    if let Some(device) = &options.burn_device {
        command.env("COLORIZE_BURN_DEVICE", device);
    }
    for (name, set_up) in ENGINES {
        match set_up(options) {
            Ok(words) => command.env(format!("COLORIZE_{name}"), lines(&words)?),
            // The report then says that it was not run, and why.
            Err(problem) => command.env(format!("COLORIZE_{name}_PROBLEM"), problem),
        };
    }
    command.arg("--");
    for name in &options.only {
        command.args(["--only", name]);
    }
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    let path = places::root().join("conformance/REPORT.md");
    let text = String::from_utf8_lossy(&output.stdout);
    print!("{text}");
    if !output.status.success() {
        return Err("the matrix did not hold; REPORT.md is left as it was".to_owned());
    }
    let because = |error| format!("{}: {error}", places::shown(&path));
    let report = match options.only.is_empty() {
        true => text.into_owned(),
        false => merge::merge(&std::fs::read_to_string(&path).map_err(because)?, &text)?,
    };
    std::fs::write(&path, report).map_err(because)?;
    println!("{}", places::shown(&path));
    Ok(ExitCode::SUCCESS)
}

/// What the report calls an engine, and what makes it ready: the words that start it.
type Engine = (&'static str, fn(&Options) -> Result<Vec<OsString>, String>);

const ENGINES: &[Engine] = &[
    ("OPENCV", |_| python("opencv")),
    ("OLDEST", |_| python("oldest")),
    ("TRACT", |_| engines::tract()),
    ("WEB", |_| engines::web()),
    ("BURN_ONNX", burn_onnx),
];

/// burn-onnx has to be shown the files first.
fn burn_onnx(options: &Options) -> Result<Vec<OsString>, String> {
    let folder = places::target()?.join("conformance");
    let because = |error| format!("{}: {error}", places::shown(&folder));
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(because(error)),
        _ => {}
    }
    let mut command = report(options);
    let status = command.args(["--", "--write"]).arg(&folder).status();
    match status.map_err(because)?.success() {
        true => engines::burn_onnx(&folder),
        false => Err("the networks' files could not be written".to_owned()),
    }
}

fn python(name: &str) -> Result<Vec<OsString>, String> {
    let python = setup::interpreter(
        &format!("python-{name}"),
        &format!("requirements-{name}.txt"),
    )?;
    Ok(vec![python.into()])
}

/// The words of a command as one variable.
fn lines(words: &[OsString]) -> Result<String, String> {
    let words = words.iter().map(|word| word.to_str());
    let words: Option<Vec<&str>> = words.collect();
    let words = words.ok_or("a path is not UTF-8")?;
    Ok(words.join("\n"))
}

fn report(options: &Options) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command
        .args(["run", "--release", "--quiet", "--package", "conformance"])
        .args(["--example", "report"]);
    for feature in &options.features {
        command.arg("--features");
        command.arg(format!("colorize-train/{feature}"));
    }
    command
}
