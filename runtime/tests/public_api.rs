//! The public interface is what `public-api.txt` says: nothing is removed or changed unseen.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

/// rustdoc's JSON is for nightly compilers; the stable one gives it, too, if it is told to.
fn interface() -> String {
    // Of its own, since what is built for nightly is built anew; and kept for the next time.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("public-api");
    let status = Command::new(env!("CARGO"))
        .args([
            "rustdoc",
            "--package",
            "colorize-rt",
            "--lib",
            "--target-dir",
        ])
        .arg(&target)
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        .args(["--cap-lints", "allow"])
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap();
    assert!(status.success());
    let json = target.join("doc/colorize_rt.json");
    public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .unwrap()
        .to_string()
}

#[test]
#[ignore = "builds the documentation, with all that it depends on"]
fn the_public_interface_is_the_one_that_was_agreed_on() {
    let agreed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/public-api.txt");
    let interface = interface();
    if std::env::var_os("UPDATE_PUBLIC_API").is_some() {
        std::fs::write(&agreed, &interface).unwrap();
        return;
    }
    let before = std::fs::read_to_string(&agreed).unwrap();
    let lines = |text: &str, other: &str| -> Vec<String> {
        let other: std::collections::HashSet<&str> = other.lines().collect();
        let lines = text.lines().filter(|line| !other.contains(line));
        lines.map(str::to_owned).collect()
    };
    let (gone, new) = (lines(&before, &interface), lines(&interface, &before));
    assert!(
        gone.is_empty() && new.is_empty(),
        "gone: {gone:#?}\nnew: {new:#?}\nif that is wanted, say so in CHANGELOG.md and run this test with UPDATE_PUBLIC_API=1"
    );
}
