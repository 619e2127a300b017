//! What is drawn, and that nothing but the seed and the number of the batch decides it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use colorize_models::Head;
use colorize_train::config::{AugmentConfig, DataConfig, Fit};
use colorize_train::data::{Batch, Loader, LoaderPlan, SkipList, SkipReason};
use colorize_train::seed::Seed;
use image::{GrayImage, RgbImage};

use super::{config, folder, open, picture};

/// Whole pictures, unchanged, two a batch.
fn plan(config: &DataConfig) -> LoaderPlan {
    LoaderPlan {
        sources: Arc::new(open(config)),
        mix: BTreeMap::new(),
        augment: AugmentConfig {
            fit: Fit::Stretch,
            flip: false,
            ..AugmentConfig::default()
        },
        resolution: 16,
        batch: 2,
        workers: 2,
        seed: Seed(3),
        stage: 0,
        head: Head::Rgb,
        skips: Arc::new(SkipList::default()),
    }
}

fn batches(plan: &LoaderPlan, first: u64, count: usize) -> Vec<Batch> {
    let mut loader = Loader::start(plan.clone(), first).unwrap();
    (0..count).map(|_| loader.next_batch().unwrap()).collect()
}

/// The numbers of the pictures in a batch: `picture(number)` is red to that degree.
fn numbers(batch: &Batch) -> Vec<u8> {
    let planes = batch.rgb.chunks_exact(3 * batch.side * batch.side);
    planes
        .map(|planes| ((planes[0] + 1.0) * 127.5).round() as u8)
        .collect()
}

#[test]
fn batches_depend_neither_on_the_workers_nor_on_where_one_starts() {
    let (one, two) = (folder(7), folder(5));
    fs::write(one.path().join("03.png"), b"damaged").unwrap();
    let yaml = |path: &Path| format!("folder: {{ path: {} }}", path.display());
    let sources = [("one", &*yaml(one.path())), ("two", &*yaml(two.path()))];
    let config = config(one.path(), &sources);
    let mut plan = plan(&config);
    plan.mix = BTreeMap::from([("one".to_owned(), 0.7), ("two".to_owned(), 0.3)]);
    plan.head = Head::Chroma;
    plan.augment = AugmentConfig {
        grain: 2.0,
        blur: 1.0,
        lightness: 5.0,
        ..AugmentConfig::default()
    };
    plan.batch = 3;
    let mut reference = None;
    for workers in [1, 2, 3] {
        plan.workers = workers;
        plan.skips = Arc::new(SkipList::default());
        let made = batches(&plan, 0, 11);
        let reference = reference.get_or_insert_with(|| made.clone());
        assert_eq!(&made, reference, "{workers} workers");
        for first in [1, 4, 9] {
            plan.skips = Arc::new(SkipList::default());
            let resumed = batches(&plan, first, 2);
            assert_eq!(
                resumed,
                reference[first as usize..][..2],
                "{workers}, from {first}"
            );
        }
    }
    let mut other = plan.clone();
    other.stage = 1;
    assert_ne!(Some(batches(&other, 0, 11)), reference);
    other = plan;
    other.seed = Seed(4);
    assert_ne!(Some(batches(&other, 0, 11)), reference);
}

#[test]
fn each_epoch_gives_every_photograph_once_in_another_order() {
    let root = folder(10);
    let mut plan = plan(&config(root.path(), &[]));
    plan.batch = 10;
    let epochs = batches(&plan, 0, 4);
    let orders: Vec<Vec<u8>> = epochs.iter().map(numbers).collect();
    for order in &orders {
        let mut sorted = order.clone();
        sorted.sort();
        assert_eq!(sorted, (0..10).collect::<Vec<u8>>());
    }
    assert!(
        orders.windows(2).all(|pair| pair[0] != pair[1]),
        "{orders:?}"
    );
}

#[test]
fn sources_are_mixed_by_their_shares() {
    let root = tempfile::tempdir().unwrap();
    for (name, numbers) in [("a", 0..4), ("b", 100..103), ("c", 200..230)] {
        fs::create_dir(root.path().join(name)).unwrap();
        for number in numbers {
            picture(number)
                .save(root.path().join(format!("{name}/{number}.png")))
                .unwrap();
        }
    }
    let yaml = |name: &str| format!("folder: {{ path: {name} }}");
    let (a, b, c) = (yaml("a"), yaml("b"), yaml("c"));
    let mut plan = plan(&config(root.path(), &[("a", &a), ("b", &b), ("c", &c)]));
    plan.batch = 20;
    let counts = |plan: &LoaderPlan| {
        let mut counts = [0; 3];
        for number in batches(plan, 0, 10).iter().flat_map(numbers) {
            counts[usize::from(number / 100)] += 1;
        }
        counts
    };
    let mix = |shares: &[(&str, f64)]| shares.iter().map(|(n, s)| ((*n).to_owned(), *s)).collect();
    plan.mix = mix(&[("a", 0.5), ("b", 0.3), ("c", 0.2)]);
    let drawn = counts(&plan);
    assert!(
        drawn
            .iter()
            .zip([100_i32, 60, 40])
            .all(|(n, e)| (n - e).abs() <= 2),
        "{drawn:?}"
    );
    plan.mix = mix(&[("a", 1.0), ("c", 0.0)]);
    assert_eq!(counts(&plan), [200, 0, 0]);
    // None named: by their photographs, 4 : 3 : 30.
    plan.mix = BTreeMap::new();
    let drawn = counts(&plan);
    assert!(
        drawn
            .iter()
            .zip([22_i32, 16, 162])
            .all(|(n, e)| (n - e).abs() <= 2),
        "{drawn:?}"
    );
    plan.mix = mix(&[("a", 1.0), ("d", 1.0)]);
    let error = Loader::start(plan.clone(), 0).err().unwrap().to_string();
    assert!(error.contains("`d`; did you mean"), "{error}");
    for shares in [&[("a", -1.0)][..], &[("a", f64::NAN)], &[("a", 0.0)]] {
        plan.mix = mix(shares);
        assert!(Loader::start(plan.clone(), 0).is_err(), "{shares:?}");
    }
}

