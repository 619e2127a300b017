//! Stages that begin with the mean of what earlier ones ended with, and a result that is one.
#![allow(clippy::unwrap_used)]

mod small;

use std::path::Path;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use colorize_train::Config;
use colorize_train::checkpoint::Checkpoint;
use colorize_train::run::{self, Ending, Interrupt};

const RECIPE: &str = "
name: ends
seed: 3
data: { root: PHOTOGRAPHS, validation: 2 }
generator: { resolution: 32, width: 8, head: distribution, temperature: 0.6 }
ema: 0.9
stages:
  - &stage
    name: one
    resolution: 32
    steps: 3
    batch: 2
    loss: { cross_entropy: { weight: 1.0, prior_photographs: 4 } }
  - { <<: *stage, name: two }
  - { <<: *stage, name: three }
  - <<: *stage
    name: four
    from: [one, two, two]
    steps: 1
    optimizer: { generator: { learning_rate: 0.0 } }
means:
  both: [two, two, one]
result: { from: [both, three], temperature: 0.5 }
every: { log: 1, validation: 1, checkpoint: 1 }
";

fn recipe() -> String {
    RECIPE.replace("PHOTOGRAPHS", &small::photographs().display().to_string())
}

/// Every weight of the generator that a checkpoint gives.
fn weights(checkpoint: &Checkpoint) -> Vec<f32> {
    #[derive(Default)]
    struct Collect(Vec<f32>);
    impl ModuleVisitor for Collect {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            // Flat vectors: biases, scales, and estimates that every step renews.
            if D > 1 {
                self.0.extend(param.val().into_data().iter::<f32>());
            }
        }
    }
    let mut collect = Collect::default();
    let generator = checkpoint.generator(&Device::flex()).unwrap();
    generator.visit(&mut collect);
    collect.0
}

fn mean(of: &[&[f32]]) -> Vec<f32> {
    let sum = |index: usize| of.iter().map(|values| values[index]).sum::<f32>();
    (0..of[0].len()).map(|i| sum(i) / of.len() as f32).collect()
}

fn close(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6)
}

fn after(run: &Path, step: u64) -> Vec<f32> {
    weights(&Checkpoint::of_step(run, step).unwrap())
}

#[test]
fn stages_and_the_result_begin_with_means_and_what_they_need_is_kept() {
    let runs = tempfile::tempdir().unwrap();
    let config = Config::parse(&recipe(), "recipe").unwrap();
    let never = Interrupt::default();
    let ran = run::train(&config, runs.path(), &[Device::flex()], None, &never);
    let (run, ending) = ran.unwrap();
    assert_eq!(ending, Ending::Finished);
    let (one, two, three) = (after(&run, 3), after(&run, 6), after(&run, 9));
    assert!(!close(&one, &two) && !close(&two, &three));
    // Its only step has a rate of 0.
    assert!(close(&after(&run, 10), &mean(&[&one, &two, &two])));

    let both = mean(&[&two, &two, &one]);
    let result = Checkpoint::open(&run).unwrap();
    assert_eq!(result.path, run.join("result"));
    assert!(close(&weights(&result), &mean(&[&both, &three])));
    assert_eq!(result.state.generator.temperature, 0.5);
    assert!(result.state.figures.is_some());
    assert_eq!(result.config().unwrap().name, "ends");

    let before = Checkpoint::of_step(&run, 4).unwrap_err().to_string();
    assert!(before.contains("step-000004"), "{before}");
}

#[test]
fn names_of_stages_that_cannot_be_begun_with_are_one_clear_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recipe.yaml");
    std::fs::write(&file, recipe()).unwrap();
    for (set, expected) in [
        (
            "stages.1.from=[three]",
            "stage `three` does not come before",
        ),
        ("stages.1.from=[onne]", "no stage or mean is called `onne`"),
        ("stages.2.name=two", "`two` is the name of several"),
        ("means.both=[one, both]", "mean `both` is of itself"),
        ("means.both=[]", "mean `both` is of nothing"),
        ("result.from=[]", "result.from: name at least one stage"),
        ("result.temperature=0", "result.temperature must be above 0"),
    ] {
        let error = Config::load(&file, &[set.to_owned()]).unwrap_err();
        let error = error.to_string();
        assert!(error.contains(expected), "{set}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}
