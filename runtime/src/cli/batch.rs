//! A batch of photographs, from the plan to the summary.

use std::path::Path;

use super::ahead::Ahead;
use super::arguments::Arguments;
use super::inputs::Found;
use super::interrupt::Interrupt;
use super::names::is_standard;
use super::outputs::{self, Job, Plan};
use super::page::Pages;
use super::reporter::{Reporter, Tally};
use super::work::{Outcome, Work};
use super::{builder, standard_output, steering, workers};
use crate::{ColorizeOptions, Colorizer, Result};

/// Colorizes everything that was found.
///
/// # Errors
/// Nothing was begun, because the command contradicts itself or the colorizer cannot be used.
pub(super) fn run(arguments: &Arguments, found: &Found, interrupt: &Interrupt) -> Result<Tally> {
    let Plan { jobs, refused } = outputs::plan(arguments, found)?;
    let mut reporter = Reporter::new(arguments);
    if jobs.iter().any(|job| is_standard(&job.output)) {
        standard_output::check()?;
        reporter.keeps_off_standard_output = true;
    }
    let wanted = steering::wanted(arguments, jobs.len())?;
    for problem in &found.problems {
        reporter.failed(None, problem);
    }
    for (job, problem) in &refused {
        reporter.failed(Some(job), problem);
    }
    let (done, jobs): (Vec<Job>, Vec<Job>) = jobs
        .into_iter()
        .partition(|job| arguments.skip_existing && job.is_done());
    done.iter().for_each(|job| reporter.skipped(job));
    if let Some(first) = jobs.first() {
        let (colorizer, ahead) = Ahead::during(&first.input, || builder(arguments)?.build());
        let colorizer = colorizer?;
        reporter.engine(&colorizer);
        let batch = Batch::new(arguments, &colorizer, &wanted, interrupt, ahead)?;
        batch.colorize(&jobs, &mut reporter)?;
    } else if done.is_empty() && found.problems.is_empty() && refused.is_empty() {
        reporter.note("no photograph is in this share");
    }
    Ok(reporter.summary())
}

/// What batches have in common.
pub(super) struct Batch<'a> {
    arguments: &'a Arguments,
    engine: String,
    interrupt: &'a Interrupt,
    work: Work<'a>,
    workers: usize,
}

impl<'a> Batch<'a> {
    pub fn new(
        arguments: &'a Arguments,
        colorizer: &'a Colorizer,
        wanted: &'a ColorizeOptions,
        interrupt: &'a Interrupt,
        ahead: Ahead,
    ) -> Result<Self> {
        let workers = arguments.jobs.map_or_else(workers::usual, usize::from);
        Ok(Batch {
            arguments,
            engine: colorizer.report().engine,
            interrupt,
            work: Work::new(arguments, colorizer, wanted, interrupt, workers, ahead)?,
            workers,
        })
    }

    /// Colorizes photographs and says what became of each.
    ///
    /// # Errors
    /// None of them was begun.
    pub fn colorize(&self, jobs: &[Job], reporter: &mut Reporter) -> Result<()> {
        let mut pages = self.pages(jobs.len())?;
        let mut reached = 0;
        reporter.begin(jobs.len());
        workers::run(
            jobs.len(),
            self.workers,
            self.interrupt,
            |index| self.work.colorize(&jobs[index]),
            |index, outcome| {
                let job = &jobs[index];
                let mut small = None;
                match outcome {
                    Ok(Outcome::Done(done)) => {
                        reached += 1;
                        reporter.done(job, &done, &self.engine);
                        small = done.small;
                    }
                    Ok(Outcome::Abandoned) => return,
                    Err(error) => {
                        reached += 1;
                        reporter.failed(Some(job), &error);
                    }
                }
                if let Some(pages) = &mut pages
                    && let Err(error) = pages.put(index, small.as_ref(), &job.input)
                {
                    reporter.failed(None, &error);
                }
            },
        )?;
        reporter.left(jobs.len() - reached);
        if let Some(Err(error)) = pages.as_mut().map(Pages::finish) {
            reporter.failed(None, &error);
        }
        reporter.end();
        Ok(())
    }

    fn pages(&self, photographs: usize) -> Result<Option<Pages>> {
        let file: Option<&Path> = self.arguments.contact_sheet.as_deref();
        file.map(|file| Pages::new(file, photographs, self.arguments.save_options()))
            .transpose()
    }
}
