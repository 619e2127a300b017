//! What stages ended with, for later ones and for the result (model soups: Wortsman et al. 2022,
//! <https://arxiv.org/abs/2203.05482>).

use std::collections::BTreeMap;
use std::fs;

use colorize_models::Generator;

use crate::checkpoint::{self, Checkpoint, RESULT, State};
use crate::config::ResultConfig;
use crate::error::Error;
use crate::metrics::Figures;
use crate::trainer;

use super::Run;
use super::stage::describe;

impl Run<'_> {
    /// Keeps the checkpoints that a stage, those after it or the result begin with. Those of the stage before are
    /// kept, too: a resumed run may have to go back into it.
    pub(super) fn keep_ends(&mut self, index: usize) -> crate::Result<()> {
        let stages = self.config.stages.iter().skip(index.saturating_sub(1));
        let mut named: Vec<&[String]> = stages.map(|stage| &*stage.from).collect();
        named.extend(self.config.result.iter().map(|result| &*result.from));
        let mut steps = Vec::new();
        for from in named {
            steps.extend(
                self.shares(from)?
                    .keys()
                    .map(|&stage| self.last_step(stage)),
            );
        }
        self.folder.checkpoints.keep(steps);
        Ok(())
    }

    /// Gives the generator the mean of what `from` names; of nothing: leaves it.
    pub(super) fn begin_from(&mut self, from: &[String]) -> crate::Result<()> {
        if from.is_empty() {
            return Ok(());
        }
        let (_, mean) = self.mean(from)?;
        self.trainer.take_weights(mean)
    }

    /// Makes what the recipe wants in the end, measures it and writes it.
    pub(super) fn result(&self, recipe: &ResultConfig) -> crate::Result<()> {
        let (state, mean) = self.mean(&recipe.from)?;
        let mut config = state.generator.clone();
        config.temperature = recipe.temperature.unwrap_or(config.temperature);
        let generator = trainer::with_weights_of(config.init(&self.device)?, mean)?;
        let figures = Figures::of(&self.validation.colorize(&generator, &self.device));
        let to = self.folder.path.join(RESULT);
        eprintln!("{}: {}", to.display(), describe(&figures));
        let state = State {
            generator: config,
            figures: Some(figures),
            best: None,
            ..state
        };
        if to.exists() {
            // Of a run that had ended, and was resumed.
            fs::remove_dir_all(&to).map_err(Error::io(&to))?;
        }
        checkpoint::write(state, generator, &to)
    }

    /// The mean of what `from` names, and what the last of these checkpoints says of itself.
    fn mean(&self, from: &[String]) -> crate::Result<(State, Generator)> {
        let mut ends = Vec::new();
        for (stage, share) in self.shares(from)? {
            let end = Checkpoint::of_step(&self.folder.path, self.last_step(stage))?;
            ends.push((end, share));
        }
        let shared: Vec<_> = ends.iter().map(|(end, share)| (end, *share)).collect();
        let mean = checkpoint::mean(&shared)?;
        let last = ends.pop().map(|(end, _)| end.state);
        let nothing = || Error::data("from".as_ref(), "names nothing");
        Ok((last.ok_or_else(nothing)?, mean))
    }

    fn shares(&self, from: &[String]) -> crate::Result<BTreeMap<usize, f64>> {
        let shares = self.config.shares(from);
        shares.map_err(|message| Error::data("from".as_ref(), message))
    }

    /// The last step of a stage, counted from the first of the run.
    fn last_step(&self, stage: usize) -> u64 {
        let stages = self.plan.stages.iter().take(stage + 1);
        stages.map(|stage| stage.steps).sum()
    }
}
