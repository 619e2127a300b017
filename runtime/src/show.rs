//! What a command prints.

use std::io::{self, Write};

/// Prints what was asked for; a reader that has seen enough (`| head`) is no error.
///
/// # Errors
/// Standard output cannot be written for another reason, such as a full disk.
pub fn show(text: &str) -> io::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
