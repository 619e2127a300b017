//! The folder that a run leaves.
//!
//! `runs/20261123-221500-quick/` holds `config.yaml` (the resolved recipe), `metrics.jsonl` (a line
//! of JSON a measurement), `tensorboard/`, `previews/`, `checkpoints/`, `skipped.jsonl` and, in the
//! end, `curves.svg`.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use colorize_models::Generator;
use image::RgbImage;
use serde::Serialize;

use crate::checkpoint::{Checkpoint, Checkpoints, Position};
use crate::config::{Config, Stage};
use crate::error::Error;
use crate::losses::Losses;
use crate::metrics::Figures;
use crate::plot;
use crate::tensorboard::EventWriter;
use crate::trainer::Trainer;

use super::progress::Speed;

pub(super) const CONFIG: &str = "config.yaml";
const METRICS: &str = "metrics.jsonl";
const TENSORBOARD: &str = "tensorboard";
const PREVIEWS: &str = "previews";

/// A line of `metrics.jsonl`.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Line<'a> {
    /// Losses of one step.
    Step {
        step: u64,
        stage: &'a str,
        #[serde(flatten)]
        losses: &'a Losses,
        #[serde(flatten)]
        speed: Speed,
    },
    /// Figures on the photographs held back.
    Validation {
        step: u64,
        #[serde(flatten)]
        figures: Figures,
        best: bool,
    },
}

pub(super) struct RunFolder {
    pub path: PathBuf,
    pub checkpoints: Checkpoints,
    metrics: File,
    events: EventWriter,
}

impl RunFolder {
    /// A new folder.
    pub fn create(runs: &Path, config: &Config) -> crate::Result<Self> {
        let path = new_folder(runs, &config.name)?;
        let yaml = config.to_yaml()?;
        let file = path.join(CONFIG);
        fs::write(&file, &yaml).map_err(Error::io(&file))?;
        let previews = path.join(PREVIEWS);
        fs::create_dir(&previews).map_err(Error::io(&previews))?;
        let file = path.join(METRICS);
        Ok(Self {
            metrics: File::create_new(&file).map_err(Error::io(&file))?,
            events: EventWriter::create(&path.join(TENSORBOARD))?,
            checkpoints: Checkpoints::open(&path, &yaml, config.validation.best, None)?,
            path,
        })
    }

    /// The folder of a run that goes on after `checkpoint`: what was logged later is forgotten.
    pub fn open(path: &Path, config: &Config, checkpoint: &Checkpoint) -> crate::Result<Self> {
        let step = checkpoint.state.step;
        let yaml = config.to_yaml()?;
        let best = config.validation.best;
        Ok(Self {
            metrics: metrics_until(&path.join(METRICS), step)?,
            events: EventWriter::resume(&path.join(TENSORBOARD), step)?,
            checkpoints: Checkpoints::open(path, &yaml, best, Some(checkpoint))?,
            path: path.to_path_buf(),
        })
    }

    /// Writes a measurement to `metrics.jsonl` and for TensorBoard.
    pub fn log(&mut self, line: &Line) -> crate::Result<()> {
        let file = self.path.join(METRICS);
        let mut text = serde_json::to_string(line).map_err(|e| Error::data(&file, e))?;
        text.push('\n');
        self.metrics
            .write_all(text.as_bytes())
            .map_err(Error::io(&file))?;
        match line {
            Line::Step {
                step,
                losses,
                speed,
                ..
            } => {
                for (name, value) in &losses.0 {
                    self.events.scalar(&format!("step/{name}"), *value, *step)?;
                }
                let speed = speed.images_per_second as f32;
                self.events
                    .scalar("speed/images_per_second", speed, *step)?;
            }
            Line::Validation { step, figures, .. } => {
                for (name, value) in figures.named() {
                    let tag = format!("validation/{name}");
                    self.events.scalar(&tag, value as f32, *step)?;
                }
            }
        }
        self.events.flush()
    }

    /// Keeps a preview, numbered so that all of them make a film.
    pub fn preview(&mut self, step: u64, grid: &RgbImage) -> crate::Result<()> {
        let path = self.path.join(format!("{PREVIEWS}/step-{step:06}.png"));
        grid.save(&path).map_err(|e| Error::data(&path, e))?;
        self.events.image("preview", grid, step)
    }

