//! What a person would otherwise have to remember: `cargo xtask COMMAND`.

mod bench;
mod conformance;
mod engines;
mod places;
mod python;
mod setup;
mod stamp;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "The chores of this workspace")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what the tests take from Python, at pinned versions, into target/python
    Setup,
    /// Run every network in every engine; write conformance/REPORT.md
    Conformance(conformance::Options),
    /// Set up one engine of the report and start it; a request (conformance/peers/README.md) goes to its stdin
    #[command(subcommand)]
    Engine(engines::Engine),
    /// Measure training, its speed and that it learns, and the exporter
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Set up, then run every test of the workspace
    Test {
        /// Passed on to `cargo test`: `-p PACKAGE`, the name of a test, …
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Bench(bench) => bench.run(),
        Command::Conformance(options) => conformance::run(&options),
        Command::Engine(engine) => engine.run(),
        Command::Setup => setup::run(),
        Command::Test { arguments } => test::run(&arguments),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("xtask: {error}");
        ExitCode::FAILURE
    })
}
