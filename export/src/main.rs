//! The command `colorize-export`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use colorize_export::{Options, export};
use colorize_rt::engine::find_library;
use colorize_train::checkpoint::Checkpoint;

/// Writes a trained colorizer as an ONNX file, after verifying it against burn.
#[derive(Parser)]
#[command(name = "colorize-export", version)]
struct Cli {
    /// The ONNX file to write; one that is there is replaced.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// A checkpoint, a run folder (its best checkpoint) or a folder of runs (the newest's best).
    #[arg(long, value_name = "PATH", default_value = "runs")]
    checkpoint: PathBuf,
    /// Short side of the reduced photograph that the network sees [default: as trained].
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(8..=4096))]
    working_size: Option<u32>,
    /// The terms under which the weights may be used, for the file's metadata.
    #[arg(long, value_name = "TEXT", default_value = "")]
    licence: String,
    /// A library of ONNX Runtime to verify with, too [default: the one that is found].
    #[arg(long, value_name = "PATH")]
    onnxruntime: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("colorize-export: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> colorize_export::Result<()> {
    let checkpoint = Checkpoint::open(&cli.checkpoint)?;
    let object = checkpoint.state.figures.as_ref().map(|f| f.object);
    println!(
        "{} (step {}{})",
        checkpoint.path.display(),
        checkpoint.state.step,
        object.map_or_else(String::new, |object| format!(", object {object:.3}"))
    );
    let options = Options {
        working_size: cli.working_size,
        licence: cli.licence.clone(),
    };
    let library = find_library(cli.onnxruntime.as_deref())?;
    let comparisons = export(&checkpoint, &cli.to, &options, library.as_deref())?;
    for comparison in comparisons {
        let [n, _, h, w] = comparison.shape;
        println!(
            "{:<28} {n} x {h} x {w}: max {:.1e}, mean {:.1e} from burn",
            comparison.engine, comparison.difference.max, comparison.difference.mean
        );
    }
    if library.is_none() {
        println!("ONNX Runtime was not found: not compared");
    }
    println!("{}", cli.to.display());
    Ok(())
}
