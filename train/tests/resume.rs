//! A run that was killed goes on as if it had not been: every metric and every weight, bit for bit.
#![allow(clippy::unwrap_used)]

mod small;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use colorize_train::checkpoint::Checkpoint;
use small::{metrics, settings};

/// Three stages, so that boundaries are crossed, too: into one that goes on, into one that begins with a mean.
const RECIPE: &str = "
name: resumed
seed: 5
data: { root: PHOTOGRAPHS, validation: 2, workers: 2, augment: { crop: 0.7, grain: 3 } }
generator: { resolution: 32, width: 8, head: chroma }
discriminator: { resolution: 32, width: 8 }
ema: 0.9
stages:
  - name: alone
    train: generator
    resolution: 32
    steps: 5
    batch: 2
    accumulate: 2
    loss: { l1: 1.0 }
    optimizer: { generator: { schedule: { kind: cosine, warmup: 2 }, clip: 1.0 } }
  - name: both
    resolution: 32
    steps: 5
    batch: 2
    loss: { l1: 1.0, adversarial: { weight: 0.1, form: hinge } }
  - name: mean
    from: [alone, both, both]
    train: generator
    resolution: 32
    steps: 2
    batch: 2
    loss: { l1: 1.0 }
result: { from: [alone, mean] }
every: { log: 1, validation: 4, checkpoint: 1 }
";

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let photographs = small::photographs().display().to_string();
        let recipe = RECIPE.replace("PHOTOGRAPHS", &photographs);
        fs::write(folder.path().join("recipe.yaml"), recipe).unwrap();
        Self { folder }
    }

    fn runs(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start(&self, name: &str) -> Child {
        command()
            .arg("run")
            .arg(self.folder.path().join("recipe.yaml"))
            .arg("--runs")
            .arg(self.runs(name))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// The one run in a folder of runs.
    fn run(&self, name: &str) -> PathBuf {
        let mut runs = fs::read_dir(self.runs(name)).unwrap();
        runs.next().unwrap().unwrap().path()
    }
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_colorize-train"));
    command.env_remove("COLORIZE_CACHE");
    command
}

fn resume(run: &Path) -> Output {
    command().arg("resume").arg(run).output().unwrap()
}

/// Kills the run, as power cuts do, once the checkpoint of `step` is there.
fn killed_after(place: &Place, name: &str, step: u64) -> PathBuf {
    let mut child = place.start(name);
    let started = Instant::now();
    let checkpoint = format!("checkpoints/step-{step:06}/state.json");
    while !(place.runs(name).is_dir()
        && fs::read_dir(place.runs(name))
            .unwrap()
            .any(|run| run.unwrap().path().join(&checkpoint).is_file()))
    {
        assert!(
            started.elapsed() < Duration::from_secs(120),
            "no step {step}"
        );
        assert!(
            child.try_wait().unwrap().is_none(),
            "ended before step {step}"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    place.run(name)
}

/// The bytes of every file of the last checkpoint.
fn last_checkpoint(run: &Path) -> Vec<(String, Vec<u8>)> {
    let folder = run.join("checkpoints/step-000012");
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "bpk"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// What a checkpoint's generator makes of white.
fn painted(checkpoint: &Checkpoint) -> Vec<f32> {
    let generator = checkpoint.generator(&burn::tensor::Device::flex()).unwrap();
    let picture = burn::tensor::Tensor::<4>::ones([1, 1, 32, 32], &burn::tensor::Device::flex());
    let painted = generator.forward(picture).into_data();
    painted.iter::<f32>().collect()
}

#[test]
fn a_killed_run_goes_on_as_if_it_had_not_been() {
    let place = Place::new();
    assert!(place.start("whole").wait().unwrap().success());
    let whole = place.run("whole");
    let expected = metrics(&whole);
    assert_eq!(expected.len(), 12 + 5, "{expected:?}");
    for (name, step) in [
        ("first stage", 2),
        ("boundary", 5),
        ("second stage", 8),
        ("boundary to a mean", 10),
        ("last stage", 11),
    ] {
        let run = killed_after(&place, name, step);
        let output = resume(&run);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(metrics(&run), expected, "{name}");
        let newest = |run| painted(&Checkpoint::newest(run).unwrap());
        assert_eq!(newest(&run), newest(&whole), "{name}");
        let result = |run: &Path| painted(&Checkpoint::open(&run.join("result")).unwrap());
        assert_eq!(result(&run), result(&whole), "{name}");
        let names = |run| -> Vec<String> {
            last_checkpoint(run)
                .into_iter()
                .map(|(name, _)| name)
                .collect()
        };
        assert_eq!(names(&run), names(&whole));
    }
}

#[test]
fn a_damaged_newest_checkpoint_is_named_and_the_one_before_is_used() {
    let place = Place::new();
    assert!(place.start("whole").wait().unwrap().success());
    let run = place.run("whole");
    let expected = metrics(&run);
    let file = run.join("checkpoints/step-000012/discriminator.bpk");
    let mut bytes = fs::read(&file).unwrap();
    bytes.truncate(bytes.len() / 2);
    fs::write(&file, bytes).unwrap();
    let output = resume(&run);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("discriminator.bpk: damaged"), "{said}");
    assert!(said.contains("resumed after step 11"), "{said}");
    assert_eq!(metrics(&run), expected);
}

#[test]
fn a_folder_that_is_no_run_is_one_clear_line() {
    let empty = tempfile::tempdir().unwrap();
    let output = resume(empty.path());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("config.yaml"), "{said}");
}

/// A limit on the size of files stands in for a full disk: both make a write fail half-way.
#[test]
#[cfg(unix)]
fn a_full_disk_is_a_clear_error_and_older_checkpoints_stay() {
    let place = Place::new();
    let photographs = format!("data.root={}", small::photographs().display());
    let mut set = settings();
    set.extend([
        photographs,
        "every.checkpoint=1".to_owned(),
        "generator.width=16".to_owned(),
    ]);
    let run = |blocks: &str| {
        let mut line =
            format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" run \"$1\" --runs \"$2\"");
        for setting in &set {
            line.push_str(&format!(" --set '{setting}'"));
        }
        Command::new("sh")
            .arg("-c")
            .arg(line)
            .arg(env!("CARGO_BIN_EXE_colorize-train"))
            .arg(small::here().join("configs/quick.yaml"))
            .arg(place.runs("full"))
            .output()
            .unwrap()
    };
    // 100 KiB: enough for the recipe and the log, not for the weights.
    let output = run("100");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{said}");
    let last = said.lines().last().unwrap();
    assert!(last.starts_with("colorize-train: "), "{said}");
    assert!(last.contains(".bpk"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    let left = fs::read_dir(place.run("full").join("checkpoints")).unwrap();
    assert_eq!(left.count(), 0, "nothing half-written");
}
