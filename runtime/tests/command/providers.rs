//! What runs is what was asked for, and `doctor` says what can be asked for.

use crate::desk::{Desk, gradient};

/// The command without the desk's own choice of an engine, where no ONNX Runtime can be found.
fn bare(desk: &Desk, arguments: &[&str]) -> std::process::Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_colorize-rt"))
        .args(arguments)
        .current_dir(desk.path(""))
        .env_remove("ORT_DYLIB_PATH")
        .output()
        .unwrap()
}

#[test]
fn a_named_provider_that_cannot_run_is_an_error_and_not_a_fallback() {
    // No machine has more than one of these at number 1000.
    for provider in ["cuda:1000", "tensorrt:1000", "directml:1000"] {
        let desk = Desk::new();
        desk.save("a.png", gradient(30, 20));
        let output = bare(&desk, &["--provider", provider, "a.png"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{provider}: {said}");
        assert_eq!(said.lines().count(), 1, "{provider}: {said}");
        assert!(said.contains("cannot be used"), "{provider}: {said}");
        assert!(said.contains("install"), "{provider}: {said}");
        assert_eq!(desk.files(), ["a.png"]);
    }
}

#[test]
fn a_word_that_is_no_provider_is_an_error_that_names_the_others() {
    let desk = Desk::new();
    desk.save("a.png", gradient(30, 20));
    for word in ["gpu", "cuda:x", "cpu:1", ""] {
        let output = bare(&desk, &["--provider", word, "a.png"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{word}: {said}");
        assert!(said.contains("directml[:N]"), "{word}: {said}");
    }
}

#[test]
fn the_built_in_engine_and_a_library_at_once_are_an_error() {
    let desk = Desk::new();
    desk.save("a.png", gradient(30, 20));
    let arguments = ["--onnxruntime", "x.so", "a.png"];
    desk.run(&arguments).refused(&arguments, "leave out one of");
}

#[test]
fn doctor_tests_the_engine_that_is_there() {
    let desk = Desk::new();
    let output = bare(&desk, &["doctor"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    for part in [
        concat!("colorize-rt ", env!("CARGO_PKG_VERSION")),
        "ONNX Runtime",
        "NVIDIA GPUs",
        "the one inside",
        "built in      works: built-in engine rten",
        " ms\n",
        "auto takes",
        "faster",
    ] {
        assert!(said.contains(part), "no `{part}` in:\n{said}");
    }
    assert!(desk.files().is_empty());
}

#[test]
fn doctor_says_what_a_provider_lacks() {
    let desk = Desk::new();
    let output = bare(&desk, &["doctor", "--provider", "cuda:1000"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("CUDA:1000 cannot be used"), "{said}");
    let output = bare(&desk, &["doctor", "--model", "missing.onnx"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("missing.onnx: there is no such file"),
        "{said}"
    );
}

#[test]
fn a_photograph_may_be_called_doctor() {
    let desk = Desk::new();
    desk.save("doctor.png", gradient(30, 20));
    std::fs::rename(desk.path("doctor.png"), desk.path("doctor")).unwrap();
    let output = bare(&desk, &["--provider", "builtin", "./doctor", "-o", "x.png"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(desk.files(), ["doctor", "x.png"]);
}
