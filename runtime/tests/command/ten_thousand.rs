//! An archive: 10,000 small files of every kind, of which one in twenty is broken.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Cursor};
use std::process::{Child, Stdio};
use std::time::Instant;

use crate::desk::{Desk, gradient};
use image::{DynamicImage, ImageFormat};
use serde_json::Value;

const FORMATS: [(&str, ImageFormat); 7] = [
    ("jpg", ImageFormat::Jpeg),
    ("png", ImageFormat::Png),
    ("gif", ImageFormat::Gif),
    ("bmp", ImageFormat::Bmp),
    ("tif", ImageFormat::Tiff),
    ("webp", ImageFormat::WebP),
    ("pgm", ImageFormat::Pnm),
];

fn is_broken(n: usize) -> bool {
    n % 20 == 7
}

fn picture(n: usize) -> Vec<u8> {
    let (width, height) = (16 + n as u32 * 7 % 80, 16 + n as u32 * 11 % 60);
    let gray = DynamicImage::from(gradient(width, height));
    let (_, format) = FORMATS[n % FORMATS.len()];
    let image = match (format, n % 3) {
        (ImageFormat::Gif, _) => gray.to_rgba8().into(),
        (ImageFormat::WebP, _) | (ImageFormat::Jpeg, 0) | (ImageFormat::Bmp, _) => {
            gray.to_rgb8().into()
        }
        (ImageFormat::Png | ImageFormat::Tiff, 1) => gray.to_luma16().into(),
        _ => gray,
    };
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    let mut bytes = bytes.into_inner();
    if is_broken(n) {
        match n / 20 % 4 {
            0 => bytes.truncate(bytes.len() / 3),
            1 => bytes.clear(),
            2 => bytes = b"Dear diary".to_vec(),
            _ => bytes.truncate(12),
        }
    }
    bytes
}

/// The largest memory that a process has had, in MiB.
fn peak(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

#[test]
#[ignore = "takes minutes: cargo test --release -p colorize-rt --test command ten_thousand -- --ignored --nocapture"]
fn ten_thousand_files_of_which_some_are_broken() {
    let desk = Desk::new();
    let photographs = 10_000;
    for n in 0..photographs {
        let name = format!("in/{:02}/{n:05}.{}", n % 89, FORMATS[n % FORMATS.len()].0);
        std::fs::create_dir_all(desk.path(&name).parent().unwrap()).unwrap();
        desk.write(&name, picture(n));
    }
    let before = desk.tree();
    let began = Instant::now();
    let mut command = desk.command(&["in", "-o", "out", "--json", "--provider", "builtin"]);
    let pipes = command.args(["--size", "32"]).stdout(Stdio::piped());
    let mut child = pipes.stderr(Stdio::null()).spawn().unwrap();
    let mut peaks = Vec::new();
    let mut became: BTreeMap<String, String> = BTreeMap::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let record: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let text = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
        if text("status") == "failed" {
            assert!(text("error").starts_with(&text("input")), "{record}");
        }
        let twice = became.insert(text("input"), text("status"));
        assert_eq!(twice, None, "{record}");
        if became.len() % 1000 == 500 {
            peaks.push(peak(&child).unwrap_or_default());
        }
    }
    assert_eq!(child.wait().unwrap().code(), Some(2));
    println!(
        "{photographs} files in {:.0} s; peak memory after 500, 1500 and so on, MiB: {peaks:?}",
        began.elapsed().as_secs_f64()
    );
    assert_eq!(became.len(), photographs);
    for (name, status) in &became {
        let n: usize = name[6..11].parse().unwrap();
        let expected = if is_broken(n) { "failed" } else { "colorized" };
        assert_eq!(status, expected, "{name}");
    }
    let good = (0..photographs).filter(|n| !is_broken(*n)).count();
    let after = desk.tree();
    assert_eq!(after.len(), before.len() + good);
    assert!(after.iter().all(|file| !file.ends_with(".tmp")));
    // Flat: the last 8,000 need next to nothing that the first 1,500 did not.
    if cfg!(target_os = "linux") {
        let (early, late) = (peaks[1], peaks[9]);
        assert!(0 < late && late <= early + early / 8, "{peaks:?}");
    }
}
