//! The matrix of networks and engines, as Markdown: what `cargo xtask conformance` runs.
//!
//! Each cell is the largest difference from burn on the CPU over all inputs, on values in [-1, 1]. It
//! fails where a difference is beyond the precision's tolerance; what an engine cannot do is said.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use colorize_export::verify::{Difference, noise, run_burn};
use colorize_export::{Options, Precision, contract, model};
use colorize_models::{Encoder, Generator, GeneratorConfig, Head};
use colorize_rt::color;
use colorize_rt::engine::{Builtin, Engine, OnnxRuntime};
use conformance::{Python, onnxruntime};
use ndarray::Array4;
use prost::Message;

/// Slow engines are spared larger inputs.
const LARGE: usize = 2 * 64 * 64;

fn main() -> Result<ExitCode, String> {
    let columns = columns()?;
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let path = folder.path().join("network.onnx");
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    let (mut rows, mut notes, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for (network, config) in networks() {
        for seed in [1, 2] {
            let generator = conformance::generator(&config, seed).map_err(|e| e.to_string())?;
            let cases = cases(&generator, config.encoder)?;
            for precision in [Precision::F32, Precision::F16Weights, Precision::F16] {
                // One seed shows what 16 bits do.
                if seed > 1 && precision != Precision::F32 {
                    continue;
                }
                eprintln!("{network}, seed {seed}, {precision}");
                let options = Options {
                    precision,
                    ..Options::default()
                };
                let contract = contract(&config, &options);
                let bytes = model(&generator, &contract, &options).encode_to_vec();
                std::fs::write(&path, &bytes).map_err(|e| e.to_string())?;
                let mut cells = Vec::new();
                for column in &columns {
                    let cell = column.worst(&path, &bytes, &cases);
                    cells.push(match cell {
                        Ok((worst, name)) => {
                            names.insert(column.title, name);
                            if worst > precision.tolerance() {
                                failed.push(format!("{network}, {precision}, {}", column.title));
                            }
                            format!("{worst:.1e}")
                        }
                        Err(problem) => {
                            let place = note(&mut notes, format!("{}: {problem}", column.title));
                            format!("no ({place})")
                        }
                    });
                }
                rows.push(format!(
                    "| {network} | {seed} | {precision} | {} |",
                    cells.join(" | ")
                ));
            }
        }
    }
    print(&columns, &names, &rows, &notes);
    for one in &failed {
        eprintln!("beyond its tolerance: {one}");
    }
    Ok(match failed.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The number of a note, which is kept once.
fn note(notes: &mut Vec<String>, text: String) -> usize {
    let known = notes.iter().position(|known| *known == text);
    1 + known.unwrap_or_else(|| {
        notes.push(text);
        notes.len() - 1
    })
}

fn networks() -> Vec<(&'static str, GeneratorConfig)> {
    let scratch = GeneratorConfig::default();
    let encoder = GeneratorConfig {
        encoder: Encoder::EfficientnetLite0,
        width: 96,
        head: Head::Distribution,
        ..scratch.clone()
    };
    vec![
        (
            "reference, RGB",
            GeneratorConfig {
                head: Head::Rgb,
                ..scratch.clone()
            },
        ),
        ("reference, chroma", scratch.clone()),
        (
            "reference, distribution",
            GeneratorConfig {
                head: Head::Distribution,
                ..scratch
            },
        ),
        (
            "encoder, chroma",
            GeneratorConfig {
                head: Head::Chroma,
                ..encoder.clone()
            },
        ),
        ("encoder, distribution", encoder.clone()),
        (
            "encoder, distribution, hints, attention",
            GeneratorConfig {
                hints: true,
                attention: true,
                ..encoder
            },
        ),
    ]
}

/// What goes in, and what burn makes of it.
struct Case {
    input: Array4<f32>,
    expected: Array4<f32>,
}

/// Batch 1, 3 and 8, square and not; noise, black, white, a chequerboard, a photograph.
fn cases(generator: &Generator, encoder: Encoder) -> Result<Vec<Case>, String> {
    // The reference's attention stands at half the size: 256 would be 16384 positions squared.
    let large = match encoder {
        Encoder::Scratch => 128,
        Encoder::EfficientnetLite0 => 256,
    };
    let checks = Array4::from_shape_fn([1, 1, 64, 64], |(_, _, y, x)| {
        if (x / 4 + y / 4) % 2 == 0 { 1.0 } else { -1.0 }
    });
    let inputs = vec![
        noise([1, 1, 64, 64], 1),
        noise([8, 1, 64, 64], 2),
        noise([3, 1, 64, 96], 3),
        Array4::from_elem([1, 1, 64, 64], -1.0),
        Array4::from_elem([1, 1, 64, 64], 1.0),
        checks,
        photograph()?,
        noise([1, 1, large, large], 4),
    ];
    let case = |input: Array4<f32>| Case {
        expected: run_burn(generator, input.view()),
        input,
    };
    Ok(inputs.into_iter().map(case).collect())
}

fn photograph() -> Result<Array4<f32>, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/photographs/chelsea.jpg");
    let photograph = image::open(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let rgb = photograph.to_rgb8();
    Ok(Array4::from_shape_fn([1, 1, 64, 128], |(_, _, y, x)| {
        let pixel = rgb.get_pixel(x as u32, y as u32).0;
        let [lightness, ..] = color::srgb_to_lab(pixel.map(|v| f64::from(v) / 255.0));
        (lightness / 50.0 - 1.0) as f32
    }))
}

/// An engine.
struct Column {
    title: &'static str,
    kind: Kind,
}

enum Kind {
    Builtin,
    OnnxRuntime(PathBuf),
    /// An engine of run_model.py, and whether it is slow.
    Python(Python, &'static str, bool),
    NotRun(String),
}

fn columns() -> Result<Vec<Column>, String> {
    let python = Python::find()?;
    let other = |variable: &str, engine, slow| match std::env::var_os(variable) {
        Some(python) => Kind::Python(Python::at(python.into()), engine, slow),
        None => Kind::NotRun("not set up here".to_owned()),
    };
    let column = |title, kind| Column { title, kind };
    Ok(vec![
        column("built-in", Kind::Builtin),
        column("ONNX Runtime", Kind::OnnxRuntime(onnxruntime()?)),
        column(
            "ONNX Runtime in Python",
            Kind::Python(python.clone(), "onnxruntime", false),
        ),
        column(
            "oldest ONNX Runtime",
            other("COLORIZE_OLDEST_PYTHON", "onnxruntime", false),
        ),
        column("ONNX's evaluator", Kind::Python(python, "reference", true)),
        column("OpenCV", other("COLORIZE_OPENCV_PYTHON", "opencv", false)),
    ])
}

impl Column {
    /// The largest difference over all inputs, and the engine's name.
    fn worst(&self, path: &Path, bytes: &[u8], cases: &[Case]) -> Result<(f64, String), String> {
        let engine: Option<Box<dyn Engine>> = match &self.kind {
            Kind::Builtin => Some(Box::new(Builtin::from_bytes(bytes).map_err(|e| short(&e))?)),
            Kind::OnnxRuntime(library) => Some(Box::new(
                OnnxRuntime::from_bytes(bytes, library).map_err(|e| short(&e))?,
            )),
            Kind::Python(..) => None,
            Kind::NotRun(why) => return Err(why.clone()),
        };
        let (mut worst, mut name) = (0.0_f64, String::new());
        for Case { input, expected } in cases {
            let made = match (&engine, &self.kind) {
                (Some(engine), _) => {
                    engine.name().clone_into(&mut name);
                    engine.run(input.view()).map_err(|e| short(&e))?
                }
                (None, Kind::Python(python, engine, slow)) => {
                    if *slow && input.len() >= LARGE {
                        continue;
                    }
                    let (made, version) = python
                        .evaluate_in(engine, path, input)
                        .map_err(|e| short(&e))?;
                    name = version;
                    made
                }
                (None, _) => continue,
            };
            worst = worst.max(Difference::between(expected, &made).max);
        }
        Ok((worst, name))
    }
}

/// The first line of a complaint, without where the file was.
fn short(problem: &impl ToString) -> String {
    let text = problem.to_string();
    let line = text.lines().next().unwrap_or_default();
    let line = line.split(".onnx: ").last().unwrap_or(line);
    line.chars().take(160).collect()
}

fn print(columns: &[Column], names: &BTreeMap<&str, String>, rows: &[String], notes: &[String]) {
    println!("# Conformance\n");
    println!(
        "Written by `cargo xtask conformance`. Each number is the largest difference from burn on the CPU, on \
         values in [-1, 1], over eight inputs: batches of 1, 3 and 8; 64x64 to 256x256 (128x128 for the reference's); noise, black, \
         white, a chequerboard, a photograph. Weights are random, of two seeds, and no number in them is zero. \
         Allowed: f32 {:.0e}, f16-weights {}, f16 {}.\n",
        Precision::F32.tolerance(),
        Precision::F16Weights.tolerance(),
        Precision::F16.tolerance()
    );
    for column in columns {
        let Some(name) = names.get(column.title) else {
            continue;
        };
        let without = match column.kind {
            Kind::Python(_, _, true) => ", without the largest inputs",
            _ => "",
        };
        println!("- {}: {name}{without}", column.title);
    }
    println!("- CUDA, TensorRT: not run, there was no such device\n");
    let titles: Vec<&str> = columns.iter().map(|column| column.title).collect();
    println!("| network | seed | precision | {} |", titles.join(" | "));
    println!("|{}", " --- |".repeat(3 + columns.len()));
    for row in rows {
        println!("{row}");
    }
    println!();
    for (index, note) in notes.iter().enumerate() {
        println!("{}. {note}", index + 1);
    }
}
