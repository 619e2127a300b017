//! What can be typed.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use colorize_export::companions::{self, Companions};
use colorize_export::layers::Layers;
use colorize_export::pixels::{self, PixelComparison};
use colorize_export::verify::noise;
use colorize_export::{Error, OPSETS, Options, Precision, export, inspect, layers};
use colorize_models::Head;
use colorize_rt::Contract;
use colorize_rt::engine::find_library;
use colorize_train::checkpoint::Checkpoint;
use colorize_train::contract::contract;
use serde::Serialize;

/// Writes a trained colorizer as an ONNX file, after verifying it against burn.
#[derive(Parser)]
#[command(
    name = "colorize-export",
    version,
    args_conflicts_with_subcommands = true
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    export: Export,
}

#[derive(Subcommand)]
enum Command {
    /// Compares a file with its checkpoint, layer by layer.
    Verify(Verify),
    /// Shows what a file says of itself: contract, size, parameters, operators, hashes.
    Inspect(Inspect),
}

#[derive(Args)]
struct Source {
    /// A checkpoint, a run folder (its best checkpoint) or a folder of runs (the newest's best).
    #[arg(long, value_name = "PATH", default_value = "runs")]
    checkpoint: PathBuf,
    /// Of the mean colour, above 0: lower is more vivid, higher is paler [default: as trained].
    /// For head distribution only.
    #[arg(long, value_name = "NUMBER")]
    temperature: Option<f64>,
    /// A library of ONNX Runtime to verify with, too [default: the one that is found].
    #[arg(long, value_name = "PATH")]
    onnxruntime: Option<PathBuf>,
}

#[derive(Args)]
struct Export {
    #[command(flatten)]
    source: Source,
    /// The ONNX file to write; one that is there is replaced.
    #[arg(long, value_name = "FILE", required = true)]
    to: Option<PathBuf>,
    /// Short side of the reduced photograph that the network sees [default: as trained].
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(8..=2048))]
    working_size: Option<u32>,
    /// How often it is best to look at a photograph, which the file then says of itself: the runtime takes
    /// the mean over looks at the mirrored and the larger photograph, too.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "bundle_pixels",
          value_parser = clap::value_parser!(u32).range(1..=4))]
    views: u32,
    /// The runtime takes chroma times this, more than 0 and at most 2: what is best for the weights, where
    /// `--strength` is what a person likes.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, conflicts_with = "bundle_pixels",
          value_parser = gain)]
    gain: f32,
    /// f32; f16-weights: half the size, computes in 32 bits; or f16: computes in 16, for GPUs.
    #[arg(long, default_value_t = Precision::F32)]
    precision: Precision,
    /// Version of ONNX's operators.
    #[arg(long, default_value_t = 17, value_parser = clap::value_parser!(i64).range(OPSETS))]
    opset: i64,
    /// The only side that the file takes, as a square [default: any multiple of the network's].
    #[arg(long, value_name = "PIXELS", conflicts_with = "working_size",
          value_parser = clap::value_parser!(u32).range(8..=2048))]
    size: Option<u32>,
    /// Makes every layer an output, by the module's path.
    #[arg(long)]
    probe: bool,
    /// Puts the way of the photograph into the graph, too: the file takes RGB bytes of any size and
    /// gives RGB bytes, in any runtime.
    #[arg(long)]
    bundle_pixels: bool,
    /// Writes the discriminator, too: FILE.discriminator.onnx.
    #[arg(long)]
    with_discriminator: bool,
    /// Writes the network of the perceptual loss, too: FILE.perceptual.onnx.
    #[arg(long)]
    with_perceptual: bool,
    /// Writes a file that differs from burn, too; the file then says by how much.
    #[arg(long)]
    force: bool,
    /// The terms under which the weights may be used, for the file's metadata.
    #[arg(long, value_name = "TEXT", default_value = "")]
    licence: String,
}

