//! What became of a photograph, for programs.

use std::path::Path;

use serde::Serialize;

use super::outputs::Job;
use super::work::{Done, Seconds};
use crate::Error;

/// One line of `--json`. Fields may be added in later versions.
#[derive(Debug, Serialize)]
pub(super) struct Record<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<String>,
    status: &'static str,
    /// The photograph in colour, or the first of its versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    /// Every file that was written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    engine: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl<'a> Record<'a> {
    pub fn done(job: &Job, done: &Done, engine: &'a str) -> Self {
        Record {
            width: Some(done.dimensions.0),
            height: Some(done.dimensions.1),
            engine: Some(engine),
            seconds: Some(done.seconds),
            confidence: done.sure,
            ..Record::of(job, "colorized")
        }
    }

    pub fn skipped(job: &Job) -> Self {
        Record::of(job, "skipped")
    }

    pub fn failed(job: Option<&Job>, error: &Error) -> Self {
        Record {
            input: job.map(|job| text(&job.input)),
            status: "failed",
            output: None,
            files: Vec::new(),
            width: None,
            height: None,
            engine: None,
            seconds: None,
            confidence: None,
            error: Some(error.to_string()),
        }
    }

    fn of(job: &Job, status: &'static str) -> Self {
        let files: Vec<String> = job.files().map(|file| text(file)).collect();
        Record {
            input: Some(text(&job.input)),
            status,
            output: files.first().cloned(),
            files,
            width: None,
            height: None,
            engine: None,
            seconds: None,
            confidence: None,
            error: None,
        }
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
