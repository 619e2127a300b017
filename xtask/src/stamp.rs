//! A folder's stamp, the last thing written into it: what it was made from. Where it is missing or
//! says something else, the folder is made anew.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::places::{because, target};

/// Waits until no other terminal makes what has this name; until it is dropped, none does.
pub fn lock(name: &str) -> Result<File, String> {
    let target = target()?;
    fs::create_dir_all(&target).map_err(because(&target))?;
    let path = target.join(name).with_extension("lock");
    let file = File::create(&path).map_err(because(&path))?;
    file.lock().map_err(because(&path))?;
    Ok(file)
}

/// What a folder was made from, if it is whole.
pub fn read(folder: &Path) -> Option<String> {
    fs::read_to_string(stamp_in(folder)).ok()
}

/// Says what a folder was made from, whole or not at all.
pub fn write(folder: &Path, stamp: &str) -> Result<(), String> {
    let draft = folder.join("made-from.tmp");
    let write = || {
        let mut file = File::create(&draft)?;
        file.write_all(stamp.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, stamp_in(folder))
    };
    write().map_err(because(&draft))
}

/// Removes a folder, its stamp first: what is left half-removed must not look whole.
pub fn clear(folder: &Path) -> Result<(), String> {
    fs::remove_file(stamp_in(folder))
        .or_else(missing_is_fine)
        .and_then(|()| fs::remove_dir_all(folder).or_else(missing_is_fine))
        .map_err(because(folder))
}

fn stamp_in(folder: &Path) -> PathBuf {
    folder.join("made-from.txt")
}

fn missing_is_fine(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }
}
