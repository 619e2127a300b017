//! A process of little memory and little time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// In the process of little memory.
const INSIDE: &str = "COLORIZE_TEST_LIMITED";
const KIBIBYTES: u32 = 512 * 1024;
/// What a single hostile file may take.
const MOST_EACH: Duration = Duration::from_secs(5);

/// Runs the body of the test of this name in a process that has 512 MiB of address space and so
/// many seconds.
pub fn limited(test: &str, seconds: u64, body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let limit = format!("ulimit -v {KIBIBYTES} && exec \"$0\" \"$@\"");
    let mut process = Command::new("sh")
        .args(["-c", &limit])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--include-ignored"])
        .env(INSIDE, "1")
        // Each thread takes address space, whether it works or not.
        .env("RAYON_NUM_THREADS", "2")
        .env("RUST_TEST_THREADS", "1")
        .env("RUST_BACKTRACE", "0")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let status = loop {
        if let Some(status) = process.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > Duration::from_secs(seconds) {
            process.kill().unwrap();
            panic!("{test} was not done after {seconds} s");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(status.success(), "{test} in 512 MiB: {status}");
}

/// Runs `task` on a hostile file: it may give anything, and must neither panic nor take long.
pub fn survives<T>(file: &str, task: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let made = catch_unwind(AssertUnwindSafe(task));
    let took = started.elapsed();
    assert!(took < MOST_EACH, "{file} took {took:?}");
    made.unwrap_or_else(|_| panic!("{file} made it panic"))
}