#[test]
fn photographs_held_back_are_never_drawn() {
    let root = folder(12);
    let mut config = config(root.path(), &[]);
    config.validation = 5;
    let mut plan = plan(&config);
    plan.batch = 7;
    let mut drawn: Vec<u8> = batches(&plan, 0, 3).iter().flat_map(numbers).collect();
    drawn.sort();
    drawn.dedup();
    let held_back = plan.sources.validation().iter().map(|&photo| {
        let name = plan.sources.name(photo);
        name[name.len() - 6..]
            .trim_end_matches(".png")
            .parse::<u8>()
            .unwrap()
    });
    assert_eq!(drawn.len(), 7);
    assert!(held_back.into_iter().all(|number| !drawn.contains(&number)));
}

/// Three good pictures and one of each kind that is of no use.
fn mixed_folder() -> tempfile::TempDir {
    let root = folder(3);
    GrayImage::new(9, 9)
        .save(root.path().join("gray.png"))
        .unwrap();
    RgbImage::new(9, 90)
        .save(root.path().join("strip.png"))
        .unwrap();
    fs::write(root.path().join("broken.png"), b"nothing").unwrap();
    root
}

#[test]
fn photographs_of_no_use_are_replaced_counted_and_listed_once() {
    let root = mixed_folder();
    let mut plan = plan(&config(root.path(), &[("mixed", "folder: { path: . }")]));
    plan.batch = 6;
    // The run folder comes later than the first photographs.
    let drawn = batches(&plan, 0, 4);
    let file = root.path().join("skipped.jsonl");
    plan.skips.write_to(&file).unwrap();
    batches(&plan, 4, 4);
    assert!(drawn.iter().flat_map(numbers).all(|number| number < 3));
    let expected = [SkipReason::Corrupt, SkipReason::Gray, SkipReason::Extreme];
    assert_eq!(
        plan.skips.counts(),
        expected.map(|reason| (reason, 1)).into_iter().collect()
    );
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3, "{text}");
    let gray = lines.iter().find(|line| line["reason"] == "gray").unwrap();
    assert_eq!(gray["source"], "mixed");
    assert!(gray["name"].as_str().unwrap().ends_with("gray.png"));

    // Resumed after a kill in the middle of a line.
    fs::write(&file, &text[..text.len() - 5]).unwrap();
    plan.skips = Arc::new(SkipList::default());
    plan.skips.write_to(&file).unwrap();
    assert_eq!(plan.skips.total(), 2);
    batches(&plan, 8, 4);
    assert_eq!(plan.skips.total(), 3);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn a_stage_whose_draws_are_all_of_no_use_is_an_error() {
    let root = folder(3);
    let plan = plan(&config(root.path(), &[("scans", "folder: { path: . }")]));
    for number in 0..3 {
        GrayImage::new(9, 9)
            .save(root.path().join(format!("{number:02}.png")))
            .unwrap();
    }
    let mut loader = Loader::start(plan, 0).unwrap();
    let error = loader.next_batch().unwrap_err().to_string();
    assert!(
        error.contains("data.sources.scans") && error.contains("3 gray only"),
        "{error}"
    );
}

#[test]
fn gray_chroma_and_truth_of_a_batch_are_one_photograph() {
    let root = folder(4);
    let mut plan = plan(&config(root.path(), &[]));
    plan.augment = AugmentConfig {
        grain: 4.0,
        blur: 1.0,
        contrast: 0.3,
        lightness: 8.0,
        saturation: 0.6,
        ..AugmentConfig::default()
    };
    plan.head = Head::Chroma;
    let batch = &batches(&plan, 0, 1)[0];
    let n = batch.side * batch.side;
    for photo in 0..batch.len {
        for i in 0..n {
            let rgb = [0, 1, 2].map(|c| f64::from(batch.rgb[(3 * photo + c) * n + i] + 1.0) / 2.0);
            let lab = colorize_rt::color::srgb_to_lab(rgb);
            let given = [
                50.0 * f64::from(batch.gray[photo * n + i] + 1.0),
                110.0 * f64::from(batch.target[2 * photo * n + i]),
                110.0 * f64::from(batch.target[(2 * photo + 1) * n + i]),
            ];
            for (exact, given) in lab.into_iter().zip(given) {
                assert!((exact - given).abs() < 1e-2, "{lab:?} became {given:?}");
            }
        }
    }
}
