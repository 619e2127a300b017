//! Batches, made on worker threads ahead of the step.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use colorize_models::Head;

use super::batch::Batch;
use super::draws::Draws;
use super::sample::Sample;
use super::skip::SkipList;
use super::sources::Sources;
use crate::config::AugmentConfig;
use crate::error::Error;
use crate::seed::Seed;

/// Batches that each worker may be ahead.
const AHEAD: usize = 2;

/// What a stage's batches are made of.
#[derive(Clone, Debug)]
pub struct LoaderPlan {
    /// All photographs of the run.
    pub sources: Arc<Sources>,
    /// Sources and their shares of the draws; empty: all, by their number of photographs.
    pub mix: BTreeMap<String, f64>,
    /// What varies from draw to draw.
    pub augment: AugmentConfig,
    /// Pixels on each axis.
    pub resolution: usize,
    /// Photographs a batch.
    pub batch: usize,
    /// Threads that decode; at least one is started.
    pub workers: usize,
    /// The run's.
    pub seed: Seed,
    /// Which stage this is: each has draws of its own.
    pub stage: u64,
    /// What the generator paints.
    pub head: Head,
    /// Where photographs of no use are written down.
    pub skips: Arc<SkipList>,
}

/// Gives a stage's batches in turn. Worker k of n makes every n-th batch. Batch b is a function of
/// the seed, the stage, b and the photographs: whatever the number of workers, however they are
/// scheduled, and from whichever batch the loader starts.
pub struct Loader {
    workers: Vec<Worker>,
    next: u64,
    waited: Duration,
    stop: Arc<AtomicBool>,
}

struct Worker {
    batches: Receiver<crate::Result<Batch>>,
    thread: Option<JoinHandle<()>>,
}

/// Time that the step spent waiting for photographs, since the last time this was asked.
#[derive(Clone, Copy, Debug)]
pub struct Waited(pub Duration);

impl Loader {
    /// Starts the workers at the stage's batch `first_batch`, counted from 0.
    ///
    /// # Errors
    /// The mixture names a source that there is not, or gives one an impossible share.
    pub fn start(plan: LoaderPlan, first_batch: u64) -> crate::Result<Self> {
        let weights = plan.sources.weights(&plan.mix)?;
        let draws = Draws::new(&plan.sources, &weights, plan.seed, plan.stage);
        let count = plan.workers.max(1);
        let stop = Arc::new(AtomicBool::new(false));
        let workers = (0..count as u64).map(|index| {
            let (sender, batches) = sync_channel(AHEAD);
            let (plan, mut draws, stop) = (plan.clone(), draws.clone(), stop.clone());
            let numbers = (first_batch + index..).step_by(count);
            let thread =
                std::thread::spawn(move || work(&plan, &mut draws, numbers, &sender, &stop));
            Worker {
                batches,
                thread: Some(thread),
            }
        });
        Ok(Self {
            workers: workers.collect(),
            next: 0,
            waited: Duration::ZERO,
            stop,
        })
    }

    /// The next batch.
    ///
    /// # Errors
    /// A source has no photograph that can be used, or the list of skipped ones cannot be written.
    pub fn next_batch(&mut self) -> crate::Result<Batch> {
        let started = Instant::now();
        let index = (self.next % self.workers.len() as u64) as usize;
        self.next += 1;
        let batch = self.workers[index].batches.recv();
        self.waited += started.elapsed();
        batch.unwrap_or_else(|_| {
            Err(Error::Data {
                path: "data".into(),
                message: "a worker thread stopped; this is a fault of the program".to_owned(),
            })
        })
    }

    /// See [`Waited`].
    pub fn take_waited(&mut self) -> Waited {
        Waited(std::mem::take(&mut self.waited))
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for worker in &mut self.workers {
            // A worker may be blocked on a full channel: make room until it sees the flag.
            while let Some(thread) = &worker.thread {
                if thread.is_finished() {
                    break;
                }
                let _ = worker.batches.recv_timeout(Duration::from_millis(10));
            }
            if let Some(thread) = worker.thread.take() {
                let _ = thread.join();
            }
        }
    }
}

fn work(
    plan: &LoaderPlan,
    draws: &mut Draws,
    numbers: impl Iterator<Item = u64>,
    sender: &SyncSender<crate::Result<Batch>>,
    stop: &AtomicBool,
) {
    for number in numbers {
        let batch = plan.batch(number, draws, stop);
        let failed = batch.is_err();
        if stop.load(Ordering::Relaxed) || sender.send(batch).is_err() || failed {
            return;
        }
    }
}

impl LoaderPlan {
    fn batch(&self, number: u64, draws: &mut Draws, stop: &AtomicBool) -> crate::Result<Batch> {
        let mut batch = Batch::new(self.resolution);
        for index in 0..self.batch as u64 {
            if stop.load(Ordering::Relaxed) {
                // Nobody waits for it any more.
                break;
            }
            batch.push(
                &self.sample(number * self.batch as u64 + index, draws)?,
                self.head,
            );
        }
        Ok(batch)
    }

    /// The photograph of a draw or, where that is of no use, the next of its source that is.
    fn sample(&self, draw: u64, draws: &mut Draws) -> crate::Result<Sample> {
        let (source, candidates) = draws.candidates(&self.sources, draw);
        for photo in candidates {
            if self.skips.contains(photo) {
                continue;
            }
            let purpose = format!("stage {}/augment", self.stage);
            let mut rng = self.seed.stream(&purpose, draw);
            match self.sources.decode(photo) {
                Ok(picture) => {
                    return Ok(Sample::draw(
                        &picture,
                        self.resolution,
                        &self.augment,
                        &mut rng,
                    ));
                }
                Err(skip) => self.skips.note(&self.sources, photo, skip)?,
            }
        }
        let counts = self.skips.counts();
        let counts = counts
            .iter()
            .map(|(reason, count)| format!("{count} {reason}"));
        let counts = counts.collect::<Vec<_>>().join(", ");
        let name = self.sources.name_of(source);
        Err(Error::data(
            format!("data.sources.{name}").as_ref(),
            format!("none of its photographs can be used (skipped so far: {counts})"),
        ))
    }
}
