use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Args;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::engines;
use crate::places::{because, root, shown, target};
use crate::setup;

/// Files that compute the same differ by less.
const SAME: f64 = 1e-4;
/// What a median of many runs may be off by.
const NOISE: f64 = 1.03;

#[derive(Args)]
pub struct Options {
    /// A Python with the packages of conformance/python/requirements-pytorch.in [default: one in
    /// target, set up first; PyTorch takes several GB]
    #[arg(long, value_name = "PYTHON")]
    python: Option<PathBuf>,
    /// The checkpoint of a network with an encoder
    #[arg(
        long,
        value_name = "PATH",
        default_value = "models/pretrained/checkpoint"
    )]
    checkpoint: PathBuf,
    /// Side of the picture
    #[arg(long, default_value_t = 256)]
    side: usize,
    /// How often each file is run, in turn
    #[arg(long, default_value_t = 200)]
    runs: usize,
}

/// A file beside ours.
struct Peer {
    file: PathBuf,
    exporter: String,
    sizes: &'static str,
}

/// Prints a table of the same network by several exporters; fails where ours is worse than another.
pub fn run(options: &Options) -> Result<ExitCode, String> {
    let folder = target()?.join("bench/export");
    fs::create_dir_all(&folder).map_err(because(&folder))?;
    let python = match &options.python {
        Some(python) => python.clone(),
        None => setup::interpreter("python-pytorch", "requirements-pytorch.txt")?,
    };
    let ours = folder.join("ours.onnx");
    export(&options.checkpoint, &ours)?;
    let traced = trace(options, &folder)?;
    for form in &traced.forms {
        if let Some(why) = &form.refused {
            println!("{}, {}: {why}", traced.exporter, form.form);
        }
    }
    let burn = |form: &str| {
        let found = traced.forms.iter().find(|one| one.form == form);
        found.and_then(|one| one.file.as_ref()).map(|file| Peer {
            file: folder.join(file),
            exporter: format!(
                "{}, {}",
                traced.exporter,
                form.trim_start_matches("ReLU for ReLU6, ")
            ),
            sizes: "one",
        })
    };
    let mut better = true;
    let mut table = String::from(
        "| exporter | sizes | nodes | of them foldable | constants | fused nodes | ms | to ours | difference |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for (network, relu, spelled) in [
        ("as it is", false, "ReLU6 and softmax spelled out"),
        (
            "ReLU in place of ReLU6",
            true,
            "ReLU for ReLU6, softmax spelled out",
        ),
    ] {
        let to = folder.join(if relu { "relu" } else { "relu6" });
        fs::create_dir_all(&to).map_err(because(&to))?;
        let mut peers = pytorch(&python, &ours, &to, options.side, relu)?;
        peers.extend(burn(spelled));
        let measured = measure(&python, &peers, options)?;
        table += &rows(network, &peers, &measured.files)?;
        better &= not_worse(&measured.files);
        eprintln!("{}: {network}", measured.engine);
    }
    print!("{table}");
    Ok(match better {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Our file.
fn export(checkpoint: &Path, to: &Path) -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args([
            "run",
            "--release",
            "--quiet",
            "--package",
            "colorize-export",
        ])
        .args(["--", "--checkpoint"])
        .arg(checkpoint)
        .arg("--to")
        .arg(to)
        .current_dir(root());
    said(&mut command).map(|_| ())
}

/// What burn-onnx's exporter makes of the network.
#[derive(Deserialize)]
struct Traced {
    exporter: String,
    forms: Vec<Form>,
}

#[derive(Deserialize)]
struct Form {
    form: String,
    file: Option<PathBuf>,
    refused: Option<String>,
}

fn trace(options: &Options, folder: &Path) -> Result<Traced, String> {
    let mut command = Command::new(engines::burn_onnx_tracer()?);
    let side = options.side.to_string();
    let checkpoint = root().join(&options.checkpoint);
    let arguments = [
        checkpoint.as_os_str(),
        folder.as_os_str(),
        OsStr::new(&side),
    ];
    parsed(command.args(arguments))
}

/// Ours, then the files of PyTorch's exporters; where `relu` is set, ours has it, too.
fn pytorch(
    python: &Path,
    ours: &Path,
    to: &Path,
    side: usize,
    relu: bool,
) -> Result<Vec<Peer>, String> {
    #[derive(Deserialize)]
    struct Written {
        ours: PathBuf,
        files: Vec<File>,
    }
    #[derive(Deserialize)]
    struct File {
        file: PathBuf,
        exporter: String,
        any_size: bool,
    }
    let mut command = script(python, "export_peer.py");
    command
        .arg(ours)
        .arg(to)
        .args(["--side", &side.to_string()]);
    if relu {
        command.arg("--relu");
    }
    let written: Written = parsed(&mut command)?;
    let ours = Peer {
        file: written.ours,
        exporter: "colorize-export".to_owned(),
        sizes: "any",
    };
    let others = written.files.into_iter().map(|file| Peer {
        file: file.file,
        exporter: file.exporter,
        sizes: if file.any_size { "any" } else { "one" },
    });
    Ok([ours].into_iter().chain(others).collect())
}

#[derive(Deserialize)]
struct Measured {
    engine: String,
    files: Vec<Measurement>,
}

/// See `conformance/python/time_models.py`.
#[derive(Deserialize)]
struct Measurement {
    nodes: usize,
    foldable: usize,
    constants: usize,
    fused_nodes: usize,
    milliseconds: f64,
    ratio: f64,
    difference: f64,
}

fn measure(python: &Path, peers: &[Peer], options: &Options) -> Result<Measured, String> {
    let mut command = script(python, "time_models.py");
    command.args(peers.iter().map(|peer| &peer.file));
    command.args(["--side", &options.side.to_string()]);
    command.args(["--runs", &options.runs.to_string()]);
    parsed(&mut command)
}

fn rows(network: &str, peers: &[Peer], measured: &[Measurement]) -> Result<String, String> {
    let mut text = format!("| **{network}** | | | | | | | | |\n");
    for (peer, file) in peers.iter().zip(measured) {
        if file.difference.is_nan() || file.difference > SAME {
            return Err(format!(
                "{} computes something else than ours: {:.1e}",
                shown(&peer.file),
                file.difference
            ));
        }
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {:.1} | {:.2} | {:.1e} |",
            peer.exporter,
            peer.sizes,
            file.nodes,
            file.foldable,
            file.constants,
            file.fused_nodes,
            file.milliseconds,
            file.ratio,
            file.difference
        )
        .map_err(|error| error.to_string())?;
    }
    Ok(text)
}

/// Whether the first has no more nodes than any other, and is no slower.
fn not_worse(files: &[Measurement]) -> bool {
    let nodes = files.first().map_or(0, |ours| ours.nodes);
    files
        .iter()
        .all(|other| nodes <= other.nodes && other.ratio * NOISE >= 1.0)
}

fn script(python: &Path, name: &str) -> Command {
    let mut command = Command::new(python);
    command.arg(root().join("conformance/python").join(name));
    command
}

/// The last line of what a program prints, as JSON.
fn parsed<T: DeserializeOwned>(command: &mut Command) -> Result<T, String> {
    let said = said(command)?;
    let line = said.trim().lines().last().unwrap_or_default();
    serde_json::from_str(line).map_err(|error| format!("{error} in `{line}`"))
}

fn said(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let last = complaint.trim().lines().last();
    Err(last.map_or_else(|| output.status.to_string(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(nodes: usize, ratio: f64) -> Measurement {
        Measurement {
            nodes,
            foldable: 0,
            constants: 0,
            fused_nodes: 0,
            milliseconds: 0.0,
            ratio,
            difference: 0.0,
        }
    }

    #[test]
    fn ours_may_not_be_worse_in_either() {
        assert!(not_worse(&[file(10, 1.0), file(12, 0.98)]));
        assert!(!not_worse(&[file(10, 1.0), file(12, 0.9)]));
        assert!(!not_worse(&[file(10, 1.0), file(9, 1.2)]));
    }

    #[test]
    fn files_that_compute_something_else_are_not_compared() {
        let peer = Peer {
            file: "a.onnx".into(),
            exporter: "x".into(),
            sizes: "one",
        };
        let other = Measurement {
            difference: 0.1,
            ..file(1, 1.0)
        };
        assert!(rows("x", &[peer], &[other]).is_err());
    }
}
