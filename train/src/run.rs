//! A run from its first step to its last, and the folder that it leaves.
//!
//! `runs/20261123-221500-quick/` holds `config.yaml` (the resolved recipe), `metrics.jsonl` (a line
//! of JSON a measurement), `previews/` and `checkpoints/`.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use burn::module::Module;
use burn::tensor::Device;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::checkpoint::Checkpoints;
use crate::config::Config;
use crate::data::{Loader, Photographs};
use crate::error::Error;
use crate::preview;
use crate::seed::Seed;
use crate::step::{Losses, Trainer};
use crate::validation::{Figures, Validation};

/// Trains as the recipe says, in a new folder under `runs`; gives that folder.
///
/// # Errors
/// Photographs, weights or the folder cannot be used, or a loss is no finite number any more.
pub fn train(config: &Config, runs: &Path, device: &Device) -> crate::Result<PathBuf> {
    let photographs = Arc::new(Photographs::open(&config.data, Seed(config.seed))?);
    let validation = Validation::open(&photographs, config)?;
    let mut trainer = Trainer::new(config, device)?;
    let mut folder = RunFolder::create(runs, config)?;
    eprintln!(
        "{}: {} photographs, {} held back",
        folder.path.display(),
        photographs.training.len(),
        photographs.validation.len()
    );
    let mut loader = Loader::start(photographs, config, 0);
    let bar = progress_bar(config.steps);
    let mut interval = Instant::now();
    for step in 1..=config.steps {
        let batch = loader.next_batch()?;
        let losses = trainer.step(step, &batch)?;
        bar.inc(1);
        if step % config.every.log == 0 || step == config.steps {
            let speed = Speed::of(config, &mut loader, interval.elapsed());
            interval = Instant::now();
            bar.set_message(speed.describe(&losses));
            folder.log(&Line::Step {
                step,
                losses,
                speed,
            })?;
            if bar.is_hidden() {
                eprintln!("step {step}/{}: {}", config.steps, speed.describe(&losses));
            }
        }
        if step % config.every.validation == 0 || step == config.steps {
            let paused = Instant::now();
            let generator = trainer.generator.valid();
            let pairs = validation.colorize(&generator, device);
            let figures = Figures::of(&pairs);
            preview::write(&folder.preview(step), &pairs)?;
            let best = folder
                .checkpoints
                .save(step, &trainer, config.generator(), figures)?;
            folder.log(&Line::Validation {
                step,
                figures,
                best,
            })?;
            let line = describe(step, &figures, best);
            if bar.is_hidden() {
                eprintln!("{line}");
            } else {
                bar.println(line);
            }
            interval += paused.elapsed();
        }
    }
    bar.finish();
    match loader.skipped() {
        0 => {}
        n => eprintln!("{n} draws skipped: the photograph could not be decoded"),
    }
    Ok(folder.path)
}

/// The figures of a measurement, in one line.
fn describe(step: u64, figures: &Figures, best: bool) -> String {
    format!(
        "step {step}: psnr {:.2} dB, ab {:.2}, object {:.3}, colour {:.1} of {:.1}{}",
        figures.psnr,
        figures.ab,
        figures.object,
        figures.colour,
        figures.colour_truth,
        if best { " (best so far)" } else { "" }
    )
}

/// How fast the steps since the last line were.
#[derive(Clone, Copy, Debug, Serialize)]
struct Speed {
    images_per_second: f64,
    /// Share of the time that the step waited for photographs.
    waited: f64,
}

impl Speed {
    fn of(config: &Config, loader: &mut Loader, elapsed: Duration) -> Self {
        let seconds = elapsed.as_secs_f64();
        Self {
            images_per_second: (config.every.log * config.batch as u64) as f64 / seconds,
            waited: loader.take_waited().0.as_secs_f64() / seconds,
        }
    }

    fn describe(&self, losses: &Losses) -> String {
        let mut parts = vec![format!("loss {:.3}", losses.generator)];
        let named = [
            ("l1", losses.l1),
            ("adversarial", losses.adversarial),
            ("perceptual", losses.perceptual),
            ("discriminator", losses.discriminator),
        ];
        for (name, value) in named {
            parts.extend(value.map(|value| format!("{name} {value:.3}")));
        }
        parts.push(format!("{:.0} images/s", self.images_per_second));
        if self.waited > 0.05 {
            parts.push(format!("{:.0}% waiting for data", 100.0 * self.waited));
        }
        parts.join("  ")
    }
}

/// A line of `metrics.jsonl`.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Line {
    Step {
        step: u64,
        #[serde(flatten)]
        losses: Losses,
        #[serde(flatten)]
        speed: Speed,
    },
    Validation {
        step: u64,
        #[serde(flatten)]
        figures: Figures,
        best: bool,
    },
}

struct RunFolder {
    path: PathBuf,
    metrics: File,
    checkpoints: Checkpoints,
}

impl RunFolder {
    fn create(runs: &Path, config: &Config) -> crate::Result<Self> {
        let path = new_folder(runs, &config.name)?;
        let yaml = config.to_yaml()?;
        let file = path.join("config.yaml");
        fs::write(&file, &yaml).map_err(Error::io(&file))?;
        let previews = path.join("previews");
        fs::create_dir(&previews).map_err(Error::io(&previews))?;
        let file = path.join("metrics.jsonl");
        Ok(Self {
            metrics: File::create_new(&file).map_err(Error::io(&file))?,
            checkpoints: Checkpoints::create(&path, &yaml)?,
            path,
        })
    }

    fn preview(&self, step: u64) -> PathBuf {
        self.path.join(format!("previews/step-{step:06}.png"))
    }

    fn log(&mut self, line: &Line) -> crate::Result<()> {
        let file = self.path.join("metrics.jsonl");
        let mut text = serde_json::to_string(line).map_err(|e| Error::data(&file, e))?;
        text.push('\n');
        self.metrics
            .write_all(text.as_bytes())
            .map_err(Error::io(&file))
    }
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

fn progress_bar(steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {eta} left  {wide_msg}");
    let bar = ProgressBar::new(steps);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