#[derive(Args)]
struct Verify {
    /// An exported file.
    file: PathBuf,
    #[command(flatten)]
    source: Source,
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Inspect {
    /// Any ONNX file.
    file: PathBuf,
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// Runs the command line.
pub(super) fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match &cli.command {
        None => cli.export.run(),
        Some(Command::Verify(command)) => command.run(),
        Some(Command::Inspect(command)) => command.run(),
    };
    outcome.unwrap_or_else(|message| {
        eprintln!("colorize-export: {message}");
        ExitCode::FAILURE
    })
}

fn gain(text: &str) -> Result<f32, String> {
    let gain = text.parse().ok().filter(|gain| *gain > 0.0 && *gain <= 2.0);
    gain.ok_or_else(|| "write a factor above 0 and up to 2, such as 0.93".to_owned())
}

/// A message for people.
type Outcome = Result<ExitCode, String>;

impl Export {
    fn run(&self) -> Outcome {
        let shown = |error: Error| error.to_string();
        let to = self.to.as_deref().ok_or("name the file with --to")?;
        let checkpoint = self.source.open()?;
        let object = checkpoint.state.figures.as_ref().map(|f| f.object);
        show(&format!(
            "{} (step {}{})\n",
            checkpoint.path.display(),
            checkpoint.state.step,
            object.map_or_else(String::new, |object| format!(", object {object:.3}"))
        ))?;
        let options = Options {
            working_size: self.working_size,
            views: self.views,
            gain: self.gain,
            licence: self.licence.clone(),
            precision: self.precision,
            opset: self.opset,
            size: self.size,
            probe: self.probe,
            bundle_pixels: self.bundle_pixels,
            force: self.force,
        };
        let library = self.source.library()?;
        let verified = export(&checkpoint, to, &options, library.as_deref()).map_err(shown)?;
        for comparison in verified.network {
            let [n, _, h, w] = comparison.shape;
            show(&format!(
                "{:<28} {n} x {h} x {w}, {}: max {:.1e}, mean {:.1e} from burn\n",
                comparison.engine,
                comparison.what,
                comparison.difference.max,
                comparison.difference.mean
            ))?;
        }
        for comparison in verified.pixels {
            show(&format!("{comparison} from the runtime\n"))?;
        }
        if library.is_none() {
            show("ONNX Runtime was not found: not compared\n")?;
        }
        show(&format!("{}\n", to.display()))?;
        let wanted = Companions {
            discriminator: self.with_discriminator,
            perceptual: self.with_perceptual,
        };
        let written = companions::export(&checkpoint, to, wanted, library.as_deref());
        for path in written.map_err(shown)? {
            show(&format!("{}\n", path.display()))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Verify {
    /// Fails where a layer differs too much.
    fn run(&self) -> Outcome {
        let shown = |error: Error| format!("{}: {error}", self.file.display());
        let bytes = read(&self.file)?;
        let checkpoint = self.source.open()?;
        let generator = checkpoint
            .generator(&burn::tensor::Device::flex())
            .map_err(|e| e.to_string())?;
        let side = inspect::side(&bytes).unwrap_or(checkpoint.state.generator.resolution);
        let input = noise([1, 1, side, side], 0);
        let library = self.source.library()?;
        let layers = layers::compare(&bytes, &generator, input.view(), library.as_deref());
        let layers = layers.map_err(shown)?;
        let pixels = match Contract::from_bytes(&bytes) {
            Ok(file) if file.takes_pixels() => {
                let network = contract(&checkpoint.state.generator);
                let contract = pixels::network_contract(&file, &network);
                pixels::compare(&bytes, &contract, library.as_deref()).map_err(shown)?
            }
            // What it takes says nothing against its layers.
            _ => Vec::new(),
        };
        let verification = Verification { layers, pixels };
        show(&match self.json {
            true => json(&verification)?,
            false => verification.to_string(),
        })?;
        Ok(match verification.holds() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        })
    }
}

/// A file's layers, and its pixels, where it takes them.
#[derive(Serialize)]
struct Verification {
    #[serde(flatten)]
    layers: Layers,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pixels: Vec<PixelComparison>,
}

impl Verification {
    fn holds(&self) -> bool {
        self.layers.first_beyond().is_none() && self.pixels.iter().all(PixelComparison::within)
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.layers)?;
        for comparison in &self.pixels {
            let verdict = if comparison.within() { "" } else { "  beyond" };
            writeln!(f, "{comparison} from the runtime{verdict}")?;
        }
        Ok(())
    }
}

impl Inspect {
    fn run(&self) -> Outcome {
        let shown = |error: Error| format!("{}: {error}", self.file.display());
        let inspection = inspect::inspect(&read(&self.file)?).map_err(shown)?;
        show(&match self.json {
            true => json(&inspection)?,
            false => inspection.to_string(),
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Source {
    fn open(&self) -> Result<Checkpoint, String> {
        let mut checkpoint = Checkpoint::open(&self.checkpoint).map_err(|e| e.to_string())?;
        if let Some(temperature) = self.temperature {
            let config = &mut checkpoint.state.generator;
            if config.head != Head::Distribution {
                return Err(format!(
                    "{}: --temperature is for head distribution; leave it out",
                    checkpoint.path.display()
                ));
            }
            config.temperature = temperature;
        }
        Ok(checkpoint)
    }

    fn library(&self) -> Result<Option<PathBuf>, String> {
        find_library(self.onnxruntime.as_deref()).map_err(|e| e.to_string())
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn json(value: &impl serde::Serialize) -> Result<String, String> {
    let text = serde_json::to_string(value).map_err(|e| e.to_string())?;
    Ok(format!("{text}\n"))
}

/// Prints what was asked for.
fn show(text: &str) -> Result<(), String> {
    colorize_rt::show(text).map_err(|e| e.to_string())
}