    /// How the generator's weights are distributed, for TensorBoard.
    pub fn histograms(&mut self, step: u64, generator: &Generator) -> crate::Result<()> {
        let mut weights = Weights::default();
        generator.visit(&mut weights);
        for (path, values) in weights.found {
            self.events
                .histogram(&format!("weights/{path}"), &values, step)?;
        }
        Ok(())
    }

    /// Whether figures would make their checkpoint the best so far.
    pub fn would_be_best(&self, figures: &Figures) -> bool {
        self.checkpoints.would_be_best(figures)
    }

    /// Where skipped photographs are listed.
    pub fn skipped(&self) -> PathBuf {
        self.path.join("skipped.jsonl")
    }

    /// Makes sure that what was logged is on disk.
    pub fn sync(&mut self) -> crate::Result<()> {
        let file = self.path.join(METRICS);
        self.metrics.sync_data().map_err(Error::io(&file))
    }

    /// Draws the curves.
    pub fn finish(&mut self) -> crate::Result<()> {
        self.events.flush()?;
        plot::curves(&self.path.join(METRICS), &self.path.join("curves.svg"))
    }

    /// Writes down what is known about a step that failed; gives the file.
    pub fn diagnose(
        &self,
        position: Position,
        stage: &Stage,
        trainer: &Trainer,
        error: &Error,
    ) -> crate::Result<PathBuf> {
        let mut weights = Weights::default();
        trainer.generator.visit(&mut weights);
        let largest: Vec<_> = weights
            .found
            .iter()
            .map(|(path, values)| {
                let largest = values.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
                let finite = values.iter().all(|v| v.is_finite());
                serde_json::json!({ "parameter": path, "largest": largest, "finite": finite })
            })
            .collect();
        let diagnosis = serde_json::json!({
            "after_step": position.step,
            "stage": stage.name,
            "stage_step": position.stage_step,
            "error": error.to_string(),
            "learning_rate": stage.optimizer.generator.learning_rate,
            "loss": stage.loss,
            "generator": largest,
        });
        let path = self.path.join("diagnosis.json");
        let text = serde_json::to_vec_pretty(&diagnosis).map_err(|e| Error::data(&path, e))?;
        fs::write(&path, text).map_err(Error::io(&path))?;
        Ok(path)
    }
}

/// The values of every weight, by its path.
#[derive(Default)]
struct Weights {
    path: Vec<String>,
    found: Vec<(String, Vec<f32>)>,
}

impl ModuleVisitor for Weights {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if self.path.last().is_some_and(|name| name == "weight") {
            let values = param.val().into_data().iter::<f32>().collect();
            self.found.push((self.path.join("."), values));
        }
    }
}

/// Cuts the log after the lines of `step`; gives it to go on with.
fn metrics_until(path: &Path, step: u64) -> crate::Result<File> {
    let file = File::options()
        .read(true)
        .append(true)
        .open(path)
        .map_err(Error::io(path))?;
    let mut kept = 0;
    let mut reader = BufReader::new(&file);
    let mut line = String::new();
    loop {
        line.clear();
        let length = reader.read_line(&mut line).map_err(Error::io(path))?;
        let at = serde_json::from_str::<serde_json::Value>(&line)
            .ok()
            .and_then(|line| line["step"].as_u64());
        if length == 0 || at.is_none_or(|at| at > step) {
            break;
        }
        kept += length as u64;
    }
    file.set_len(kept).map_err(Error::io(path))?;
    Ok(file)
}

/// A folder named after the time, so that the newest run is the last by name.
fn new_folder(runs: &Path, name: &str) -> crate::Result<PathBuf> {
    fs::create_dir_all(runs).map_err(Error::io(runs))?;
    loop {
        let now = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S");
        let path = runs.join(format!("{now}-{name}"));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            // Another run began in the same second: take the next.
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                std::thread::sleep(Duration::from_millis(200));
            }
            Err(e) => return Err(Error::io(&path)(e)),
        }
    }
}
