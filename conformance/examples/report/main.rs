//! The whole matrix as Markdown, on standard output: what `cargo xtask conformance` runs.
//!
//! Fails where a difference is beyond its tolerance or a mistake goes unnoticed; what an engine cannot
//! do is said.

mod columns;
mod text;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use colorize_export::Precision;
use conformance::{
    ALL_PRECISIONS, Subject, blocks, discriminators, generators, large, perceptual, shipped,
    subject,
};
use prost::Message;

use crate::text::Report;

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
    let columns = columns::columns()?;
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
