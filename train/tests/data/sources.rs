//! What sources give, hold back, and refuse.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use colorize_train::data::{SkipReason, Sources, select};
use colorize_train::seed::Seed;
use image::{GrayImage, RgbImage};

use super::{config, error, folder, names, open, picture, source};

fn tar_of(path: &Path, numbers: std::ops::Range<u8>) {
    let mut tar = tar::Builder::new(fs::File::create(path).unwrap());
    for number in numbers {
        let mut png = std::io::Cursor::new(Vec::new());
        picture(number)
            .write_to(&mut png, image::ImageFormat::Png)
            .unwrap();
        let mut add = |name: String, bytes: &[u8]| {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, name, bytes).unwrap();
        };
        add(format!("{number:05}.png"), png.get_ref());
        add(format!("{number:05}.json"), b"{}");
    }
    tar.finish().unwrap();
}

#[test]
fn shards_are_found_by_braces_and_wildcards() {
    let root = tempfile::tempdir().unwrap();
    tar_of(&root.path().join("a-000.tar"), 0..3);
    tar_of(&root.path().join("a-001.tar"), 3..5);
    tar_of(&root.path().join("b-000.tar"), 5..6);
    for (pattern, expected) in [("a-{000..001}.tar", 5), ("{a,b}-000.tar", 4), ("*.tar", 6)] {
        let yaml = format!("webdataset: {{ shards: \"{pattern}\" }}");
        let sources = open(&config(root.path(), &[("shards", &yaml)]));
        assert_eq!(
            sources.names_and_counts(),
            [("shards", expected)],
            "{pattern}"
        );
        for photo in sources.all() {
            let number: u8 = names(&sources, &[photo])[0]
                .trim_end_matches(".png")
                .parse()
                .unwrap();
            assert_eq!(sources.decode(photo).unwrap(), picture(number));
        }
    }
    let yaml = "webdataset: { shards: \"a-{000..002}.tar\" }";
    let message = error(&config(root.path(), &[("shards", yaml)]));
    assert!(message.contains("a-002.tar: no such file"), "{message}");
}

#[test]
fn without_sources_the_usual_shards_or_else_all_pictures_are_one() {
    let root = folder(4);
    let plain = config(root.path(), &[]);
    assert_eq!(open(&plain).names_and_counts(), [("photographs", 4)]);
    tar_of(&root.path().join("train-000.tar"), 0..6);
    assert_eq!(open(&plain).names_and_counts(), [("photographs", 6)]);
}

#[test]
fn an_unknown_key_of_a_source_names_its_line() {
    let yaml = "root: .\nsources:\n  cats:\n    coco:\n      images: a\n      annotations: b\n      inclde: [cat]\n";
    let error = serde_saphyr::from_str::<colorize_train::config::DataConfig>(yaml).unwrap_err();
    assert_eq!(error.location().unwrap().line(), 7, "{error}");
    let yaml = "root: .\nsources:\n  cats:\n    cocoa:\n      images: a\n";
    let error = serde_saphyr::from_str::<colorize_train::config::DataConfig>(yaml).unwrap_err();
    assert_eq!(error.location().unwrap().line(), 4, "{error}");
}

#[test]
fn photographs_are_held_back_from_every_source_in_proportion() {
    let (many, few) = (folder(60), folder(20));
    let root = tempfile::tempdir().unwrap();
    let yaml = |path: &Path| format!("folder: {{ path: {} }}", path.display());
    let mut config = config(
        root.path(),
        &[("few", &yaml(few.path())), ("many", &yaml(many.path()))],
    );
    config.validation = 8;
    let sources = open(&config);
    let of = |name: &str| {
        sources
            .validation()
            .iter()
            .filter(|photo| sources.source_name(**photo) == name)
            .count()
    };
    assert_eq!((of("many"), of("few")), (6, 2));
    assert_eq!(sources.training_len(&BTreeMap::new()).unwrap(), 72);
    let only = |name: &str| BTreeMap::from([(name.to_owned(), 1.0)]);
    assert_eq!(sources.training_len(&only("many")).unwrap(), 54);
    // The seed chooses.
    assert_eq!(open(&config).validation(), sources.validation());
    assert_ne!(
        Sources::open(&config, Seed(2)).unwrap().validation(),
        sources.validation()
    );
    let message = sources.training_len(&only("mani")).unwrap_err().to_string();
    assert!(message.contains("did you mean `many`?"), "{message}");
    config.validation = 80;
    assert!(error(&config).contains("only 80 photographs"));
}

#[test]
fn a_photograph_of_two_sources_is_held_back_from_both() {
    let photos = folder(30);
    let below = photos.path().join("below");
    fs::create_dir(&below).unwrap();
    for number in 0..30 {
        let name = format!("{number:02}.png");
        fs::rename(photos.path().join(&name), below.join(&name)).unwrap();
    }
    // The same pictures, the folder spelt in two ways.
    let sources = [
        ("one", "folder: { path: . }"),
        ("two", "folder: { path: below/../below }"),
    ];
    let mut config = config(photos.path(), &sources);
    config.validation = 10;
    let sources = open(&config);
    let held_back: BTreeSet<String> = names(&sources, sources.validation()).into_iter().collect();
    assert_eq!(held_back.len(), 10);
    assert_eq!(sources.training_len(&BTreeMap::new()).unwrap(), 2 * 20);
}

