//! The command `colorize-export`.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
