//! Every recipe that ships runs, two steps a stage, on small data in the forms that it names.
#![allow(clippy::unwrap_used, clippy::panic)]

mod small;

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use colorize_train::Config;
use colorize_train::config::Source;
use colorize_train::run::{self, Ending, Interrupt};
use safetensors::tensor::{Dtype, TensorView};
use small::{here, metrics};

/// The folders that the recipes name, with little in them.
fn data() -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    let root = data.path();
    let batches = here().join("tests/data/imagenet/python2");
    fs::create_dir(root.join("imagenet64")).unwrap();
    for name in ["train_data_batch_1", "train_data_batch_2"] {
        fs::copy(batches.join(name), root.join("imagenet64").join(name)).unwrap();
    }
    fs::create_dir_all(root.join("coco/annotations")).unwrap();
    for year in ["val2017", "train2017"] {
        fs::create_dir(root.join("coco").join(year)).unwrap();
        let file = root.join(format!("coco/annotations/instances_{year}.json"));
        fs::write(file, coco(&root.join("coco").join(year))).unwrap();
    }
    write_vgg(&root.join("vgg19.safetensors"));
    data
}

/// Copies the repository's photographs; gives annotations that find an animal on each.
fn coco(images: &Path) -> String {
    let mut listed = Vec::new();
    let mut annotations = Vec::new();
    for (id, photo) in (1..).zip(fs::read_dir(small::photographs()).unwrap()) {
        let photo = photo.unwrap();
        fs::copy(photo.path(), images.join(photo.file_name())).unwrap();
        let name = photo.file_name().to_string_lossy().into_owned();
        listed.push(serde_json::json!({ "id": id, "file_name": name }));
        annotations.push(serde_json::json!({ "id": id, "image_id": id, "category_id": 1 }));
    }
    let category = |id: u32, name: &str, supercategory: &str| serde_json::json!({ "id": id, "name": name, "supercategory": supercategory });
    let categories = [
        category(1, "cat", "animal"),
        category(2, "person", "person"),
        category(3, "pizza", "food"),
        category(4, "bench", "outdoor"),
    ];
    serde_json::json!({
        "images": listed, "annotations": annotations, "categories": categories,
    })
    .to_string()
}

/// VGG19 up to conv2_2 with torchvision's names, and weights that are none.
fn write_vgg(path: &Path) {
    let shapes = [(0, 64, 3), (2, 64, 64), (5, 128, 64), (7, 128, 128)];
    let mut tensors = Vec::new();
    for (index, to, from) in shapes {
        let shape = vec![to, from, 3, 3];
        let wave = |i: usize| ((0.37 * i as f64).sin() * 0.05) as f32;
        let values = (0..to * from * 9).flat_map(|i| wave(i).to_le_bytes());
        let name = format!("features.{index}");
        tensors.push((format!("{name}.weight"), shape, values.collect::<Vec<u8>>()));
        tensors.push((format!("{name}.bias"), vec![to], vec![0; 4 * to]));
    }
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap();
        (name.clone(), view)
    });
    fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

fn recipes() -> Vec<PathBuf> {
    let folder = fs::read_dir(here().join("configs")).unwrap();
    let mut recipes: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    recipes.sort();
    recipes
}

/// The recipe with two short steps a stage.
fn small_recipe(path: &Path, data: &Path) -> Config {
    let whole = Config::load(path, &[]).unwrap();
    let root = match whole.data.root.to_str().unwrap() {
        "photographs" | "examples/photographs" => small::photographs(),
        below => data.join(below),
    };
    let mut set = vec![
        format!("data.root={}", root.display()),
        "data.validation=2".to_owned(),
        format!("generator.width={}", whole.generator.width.min(16)),
        "discriminator.width=8".to_owned(),
        "every.log=1".to_owned(),
        "every.validation=1000".to_owned(),
        "every.checkpoint=0".to_owned(),
    ];
    // Shards are not in the repository: the photographs that are stand in for them.
    let is_shards = |source: &Source| matches!(source, Source::Webdataset(_));
    let from_shards = whole.data.sources.values().any(is_shards);
    if from_shards {
        set.push("data.sources={}".to_owned());
    }
    for (index, stage) in whole.stages.iter().enumerate() {
        let mut of_stage = |value: &str| set.push(format!("stages.{index}.{value}"));
        if from_shards {
            of_stage("data={}");
        }
        of_stage("epochs=null");
        of_stage("steps=2");
        of_stage("batch=2");
        of_stage("loss.cross_entropy.prior_photographs=4");
        if stage.loss.perceptual.weights.is_some() {
            let weights = data.join("vgg19.safetensors");
            of_stage(&format!("loss.perceptual.weights={}", weights.display()));
        }
    }
    Config::load(path, &set).unwrap()
}

// One test: burn's CPU backend has one random generator for the whole process.
#[test]
fn every_recipe_runs_two_steps_a_stage() {
    let data = data();
    let runs = tempfile::tempdir().unwrap();
    let all = recipes();
    assert!(all.len() >= 9, "{all:?}");
    for path in all {
        let config = small_recipe(&path, data.path());
        let never = Interrupt::default();
        let ran = run::train(&config, runs.path(), &[Device::flex()], None, &never);
        let (folder, ending) = ran.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert_eq!(ending, Ending::Finished);
        let lines = metrics(&folder);
        let measured = config.stages.len();
        assert_eq!(lines.len(), 2 * config.stages.len() + measured, "{path:?}");
        fs::remove_dir_all(folder).unwrap();
    }
}
