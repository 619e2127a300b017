//! Scans to measure with, kept below `target`.

use std::fs;
use std::path::PathBuf;

use super::example;
use crate::places::{because, root, target};

/// A folder of `count` gray JPEG files of `from` to `to` megapixels, written where it is missing.
pub fn scans(count: usize, from: f64, to: f64) -> Result<PathBuf, String> {
    let folder = target()?.join(format!("bench/scans-{count}-{from}-{to}"));
    let there = fs::read_dir(&folder).map_or(0, Iterator::count);
    if there != count {
        fs::create_dir_all(&folder).map_err(because(&folder))?;
        let mut command = example("colorize-rt", "scans", &[])?;
        command
            .arg(root().join("examples/photographs/china.jpg"))
            .arg(&folder)
            .args([count.to_string(), from.to_string(), to.to_string()]);
        let status = command.status().map_err(|error| error.to_string())?;
        if !status.success() {
            return Err("the scans to measure with cannot be written".to_owned());
        }
    }
    Ok(folder)
}
