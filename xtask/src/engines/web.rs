//! ONNX Runtime's build for browsers, under Node.

use std::ffi::OsString;
use std::fs;
use std::process::Command;

use crate::places::{because, root, shown, target};
use crate::stamp;

/// The oldest Node that the script is written for.
const OLDEST: u32 = 18;

/// onnxruntime-web.
///
/// # Errors
/// There is no Node, or npm cannot install it.
pub fn web() -> Result<Vec<OsString>, String> {
    let version = said("node", "--version")?;
    let number = version.trim_start_matches('v').split('.').next();
    if number.and_then(|number| number.parse().ok()) < Some(OLDEST) {
        return Err(format!(
            "Node is {version}, and {OLDEST} or later is needed"
        ));
    }
    let scripts = root().join("conformance/web");
    let folder = target()?.join("web");
    let _lock = stamp::lock("web")?;
    let lock_file = scripts.join("package-lock.json");
    let wanted = fs::read_to_string(&lock_file).map_err(because(&lock_file))?;
    if stamp::read(&folder).as_deref() != Some(&wanted) {
        eprintln!(
            "setting up {}: the packages of {} …",
            shown(&folder),
            shown(&lock_file)
        );
        stamp::clear(&folder)?;
        fs::create_dir_all(&folder).map_err(because(&folder))?;
        for name in ["package.json", "package-lock.json"] {
            let from = scripts.join(name);
            fs::copy(&from, folder.join(name)).map_err(because(&from))?;
        }
        let output = Command::new(NPM)
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&folder)
            .output()
            .map_err(|error| format!("npm: {error}"))?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            return Err(format!(
                "npm cannot install {}: {}",
                shown(&lock_file),
                gist(&complaint)
            ));
        }
        stamp::write(&folder, &wanted)?;
    }
    let script = scripts.join("run_model.mjs");
    Ok(vec!["node".into(), script.into(), folder.into()])
}

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// What a program prints, if it is there.
fn said(program: &str, argument: &str) -> Result<String, String> {
    let output = Command::new(program).arg(argument).output();
    let output = output.map_err(|error| format!("cannot run {program}: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// npm says first what kind of error it is, and then what went wrong.
fn gist(complaint: &str) -> String {
    let lines = complaint
        .lines()
        .filter_map(|line| line.strip_prefix("npm error "));
    let said = lines.filter(|line| !line.starts_with("code ") && !line.trim().is_empty());
    said.clone().next().unwrap_or("it failed").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn npms_complaint_is_reduced_to_its_cause() {
        let complaint = "npm warn old lockfile\nnpm error code ENOTFOUND\n\
                         npm error network request to https://registry failed\nnpm error A log …\n";
        assert_eq!(
            gist(complaint),
            "network request to https://registry failed"
        );
        assert_eq!(gist(""), "it failed");
    }
}
