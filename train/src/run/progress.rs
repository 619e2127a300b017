//! What a person sees while a stage goes on: one calm line on a terminal, plain lines elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::data::Waited;
use crate::losses::Losses;

/// Losses in the line, those that most wait for first.
const SHOWN: [&str; 10] = [
    "generator",
    "cross_entropy",
    "l1",
    "huber",
    "correlation",
    "perceptual",
    "classes",
    "colourfulness",
    "adversarial",
    "discriminator",
];

/// The line of one stage.
pub(super) struct Progress {
    bar: ProgressBar,
    stage: String,
}

/// How fast the steps since the last line were.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Speed {
    pub images_per_second: f64,
    /// Share of the time that the step waited for photographs.
    pub waited: f64,
}

impl Speed {
    pub fn of(images: u64, waited: Waited, elapsed: Duration) -> Self {
        let seconds = elapsed.as_secs_f64();
        Self {
            images_per_second: images as f64 / seconds,
            waited: waited.0.as_secs_f64() / seconds,
        }
    }
}

impl Progress {
    pub fn new(name: &str, (index, of): (usize, usize), steps: u64) -> Self {
        let stage = match of {
            1 => name.to_owned(),
            _ => format!("{name} ({index}/{of})"),
        };
        let template = "{prefix} {bar:20} {pos}/{len}, {eta} left  {wide_msg}";
        let bar = ProgressBar::new(steps).with_prefix(stage.clone());
        let bar = match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        };
        Self { bar, stage }
    }

    /// Begins in the middle, without counting what was done before as fast.
    pub fn at(&mut self, step: u64) {
        self.bar.set_position(step);
        self.bar.reset_eta();
    }

    pub fn step(&self) {
        self.bar.inc(1);
    }

    pub fn show(&self, losses: &Losses, speed: Speed) {
        let mut parts: Vec<String> = SHOWN
            .iter()
            .filter_map(|name| losses.0.get(name).map(|value| format!("{name} {value:.3}")))
            .collect();
        parts.push(format!("{:.1} images/s", speed.images_per_second));
        if speed.waited > 0.05 {
            parts.push(format!("{:.0}% waiting for data", 100.0 * speed.waited));
        }
        let text = parts.join("  ");
        if self.bar.is_hidden() {
            let (done, all) = (self.bar.position(), self.bar.length().unwrap_or_default());
            eprintln!("{} {done}/{all}: {text}", self.stage);
        } else {
            self.bar.set_message(text);
        }
    }

    /// A line that stays.
    pub fn line(&self, text: &str) {
        if self.bar.is_hidden() {
            eprintln!("{text}");
        } else {
            self.bar.println(text);
        }
    }

    pub fn finish(&self) {
        self.bar.abandon();
    }
}
