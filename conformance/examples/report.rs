//! The whole matrix as Markdown, on standard output: what `cargo xtask conformance` runs.
//!
//! Fails where a difference is beyond its tolerance or a mistake goes unnoticed; what an engine cannot
//! do is said.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use colorize_export::Precision;
use colorize_models::{Generator, GeneratorConfig};
use colorize_rt::engine::Provider;
use colorize_train::device::DeviceName;
use conformance::{
    ALL_PRECISIONS, Column, Kind, Measured, Outside, PixelDifference, Python, Row, Subject, blocks,
    discriminators, generators, large, mutate, onnxruntime, perceptual, photographs, pixels,
    shipped, subject,
};
use prost::Message;

/// Engines that are patient are given everything …
const PATIENT: usize = usize::MAX;
/// … and ONNX's own evaluator, in NumPy, and tract and WebAssembly, which take minutes over 512x512, what
/// has no more values than this.
const SLOW: usize = 3 * 64 * 64;

fn main() -> Result<ExitCode, String> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let [flag, folder] = &arguments[..]
        && flag == "--write"
    {
        return write(folder.as_ref());
    }
    let only: Option<Vec<&str>> = arguments
        .chunks(2)
        .map(|two| match two {
            [flag, name] if flag == "--only" => name.to_str(),
            _ => None,
        })
        .collect();
    run(&only.ok_or("report [--only NAME]... | --write FOLDER")?)
}

/// The title of a section, what stands in it, and in which precisions.
type Entry = (&'static str, Subject, &'static [Precision]);

fn rows() -> Result<Vec<Entry>, String> {
    const WHOLE: &[Precision] = &[Precision::F32];
    let mut rows = Vec::new();
    let mut add = |title, subjects: Vec<Subject>, precisions| {
        rows.extend(subjects.into_iter().map(|s| (title, s, precisions)));
    };
    let quick = |subjects: Vec<Subject>| subjects.into_iter().map(Subject::quick).collect();
    for seed in [1, 2] {
        add("Parts", blocks(seed)?, WHOLE);
    }
    // The largest inputs once each: what they show does not depend on the weights.
    add("Networks", generators(1)?, WHOLE);
    add("Networks", quick(generators(2)?), WHOLE);
    add("Networks", quick(large()?), ALL_PRECISIONS);
    let halved = ["reference, RGB", "encoder, distribution, hints"];
    let mut halves = generators(1)?;
    halves.retain(|subject| halved.iter().any(|name| subject.name.starts_with(name)));
    add("Networks", quick(halves), &ALL_PRECISIONS[1..]);
    let (config, network) = shipped()?;
    let ship = subject("the shipped weights", &config, network)?;
    add("Networks", vec![ship], ALL_PRECISIONS);
    for seed in [5, 6] {
        add("Beside the generator", discriminators(seed)?, WHOLE);
        add("Beside the generator", perceptual(seed)?, WHOLE);
    }
    Ok(rows)
}

