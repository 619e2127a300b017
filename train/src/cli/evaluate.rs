//! `evaluate`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use colorize_rt::{Colorizer, EngineChoice, Model};
use colorize_train::checkpoint::Checkpoint;
use colorize_train::config::{DataConfig, Source, Webdataset};
use colorize_train::data::Sources;
use colorize_train::evaluate::{colorizer, evaluate};
use colorize_train::metrics::Figures;
use colorize_train::seed::Seed;
use indicatif::ProgressBar;

use super::{Devices, Failure, show};

#[derive(Args)]
pub(super) struct Evaluate {
    /// A checkpoint, a run (its best checkpoint), a folder of runs (the newest's), or an ONNX file.
    model: PathBuf,
    /// Colour photographs: a folder, or WebDataset shards (photographs/*.tar).
    #[arg(long, value_name = "PHOTOGRAPHS")]
    data: PathBuf,
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
        let figures = evaluate(&colorizer, truths, || bar.inc(1))?;
        bar.finish_and_clear();
        if self.json {
            show(&format!("{}\n", serde_json::to_string(&figures)?))?;
        } else {
            let count = photographs.len() - skipped;
            show(&table(&figures, count, &colorizer.report().engine))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn colorizer(&self) -> Result<Colorizer, Failure> {
        let is_onnx = |extension: &std::ffi::OsStr| extension.eq_ignore_ascii_case("onnx");
        if self.model.extension().is_some_and(is_onnx) {
            let model = Model::from_file(&self.model)?;
            let builder = Colorizer::builder().engine(EngineChoice::Builtin);
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

fn table(figures: &Figures, count: usize, engine: &str) -> String {
    let rows = figures.named().into_iter();
    let rows = rows.map(|(name, value)| format!("{name:<16} {value:>9.4}\n"));
    format!(
        "{count} photographs, {engine}\n{}",
        rows.collect::<String>()
    )
}
