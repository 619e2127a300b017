//! The command `colorize-train`.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    colorize_train::allocator::keep_freed_memory();
    cli::main()
}
