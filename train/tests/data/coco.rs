//! COCO's annotations, in a file of their form made by hand.

use colorize_train::config::DataConfig;
use colorize_train::data::coco::categories;

use super::{beside, config, error, names, open, picture};

/// Pictures for the ids of `coco/instances.json`.
fn pictures() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (number, id) in (0..).zip([139, 285, 632, 724, 776, 785]) {
        picture(number)
            .save(folder.path().join(format!("{id:012}.png")))
            .unwrap();
    }
    folder
}

fn with(folder: &tempfile::TempDir, filter: &str) -> DataConfig {
    let annotations = beside("coco/instances.json");
    let yaml = format!(
        "coco: {{ images: ., annotations: {}{filter} }}",
        annotations.display()
    );
    config(folder.path(), &[("coco", &yaml)])
}

fn given(folder: &tempfile::TempDir, filter: &str) -> Vec<u32> {
    let sources = open(&with(folder, filter));
    let names = names(&sources, &sources.all());
    names
        .iter()
        .map(|name| name.trim_end_matches(".png").parse().unwrap())
        .collect()
}

#[test]
fn categories_and_supercategories_include_and_exclude() {
    let folder = pictures();
    for (filter, expected) in [
        ("", vec![139, 285, 632, 724, 776, 785]),
        (", include: [cat]", vec![139, 724]),
        (", include: [animal]", vec![139, 285, 724]),
        (", include: [banana, bear]", vec![285, 632, 724]),
        (", exclude: [person]", vec![285, 632, 724, 776]),
        (", include: [animal], exclude: [person, bear]", vec![]),
        (", include: [animal], exclude: [bear]", vec![139]),
        (", include: [food]", vec![632]),
    ] {
        if expected.is_empty() {
            let message = error(&with(&folder, filter));
            assert!(
                message.contains("no photographs for source `coco`"),
                "{message}"
            );
        } else {
            assert_eq!(given(&folder, filter), expected, "{filter}");
        }
    }
}

#[test]
fn an_unknown_category_is_an_error_with_the_nearest() {
    let folder = pictures();
    for filter in [", include: [anmial]", ", exclude: [anmial]"] {
        let message = error(&with(&folder, filter));
        assert!(message.contains("did you mean `animal`?"), "{message}");
        assert!(message.contains("instances.json"), "{message}");
    }
}

#[test]
fn what_is_held_out_and_the_rest_are_all() {
    let folder = tempfile::tempdir().unwrap();
    let images: Vec<String> = (1..=400)
        .map(|id| format!(r#"{{"id": {id}, "file_name": "{id}.png"}}"#))
        .collect();
    let json = format!(
        r#"{{"images": [{}], "annotations": [], "categories": []}}"#,
        images.join(",")
    );
    std::fs::write(folder.path().join("instances.json"), json).unwrap();
    for id in 1..=400 {
        picture((id % 256) as u8)
            .save(folder.path().join(format!("{id}.png")))
            .unwrap();
    }
    let given = |filter: &str| {
        let yaml = format!("coco: {{ images: ., annotations: instances.json{filter} }}");
        let sources = open(&config(folder.path(), &[("coco", &yaml)]));
        names(&sources, &sources.all())
    };
    let kept = given(", held_out: 0.25");
    let held_out = given(", held_out: 0.25, only_held_out: true");
    assert!((70..=130).contains(&held_out.len()), "{}", held_out.len());
    let mut all = [kept, held_out.clone()].concat();
    all.sort();
    let mut expected: Vec<String> = (1..=400).map(|id| format!("{id}.png")).collect();
    expected.sort();
    assert_eq!(all, expected);
    // Of these ids, Python's int.from_bytes(sha256(str(id).encode()).digest()[:8], "big") / 2**64
    // is below 0.25: the same pictures on every machine and in every version.
    assert_eq!(held_out[..8], HELD_OUT.map(|id| format!("{id}.png")));
    // A larger share holds out the same and more.
    let more = given(", held_out: 0.5, only_held_out: true");
    assert!(held_out.iter().all(|name| more.contains(name)));
    for wrong in [
        ", held_out: 1.0",
        ", only_held_out: true",
        ", held_out: -0.1",
    ] {
        let yaml = format!("coco: {{ images: ., annotations: instances.json{wrong} }}");
        let message = error(&config(folder.path(), &[("coco", &yaml)]));
        assert!(message.contains("held_out"), "{message}");
    }
}

const HELD_OUT: [u32; 8] = [8, 9, 13, 29, 39, 41, 46, 47];

#[test]
fn a_picture_that_is_missing_is_skipped_not_fatal() {
    let folder = pictures();
    std::fs::remove_file(folder.path().join("000000000139.png")).unwrap();
    let sources = open(&with(&folder, ""));
    let skip = sources.decode(sources.all()[0]).unwrap_err();
    assert_eq!(skip.reason, colorize_train::data::SkipReason::Unreadable);
}

#[test]
fn categories_are_counted_on_both_levels() {
    let table = categories(&beside("coco/instances.json")).unwrap();
    let animal = &table.supercategories[0];
    assert_eq!(
        (animal.name.as_str(), animal.images, animal.annotations),
        ("animal", 3, 4)
    );
    let cat = &animal.categories[0];
    assert_eq!(
        (cat.name.as_str(), cat.images, cat.annotations),
        ("cat", 2, 2)
    );
    let text = table.to_string();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert!(rows.contains(&vec!["animal", "3", "4"]), "{text}");
    assert!(rows.contains(&vec!["person", "2", "3"]), "{text}");
    assert!(rows.contains(&vec!["apple", "0", "0"]), "{text}");
    assert!(text.ends_with("6 pictures in all\n"), "{text}");
    assert!(categories(&beside("main.rs")).is_err());
}
