//! Where things are.

use std::fmt::Display;
use std::path::{Path, PathBuf};

/// The folder of the workspace.
pub fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// Cargo's build folder, as an absolute path.
pub fn target() -> Result<PathBuf, String> {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => std::path::absolute(&folder)
            .map_err(|error| format!("CARGO_TARGET_DIR={}: {error}", folder.display())),
        None => Ok(root().join("target")),
    }
}

/// `path` as a person in the workspace would write it.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}

/// Says with an error which file or folder it is about.
pub fn because<E: Display>(path: &Path) -> impl Fn(E) -> String {
    move |error| format!("{}: {error}", shown(path))
}
