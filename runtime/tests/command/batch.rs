//! Folders, patterns, shares, and going on where a batch was.

use crate::desk::{Desk, gradient};
use serde_json::Value;

/// A folder `box` with photographs in folders, and what is none.
fn shoebox() -> Desk {
    let desk = Desk::new();
    for name in ["box/1950/summer/a.png", "box/1950/b.jpg", "box/c.tif"] {
        desk.save_below(name, gradient(30, 20));
    }
    desk.write("box/notes.txt", "for grandmother");
    desk.write("box/.hidden.png", "");
    desk
}

const COLORIZED: [&str; 3] = [
    "out/1950/b.colorized.jpg",
    "out/1950/summer/a.colorized.png",
    "out/c.colorized.tif",
];

fn below(desk: &Desk, folder: &str) -> Vec<String> {
    let mut tree = desk.tree();
    tree.retain(|file| file.starts_with(folder));
    tree
}

#[test]
fn a_folder_is_colorized_with_all_folders_in_it() {
    let desk = shoebox();
    let stdout = desk.run(&["box", "-o", "out"]).all_done();
    assert_eq!(below(&desk, "out"), COLORIZED);
    assert!(stdout.contains("\n3 colorized in "), "{stdout}");
    for pattern in ["box/**/*.*", "box/*"] {
        std::fs::remove_dir_all(desk.path("out")).unwrap();
        desk.run(&[pattern, "-o", "out/"]).all_done();
        assert_eq!(below(&desk, "out"), COLORIZED, "{pattern}");
    }
}

#[test]
fn what_was_made_earlier_is_no_photograph() {
    let desk = shoebox();
    desk.run(&["box"]).all_done();
    let once = desk.tree();
    assert_eq!(once.len(), 8);
    desk.run(&["box", "--overwrite"]).all_done();
    assert_eq!(desk.tree(), once);
}

#[test]
fn skip_existing_does_what_is_missing_and_touches_nothing_else() {
    let desk = shoebox();
    desk.run(&["box", "-o", "out"]).all_done();
    desk.write("out/c.colorized.tif", "precious");
    std::fs::remove_file(desk.path(COLORIZED[0])).unwrap();
    let again = ["box", "-o", "out", "--skip-existing"];
    let stdout = desk.run(&again).all_done();
    assert_eq!(stdout.lines().count(), 2, "{stdout}");
    assert!(stdout.starts_with("box/1950/b.jpg -> "), "{stdout}");
    assert!(stdout.contains("\n1 colorized, 2 skipped in "), "{stdout}");
    assert_eq!(below(&desk, "out"), COLORIZED);
    let kept = std::fs::read(desk.path("out/c.colorized.tif")).unwrap();
    assert_eq!(kept, b"precious");
    let stdout = desk.run(&again).all_done();
    assert!(stdout.starts_with("0 colorized, 3 skipped in "), "{stdout}");
    assert_eq!(desk.run(&["box", "--skip-existing", "--overwrite"]).code, 1);
}

#[test]
fn of_two_photographs_for_one_name_the_first_is_done_and_the_other_named() {
    let desk = shoebox();
    desk.save_below("other/1950/b.jpg", gradient(30, 20));
    desk.save("box/c.jpg", gradient(30, 20));
    let cases: [(&[&str], usize, &str); 2] = [
        (
            &["box", "other", "-o", "out"],
            4,
            "other/1950/b.jpg: its output is that of box/1950/b.jpg already;",
        ),
        (
            &["box", "-o", "png", "--format", "png"],
            3,
            "box/c.tif: its output is that of box/c.jpg already;",
        ),
    ];
    for (arguments, done, complaint) in cases {
        let ran = desk.run(arguments);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(complaint), "{}", ran.stderr);
        let summary = format!("\n{done} colorized, 1 failed in ");
        assert!(ran.stdout.contains(&summary), "{}", ran.stdout);
        // Again, what is done is not taken for the other one's.
        let again = [arguments, &["--skip-existing"]].concat();
        let ran = desk.run(&again);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(complaint), "{}", ran.stderr);
    }
    let twice = ["box/c.tif", "box/c.tif", "box", "-o", "once"];
    desk.run(&twice).all_done();
    assert_eq!(below(&desk, "once").len(), 4);
}