#[test]
fn a_source_that_yields_nothing_is_an_error_with_the_reasons() {
    let root = tempfile::tempdir().unwrap();
    let yaml = [("scans", "folder: { path: . }")];
    assert!(error(&config(root.path(), &yaml)).contains("no photographs for source `scans`"));
    let gray = GrayImage::from_fn(40, 40, |x, y| image::Luma([(x * y) as u8]));
    gray.save(root.path().join("gray.png")).unwrap();
    RgbImage::new(300, 20)
        .save(root.path().join("strip.png"))
        .unwrap();
    fs::write(
        root.path().join("broken.jpg"),
        b"\xff\xd8\xff\xe0 and no more",
    )
    .unwrap();
    let message = error(&config(root.path(), &yaml));
    assert!(message.contains("data.sources.scans"), "{message}");
    assert!(
        message.contains("1 corrupt, 1 gray only, 1 extreme aspect ratio"),
        "{message}"
    );
    // One good photograph is enough.
    picture(1).save(root.path().join("good.png")).unwrap();
    open(&config(root.path(), &yaml));
    for missing in [
        "folder: { path: nowhere }",
        "webdataset: { shards: nowhere-*.tar }",
    ] {
        assert!(error(&config(root.path(), &[("x", missing)])).contains("nowhere"));
    }
    assert!(error(&config(&root.path().join("nowhere"), &[])).contains("no such folder"));
}

#[test]
fn each_reason_is_told_from_the_others() {
    let root = tempfile::tempdir().unwrap();
    GrayImage::new(9, 9)
        .save(root.path().join("1.png"))
        .unwrap();
    RgbImage::new(9, 90)
        .save(root.path().join("2.png"))
        .unwrap();
    fs::write(root.path().join("3.png"), b"nothing").unwrap();
    picture(1).save(root.path().join("4.png")).unwrap();
    picture(2).save(root.path().join("5.png")).unwrap();
    let sources = open(&config(root.path(), &[("mixed", "folder: { path: . }")]));
    fs::remove_file(root.path().join("5.png")).unwrap();
    let reasons: Vec<_> = sources
        .all()
        .into_iter()
        .map(|photo| sources.decode(photo).err().map(|s| s.reason))
        .collect();
    let expected = [
        Some(SkipReason::Gray),
        Some(SkipReason::Extreme),
        Some(SkipReason::Corrupt),
        None,
        Some(SkipReason::Unreadable),
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn what_the_sources_give_is_listed_or_copied_and_nothing_overwritten() {
    let root = folder(3);
    tar_of(&root.path().join("a.tar"), 5..7);
    let batches = super::beside("imagenet/python2/val_data");
    let imagenet = format!("imagenet64: {{ batches: {} }}", batches.display());
    let config = config(
        root.path(),
        &[
            ("files", "folder: { path: . }"),
            ("shards", "webdataset: { shards: a.tar }"),
            ("small", &imagenet),
        ],
    );
    let target = tempfile::tempdir().unwrap();
    let list = target.path().join("list.txt");
    assert_eq!(select(&config, &list, false).unwrap().written, 8);
    let text = fs::read_to_string(&list).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 8);
    assert!(Path::new(lines[0]).is_file());
    assert!(
        lines[3].ends_with("a.tar/00005.png") && lines[7].ends_with("val_data#2"),
        "{text}"
    );
    let message = select(&config, &list, false).unwrap_err().to_string();
    assert!(message.contains("exists already"), "{message}");

    let copies = target.path().join("copies");
    let selected = select(&config, &copies, true).unwrap();
    assert_eq!(
        (selected.written, selected.kept, selected.unreadable.len()),
        (8, 0, 0)
    );
    let original = fs::read(root.path().join("01.png")).unwrap();
    assert_eq!(fs::read(copies.join("files/01.png")).unwrap(), original);
    assert_eq!(
        image::open(copies.join("shards/a/00006.png"))
            .unwrap()
            .into_rgb8(),
        picture(6)
    );
    assert_eq!(
        image::open(copies.join("small/val_data/000002.png"))
            .unwrap()
            .width(),
        32
    );
    fs::write(copies.join("files/01.png"), b"mine").unwrap();
    fs::remove_file(copies.join("files/02.png")).unwrap();
    let again = select(&config, &copies, true).unwrap();
    assert_eq!((again.written, again.kept), (1, 7));
    assert_eq!(fs::read(copies.join("files/01.png")).unwrap(), b"mine");
    assert_eq!(
        again.to_string(),
        "1 photographs, 7 more were there already"
    );
}

#[test]
fn a_source_survives_being_written_as_yaml() {
    let coco = source("coco: { images: i, annotations: a.json, include: [cat] }");
    let yaml = serde_saphyr::to_string(&coco).unwrap();
    assert_eq!(source(&yaml), coco, "{yaml}");
}
