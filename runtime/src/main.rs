//! The command `colorize-rt`.

use std::process::ExitCode;

fn main() -> ExitCode {
    colorize_rt::cli::main()
}