#[test]
fn the_shares_of_a_batch_are_all_of_it_and_nothing_twice() {
    let desk = Desk::new();
    for n in 0..40 {
        desk.save_below(&format!("box/{}/{n}.png", n / 10), gradient(8, 8));
    }
    for share in ["1/3", "2/3", "3/3"] {
        // What another share had done already would be an error: it exists.
        let ran = desk.run(&["box", "-o", "out", "--shard", share, "--size", "32"]);
        ran.all_done();
    }
    assert_eq!(below(&desk, "out").len(), 40);
    for n in 0..40 {
        let name = format!("out/{}/{n}.colorized.png", n / 10);
        assert!(desk.path(&name).is_file(), "{name}");
    }
    // A share may be empty, as of a job array that is larger than its batch.
    let shares = (1..=200).map(|i| format!("{i}/200"));
    let run = |share: String| desk.run(&["box/0/1.png", "-o", "one/", "--shard", &share]);
    let empty = shares.take(3).filter(|share| {
        let stdout = run(share.clone()).all_done();
        stdout == "no photograph is in this share\n"
    });
    assert!(empty.count() >= 2);
    for wrong in ["0", "4/3", "1/0", "a/b"] {
        assert_eq!(desk.run(&["box", "--shard", wrong]).code, 1, "{wrong}");
    }
}

#[test]
fn records_say_what_became_of_each_photograph() {
    let desk = shoebox();
    desk.write("box/broken.png", "not a picture");
    desk.run(&["box/c.tif", "-o", "out/"]).all_done();
    let ran = desk.run(&["box", "-o", "out", "--skip-existing", "--json"]);
    assert_eq!(ran.code, 2);
    let mut records: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    records.sort_by_key(|record| record["input"].to_string());
    let of = |key: &str| -> Vec<&Value> { records.iter().map(|record| &record[key]).collect() };
    let inputs = [
        "box/1950/b.jpg",
        "box/1950/summer/a.png",
        "box/broken.png",
        "box/c.tif",
    ];
    assert_eq!(of("input"), inputs);
    assert_eq!(
        of("status"),
        ["colorized", "colorized", "failed", "skipped"]
    );
    assert_eq!(records[0]["output"], "out/1950/b.colorized.jpg");
    assert_eq!(
        (&records[0]["width"], &records[0]["height"]),
        (&30.into(), &20.into())
    );
    assert!(records[0]["engine"].as_str().unwrap().contains("rten"));
    for stage in ["decode", "colorize", "write"] {
        assert!(
            records[0]["seconds"][stage].as_f64().unwrap() >= 0.0,
            "{stage}"
        );
    }
    let sure = records[0]["confidence"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&sure));
    let error = records[2]["error"].as_str().unwrap();
    assert!(
        error.starts_with("box/broken.png: this is not a picture"),
        "{error}"
    );
    assert!(
        ran.stderr.contains("2 colorized, 1 skipped, 1 failed in "),
        "{}",
        ran.stderr
    );
    assert_eq!(desk.run(&["box", "-o", "new", "--quiet"]).stdout, "");
}

#[test]
fn another_format_is_written_where_it_is_asked_for() {
    let desk = shoebox();
    desk.run(&["box", "-o", "out", "--format", "webp"])
        .all_done();
    let names = COLORIZED.map(|name| format!("{}.webp", name.rsplit_once('.').unwrap().0));
    assert_eq!(below(&desk, "out"), names);
    for name in names {
        let format = image::ImageReader::open(desk.path(&name)).unwrap();
        let format = format.with_guessed_format().unwrap().format();
        assert_eq!(format, Some(image::ImageFormat::WebP), "{name}");
    }
}
