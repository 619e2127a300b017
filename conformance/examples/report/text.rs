//! The report, as it grows.

use std::collections::BTreeMap;

use colorize_export::Precision;
use colorize_models::{Generator, GeneratorConfig};
use conformance::{
    ALL_PRECISIONS, Column, Kind, Measured, PixelDifference, Row, Subject, discriminators,
    generators, mutate, perceptual, photographs, pixels,
};

/// What is printed.
pub struct Report<'a> {
    columns: &'a [Column],
    /// Titles with their lines.
    sections: Vec<(&'static str, Vec<String>)>,
    /// By the title of a column.
    engines: BTreeMap<&'static str, String>,
    left_out: BTreeMap<&'static str, usize>,
    notes: Vec<String>,
    pub failed: Vec<String>,
}

impl<'a> Report<'a> {
    pub fn new(columns: &'a [Column]) -> Self {
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

    pub fn rows(
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

    pub fn pixels(
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

    pub fn mutations(&mut self) -> Result<(), String> {
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

    pub fn text(&self) -> String {
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
