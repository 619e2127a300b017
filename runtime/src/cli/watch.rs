//! A folder in which photographs arrive.
//!
//! It is looked into every second rather than listened to: systems do not tell what happens in
//! folders of other machines, and a second does not matter here.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use super::ahead::Ahead;
use super::arguments::Arguments;
use super::batch::Batch;
use super::inputs::{Found, Input, in_folder};
use super::interrupt::Interrupt;
use super::naming::Naming;
use super::outputs::Job;
use super::refusals::{Claims, Photographs};
use super::reporter::{Reporter, Tally};
use super::{builder, steering};
use crate::{Error, Result};

const PAUSE: Duration = Duration::from_secs(1);
/// Between two looks whether the command is to end.
const MOMENT: Duration = Duration::from_millis(50);

/// Colorizes what is in a folder and what arrives there, until the command is to end.
///
/// # Errors
/// There is no such folder, or nothing can be colorized at all.
pub(super) fn run(arguments: &Arguments, folder: &Path, interrupt: &Interrupt) -> Result<Tally> {
    if !folder.is_dir() {
        return Err(Error::request("there is no such folder", "name one that is there").at(folder));
    }
    let wanted = steering::wanted(arguments, 1)?;
    if wanted.hints.has_points() {
        return Err(Error::request(
            "hints at places are for one photograph, and a folder is watched",
            "leave them out; `--palette` and `--like` are for any number",
        ));
    }
    let naming = Naming::new(arguments, true)?;
    let colorizer = builder(arguments)?.build()?;
    let mut reporter = Reporter::new(arguments);
    reporter.engine(&colorizer);
    reporter.note(&format!("watching {}; Ctrl-C ends it", folder.display()));
    let batch = Batch::new(arguments, &colorizer, &wanted, interrupt, Ahead::default())?;
    let mut watch = Watch::default();
    while !interrupt.asked() {
        let began = Instant::now();
        let found = in_folder(folder);
        let looking = began.elapsed();
        let jobs = watch.ripe(&found, arguments, &naming, &mut reporter);
        batch.colorize(&jobs, &mut reporter)?;
        // Where a look takes long, a tenth of the time goes into it at most.
        wait(PAUSE.max(9 * looking), interrupt);
    }
    Ok(reporter.summary())
}

fn wait(time: Duration, interrupt: &Interrupt) {
    let mut left = time;
    while !interrupt.asked() && !left.is_zero() {
        sleep(MOMENT.min(left));
        left = left.saturating_sub(MOMENT);
    }
}

/// What tells that a file is still being written, or was written anew.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Looks {
    bytes: u64,
    changed: Option<SystemTime>,
}

#[derive(Clone, Copy)]
struct Seen {
    looks: Looks,
    /// It was colorized, or failed, or is none of ours.
    settled: bool,
}

#[derive(Default)]
struct Watch {
    seen: HashMap<PathBuf, Seen>,
    claims: Claims,
    /// What could not be looked into is said once.
    said: Vec<String>,
}

impl Watch {
    /// The photographs that look as they did the last time, and are not done.
    fn ripe(
        &mut self,
        found: &Found,
        arguments: &Arguments,
        naming: &Naming,
        reporter: &mut Reporter,
    ) -> Vec<Job> {
        for problem in &found.problems {
            let text = problem.to_string();
            if !self.said.contains(&text) {
                reporter.failed(None, problem);
                self.said.push(text);
            }
        }
        let mine = |input: &&Input| arguments.shard.is_none_or(|shard| shard.has(&input.below));
        let photographs = Photographs::of(found.inputs.iter().map(|input| input.path.as_path()));
        let mut jobs = Vec::new();
        for input in found.inputs.iter().filter(mine) {
            if !self.is_ripe(&input.path) {
                continue;
            }
            let job = naming.job(input);
            match self.claims.take(&job, &photographs) {
                Err(error) => reporter.failed(Some(&job), &error),
                Ok(_) if job.is_done() => {}
                Ok(_) => jobs.push(job),
            }
        }
        // What is gone need not be remembered.
        if self.seen.len() > found.inputs.len() {
            let there: HashSet<&Path> = found.inputs.iter().map(|i| i.path.as_path()).collect();
            self.seen.retain(|path, _| there.contains(path.as_path()));
            self.claims.keep(|path| there.contains(path));
        }
        jobs
    }

    /// Whether a file is as it was at the last look, for the first time.
    fn is_ripe(&mut self, path: &Path) -> bool {
        let Ok(metadata) = path.metadata() else {
            return false;
        };
        let looks = Looks {
            bytes: metadata.len(),
            changed: metadata.modified().ok(),
        };
        let before = self.seen.get(path).copied();
        let same = before.filter(|seen| seen.looks == looks);
        let ripe = same.is_some_and(|seen| !seen.settled) && looks.bytes > 0;
        let settled = same.is_some_and(|seen| seen.settled) || ripe;
        self.seen.insert(path.to_owned(), Seen { looks, settled });
        ripe
    }
}
