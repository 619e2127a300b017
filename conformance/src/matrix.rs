//! The matrix: subjects down, engines across, in each cell the largest difference from burn.

use std::path::Path;

use burn::tensor::Device;
use colorize_export::Precision;
use colorize_models::{Generator, GeneratorConfig};
use colorize_rt::Enlargement;
use colorize_rt::engine::{Builtin, Engine};
use colorize_rt::onnx::ModelProto;
use colorize_train::evaluate::BurnEngine;
use image::{DynamicImage, RgbImage};
use prost::Message;

use crate::engines::Column;
use crate::mutations::{MUTATIONS, Mutation};
use crate::networks::ALL_PRECISIONS;
use crate::pixels::{PixelDifference, painted};
use crate::subject::Subject;

/// A subject in one precision, in all engines.
pub struct Row {
    /// The subject's name.
    pub name: String,
    /// In which it was written.
    pub precision: Precision,
    /// What is allowed.
    pub allowed: f64,
    /// For each column: what was measured, or why nothing was.
    pub cells: Vec<Result<Measured, String>>,
}

/// What one engine made of one subject.
pub struct Measured {
    /// The engine with its version.
    pub engine: String,
    /// The largest difference over all inputs and outputs.
    pub worst: f64,
    /// The input on which it was the largest.
    pub at: &'static str,
    /// Inputs that were too large for it.
    pub left_out: usize,
    /// Inputs at which it failed, and why.
    pub failed: Vec<String>,
}

impl Row {
    /// Runs a subject in every column.
    ///
    /// # Errors
    /// Its file cannot be written for the engines that read one.
    pub fn new(
        subject: &Subject,
        precision: Precision,
        columns: &[Column],
    ) -> Result<Self, String> {
        let bytes = (subject.model)(precision).encode_to_vec();
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let path = written(&bytes, folder.path())?;
        let expected = subject.expected();
        let measure = |column: &Column| {
            let cell = column.run(subject, &bytes, &path)?;
            let mut measured = Measured {
                engine: cell.engine,
                worst: 0.0,
                at: "",
                left_out: 0,
                failed: Vec::new(),
            };
            let cases = subject.inputs.iter().zip(&expected).zip(cell.cases);
            for ((input, expected), made) in cases {
                match made {
                    None => measured.left_out += 1,
                    Some(Err(why)) => measured.failed.push(why),
                    Some(Ok(made)) => {
                        let far = subject.far(expected, &made);
                        if far >= measured.worst {
                            (measured.worst, measured.at) = (far, input.name);
                        }
                    }
                }
            }
            Ok(measured)
        };
        Ok(Self {
            name: subject.name.clone(),
            precision,
            allowed: subject.allowed(precision),
            cells: columns.iter().map(measure).collect(),
        })
    }

    /// One line for each cell that is beyond what is allowed.
    pub fn beyond(&self) -> Vec<String> {
        let measured = self.cells.iter().flatten();
        // A difference that is no number is beyond everything.
        let beyond = measured.filter(|cell| cell.worst.is_nan() || cell.worst > self.allowed);
        beyond
            .map(|cell| {
                format!(
                    "{}, {}: {} is {:.1e} off at {}, and {:.0e} is allowed",
                    self.name, self.precision, cell.engine, cell.worst, cell.at, self.allowed
                )
            })
            .collect()
    }
}

/// Photographs painted with a network in burn, and with its file in every column.
///
/// # Errors
/// burn cannot paint them, or the file cannot be written for the engines that read one.
pub fn pixels(
    subject: &Subject,
    (config, network): (&GeneratorConfig, &Generator),
    precision: Precision,
    columns: &[Column],
    photographs: &[(&'static str, DynamicImage)],
) -> Result<Vec<Result<PixelDifference, String>>, String> {
    let burn = Box::new(BurnEngine::new(network.clone(), Device::flex()));
    // In 32 bits as the product does it. Along edges, small differences of the chroma are made steeper with
    // it; what 16 bits are worth shows without.
    let enlargement = match precision {
        Precision::F32 => Enlargement::Guided,
        _ => Enlargement::Plain,
    };
    let expected: Vec<RgbImage> = painted(burn, config, photographs, enlargement)?;
    let bytes = (subject.model)(precision).encode_to_vec();
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let path = written(&bytes, folder.path())?;
    let measure = |column: &Column| {
        let engine = column.engine(subject, &bytes, &path)?;
        let made = painted(engine, config, photographs, enlargement)?;
        Ok(PixelDifference::between(&expected, &made))
    };
    Ok(columns.iter().map(measure).collect())
}

/// A mistake, and in how many of the subjects that it fits it was caught.
pub struct Caught {
    /// The mistake.
    pub mutation: &'static Mutation,
    /// Subjects in which it can be made.
    pub subjects: usize,
    /// Those in which it was not noticed.
    pub missed: Vec<String>,
}

/// Makes every mistake in every subject, once, and compares with burn in the built-in engine: as in
/// any cell, a difference beyond the tolerance catches it, and so does a refusal.
pub fn mutate(subjects: &[Subject]) -> Vec<Caught> {
    let mut results: Vec<Caught> = MUTATIONS
        .iter()
        .map(|mutation| Caught {
            mutation,
            subjects: 0,
            missed: Vec::new(),
        })
        .collect();
    for subject in subjects {
        let expected = subject.expected();
        for precision in Mutation::PRECISIONS {
            let model = (subject.model)(precision);
            let of_form = |result: &&mut Caught| result.mutation.precision() == precision;
            for result in results.iter_mut().filter(of_form) {
                let Some(wrong) = result.mutation.of(&model) else {
                    continue;
                };
                result.subjects += 1;
                if !is_caught(subject, precision, &expected, &wrong) {
                    result.missed.push(subject.name.clone());
                }
            }
        }
    }
    results
}

fn is_caught(
    subject: &Subject,
    precision: Precision,
    expected: &[Vec<ndarray::ArrayD<f32>>],
    wrong: &ModelProto,
) -> bool {
    let Ok(engine) = Builtin::from_bytes(&wrong.encode_to_vec()) else {
        return true;
    };
    let allowed = subject.allowed(precision);
    subject
        .inputs
        .iter()
        .zip(expected)
        .any(|(input, expected)| {
            let names = subject.output_names();
            let made = engine.run_with(input.values.view(), &input.further(), &names);
            !made.is_ok_and(|made| subject.far(expected, &made) <= allowed)
        })
}

/// The operators of the subjects' files, in every form.
pub fn operators(subjects: &[Subject]) -> Vec<String> {
    let models = subjects.iter().flat_map(|subject| {
        let forms = ALL_PRECISIONS.iter();
        forms.map(|&precision| (subject.model)(precision))
    });
    let mut operators: Vec<String> = models
        .filter_map(|model| model.graph)
        .flat_map(|graph| graph.node)
        .map(|node| node.op_type)
        .collect();
    operators.sort_unstable();
    operators.dedup();
    operators
}

fn written(bytes: &[u8], folder: &Path) -> Result<std::path::PathBuf, String> {
    let path = folder.join("network.onnx");
    std::fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(path)
}
