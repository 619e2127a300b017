//! Downsampled ImageNet in both published forms, as numpy wrote it (`make.py`).

use std::path::Path;

use image::Rgb;

use super::{beside, config, error, open};

/// The formula of `make.py`.
fn value(batch: u32, row: u32, channel: u32, x: u32, y: u32) -> u8 {
    (41 * batch + 23 * row + 90 * channel + 5 * y + 3 * x + x * y * channel) as u8
}

#[test]
fn every_row_of_every_batch_is_read_in_every_form() {
    for form in [
        "python2/train_data_batch_{1..2}",
        "python2/train_data_batch_*",
        "python3-protocol2/train_data_batch_*",
        "python3-protocol3/train_data_batch_*",
        "python3-protocol4/train_data_batch_*",
        "python3-protocol5/train_data_batch_*",
        "npz/train_data_batch_*.npz",
        "npz-compressed/*.npz",
    ] {
        let yaml = format!("imagenet64: {{ batches: \"{form}\" }}");
        let sources = open(&config(&beside("imagenet"), &[("small", &yaml)]));
        assert_eq!(sources.names_and_counts(), [("small", 7)], "{form}");
        let places = [(1, 0), (1, 1), (1, 2), (1, 3), (2, 0), (2, 1), (2, 2)];
        for (photo, (batch, row)) in sources.all().into_iter().zip(places) {
            let picture = sources.decode(photo).unwrap();
            assert_eq!(picture.dimensions(), (16, 16));
            for (x, y, &Rgb(pixel)) in picture.enumerate_pixels() {
                let expected = [0, 1, 2].map(|channel| value(batch, row, channel, x, y));
                assert_eq!(
                    pixel, expected,
                    "{form}, batch {batch}, row {row}, {x}, {y}"
                );
            }
            assert!(sources.name(photo).contains(&format!("batch_{batch}")));
        }
    }
}

#[test]
fn a_batch_without_a_mean_and_of_another_side_is_read() {
    let yaml = "imagenet64: { batches: python2/val_data }";
    let sources = open(&config(&beside("imagenet"), &[("small", yaml)]));
    assert_eq!(sources.names_and_counts(), [("small", 3)]);
    let picture = sources.decode(sources.all()[2]).unwrap();
    assert_eq!(picture.dimensions(), (32, 32));
    let expected = [0, 1, 2].map(|channel| value(3, 2, channel, 31, 30));
    assert_eq!(picture.get_pixel(31, 30).0, expected);
}

fn refusal(root: &Path, file: &str) -> String {
    let yaml = format!("imagenet64: {{ batches: \"{file}\" }}");
    let message = error(&config(root, &[("small", &yaml)]));
    assert!(message.contains(file), "{message}");
    message
}

#[test]
fn a_pickle_that_runs_a_function_is_refused_and_runs_nothing() {
    for (file, function) in [
        ("alone-2", "system"),
        ("alone-4", "system"),
        ("among-2", "system"),
        ("among-4", "system"),
        ("eval-3", "eval"),
    ] {
        let message = refusal(&beside("imagenet/hostile"), file);
        assert!(message.contains(&format!(".{function}`")), "{message}");
        assert!(message.contains("nothing was run"), "{message}");
    }
    assert!(!Path::new("a-pickle-was-run").exists());
}

#[test]
fn what_is_no_batch_is_refused_in_words() {
    for (file, word) in [
        ("wrong/floats", "f4"),
        ("wrong/fortran", "Fortran"),
        ("wrong/columns", "700 columns"),
        ("wrong/no-data", "no `data`"),
        ("wrong/list", "dictionary"),
        ("wrong/floats.npz", "<f4"),
        ("wrong/no-data.npz", "`data`"),
        ("text-pickle", "protocol 2"),
    ] {
        let message = refusal(&beside("imagenet"), file);
        assert!(message.contains(word), "{message}");
    }
    let message = refusal(&beside(""), "main.rs");
    assert!(
        message.contains("neither a pickle nor an .npz"),
        "{message}"
    );
}

#[test]
fn a_file_that_was_cut_off_anywhere_is_refused() {
    let root = tempfile::tempdir().unwrap();
    for form in [
        "python2/train_data_batch_1",
        "python3-protocol2/train_data_batch_1",
        "python3-protocol5/train_data_batch_1",
        "npz/train_data_batch_1.npz",
        "npz-compressed/train_data_batch_1.npz",
    ] {
        let whole = std::fs::read(beside("imagenet").join(form)).unwrap();
        for percent in [0, 1, 5, 20, 60, 99] {
            let cut = whole.len() * percent / 100;
            std::fs::write(root.path().join("cut"), &whole[..cut]).unwrap();
            refusal(root.path(), "cut");
        }
    }
}

#[test]
fn damaged_bytes_are_refused_or_read_but_never_a_panic() {
    let root = tempfile::tempdir().unwrap();
    let yaml = "imagenet64: { batches: damaged }";
    for form in [
        "python2/train_data_batch_1",
        "python3-protocol5/train_data_batch_1",
    ] {
        let whole = std::fs::read(beside("imagenet").join(form)).unwrap();
        // The program; pictures may hold anything.
        for at in (0..400).chain(whole.len() - 120..whole.len()).step_by(2) {
            for value in [0xff, whole[at] ^ 1, b'('] {
                let mut damaged = whole.clone();
                damaged[at] = value;
                std::fs::write(root.path().join("damaged"), &damaged).unwrap();
                let opened = colorize_train::data::Sources::open(
                    &config(root.path(), &[("small", yaml)]),
                    colorize_train::seed::Seed(0),
                );
                drop(opened);
            }
        }
    }
}
