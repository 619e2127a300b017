//! One stage of a run: draw, step, look, keep.

use std::sync::Arc;
use std::time::Instant;

use crate::checkpoint::{Checkpoint, Position};
use crate::config::Train;
use crate::data::{Batch, Loader, LoaderPlan};
use crate::hints::{HintPlanes, reveal};
use crate::loss::{ColourClasses, Rebalancing};
use crate::metrics::Figures;
use crate::preview;
use crate::seed::Seed;
use crate::trainer::{Colours, StageTrainer};

use super::folder::Line;
use super::progress::Speed;
use super::{Ending, Run};

impl Run<'_> {
    /// From the position to the end of its stage.
    pub(super) fn stage(
        &mut self,
        position: &mut Position,
        resumed: Option<&Checkpoint>,
    ) -> crate::Result<Ending> {
        let index = position.stage;
        let recipe = self.config.stages[index].clone();
        let steps = self.plan.stages[index].steps;
        self.keep_ends(index)?;
        if position.stage_step == 0 {
            self.begin_from(&recipe.from)?;
        }
        let colours = self.colours(index)?;
        let mut stage = self.trainer.begin(index, &recipe, steps, colours)?;
        if let Some(checkpoint) = resumed {
            checkpoint.restore_stage(&mut stage)?;
        }
        let averaged_before = self.steps_of_the_average_before(index);
        let batches = recipe.accumulate as u64;
        let mut loader = Loader::start(
            self.loader(index, "photographs"),
            position.stage_step * batches,
        )?;
        let mut progress = self.progress(index);
        progress.at(position.stage_step);
        let mut interval = Instant::now();
        let every = &self.config.every;
        while position.stage_step < steps {
            let first_batch = position.stage_step * batches;
            let drawn = (first_batch..first_batch + batches)
                .map(|batch| Ok(self.with_hints(index, batch, loader.next_batch()?)))
                .collect::<crate::Result<Vec<_>>>()?;
            let step = position.stage_step + 1;
            let losses = match self.trainer.step(&mut stage, step, &drawn) {
                Ok(losses) => losses,
                Err(error) => return Err(self.diagnose(*position, error)),
            };
            if let (Some(ema), Some(_)) = (&mut self.trainer.ema, &stage.generator) {
                ema.update(&self.trainer.generator, averaged_before + step);
            }
            position.stage_step += 1;
            position.step += 1;
            let last = position.stage_step == steps;
            progress.step();
            if position.step.is_multiple_of(every.log) || last {
                let images = every.log * batches * recipe.batch as u64;
                let speed = Speed::of(images, loader.take_waited(), interval.elapsed());
                interval = Instant::now();
                progress.show(&losses, speed);
                self.folder.log(&Line::Step {
                    step: position.step,
                    stage: &recipe.name,
                    losses: &losses,
                    speed,
                })?;
            }
            let interrupted = self.interrupt.asked();
            let looks_now = position.step.is_multiple_of(every.validation) || last;
            if looks_now {
                let paused = Instant::now();
                self.look(*position, &stage, &progress)?;
                interval += paused.elapsed();
            } else if interrupted
                || (every.checkpoint > 0 && position.step.is_multiple_of(every.checkpoint))
            {
                self.keep(*position, &stage, None)?;
            }
            if interrupted {
                progress.finish();
                return Ok(Ending::Interrupted);
            }
        }
        progress.finish();
        Ok(Ending::Finished)
    }

    /// Measures, shows and keeps.
    fn look(
        &mut self,
        position: Position,
        stage: &StageTrainer,
        progress: &super::Progress,
    ) -> crate::Result<()> {
        let generator = self.trainer.result();
        let pairs = self.validation.colorize(&generator, &self.device);
        let figures = Figures::of(&pairs);
        let grid = preview::grid(&pairs);
        self.folder.preview(position.step, &grid)?;
        self.folder.histograms(position.step, &generator)?;
        drop(pairs);
        // The log first: a checkpoint promises that everything up to its step is written.
        let best = self.folder.would_be_best(&figures);
        self.folder.log(&Line::Validation {
            step: position.step,
            figures,
            best,
        })?;
        let best = if best { " (best so far)" } else { "" };
        let line = format!("step {}: {}{best}", position.step, describe(&figures));
        progress.line(&line);
        self.keep(position, stage, Some(figures))
    }

    fn keep(
        &mut self,
        position: Position,
        stage: &StageTrainer,
        figures: Option<Figures>,
    ) -> crate::Result<()> {
        self.folder.sync()?;
        let config = &self.config.generator;
        let checkpoints = &mut self.folder.checkpoints;
        checkpoints.save(position, &self.trainer, stage, config, figures)
    }

    fn loader(&self, index: usize, purpose: &'static str) -> LoaderPlan {
        let stage = &self.config.stages[index];
        let augment = stage.augment.as_ref().unwrap_or(&self.config.data.augment);
        LoaderPlan {
            sources: Arc::clone(&self.sources),
            mix: stage.data.clone(),
            augment: augment.clone(),
            resolution: stage.resolution,
            batch: stage.batch,
            workers: self.config.data.workers,
            seed: Seed(Seed(self.config.seed).value(purpose, index as u64)),
            stage: index as u64,
            head: self.config.generator.head,
            skips: Arc::clone(&self.skips),
        }
    }

    fn with_hints(&self, index: usize, number: u64, batch: Batch) -> (Batch, Option<HintPlanes>) {
        let hints = self.config.generator.hints.then(|| {
            let seed = Seed(Seed(self.config.seed).value("hints", index as u64));
            reveal(&batch, &self.config.stages[index].hints, seed, number)
        });
        (batch, hints)
    }

    /// Counts how often each colour occurs in the stage's photographs, as they are drawn.
    fn colours(&self, index: usize) -> crate::Result<Option<Colours>> {
        let stage = &self.config.stages[index];
        let recipe = &stage.loss.cross_entropy;
        if recipe.weight == 0.0 || stage.train == Train::Discriminator {
            return Ok(None);
        }
        let classes = ColourClasses::new();
        let mut counts = classes.prior();
        let mut loader = Loader::start(self.loader(index, "prior"), 0)?;
        for _ in 0..recipe.prior_photographs.div_ceil(stage.batch) {
            let batch = loader.next_batch()?;
            let targets = classes.targets(&batch.target, batch.len, batch.side);
            targets.count(&mut counts);
        }
        Ok(Some(Colours {
            rebalancing: Rebalancing::new(&counts, recipe.uniform, recipe.rebalance),
            classes,
        }))
    }

    /// How often the average was updated in earlier stages, since it began.
    fn steps_of_the_average_before(&self, index: usize) -> u64 {
        let stages = &self.config.stages;
        let begins = |&at: &usize| !stages[at].from.is_empty();
        let began = (0..=index).rev().find(begins).unwrap_or(0);
        let before = stages.iter().zip(&self.plan.stages);
        before
            .take(index)
            .skip(began)
            .filter(|(stage, _)| stage.train != Train::Discriminator)
            .map(|(_, plan)| plan.steps)
            .sum()
    }
}

/// The figures of a measurement, in one line.
pub(super) fn describe(figures: &Figures) -> String {
    format!(
        "psnr {:.2} dB, ssim {:.3}, ab {:.2}, object {:.3}, colour {:.1} of {:.1}",
        figures.psnr,
        figures.ssim,
        figures.ab,
        figures.object,
        figures.colour,
        figures.colour_truth,
    )
}
