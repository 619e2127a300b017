//! `serve`.

use std::process::ExitCode;

use clap::Args;
use colorize_train::device::remote::{TOKEN, serve};

use super::{Devices, Failure};

#[derive(Args)]
pub(super) struct Serve {
    /// Where to listen. What goes over the wire is not encrypted: leave it at this machine and
    /// reach it through a tunnel, unless the network is trusted.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    listen: String,
    #[command(flatten)]
    devices: Devices,
}

impl Serve {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let devices = self.devices.open()?;
        eprintln!(
            "lending {} at {}; clients need the same {TOKEN}, if it is set here",
            match devices.len() {
                1 => "a device".to_owned(),
                count => format!("{count} devices"),
            },
            self.listen
        );
        serve(devices, &self.listen)?;
        Ok(ExitCode::SUCCESS)
    }
}
