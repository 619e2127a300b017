//! How much may be in memory at once.

use std::sync::{Condvar, Mutex, PoisonError};

/// Pixels that each worker may count on: twelve megapixels, as most cameras give. Where
/// photographs are larger, fewer are in work at once.
pub(super) const PIXELS_A_JOB: u64 = 12_000_000;

/// Pixels that may be in work at once. A photograph of more than all of them waits until it is
/// alone.
pub(super) struct Budget {
    all: u64,
    free: Mutex<u64>,
    returned: Condvar,
}

/// Pixels that are in work until it is dropped.
pub(super) struct Share<'a> {
    budget: &'a Budget,
    pixels: u64,
}

impl Budget {
    pub fn of(pixels: u64) -> Self {
        Budget {
            all: pixels,
            free: Mutex::new(pixels),
            returned: Condvar::new(),
        }
    }

    /// Waits until there is room for a photograph.
    pub fn take(&self, pixels: u64) -> Share<'_> {
        let pixels = pixels.min(self.all);
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free < pixels {
            free = self
                .returned
                .wait(free)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *free -= pixels;
        Share {
            budget: self,
            pixels,
        }
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let free = self.budget.free.lock();
        *free.unwrap_or_else(PoisonError::into_inner) += self.pixels;
        self.budget.returned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn no_more_than_the_budget_is_in_work_and_all_of_it_gets_done() {
        let budget = Budget::of(100);
        let (now, most, done) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for worker in 0..8_u64 {
                let (budget, now, most, done) = (&budget, &now, &most, &done);
                scope.spawn(move || {
                    for turn in 0..50 {
                        let pixels = 10 + (worker * 37 + turn * 13) % 200;
                        let share = budget.take(pixels);
                        let counted = pixels.min(100);
                        let sum = now.fetch_add(counted, Ordering::SeqCst) + counted;
                        most.fetch_max(sum, Ordering::SeqCst);
                        std::thread::yield_now();
                        now.fetch_sub(counted, Ordering::SeqCst);
                        drop(share);
                        done.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(done.into_inner(), 400);
        assert!(most.into_inner() <= 100);
    }
}
