//! The engines, a column each, as the environment says that they are set up.

use std::ffi::OsString;

use colorize_rt::engine::Provider;
use colorize_train::device::DeviceName;
use conformance::{Column, Kind, Outside, Python, onnxruntime};

/// Engines that are patient are given everything …
const PATIENT: usize = usize::MAX;
/// … and ONNX's own evaluator, in NumPy, and tract and WebAssembly, which take minutes over 512x512, what
/// has no more values than this.
const SLOW: usize = 3 * 64 * 64;

pub fn columns() -> Result<Vec<Column>, String> {
    let python = Python::find()?;
    let library = onnxruntime()?;
    let outside = |program: Outside, largest| Kind::Outside { program, largest };
    let provider = |provider| match std::env::var_os("COLORIZE_ONNXRUNTIME_GPU") {
        // A process has one library: the columns of the CPU then use this one, too.
        Some(_) => Kind::OnnxRuntime(library.clone(), provider),
        None => Kind::NotRun("no ONNX Runtime for GPUs was given".to_owned()),
    };
    let other_python = |name: &str, engine| match command(name) {
        Ok(words) => match words.into_iter().next() {
            Some(python) => outside(Python::at(python.into()).engine(engine), PATIENT),
            None => Kind::NotRun("not set up".to_owned()),
        },
        Err(why) => Kind::NotRun(why),
    };
    let program = |name: &str| match command(name) {
        Ok(words) => outside(Outside::new(words), SLOW),
        Err(why) => Kind::NotRun(why),
    };
    Ok(vec![
        Column::new("built-in", Kind::Builtin),
        Column::new(
            "ONNX Runtime",
            Kind::OnnxRuntime(library.clone(), Provider::Cpu),
        ),
        Column::new(
            "ONNX Runtime in Python",
            outside(python.engine("onnxruntime"), PATIENT),
        ),
        Column::new("oldest ONNX Runtime", other_python("OLDEST", "onnxruntime")),
        Column::new(
            "ONNX's evaluator",
            outside(python.engine("reference"), SLOW),
        ),
        Column::new("OpenCV", other_python("OPENCV", "opencv")),
        Column::new("tract", program("TRACT")),
        Column::new("onnxruntime-web", program("WEB")),
        Column::new("burn-onnx", program("BURN_ONNX")),
        Column::new("burn on a GPU", gpu()),
        Column::new("CUDA", provider(Provider::Cuda(0))),
        Column::new("TensorRT", provider(Provider::TensorRt(0))),
    ])
}

/// The words that start an engine, which xtask has set up: separated by line breaks, in the variable
/// `COLORIZE_NAME`; or why it has not, in `COLORIZE_NAME_PROBLEM`.
fn command(name: &str) -> Result<Vec<OsString>, String> {
    let variable = |suffix: &str| std::env::var(format!("COLORIZE_{name}{suffix}")).ok();
    match (variable(""), variable("_PROBLEM")) {
        (Some(words), _) => Ok(words.lines().map(OsString::from).collect()),
        (None, Some(problem)) => Err(problem),
        (None, None) => Err("not set up; `cargo xtask conformance` does".to_owned()),
    }
}

/// burn's own backend for the device that `COLORIZE_BURN_DEVICE` names.
fn gpu() -> Kind {
    let Ok(name) = std::env::var("COLORIZE_BURN_DEVICE") else {
        return Kind::NotRun("no device was given".to_owned());
    };
    match name.parse::<DeviceName>().and_then(|name| name.open()) {
        Ok(device) => Kind::Burn(device, format!("burn on {name}")),
        Err(why) => Kind::NotRun(why),
    }
}
