//! A photograph to standard output.

use std::io::{IsTerminal, Write, stdout};

use crate::{ColorizedPhotograph, Error, Result, SaveOptions, can_save};

/// Writes a photograph to standard output, in a format by its ending if that can be written and in
/// PNG if not. It is complete before its first byte is written.
pub(super) fn write(
    photograph: &ColorizedPhotograph,
    ending: Option<&str>,
    options: SaveOptions,
) -> Result<()> {
    let ending = ending.filter(|ending| can_save(format!("x.{ending}")));
    let name = format!("colorized.{}", ending.unwrap_or("png"));
    let no_place = |error: std::io::Error| {
        Error::file(
            format!("standard output cannot be written ({error})"),
            "name a file with `-o`",
        )
    };
    let folder = tempfile::tempdir().map_err(no_place)?;
    let path = folder.path().join(name);
    photograph.save(&path, options)?;
    let bytes = std::fs::read(path).map_err(no_place)?;
    let mut stdout = stdout().lock();
    stdout
        .write_all(&bytes)
        .and_then(|()| stdout.flush())
        .map_err(no_place)
}

/// Pictures are nothing for a terminal.
///
/// # Errors
/// Standard output is one.
pub(super) fn check() -> Result<()> {
    match stdout().is_terminal() {
        true => Err(Error::request(
            "a picture would be written to the terminal",
            "name a file with `-o`, or pipe the output somewhere",
        )),
        false => Ok(()),
    }
}
