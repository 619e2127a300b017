//! `cargo xtask engine`: one engine by hand.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::Subcommand;

/// An engine; a request goes to its stdin.
#[derive(Subcommand)]
pub enum Engine {
    /// tract, in Rust
    Tract,
    /// Files read back into burn by burn-onnx
    BurnOnnx {
        /// The .onnx files that it shall know
        #[arg(long, value_name = "FOLDER")]
        models: PathBuf,
    },
    /// onnxruntime-web, under Node
    Web,
}

impl Engine {
    /// Sets it up and starts it.
    pub fn run(&self) -> Result<ExitCode, String> {
        let line = match self {
            Self::Tract => super::tract(),
            Self::BurnOnnx { models } => super::burn_onnx(models),
            Self::Web => super::web(),
        }?;
        let (program, arguments) = line.split_first().ok_or("no command line")?;
        let status = Command::new(program)
            .args::<_, &OsString>(arguments)
            .status()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
    }
}
