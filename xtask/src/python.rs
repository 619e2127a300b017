//! The Python that the tests' environment is made with.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Output};

/// The oldest Python that the pinned packages have wheels for.
const OLDEST: (u32, u32) = (3, 11);

/// Prints the version, and then where an environment's pip can come from.
const PROBE: &str = "
import sys
from importlib.util import find_spec
pip = [name for name in ('ensurepip', 'pip') if find_spec('venv') and find_spec(name)]
print('%d.%d.%d' % sys.version_info[:3], *pip)
";

/// A Python that can make environments.
pub struct Interpreter {
    command: OsString,
    /// For instance 3.13.0.
    pub version: String,
    /// Debian leaves `ensurepip` out of its plain `python3`. That one's own
    /// pip serves as well.
    has_ensurepip: bool,
}

impl Interpreter {
    /// The one that the variable `PYTHON` asks for, if it asks for any.
    pub fn asked_for() -> Result<Option<Self>, String> {
        std::env::var_os("PYTHON")
            .filter(|command| !command.is_empty())
            .map(Self::examine)
            .transpose()
    }

    /// The system's Python 3.
    pub fn of_the_system() -> Result<Self, String> {
        Self::examine(if cfg!(windows) { "python" } else { "python3" }.into())
    }

    fn examine(command: OsString) -> Result<Self, String> {
        let name = command.display();
        let output = run(&command, &["-c", PROBE]).map_err(|error| {
            format!(
                "cannot run {name}: {error}; install Python {}.{} or later (on Debian: \
                 apt install python3-venv), or set PYTHON to the one to use",
                OLDEST.0, OLDEST.1
            )
        })?;
        let words = String::from_utf8_lossy(&output.stdout);
        let mut words = words.split_whitespace();
        let version = words.next().unwrap_or_default().to_owned();
        let sources: Vec<&str> = words.collect();

        let Some(numbers) = parse(&version) else {
            return Err(format!("{name} is not a Python 3"));
        };
        if numbers < OLDEST {
            return Err(format!(
                "{name} is Python {version}, and the tests' packages need {}.{} or later; \
                 set PYTHON to such a one",
                OLDEST.0, OLDEST.1
            ));
        }
        if sources.is_empty() {
            return Err(format!(
                "{name} (Python {version}) lacks venv or pip; on Debian: apt install python3-venv"
            ));
        }
        Ok(Self {
            has_ensurepip: sources.contains(&"ensurepip"),
            command,
            version,
        })
    }

    /// Makes an empty environment in `folder`.
    pub fn make_environment(&self, folder: &Path) -> Result<(), String> {
        let folder = folder.as_os_str();
        let mut arguments: Vec<&OsStr> = vec!["-m".as_ref(), "venv".as_ref(), folder];
        if !self.has_ensurepip {
            arguments.push("--without-pip".as_ref());
        }
        run(&self.command, &arguments).map(|_| ())
    }

    /// Installs exactly what `requirements` lists into the environment whose
    /// Python is `python`.
    pub fn install(&self, python: &Path, requirements: &Path) -> Result<(), String> {
        let python = python.as_os_str();
        let mut arguments: Vec<&OsStr> = vec!["-m".as_ref(), "pip".as_ref()];
        let pip = if self.has_ensurepip {
            python
        } else {
            arguments.extend(["--python".as_ref(), python]);
            &self.command
        };
        let options = "install --quiet --disable-pip-version-check --no-input --no-user --no-compile \
                       --require-hashes --only-binary :all: -r";
        arguments.extend(options.split_whitespace().map(OsStr::new));
        arguments.push(requirements.as_os_str());
        run(pip, &arguments).map(|_| ())
    }
}

/// The version of the environment's own Python, if it runs.
pub fn version_of(python: &Path) -> Option<String> {
    let script = "import sys; print('%d.%d.%d' % sys.version_info[:3])";
    let output = run(python.as_os_str(), &["-S", "-c", script]).ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs Python apart from the person's own variables and packages. An error is
/// the one line of its complaint that says most.
fn run<A: AsRef<OsStr>>(python: &OsStr, arguments: &[A]) -> Result<Output, String> {
    let output = Command::new(python)
        .arg("-I")
        .args(arguments)
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(output);
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(gist(&complaint).map_or_else(|| output.status.to_string(), str::to_owned))
}

/// pip names the cause in its first line that begins with ERROR, and Python
/// itself in its last line.
fn gist(complaint: &str) -> Option<&str> {
    let mut lines = complaint.lines().map(str::trim).filter(|l| !l.is_empty());
    let last = lines.clone().next_back();
    lines.find_map(|line| line.strip_prefix("ERROR: ")).or(last)
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_is_reduced_to_its_cause() {
        let pip = "WARNING: Retrying\nERROR: No version of onnx\nERROR: No matching distribution\n";
        assert_eq!(gist(pip), Some("No version of onnx"));
        let python = "Traceback (most recent call last):\n  …\nImportError: no zlib\n";
        assert_eq!(gist(python), Some("ImportError: no zlib"));
        assert_eq!(gist("\n"), None);
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(parse("3.9.18") < Some(OLDEST));
        assert!(parse("3.11.0") >= Some(OLDEST));
        assert_eq!(parse(""), None);
        assert_eq!(parse("nonsense"), None);
    }
}
