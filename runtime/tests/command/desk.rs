//! A folder to work in, and the command run there.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use image::{DynamicImage, GrayImage, Luma};
use tempfile::TempDir;

/// A temporary folder in which the command is run. Only the built-in engine is used,
/// so that what is installed on this machine does not matter.
pub struct Desk {
    folder: TempDir,
}

/// What one run of the command did.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Desk {
    pub fn new() -> Self {
        Desk {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub fn save(&self, name: &str, image: impl Into<DynamicImage>) {
        image.into().save(self.path(name)).unwrap();
    }

    pub fn open(&self, name: &str) -> DynamicImage {
        image::open(self.path(name)).unwrap()
    }

    /// The names of all files in the folder, sorted.
    pub fn files(&self) -> Vec<String> {
        let entries = self.folder.path().read_dir().unwrap();
        let mut names: Vec<String> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The places of all files in the folder and below, sorted.
    pub fn tree(&self) -> Vec<String> {
        let root = self.folder.path();
        let entries = walkdir::WalkDir::new(root).sort_by_file_name();
        let files = entries.into_iter().map(Result::unwrap);
        let files = files.filter(|entry| entry.file_type().is_file());
        files
            .map(|entry| entry.path().strip_prefix(root).unwrap().to_owned())
            .map(|path| path.to_string_lossy().replace('\\', "/"))
            .collect()
    }

    /// A file of this place, in a folder that is made.
    pub fn save_below(&self, name: &str, image: impl Into<DynamicImage>) {
        std::fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        self.save(name, image);
    }

    pub fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_colorize-rt"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    pub fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Ran {
        let mut command = self.command(&["--provider", "builtin"]);
        let output: Output = command.args(arguments).output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// Asserts that nothing worked, and that one line says so in these words.
    pub fn refused(&self, arguments: &[&str], complaint: &str) {
        let said = &self.stderr;
        assert_eq!(self.code, 1, "{arguments:?}");
        assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
        assert!(said.starts_with("colorize-rt: "), "{said}");
        assert!(said.contains(complaint), "{arguments:?}: {said}");
        assert!(
            !said.contains("panicked") && !said.contains("internal error"),
            "{said}"
        );
    }

    /// Asserts that all went well, and gives what was printed.
    pub fn all_done(self) -> String {
        assert_eq!(
            (self.code, self.stderr.as_str()),
            (0, ""),
            "{}",
            self.stdout
        );
        self.stdout
    }
}

/// The gray photograph that the README's first command colorizes.
pub fn chelsea() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/chelsea-gray.jpg")
}

/// A gray picture that is dark on the left and light below.
pub fn gradient(width: u32, height: u32) -> GrayImage {
    GrayImage::from_fn(width, height, |x, y| {
        Luma([((x * 200 / width) + (y * 55 / height)) as u8])
    })
}
