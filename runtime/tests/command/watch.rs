//! A folder that is watched.
#![cfg(unix)]

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::desk::{Desk, gradient};
use crate::interrupted::signal;

fn wait_for(desk: &Desk, name: &str) {
    let began = Instant::now();
    while !desk.path(name).is_file() {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{name} does not come"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_arrives_is_colorized_once_it_is_whole() {
    let desk = Desk::new();
    desk.save_below("in/before.png", gradient(30, 20));
    desk.save_below("in/done.png", gradient(30, 20));
    desk.save_below("out/done.colorized.png", gradient(3, 2));
    desk.save("late.png", gradient(300, 200));
    let late = std::fs::read(desk.path("late.png")).unwrap();
    let mut command = desk.command(&["--watch", "in", "-o", "out", "--provider", "builtin"]);
    let pipes = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = pipes.spawn().unwrap();
    wait_for(&desk, "out/before.colorized.png");
    std::fs::create_dir(desk.path("in/new")).unwrap();
    for part in 1..=8 {
        desk.write("in/new/late.png", &late[..late.len() * part / 8]);
        std::thread::sleep(Duration::from_millis(400));
    }
    desk.write("in/broken.png", "not a picture");
    wait_for(&desk, "out/new/late.colorized.png");
    // Time for what is broken to be tried again, which it must not be.
    std::thread::sleep(Duration::from_millis(2500));
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let broken = stderr
        .lines()
        .filter(|line| line.contains("broken.png: this is not"));
    assert_eq!(broken.count(), 1, "{stderr}");
    assert!(!stderr.contains("late.png"), "{stderr}");
    assert_eq!(desk.open("out/new/late.colorized.png").width(), 300);
    assert_eq!(desk.open("out/done.colorized.png").width(), 3);
    assert!(desk.tree().iter().all(|file| !file.ends_with(".tmp")));
    let missing = ["--watch", "nowhere"];
    desk.run(&missing)
        .refused(&missing, "there is no such folder");
}
