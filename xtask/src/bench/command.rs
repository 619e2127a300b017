use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use clap::Args;

use super::scans::scans;
use super::{colorize_rt, empty_folder, median};
use crate::places::{because, root};
use crate::setup;

/// Names the peer's Python where `--python` does not.
const PYTHON: &str = "COLORIZE_BENCH_PYTHON";

#[derive(Args)]
pub struct Options {
    /// A Python script that takes MODEL OUT PHOTO... --size N --threads N
    #[arg(
        long,
        value_name = "SCRIPT",
        default_value = "conformance/python/colorize_peer.py"
    )]
    peer: PathBuf,
    /// What runs the peer: it needs numpy, OpenCV and onnxruntime; without it (or the variable
    /// COLORIZE_BENCH_PYTHON), our sides are measured alone
    #[arg(long, value_name = "PYTHON")]
    python: Option<PathBuf>,
    /// How often each side colorizes one photograph, in turn
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// How often each side colorizes the batch, in turn
    #[arg(long, default_value_t = 2)]
    batches: usize,
    /// Photographs of the batch, of 2 to 12 megapixels
    #[arg(long, default_value_t = 200)]
    photographs: usize,
    /// Threads of each side
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Working size of both sides
    #[arg(long, default_value_t = 224)]
    size: u32,
}

/// Prints the medians of each side, and their ratios: one photograph of 12 megapixels from a cold start,
/// and a batch. Both run the file that ships, in the same ONNX Runtime, look once at each photograph and
/// write JPEG of one quality; ours is measured in the built-in engine, too, and as it comes.
pub fn run(options: &Options) -> Result<ExitCode, String> {
    let one = scans(1, 12.0, 12.0)?.join("0000.jpg");
    let many = scans(options.photographs, 2.0, 12.0)?;
    let sides = sides(options)?;
    println!(
        "| | one photograph, s | to ours | {} photographs, s | to ours |",
        options.photographs
    );
    println!("| --- | --- | --- | --- | --- |");
    let cold = in_turn(&sides, &[one], options.rounds)?;
    let mut files: Vec<PathBuf> = fs::read_dir(&many)
        .map_err(because(&many))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    files.sort();
    let batch = in_turn(&sides, &files, options.batches)?;
    for (index, side) in sides.iter().enumerate() {
        println!(
            "| {} | {} | {} |",
            side.name,
            shown(&cold, index),
            shown(&batch, index)
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// A program that colorizes.
struct Side {
    name: &'static str,
    program: OsString,
    /// What comes before the photographs; OUT stands for the folder of the results.
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
}

const OUT: &str = "OUT";
/// What makes ours do what the peer does.
const AS_THE_PEER: [&str; 4] = ["--views", "1", "--quality", "92"];

fn sides(options: &Options) -> Result<Vec<Side>, String> {
    let (threads, size) = (options.threads.to_string(), options.size.to_string());
    let program = OsString::from(colorize_rt()?);
    let library = OsString::from(setup::environment()?.onnxruntime);
    let ours = |name, provider: &str, further: &[&str]| {
        let words = [
            "--quiet",
            "--overwrite",
            "-o",
            OUT,
            "--size",
            &size,
            "--provider",
            provider,
        ];
        Side {
            name,
            program: program.clone(),
            arguments: words.iter().chain(further).map(OsString::from).collect(),
            environment: vec![
                ("RAYON_NUM_THREADS", threads.clone().into()),
                ("ORT_DYLIB_PATH", library.clone()),
            ],
        }
    };
    let mut sides = vec![
        ours("colorize-rt, ONNX Runtime", "cpu", &AS_THE_PEER),
        ours("colorize-rt, built in", "builtin", &AS_THE_PEER),
        ours("colorize-rt as it comes, ONNX Runtime", "cpu", &[]),
        ours("colorize-rt as it comes, built in", "builtin", &[]),
    ];
    let python = options.python.clone().map(OsString::from);
    let python = python.or_else(|| std::env::var_os(PYTHON).filter(|value| !value.is_empty()));
    if let Some(python) = python {
        let model = root().join("runtime/model/colorizer.onnx").into_os_string();
        let script = root().join(&options.peer).into_os_string();
        let words = ["--size", &size, "--threads", &threads].map(OsString::from);
        let arguments = [script].into_iter().chain(words);
        sides.push(Side {
            name: "Python, OpenCV and ONNX Runtime",
            program: python,
            arguments: arguments.chain([model, OUT.into()]).collect(),
            environment: Vec::new(),
        });
    }
    Ok(sides)
}

/// Seconds of each side, by rounds.
fn in_turn(sides: &[Side], files: &[PathBuf], rounds: usize) -> Result<Vec<Vec<f64>>, String> {
    let mut seconds = vec![Vec::new(); sides.len()];
    for _ in 0..rounds.max(1) {
        for (side, seconds) in sides.iter().zip(&mut seconds) {
            let out = empty_folder()?;
            seconds.push(timed(side, files, &out)?);
            let made = fs::read_dir(&out).map_err(because(&out))?.count();
            if made != files.len() {
                return Err(format!("{} colorized {made} of {}", side.name, files.len()));
            }
        }
    }
    Ok(seconds)
}

fn timed(side: &Side, files: &[PathBuf], out: &Path) -> Result<f64, String> {
    let mut command = Command::new(&side.program);
    command.args(side.arguments.iter().map(|word| match word == OUT {
        true => out.as_os_str(),
        false => word,
    }));
    command.args(files).envs(side.environment.iter().cloned());
    command.stdout(Stdio::null()).stderr(Stdio::inherit());
    let started = Instant::now();
    let status = command.status();
    let took = started.elapsed().as_secs_f64();
    let status = status.map_err(|error| format!("{}: {error}", side.program.display()))?;
    match status.success() {
        true => Ok(took),
        false => Err(format!("{} failed", side.name)),
    }
}

/// The median of a side, and that of its ratio to the first side in the same round.
fn shown(seconds: &[Vec<f64>], index: usize) -> String {
    let ratios = seconds[index]
        .iter()
        .zip(&seconds[0])
        .map(|(side, first)| side / first);
    let middle = median(seconds[index].iter().copied()).unwrap_or(f64::NAN);
    let ratio = median(ratios).unwrap_or(f64::NAN);
    format!("{middle:.2} | {ratio:.2}")
}