/// Writes the file of every row, for engines that must be built for theirs.
fn write(folder: &Path) -> Result<ExitCode, String> {
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for (number, (_, subject, precisions)) in rows()?.into_iter().enumerate() {
        for precision in precisions {
            let path = folder.join(format!("{number:03}-{precision}.onnx"));
            let bytes = (subject.model)(*precision).encode_to_vec();
            std::fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The matrix, or its rows of networks whose names contain one of `only`; `pixels` is the photographs' table.
fn run(only: &[&str]) -> Result<ExitCode, String> {
    let wanted = |is: &dyn Fn(&str) -> bool| only.is_empty() || only.iter().any(|part| is(part));
    let columns = columns()?;
    let mut report = Report::new(&columns);
    for (title, subject, precisions) in rows()? {
        if wanted(&|part| subject.name.contains(part)) {
            report.rows(title, &subject, precisions)?;
        }
    }
    if wanted(&|part| part == "pixels") {
        let (config, network) = shipped()?;
        let ship = subject("the shipped weights", &config, network.clone())?;
        report.pixels(&ship, (&config, &network))?;
    }
    if only.is_empty() {
        report.mutations()?;
    }

    print!("{}", report.text());
    for one in &report.failed {
        eprintln!("beyond its tolerance: {one}");
    }
    Ok(match report.failed.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn columns() -> Result<Vec<Column>, String> {
    let python = Python::find()?;
    let library = onnxruntime()?;
    let outside = |program: Outside, largest| Kind::Outside { program, largest };
    let provider = |provider| match std::env::var_os("COLORIZE_ONNXRUNTIME_GPU") {
        // A process has one library: the columns of the CPU then use this one, too.
        Some(_) => Kind::OnnxRuntime(library.clone(), provider),
        None => Kind::NotRun("no ONNX Runtime for GPUs was given".to_owned()),
    };
    let other_python = |name: &str, engine| match command(name) {
        Ok(words) => match words.into_iter().next() {
            Some(python) => outside(Python::at(python.into()).engine(engine), PATIENT),
            None => Kind::NotRun("not set up".to_owned()),
        },
        Err(why) => Kind::NotRun(why),
    };
    let program = |name: &str| match command(name) {
        Ok(words) => outside(Outside::new(words), SLOW),
        Err(why) => Kind::NotRun(why),
    };
    Ok(vec![
        Column::new("built-in", Kind::Builtin),
        Column::new(
            "ONNX Runtime",
            Kind::OnnxRuntime(library.clone(), Provider::Cpu),
        ),
        Column::new(
            "ONNX Runtime in Python",
            outside(python.engine("onnxruntime"), PATIENT),
        ),
        Column::new("oldest ONNX Runtime", other_python("OLDEST", "onnxruntime")),
        Column::new(
            "ONNX's evaluator",
            outside(python.engine("reference"), SLOW),
        ),
        Column::new("OpenCV", other_python("OPENCV", "opencv")),
        Column::new("tract", program("TRACT")),
        Column::new("onnxruntime-web", program("WEB")),
        Column::new("burn-onnx", program("BURN_ONNX")),
        Column::new("burn on a GPU", gpu()),
        Column::new("CUDA", provider(Provider::Cuda(0))),
        Column::new("TensorRT", provider(Provider::TensorRt(0))),
    ])
}

/// The words that start an engine, which xtask has set up: separated by line breaks, in the variable
/// `COLORIZE_NAME`; or why it has not, in `COLORIZE_NAME_PROBLEM`.
fn command(name: &str) -> Result<Vec<OsString>, String> {
    let variable = |suffix: &str| std::env::var(format!("COLORIZE_{name}{suffix}")).ok();
    match (variable(""), variable("_PROBLEM")) {
        (Some(words), _) => Ok(words.lines().map(OsString::from).collect()),
        (None, Some(problem)) => Err(problem),
        (None, None) => Err("not set up; `cargo xtask conformance` does".to_owned()),
    }
}

/// burn's own backend for the device that `COLORIZE_BURN_DEVICE` names.
fn gpu() -> Kind {
    let Ok(name) = std::env::var("COLORIZE_BURN_DEVICE") else {
        return Kind::NotRun("no device was given".to_owned());
    };
    match name.parse::<DeviceName>().and_then(|name| name.open()) {
        Ok(device) => Kind::Burn(device, format!("burn on {name}")),
        Err(why) => Kind::NotRun(why),
    }
}

/// What is printed, as it grows.
struct Report<'a> {
    columns: &'a [Column],
    /// Titles with their lines.
    sections: Vec<(&'static str, Vec<String>)>,
    /// By the title of a column.
    engines: BTreeMap<&'static str, String>,
    left_out: BTreeMap<&'static str, usize>,
    notes: Vec<String>,
    failed: Vec<String>,
}

impl<'a> Report<'a> {
    fn new(columns: &'a [Column]) -> Self {
        Self {
            columns,
            sections: Vec::new(),
            engines: BTreeMap::new(),
            left_out: BTreeMap::new(),
            notes: Vec::new(),
            failed: Vec::new(),
        }
    }

    /// The columns that run.
    fn running(&self) -> impl Iterator<Item = &'a Column> + use<'a> {
        let runs = |column: &&Column| !matches!(column.kind, Kind::NotRun(_));
        self.columns.iter().filter(runs)
    }

    fn section(&mut self, title: &'static str, head: &[&str]) -> &mut Vec<String> {
        if self.sections.last().is_none_or(|(last, _)| *last != title) {
            let titles = head.iter().copied().chain(self.running().map(|c| c.title));
            let titles: Vec<&str> = titles.collect();
            let lines = vec![
                format!("| {} |", titles.join(" | ")),
                format!("|{}", " --- |".repeat(titles.len())),
            ];
            self.sections.push((title, lines));
        }
        let last = self.sections.len() - 1;
        &mut self.sections[last].1
    }

    fn rows(
        &mut self,
        title: &'static str,
        subject: &Subject,
        precisions: &[Precision],
    ) -> Result<(), String> {
        for &precision in precisions {
            let row = Row::new(subject, precision, self.columns)?;
            self.failed.extend(row.beyond());
            let mut line = format!("| {} | {precision} | {:.0e} |", row.name, row.allowed);
            for (column, cell) in self.columns.iter().zip(&row.cells) {
                if !matches!(column.kind, Kind::NotRun(_)) {
                    line.push_str(&format!(" {} |", self.cell(column, cell)));
                }
            }
            eprintln!("{line}");
            self.section(title, &["network", "precision", "allowed"])
                .push(line);
        }
        Ok(())
    }

    fn cell(&mut self, column: &Column, cell: &Result<Measured, String>) -> String {
        let cell = match cell {
            Err(why) => return format!("no ({})", self.note(column, why)),
            Ok(cell) => cell,
        };
        self.engines.insert(column.title, cell.engine.clone());
        *self.left_out.entry(column.title).or_default() += cell.left_out;
        match cell.failed.first() {
            // Every input was too large for it.
            None if cell.at.is_empty() => "–".to_owned(),
            None => format!("{:.1e}", cell.worst),
            Some(why) if cell.at.is_empty() => format!("no ({})", self.note(column, why)),
            Some(why) => format!("{:.1e}, in part ({})", cell.worst, self.note(column, why)),
        }
    }

    fn pixels(
        &mut self,
        ship: &Subject,
        network: (&GeneratorConfig, &Generator),
    ) -> Result<(), String> {
        let photographs = photographs()?;
        for &precision in ALL_PRECISIONS {
            eprintln!("pixels, {precision}");
            let cells = pixels(ship, network, precision, self.columns, &photographs)?;
            let (most, least) = match precision {
                Precision::F32 => (PixelDifference::WHOLE, 0.0),
                _ => (PixelDifference::HALF, PixelDifference::HALF_PSNR),
            };
            let mut line = format!("| {precision} | {most} of 255 |");
            for (column, cell) in self.columns.iter().zip(cells) {
                if matches!(column.kind, Kind::NotRun(_)) {
                    continue;
                }
                let shown = match cell {
                    // burn's own devices are compared on tensors.
                    Err(_) if matches!(column.kind, Kind::Burn(..)) => "–".to_owned(),
                    Err(why) => format!("no ({})", self.note(column, &why)),
                    Ok(PixelDifference { max, psnr }) => {
                        if max > most || psnr < least {
                            let of = format!("pixels, {precision}, {}", column.title);
                            self.failed.push(format!("{of}: {max}, {psnr:.1} dB"));
                        }
                        match psnr.is_finite() {
                            true => format!("{max}; {psnr:.0} dB"),
                            false => "the same".to_owned(),
                        }
                    }
                };
                line.push_str(&format!(" {shown} |"));
            }
            let head = ["precision", "allowed"];
            self.section("Photographs", &head).push(line);
        }
        Ok(())
    }

    fn mutations(&mut self) -> Result<(), String> {
        let generators = generators(1)?.into_iter().map(Subject::quick);
        let mut subjects: Vec<Subject> = generators.collect();
        subjects.extend(discriminators(5)?);
        subjects.extend(perceptual(6)?);
        eprintln!("mistakes");
        let mut lines = vec![
            "| operator | mistake | noticed in | of networks |".to_owned(),
            "| --- | --- | --- | --- |".to_owned(),
        ];
        for caught in mutate(&subjects) {
            let (operator, what) = (caught.mutation.operator, caught.mutation.what);
            let noticed = caught.subjects - caught.missed.len();
            lines.push(format!(
                "| {operator} | {what} | {noticed} | {} |",
                caught.subjects
            ));
            if noticed < caught.subjects || caught.subjects == 0 {
                let missed = caught.missed.join(", ");
                self.failed
                    .push(format!("{operator}, {what}: missed in {missed}"));
            }
        }
        self.sections.push(("Mistakes", lines));
        Ok(())
    }

    /// The number of a note, which is kept once.
    fn note(&mut self, column: &Column, why: &str) -> usize {
        let text = format!("{}: {}", column.title, short(why));
        let known = self.notes.iter().position(|known| *known == text);
        1 + known.unwrap_or_else(|| {
            self.notes.push(text);
            self.notes.len() - 1
        })
    }

    fn text(&self) -> String {
        let mut text = INTRODUCTION.to_owned();
        for column in self.columns {
            let title = column.title;
            let line = match (&column.kind, self.engines.get(title)) {
                (Kind::NotRun(why), _) => format!("- {title}: not run: {}", short(why)),
                (_, Some(engine)) => {
                    let left_out = match self.left_out.get(title) {
                        Some(1..) => ", without the larger inputs, for which it is too slow",
                        _ => "",
                    };
                    format!("- {title}: {engine}{left_out}")
                }
                (_, None) => format!("- {title}: could run nothing"),
            };
            text.push_str(&format!("{line}\n"));
        }
        for (title, lines) in &self.sections {
            let about = ABOUT.iter().find(|(of, _)| of == title);
            let about = about.map_or("", |(_, about)| about);
            text.push_str(&format!(
                "\n## {title}\n\n{about}\n\n{}\n",
                lines.join("\n")
            ));
        }
        if !self.notes.is_empty() {
            text.push_str("\n## What an engine cannot do\n\n");
        }
        for (index, note) in self.notes.iter().enumerate() {
            text.push_str(&format!("{}. {note}\n", index + 1));
        }
        text
    }
}

/// The first line of a complaint, without where the file was.
fn short(problem: &str) -> String {
    let line = problem.lines().next().unwrap_or_default();
    let line = line.split(".onnx: ").last().unwrap_or(line);
    line.chars().take(200).collect()
}

const INTRODUCTION: &str = "# Conformance

Written by `cargo xtask conformance`. Each number is the largest difference from burn on the CPU over all
inputs of a row: batches of 1, 3 and 8; 64x64, 96x160, 256x256 and 512x512 (these two with f32 and seed 1, and with the
shipped weights); noise, photographs, extremes, black, white. Networks with self-attention end at 128x128: at 512, the reference's 65,536 positions would look at one
another in 17 GB. Weights are random, of a seed, and no number in them is zero.

";

const ABOUT: &[(&str, &str)] = &[
    (
        "Parts",
        "Each block alone. Differences are shares of the largest value that burn makes.",
    ),
    (
        "Networks",
        "Differences on colour planes in [-1, 1], where 1 is 110 units of a* or b*.",
    ),
    (
        "Beside the generator",
        "The discriminator and the networks of the perceptual loss, which have one precision. Differences \
         are shares of the largest value.",
    ),
    (
        "Photographs",
        "Three photographs colorized with the shipped weights by burn directly, and by `colorize-rt` with the \
         file in each engine: the largest difference in any channel of any pixel, and PSNR over all. In 32 bits as the \
         product does it; of 16 bits with chroma enlarged plainly, since along edges it is made steeper, and \
         small differences with it.",
    ),
    (
        "Mistakes",
        "One node of each network is made wrong, and the file compared with burn as above: a difference \
         beyond the tolerance, or a refusal, notices it.",
    ),
];
