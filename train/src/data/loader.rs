//! Batches, made on worker threads ahead of the step.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use colorize_models::Head;
use rand::seq::SliceRandom;

use super::photographs::{PhotoId, Photographs};
use super::sample::{Batch, Crop, Sample};
use crate::error::Error;
use crate::seed::Seed;

/// Batches that each worker may be ahead.
const AHEAD: usize = 2;

/// What a batch is made of.
#[derive(Clone, Debug)]
struct Plan {
    photographs: Arc<Photographs>,
    seed: Seed,
    side: usize,
    batch: usize,
    crop: Crop,
    head: Head,
}

/// Gives the batch of each step in turn. Worker k of n makes every n-th batch, so the order, and
/// with it the run, is the same however the threads are scheduled.
pub struct Loader {
    workers: Vec<Worker>,
    next: u64,
    waited: Duration,
    skipped: Arc<AtomicUsize>,
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
    /// Starts the workers at `first_step`.
    pub fn start(photographs: Arc<Photographs>, config: &crate::Config, first_step: u64) -> Self {
        let plan = Plan {
            photographs,
            seed: Seed(config.seed),
            side: config.resolution,
            batch: config.batch,
            crop: Crop::of(&config.data),
            head: config.generator.head,
        };
        let count = config.data.workers as u64;
        let skipped = Arc::new(AtomicUsize::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let workers = (0..count).map(|index| {
            let (sender, batches) = sync_channel(AHEAD);
            let (plan, skipped, stop) = (plan.clone(), skipped.clone(), stop.clone());
            let first = first_step + index;
            let thread = std::thread::spawn(move || {
                work(
                    &plan,
                    (first..).step_by(count as usize),
                    &sender,
                    &skipped,
                    &stop,
                );
            });
            Worker {
                batches,
                thread: Some(thread),
            }
        });
        Self {
            workers: workers.collect(),
            next: 0,
            waited: Duration::ZERO,
            skipped,
            stop,
        }
    }

    /// The next step's batch.
    ///
    /// # Errors
    /// No photograph can be decoded.
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

    /// Photographs that could not be decoded so far, each time they were drawn.
    pub fn skipped(&self) -> usize {
        self.skipped.load(Ordering::Relaxed)
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
    plan: &Plan,
    steps: impl Iterator<Item = u64>,
    sender: &SyncSender<crate::Result<Batch>>,
    skipped: &AtomicUsize,
    stop: &AtomicBool,
) {
    let mut order = Order::default();
    for step in steps {
        let batch = plan.batch(step, &mut order, skipped);
        let failed = batch.is_err();
        if sender.send(batch).is_err() || failed || stop.load(Ordering::Relaxed) {
            return;
        }
    }
}

/// The order of one pass over the photographs.
#[derive(Default)]
struct Order {
    epoch: Option<u64>,
    photos: Vec<PhotoId>,
}

impl Order {
    /// The photograph drawn at `position`, counted over all passes.
    fn photo(&mut self, plan: &Plan, position: u64) -> PhotoId {
        let training = &plan.photographs.training;
        let epoch = position / training.len() as u64;
        if self.epoch != Some(epoch) {
            self.epoch = Some(epoch);
            self.photos.clone_from(training);
            self.photos.shuffle(&mut plan.seed.stream("order", epoch));
        }
        self.photos[(position % training.len() as u64) as usize]
    }
}

impl Plan {
    fn batch(&self, step: u64, order: &mut Order, skipped: &AtomicUsize) -> crate::Result<Batch> {
        let mut batch = Batch::new(self.side);
        for index in 0..self.batch as u64 {
            let drawn = step * self.batch as u64 + index;
            batch.push(&self.sample(drawn, order, skipped)?, self.head);
        }
        Ok(batch)
    }

    /// The photograph drawn at a position or, where that is damaged, the next that is not.
    fn sample(
        &self,
        drawn: u64,
        order: &mut Order,
        skipped: &AtomicUsize,
    ) -> crate::Result<Sample> {
        let mut rng = self.seed.stream("augment", drawn);
        let mut reason = None;
        for position in drawn..drawn + self.photographs.training.len() as u64 {
            let photo = order.photo(self, position);
            let bytes = self.photographs.read(photo)?;
            match Sample::decode(&bytes, self.side, self.crop, &mut rng) {
                Ok(sample) => return Ok(sample),
                Err(message) => {
                    skipped.fetch_add(1, Ordering::Relaxed);
                    reason.get_or_insert(Error::data(
                        self.photographs.name(photo).as_ref(),
                        format!("{message}; and no other photograph can be decoded either"),
                    ));
                }
            }
        }
        Err(reason.unwrap_or_else(|| Error::data("data".as_ref(), "no photographs")))
    }
}
