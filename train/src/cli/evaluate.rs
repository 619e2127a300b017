//! `evaluate`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use colorize_rt::{Colorizer, Model, Provider};
use colorize_train::checkpoint::Checkpoint;
use colorize_train::config::{DataConfig, Source, Webdataset};
use colorize_train::data::Sources;
use colorize_train::evaluate::{
    Band, Calibration, WithPoints, calibration, colorizer, curve, evaluate,
};
use colorize_train::metrics::Figures;
use colorize_train::plot;
use colorize_train::seed::Seed;
use image::RgbImage;
use indicatif::ProgressBar;

use super::{Devices, Failure, show};

#[derive(Args)]
pub(super) struct Evaluate {
    /// A checkpoint, a run (its best checkpoint), a folder of runs (the newest's), or an ONNX file.
    model: PathBuf,
    /// Colour photographs: a folder, or WebDataset shards (photographs/*.tar).
    #[arg(long, value_name = "PHOTOGRAPHS")]
    data: PathBuf,
    /// Measures what points of colour are worth: reveals so many random points of each truth.
    #[arg(long, value_name = "N,N,…", value_delimiter = ',', conflicts_with = "confidence",
          value_parser = clap::value_parser!(u16).range(0..=5000))]
    points: Vec<u16>,
    /// Draws what the points are worth.
    #[arg(long, value_name = "FILE", requires = "points")]
    svg: Option<PathBuf>,
    /// Measures whether it is right where it says that it is sure.
    #[arg(long)]
    confidence: bool,
    /// Of the points' places.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// One line of JSON instead of a table.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    devices: Devices,
}

impl Evaluate {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let colorizer = self.colorizer()?;
        let sources = Sources::open(&everything(&self.data), Seed(0))?;
        let photographs = sources.all();
        let bar = ProgressBar::new(photographs.len() as u64);
        let mut skipped = 0;
        let truths = photographs.iter().filter_map(|&photo| {
            let decoded = sources.decode(photo);
            if let Err(skip) = &decoded {
                skipped += 1;
                bar.println(format!("{}: {skip}; skipped", sources.name(photo)));
            }
            decoded.ok()
        });
        let measured = self.measure(&colorizer, truths, || bar.inc(1))?;
        bar.finish_and_clear();
        if let (Some(svg), Measured::Points(rows)) = (&self.svg, &measured) {
            plot::points(rows, svg)?;
        }
        if self.json {
            show(&format!("{}\n", measured.json()?))?;
        } else {
            let count = photographs.len() - skipped;
            let engine = &colorizer.report().engine;
            show(&format!(
                "{count} photographs, {engine}\n{}",
                measured.table()
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn measure(
        &self,
        colorizer: &Colorizer,
        truths: impl Iterator<Item = RgbImage>,
        done: impl FnMut(),
    ) -> Result<Measured, Failure> {
        if self.confidence {
            let calibration = calibration(colorizer, truths, done)?;
            let calibration = calibration
                .ok_or("this colorizer does not say how sure it is; leave --confidence out")?;
            return Ok(Measured::Confidence(calibration));
        }
        if self.points.is_empty() {
            return Ok(Measured::Figures(evaluate(colorizer, truths, done)?));
        }
        let counts: Vec<usize> = self.points.iter().map(|&count| count.into()).collect();
        let rows = curve(colorizer, truths, &counts, Seed(self.seed), done)?;
        Ok(Measured::Points(rows))
    }

    fn colorizer(&self) -> Result<Colorizer, Failure> {
        let is_onnx = |extension: &std::ffi::OsStr| extension.eq_ignore_ascii_case("onnx");
        if self.model.extension().is_some_and(is_onnx) {
            let model = Model::from_file(&self.model)?;
            let builder = Colorizer::builder().provider(Provider::Builtin);
            return Ok(builder.model(model).build()?);
        }
        let devices = self.devices.open()?;
        Ok(colorizer(&Checkpoint::open(&self.model)?, &devices[0])?)
    }
}

/// Every photograph of a folder (its shards `train-*.tar`, or the pictures below it), or of shards
/// by pattern; none held back.
fn everything(path: &Path) -> DataConfig {
    let mut config = DataConfig {
        validation: 0,
        ..DataConfig::default()
    };
    if path.is_dir() {
        config.root = path.to_path_buf();
    } else {
        let shards = path.to_string_lossy().into_owned();
        let source = Source::Webdataset(Webdataset { shards });
        config.sources.insert("photographs".to_owned(), source);
    }
    config
}

/// What was measured, for people and for programs.
enum Measured {
    Figures(Figures),
    Points(Vec<WithPoints>),
    Confidence(Calibration),
}

impl Measured {
    fn json(&self) -> Result<String, serde_json::Error> {
        match self {
            Self::Figures(figures) => serde_json::to_string(figures),
            Self::Points(rows) => serde_json::to_string(rows),
            Self::Confidence(calibration) => serde_json::to_string(calibration),
        }
    }

    fn table(&self) -> String {
        match self {
            Self::Figures(figures) => {
                let rows = figures.named().into_iter();
                rows.map(|(name, value)| format!("{name:<16} {value:>9.4}\n"))
                    .collect()
            }
            Self::Points(rows) => {
                let head = format!(
                    "{:>6} {:>8} {:>8} {:>8} {:>8}\n",
                    "points", "psnr", "ab", "object", "colour"
                );
                let row = |row: &WithPoints| {
                    let Figures {
                        psnr,
                        ab,
                        object,
                        colour,
                        ..
                    } = row.figures;
                    format!(
                        "{:>6} {psnr:>8.3} {ab:>8.3} {object:>8.3} {colour:>8.2}\n",
                        row.points
                    )
                };
                head + &rows.iter().map(row).collect::<String>()
            }
            Self::Confidence(calibration) => {
                let head = format!(
                    "rank correlation of confidence and error {:.3}\n{:>5} {:>7} {:>10} {:>7} {:>9}\n",
                    calibration.correlation, "from", "share", "confidence", "error", "within 20"
                );
                let row = |band: &Band| {
                    format!(
                        "{:>5.1} {:>7.3} {:>10.2} {:>7.1} {:>9.2}\n",
                        band.from, band.share, band.confidence, band.error, band.right
                    )
                };
                head + &calibration.bands.iter().map(row).collect::<String>()
            }
        }
    }
}
