//! The average of several checkpoints' weights: where they come from one training, it often generalises
//! better than each (Wortsman et al. 2022, <https://arxiv.org/abs/2203.05482>).

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use colorize_models::Generator;

use super::files::{GENERATOR, STATE, UNFINISHED, sha256};
use super::write::write_json;
use super::{Checkpoint, State};
use crate::error::Error;

/// Writes a checkpoint whose generator is the average of others', each as much as the next; it is new at
/// `to`. What some do not have, such as layers for hints, is the average of those that do.
///
/// # Errors
/// The first is of another kind of network than a further one, `to` exists, or it cannot be written.
pub fn average(checkpoints: &[Checkpoint], to: &Path) -> crate::Result<()> {
    let Some(first) = checkpoints.first() else {
        return Err(Error::data(to, "no checkpoint to average"));
    };
    if to.exists() {
        return Err(Error::data(to, "exists already; name a new folder"));
    }
    let state = State {
        figures: None,
        best: None,
        ..first.state.clone()
    };
    let each: Vec<_> = checkpoints.iter().map(|one| (one, 1.0)).collect();
    write(state, mean(&each)?, to)
}

/// The mean of checkpoints' generators by their weights, on a plain CPU device.
///
/// # Errors
/// There is none, or as for [`average`].
pub(crate) fn mean(checkpoints: &[(&Checkpoint, f64)]) -> crate::Result<Generator> {
    let Some(((first, share), others)) = checkpoints.split_first() else {
        return Err(Error::data("from".as_ref(), "no checkpoint to average"));
    };
    let device = Device::flex();
    let generator = first.generator(&device)?;
    let mut sums = Sums::default();
    sums.add(&generator, *share);
    for (other, share) in others {
        let mut alike = other.state.generator.clone();
        alike.hints = first.state.generator.hints;
        alike.temperature = first.state.generator.temperature;
        if alike != first.state.generator {
            let message = format!("another kind of network than {}", first.path.display());
            return Err(Error::data(&other.path, message));
        }
        sums.add(&other.generator(&device)?, *share);
    }
    Ok(generator.map(&mut Mean {
        sums: sums.values,
        path: Vec::new(),
    }))
}

/// Writes a checkpoint that has nothing but a generator; `state` is what it says of itself, but for the
/// checksums.
pub(crate) fn write(state: State, generator: Generator, to: &Path) -> crate::Result<()> {
    let beside = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempdir_in(beside.unwrap_or(Path::new(".")))
        .map_err(Error::io(to))?;
    let file = folder.path().join(GENERATOR);
    let written = generator.into_record().save(&file);
    written.map_err(|e| Error::weights(&file, format!("cannot be written: {e}")))?;
    let bytes = fs::read(&file).map_err(Error::io(&file))?;
    let state = State {
        sha256: BTreeMap::from([(GENERATOR.to_owned(), sha256(&bytes))]),
        ..state
    };
    write_json(&folder.path().join(STATE), &state)?;
    fs::rename(folder.path(), to).map_err(Error::io(to))
}

/// Flat sums of tensors by their modules' paths, each times its share, and of the shares.
#[derive(Default)]
struct Sums {
    values: HashMap<Vec<String>, (Tensor<1>, f64)>,
    share: f64,
    path: Vec<String>,
}

impl Sums {
    fn add(&mut self, generator: &Generator, share: f64) {
        self.share = share;
        generator.visit(self);
    }
}

impl ModuleVisitor for Sums {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let values = param.val().reshape([-1]).mul_scalar(self.share);
        let sum = match self.values.remove(&self.path) {
            Some((sum, shares)) => (sum + values, shares + self.share),
            None => (values, self.share),
        };
        self.values.insert(self.path.clone(), sum);
    }
}

struct Mean {
    sums: HashMap<Vec<String>, (Tensor<1>, f64)>,
    path: Vec<String>,
}

impl ModuleMapper for Mean {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        // The vectors of spectral normalisation are estimates that belong to one network's weights.
        if self.path.last().is_some_and(|name| name == "u") {
            return param;
        }
        let Some((sum, shares)) = self.sums.remove(&self.path) else {
            return param;
        };
        param.map(|own| sum.div_scalar(shares).reshape(own.dims()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use colorize_models::GeneratorConfig;

    fn checkpoint(
        folder: &Path,
        name: &str,
        seed: u64,
        change: fn(&mut GeneratorConfig),
    ) -> Checkpoint {
        let device = Device::flex();
        device.seed(seed);
        let mut config = GeneratorConfig {
            encoder: colorize_models::Encoder::EfficientnetLite0,
            width: 8,
            head: colorize_models::Head::Chroma,
            ..GeneratorConfig::default()
        };
        change(&mut config);
        let state = State {
            run: "test".to_owned(),
            step: 1,
            stage: 0,
            stage_step: 1,
            generator: config.clone(),
            config_sha256: String::new(),
            sha256: BTreeMap::new(),
            figures: None,
            best: None,
        };
        let path = folder.join(name);
        write(state, config.init(&device).unwrap(), &path).unwrap();
        Checkpoint::open(&path).unwrap()
    }

    fn last_layer(checkpoint: &Checkpoint) -> Vec<f32> {
        let Generator::EncoderUnet(network) = checkpoint.generator(&Device::flex()).unwrap() else {
            panic!("another network");
        };
        network
            .output
            .weight
            .val()
            .into_data()
            .try_to_vec()
            .unwrap()
    }

    #[test]
    fn every_weight_is_the_mean_and_hints_stay_with_those_who_have_them() {
        let folder = tempfile::tempdir().unwrap();
        let one = checkpoint(folder.path(), "one", 1, |config| config.hints = true);
        let other = checkpoint(folder.path(), "other", 2, |_| {});
        let to = folder.path().join("average");
        average(&[one.clone(), other.clone()], &to).unwrap();
        let made = Checkpoint::open(&to).unwrap();
        assert!(made.state.generator.hints);
        let (of_one, of_other) = (last_layer(&one), last_layer(&other));
        assert_ne!(of_one, of_other);
        for ((mean, a), b) in last_layer(&made).iter().zip(of_one).zip(of_other) {
            assert!((mean - (a + b) / 2.0).abs() < 1e-6);
        }
        let again = average(std::slice::from_ref(&one), &to)
            .unwrap_err()
            .to_string();
        assert!(again.contains("exists already"), "{again}");
        let wide = checkpoint(folder.path(), "wide", 3, |config| config.width = 16);
        let refused = average(&[one, wide], &folder.path().join("x")).unwrap_err();
        assert!(refused.to_string().contains("another kind"), "{refused}");
    }
}
