//! A photograph's file, or standard input.

use std::io::{Read, stdin};
use std::path::Path;

use image::ImageReader;

use super::budget::PIXELS_A_JOB;
use super::names::is_standard;
use crate::{Error, MAX_FILE_BYTES, Photograph, Result};

/// Reads a photograph.
///
/// # Errors
/// As [`Photograph::open`].
pub(super) fn read(input: &Path) -> Result<Photograph> {
    if !is_standard(input) {
        return Photograph::open(input);
    }
    let mut bytes = Vec::new();
    let all = stdin()
        .lock()
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes);
    all.map_err(|error| {
        Error::file(
            format!("standard input cannot be read ({error})"),
            "pipe a photograph into this command",
        )
    })
    .and_then(|_| match bytes.len() as u64 > MAX_FILE_BYTES {
        true => Err(Error::limit(
            "this file is larger than 1 GiB",
            "make the picture smaller first",
        )),
        false => Photograph::decode(&bytes),
    })
    .map_err(|error| error.at(input))
}

/// The size that a file's first bytes promise; what promises nothing is taken for usual.
pub(super) fn pixels(input: &Path) -> u64 {
    let reader = ImageReader::open(input).and_then(ImageReader::with_guessed_format);
    let dimensions = reader.ok().and_then(|reader| reader.into_dimensions().ok());
    dimensions.map_or(PIXELS_A_JOB, |(width, height)| {
        u64::from(width) * u64::from(height)
    })
}
