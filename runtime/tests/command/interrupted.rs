//! Batches that are stopped, or killed.
#![cfg(unix)]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::desk::{Desk, gradient};

const PHOTOGRAPHS: usize = 60;

fn desk() -> Desk {
    let desk = Desk::new();
    for n in 0..PHOTOGRAPHS {
        desk.save_below(&format!("box/{n:02}.png"), gradient(200, 150));
    }
    desk
}

const BATCH: [&str; 7] = ["box", "-o", "out", "--provider", "builtin", "--jobs", "3"];

/// A batch that has begun to write.
fn begun(desk: &Desk) -> Child {
    let mut command = desk.command(&BATCH);
    let pipes = command.stdout(Stdio::null()).stderr(Stdio::null());
    let child = pipes.spawn().unwrap();
    let began = Instant::now();
    while outputs(desk).len() < 3 {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "it does not begin"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

pub fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([name, &id]).status().unwrap();
    assert!(sent.success());
}

fn outputs(desk: &Desk) -> Vec<String> {
    let mut tree = desk.tree();
    tree.retain(|file| file.starts_with("out/"));
    tree
}

/// What has a photograph's name is a whole photograph; says how many there are.
fn all_whole(desk: &Desk) -> usize {
    let mut outputs = outputs(desk);
    outputs.retain(|file| !file.ends_with(".tmp"));
    for name in &outputs {
        let image = desk.open(name);
        assert_eq!((image.width(), image.height()), (200, 150), "{name}");
    }
    outputs.len()
}

fn goes_on(desk: &Desk, done: usize) {
    let again = desk.run(&[&BATCH[..3], &["--skip-existing"]].concat());
    let left = PHOTOGRAPHS - done;
    let summary = format!("{left} colorized, {done} skipped in ");
    let stdout = again.all_done();
    assert!(stdout.contains(&summary), "{done}: {stdout}");
    assert_eq!(all_whole(desk), PHOTOGRAPHS);
}

#[test]
fn a_batch_that_was_killed_leaves_nothing_partial_and_can_go_on() {
    let desk = desk();
    let mut child = begun(&desk);
    child.kill().unwrap();
    child.wait().unwrap();
    let done = all_whole(&desk);
    assert!((1..PHOTOGRAPHS).contains(&done), "{done} were done already");
    // What it had begun is recognised when it is old enough to be nobody's.
    let left = |name: &String| name.ends_with(".tmp");
    for name in outputs(&desk).iter().filter(|name| left(name)) {
        let file = std::fs::File::options().write(true).open(desk.path(name));
        let long_ago = std::time::SystemTime::now() - Duration::from_secs(3600);
        file.unwrap().set_modified(long_ago).unwrap();
    }
    goes_on(&desk, done);
    assert_eq!(outputs(&desk).len(), PHOTOGRAPHS);
}

#[test]
fn ctrl_c_finishes_what_is_being_written_and_is_status_130() {
    let desk = desk();
    let child = begun(&desk);
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let done = all_whole(&desk);
    assert!((1..PHOTOGRAPHS).contains(&done), "{done} were done already");
    assert_eq!(outputs(&desk).len(), done, "something is left over");
    goes_on(&desk, done);
}

#[test]
fn ctrl_c_twice_stops_at_once_and_leaves_nothing_over() {
    let desk = desk();
    let child = begun(&desk);
    signal(&child, "-INT");
    let _ = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(outputs(&desk).len(), all_whole(&desk));
}
