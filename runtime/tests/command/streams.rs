//! Standard input and standard output.

use std::io::Write;
use std::process::Stdio;

use crate::desk::{Desk, gradient};

/// Runs the command with these bytes on standard input.
fn piped(desk: &Desk, arguments: &[&str], bytes: &[u8]) -> std::process::Output {
    let mut command = desk.command(arguments);
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = pipes.stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(bytes).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

#[test]
fn a_photograph_goes_through_a_pipe() {
    let desk = Desk::new();
    desk.save("a.png", gradient(30, 20));
    desk.run(&["a.png", "-o", "expected.png"]).all_done();
    let expected = desk.open("expected.png").to_rgb8();
    let bytes = std::fs::read(desk.path("a.png")).unwrap();
    let engine = ["--provider", "builtin"];
    for arguments in [&["-"][..], &["-", "-o", "-"], &["a.png", "-o", "-"]] {
        let output = piped(&desk, &[&engine, arguments].concat(), &bytes);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        let image = image::load_from_memory(&output.stdout).unwrap();
        assert_eq!(image.to_rgb8(), expected, "{arguments:?}");
    }
    let output = piped(
        &desk,
        &[&engine[..], &["-", "--format", "jpeg"]].concat(),
        &bytes,
    );
    let format = image::guess_format(&output.stdout).unwrap();
    assert_eq!(format, image::ImageFormat::Jpeg);
    let output = piped(
        &desk,
        &[&engine[..], &["-", "-o", "b.png"]].concat(),
        &bytes,
    );
    assert!(output.status.success());
    assert_eq!(desk.open("b.png").to_rgb8(), expected);
}

#[test]
fn nonsense_through_a_pipe_is_one_line_and_no_picture() {
    let desk = Desk::new();
    for bytes in [&b""[..], b"Dear diary"] {
        let output = piped(&desk, &["--provider", "builtin", "-"], bytes);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(output.stdout, b"");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.starts_with("colorize-rt: -: this "), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
    let twice = ["-", "-"];
    desk.run(&twice).refused(&twice, "given twice");
    let beside = ["-", "--compare"];
    desk.run(&beside).refused(&beside, "and nothing else");
}
