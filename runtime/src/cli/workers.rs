//! Several photographs in work at once.
//!
//! Each worker takes a photograph through all its stages, so that one is read while another is in
//! the network and a third is written, and as many are in memory as there are workers, however many
//! there are to do.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use super::interrupt::Interrupt;
use crate::{Error, Result};

/// What decoders may need; threads have less of it than a process's first one.
pub(super) const STACK: usize = 8 << 20;

/// The number of workers without `--jobs`: one more than cores, because each waits for the disk
/// now and then.
pub(super) fn usual() -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    (cores + 1).min(16)
}

/// Does `work` for 0 to `count`, in this order and several at once, and gives each result to
/// `report` on this thread, in the order in which they are ready.
///
/// # Errors
/// The system gives no thread.
pub(super) fn run<R: Send>(
    count: usize,
    workers: usize,
    interrupt: &Interrupt,
    work: impl Fn(usize) -> R + Sync,
    mut report: impl FnMut(usize, R),
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = sync_channel(workers);
    thread::scope(|scope| {
        for worker in 0..workers.min(count) {
            let (sender, work, next) = (sender.clone(), &work, &next);
            let turns = move || {
                while !interrupt.asked() {
                    let index = next.fetch_add(1, Ordering::SeqCst);
                    if index >= count || sender.send((index, work(index))).is_err() {
                        break;
                    }
                }
            };
            let thread = thread::Builder::new().stack_size(STACK);
            match thread.spawn_scoped(scope, turns) {
                Ok(_) => {}
                // Fewer do, too.
                Err(_) if worker > 0 => break,
                Err(error) => {
                    return Err(Error::limit(
                        format!("the system gives no thread ({error})"),
                        "end other programs first",
                    ));
                }
            }
        }
        drop(sender);
        for (index, result) in receiver {
            report(index, result);
        }
        Ok(())
    })
}
