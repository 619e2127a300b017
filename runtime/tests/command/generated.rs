//! Help, completions and the manual page.

use crate::desk::Desk;

#[test]
fn completions_and_the_manual_know_every_option() {
    let desk = Desk::new();
    let help = desk.command(&["--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let options: Vec<&str> = help
        .lines()
        .filter(|line| line.trim_start().starts_with('-'))
        .filter_map(|line| line.split("--").nth(1)?.split(' ').next())
        .collect();
    assert!(options.len() > 25, "{options:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = desk.command(&["--completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        for option in &options {
            assert!(script.contains(option), "{shell} does not know --{option}");
        }
    }
    let output = desk.command(&["--man"]).output().unwrap();
    let manual = String::from_utf8(output.stdout).unwrap();
    assert!(manual.contains(".TH colorize-rt 1"), "{manual}");
    for option in &options {
        let escaped = option.replace('-', "\\-");
        assert!(
            manual.contains(&escaped),
            "the manual does not know --{option}"
        );
    }
}

#[test]
fn the_help_is_no_wider_than_a_terminal() {
    let desk = Desk::new();
    let output = desk.command(&["-h"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for line in help.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}
