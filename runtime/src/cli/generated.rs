//! What is made of the command's own definition.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::Shell;

use super::arguments::Arguments;

/// A shell's completions.
pub(super) fn completions(shell: Shell, mut to: impl Write) -> std::io::Result<()> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut text);
    to.write_all(&text)
}

/// The manual page, in roff.
pub(super) fn manual(mut to: impl Write) -> std::io::Result<()> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut text)?;
    to.write_all(&text)
}
