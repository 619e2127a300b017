//! Every kind of bad input: one line that names the file, a status that is not 0,
//! nothing left behind, no panic.

use crate::desk::{Desk, chelsea, gradient};
use colorize_rt::onnx::{GraphProto, ModelProto, OperatorSetIdProto};
use prost::Message;

/// A PNG whose header says this size, with a valid checksum.
fn png_that_says(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    gradient(8, 8)
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    let mut png = bytes.into_inner();
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = !png[12..29].iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc: u32, _| {
            (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
        })
    });
    png[29..33].copy_from_slice(&checksum.to_be_bytes());
    png
}

/// A JPEG whose frame header says this size.
fn jpeg_that_says(width: u16, height: u16) -> Vec<u8> {
    let mut jpeg = std::fs::read(chelsea()).unwrap();
    let frame = jpeg
        .windows(2)
        .position(|m| m == [0xff, 0xc0] || m == [0xff, 0xc2])
        .unwrap();
    jpeg[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    jpeg[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    jpeg
}

fn onnx_without_contract() -> Vec<u8> {
    let model = ModelProto {
        ir_version: 8,
        opset_import: vec![OperatorSetIdProto {
            domain: String::new(),
            version: 17,
        }],
        graph: Some(GraphProto {
            name: "another".into(),
            ..GraphProto::default()
        }),
        ..ModelProto::default()
    };
    model.encode_to_vec()
}

#[test]
fn a_bad_photograph_is_one_line_that_names_it() {
    let chelsea = std::fs::read(chelsea()).unwrap();
    let mut png = std::io::Cursor::new(Vec::new());
    gradient(60, 40)
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    let png = png.into_inner();
    let cases: [(&str, Option<Vec<u8>>, &str); 16] = [
        ("missing.jpg", None, "there is no such file"),
        ("nowhere/missing.jpg", None, "there is no such file"),
        ("empty.jpg", Some(vec![]), "empty"),
        (
            "text.png",
            Some(b"Dear diary, today".to_vec()),
            "not a picture",
        ),
        (
            "truncated.jpg",
            Some(chelsea[..chelsea.len() / 2].to_vec()),
            "truncated JPEG",
        ),
        (
            "nearly.jpg",
            Some(chelsea[..chelsea.len() - 2].to_vec()),
            "truncated JPEG",
        ),
        ("header.jpg", Some(chelsea[..20].to_vec()), "JPEG"),
        ("magic.jpg", Some(chelsea[..3].to_vec()), "JPEG"),
        ("truncated.png", Some(png[..png.len() / 2].to_vec()), "PNG"),
        (
            "broken.png",
            Some([&png[..40], &[0xa5; 60], &png[100..]].concat()),
            "PNG",
        ),
        ("nothing.png", Some(png_that_says(0, 0)), "PNG"),
        ("thin.png", Some(png_that_says(0, 40)), "PNG"),
        (
            "huge.png",
            Some(png_that_says(100_000, 100_000)),
            "100000x100000",
        ),
        (
            "absurd.png",
            Some(png_that_says(0x7fff_ffff, 0x7fff_ffff)),
            "too large",
        ),
        ("nothing.jpg", Some(jpeg_that_says(0, 0)), "JPEG"),
        (
            "huge.jpg",
            Some(jpeg_that_says(65_500, 65_500)),
            "65500x65500",
        ),
    ];
    for (name, bytes, complaint) in cases {
        let desk = Desk::new();
        if let Some(bytes) = bytes {
            desk.write(name, bytes);
        }
        let before = desk.files();
        let ran = desk.run(&[name]);
        assert_eq!(ran.code, 1, "{name}");
        assert_eq!(ran.stderr.lines().count(), 1, "{name}: {}", ran.stderr);
        assert!(
            ran.stderr.starts_with(&format!("colorize-rt: {name}: ")),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains(complaint), "{name}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("; "),
            "{name}: it does not say what to do: {}",
            ran.stderr
        );
        assert!(
            !ran.stderr.contains("panicked") && !ran.stderr.contains("internal error"),
            "{}",
            ran.stderr
        );
        assert_eq!(ran.stdout, "", "{name}");
        assert_eq!(desk.files(), before, "{name}");
    }
}

#[test]
fn a_bad_model_or_place_is_one_line_that_names_it() {
    let cases: [(&[&str], &str, &str); 14] = [
        (
            &["--model", "missing.onnx", "a.png"],
            "missing.onnx",
            "there is no such file",
        ),
        (
            &["--model", "folder", "a.png"],
            "folder",
            "this is a folder",
        ),
        (&["--model", "empty", "a.png"], "empty", "not an ONNX file"),
        (&["--model", "a.png", "a.png"], "a.png", "not an ONNX file"),
        (
            &["--model", "text.onnx", "a.png"],
            "text.onnx",
            "not an ONNX file",
        ),
        (
            &["--model", "foreign.onnx", "a.png"],
            "foreign.onnx",
            "say what it takes and gives with `--contract`",
        ),
        (
            &["--model", "foreign.onnx", "--contract", "dcolor", "a.png"],
            "foreign.onnx",
            "`dcolor` is no contract that this program knows",
        ),
        (
            &["--model", "foreign.onnx", "--contract", "empty", "a.png"],
            "empty",
            "it has no contract",
        ),
        (
            &["folder"],
            "folder",
            "there is no photograph in this folder",
        ),
        (
            &["a.*", "folder", "-o", "missing.jpg"],
            "missing.jpg",
            "several photographs cannot go into one file",
        ),
        (
            &["a.png", "-o", "missing/b.png"],
            "missing/b.png",
            "its folder does not exist",
        ),
        (
            &["a.png", "-o", "empty/b.png"],
            "empty/b.png",
            "is a file, not a folder",
        ),
        (&["a.png", "-o", "b.xyz"], "b.xyz", "names no format"),
        (&["a.png", "--size", "0"], "a.png", "working size of 0"),
    ];
    for (arguments, name, complaint) in cases {
        let desk = Desk::new();
        std::fs::create_dir(desk.path("folder")).unwrap();
        desk.save("a.png", gradient(30, 20));
        desk.write("empty", "");
        desk.write("text.onnx", "This is not a network at all.");
        desk.write("foreign.onnx", onnx_without_contract());
        let before = desk.files();
        let ran = desk.run(arguments);
        ran.refused(arguments, complaint);
        // A working size is nobody's file.
        assert!(
            ran.stderr.contains(name) || arguments.contains(&"--size"),
            "{}",
            ran.stderr
        );
        assert_eq!(desk.files(), before, "{arguments:?}");
    }
}

#[test]
fn a_library_that_cannot_be_used_is_an_error_and_not_a_fallback() {
    let desk = Desk::new();
    desk.save("a.png", gradient(30, 20));
    desk.write("libonnxruntime.so", "not a library");
    for (library, complaint) in [
        ("missing.so", "no ONNX Runtime library"),
        ("libonnxruntime.so", "libonnxruntime.so"),
    ] {
        for variable in [false, true] {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_colorize-rt"));
            command.current_dir(desk.path("")).arg("a.png");
            match variable {
                true => command.env("ORT_DYLIB_PATH", library),
                false => command.args(["--onnxruntime", library]),
            };
            let output = command.output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{stderr}");
            assert_eq!(stderr.lines().count(), 1, "{stderr}");
            assert!(stderr.contains(complaint), "{stderr}");
            assert!(!stderr.contains("panicked"), "{stderr}");
        }
    }
    assert_eq!(desk.files(), ["a.png", "libonnxruntime.so"]);
}
