use std::process::ExitCode;

use clap::Args;

use super::example;

#[derive(Args)]
pub struct Options {
    /// What computes: cpu, or a device of a feature of colorize-train
    #[arg(long, default_value = "cpu")]
    device: String,
    /// Features of colorize-train that the device needs
    #[arg(long, value_name = "FEATURE")]
    features: Vec<String>,
}

/// Prints a line of JSON a measurement; fails where the goal is not reached within the steps of
/// `train/configs/overfit.yaml`.
pub fn run(options: &Options) -> Result<ExitCode, String> {
    let status = example("colorize-train", "overfit", &options.features)?
        .args(["--device", &options.device])
        .status()
        .map_err(|error| format!("overfit: {error}"))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
