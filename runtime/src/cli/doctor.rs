//! `colorize-rt doctor`: what works on this machine, and how fast.

use std::env;
use std::io::stdout;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use clap::Parser;
use image::{DynamicImage, GrayImage, Luma};

use super::reporter::print;
use super::{DONE, show_usage};
use crate::{Colorizer, Error, Model, Provider, Result, color};

const NAME: &str = "doctor";

/// Shows what works on this machine: engines, devices, the colorizer, a self test and its time.
///
/// A photograph that is called `doctor` is `./doctor`.
#[derive(Debug, Parser)]
#[command(
    name = "colorize-rt doctor",
    bin_name = "colorize-rt doctor",
    version,
    after_help = "Exit status:\n  \
        0  at least one engine works\n  \
        1  none does, or the command was wrong"
)]
struct Arguments {
    /// The colorizer file to use instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,

    /// The shared library of ONNX Runtime, or the folder it is in.
    #[arg(long, value_name = "PATH")]
    onnxruntime: Option<PathBuf>,

    /// Test this one only, such as tensorrt, which takes minutes the first time.
    #[arg(long, alias = "engine", value_name = "PROVIDER")]
    provider: Option<Provider>,
}

/// Whether this is the word that the command begins with.
pub(super) fn is_asked_for() -> bool {
    env::args_os().nth(1).is_some_and(|first| first == NAME)
}

pub(super) fn run() -> Result<u8> {
    match Arguments::try_parse_from(env::args_os().skip(1)) {
        Ok(arguments) => examine(&arguments),
        Err(error) => Ok(show_usage(&error)),
    }
}

fn examine(arguments: &Arguments) -> Result<u8> {
    let model = match &arguments.model {
        Some(path) => Model::from_file(path)?,
        None => embedded()?,
    };
    let said = |line: &str| print(stdout(), line);
    said(&format!("colorize-rt {}", env!("CARGO_PKG_VERSION")));
    let (there, library) = libraries(arguments)?;
    said(&library);
    let gpus = gpus();
    said(&format!(
        "NVIDIA GPUs   {}",
        if gpus.is_empty() { "none" } else { &gpus }
    ));
    said(&about(&model, arguments.model.is_some()));
    let tested = match arguments.provider {
        Some(provider) => vec![provider],
        None => there,
    };
    let mut works = Vec::new();
    for provider in tested {
        let what = format!("{provider}");
        if provider == Provider::TensorRt(0) && arguments.provider.is_none() {
            said(&format!(
                "{what:<13} not tested: it takes minutes the first time; `colorize-rt doctor --provider tensorrt` does"
            ));
            continue;
        }
        match self_test(arguments, &model, provider) {
            Ok((engine, took)) => {
                works.push(provider);
                said(&format!(
                    "{what:<13} works: {engine}, a picture of 256x192 in {} ms",
                    took.as_millis()
                ));
            }
            Err(error) if arguments.provider.is_some() => return Err(error),
            Err(error) => said(&format!("{what:<13} does not work: {error}")),
        }
    }
    let Some(best) = works.first() else {
        return Err(Error::engine(
            "no engine works",
            "install ONNX Runtime with `pip install onnxruntime`",
        ));
    };
    if arguments.provider.is_none() {
        said(&format!("auto takes    {best}"));
    }
    said(&advice(&works, &gpus));
    Ok(DONE)
}

#[cfg(feature = "embedded-model")]
fn embedded() -> Result<Model> {
    Model::embedded()
}

#[cfg(not(feature = "embedded-model"))]
fn embedded() -> Result<Model> {
    Err(Error::request(
        "this build has no colorizer inside",
        "give one with `--model`",
    ))
}

/// What may be tested, best first, and what there is to say of ONNX Runtime.
#[cfg(feature = "onnxruntime")]
fn libraries(arguments: &Arguments) -> Result<(Vec<Provider>, String)> {
    let (found, notes) = crate::engine::probe(arguments.onnxruntime.as_deref())?;
    let mut there = Vec::new();
    let mut text = match &found {
        None => "ONNX Runtime  none was found".to_owned(),
        Some(found) => {
            there.extend(&found.providers);
            let names: Vec<_> = found.providers.iter().map(|one| one.name()).collect();
            format!(
                "ONNX Runtime  {} at {}, built with {}",
                found.version,
                found.path.display(),
                names.join(", ")
            )
        }
    };
    for note in notes {
        text.push_str("\n              ");
        text.push_str(&note);
    }
    there.extend(BUILTIN);
    Ok((there, text))
}

#[cfg(not(feature = "onnxruntime"))]
fn libraries(_: &Arguments) -> Result<(Vec<Provider>, String)> {
    let text = "ONNX Runtime  this build does without it";
    Ok((BUILTIN.to_vec(), text.to_owned()))
}

const BUILTIN: &[Provider] = if cfg!(feature = "builtin") {
    &[Provider::Builtin]
} else {
    &[]
};

/// From the program that comes with their driver.
fn gpus() -> String {
    let output = Command::new("nvidia-smi")
        .args([
            "--query-gpu=index,name,driver_version",
            "--format=csv,noheader",
        ])
        .output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else {
        return String::new();
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("; ")
}

fn about(model: &Model, given: bool) -> String {
    let contract = model.contract();
    let named = |text: &str, otherwise: &str| match text {
        "" => otherwise.to_owned(),
        text => text.to_owned(),
    };
    format!(
        "colorizer     {}: {} {}, {:.1} MB, sees photographs at {} pixels",
        if given {
            "the given one"
        } else {
            "the one inside"
        },
        named(&contract.name, "without a name"),
        named(&contract.version, "without a version"),
        model.bytes().len() as f64 / 1e6,
        contract.working_size,
    )
}

/// The engine, and how long a picture takes once it is warm.
fn self_test(
    arguments: &Arguments,
    model: &Model,
    provider: Provider,
) -> Result<(String, Duration)> {
    let mut builder = Colorizer::builder()
        .model(model.clone())
        .provider(provider)
        .on_progress(|line| print(stdout(), line));
    let library = arguments.onnxruntime.as_ref();
    if let Some(library) = library.filter(|_| provider != Provider::Builtin) {
        builder = builder.onnxruntime(library);
    }
    let colorizer = builder.build()?;
    let gray = GrayImage::from_fn(256, 192, |x, y| {
        Luma([(x / 2 + y / 2 + (x * y) % 32) as u8])
    });
    let picture = DynamicImage::from(gray);
    colorizer.colorize(&picture)?;
    let started = Instant::now();
    let image = colorizer.colorize(&picture)?.image;
    let took = started.elapsed();
    let mut lightness = [picture.to_rgb8(), image].map(|image| {
        let mut lightness = vec![0.0; 256 * 192];
        color::lightness_of_rgb8(image.as_raw(), &mut lightness);
        lightness.into_iter()
    });
    let [before, after] = &mut lightness;
    // Eight bits a channel are no finer than that.
    match before
        .zip(after)
        .all(|(before, after)| (before - after).abs() < 1.0)
    {
        true => Ok((colorizer.report().engine, took)),
        false => Err(Error::engine(
            "the self test failed: it changed the lightness",
            "use another provider",
        )),
    }
}

fn advice(works: &[Provider], gpus: &str) -> String {
    let on_gpu = |one: &Provider| {
        matches!(
            one,
            Provider::Cuda(_) | Provider::TensorRt(_) | Provider::DirectMl(_)
        )
    };
    let wanted = match () {
        () if works.iter().any(on_gpu) || works.contains(&Provider::CoreMl) => None,
        () if !gpus.is_empty() => Some(Provider::Cuda(0)),
        () if cfg!(windows) => Some(Provider::DirectMl(0)),
        () if works.contains(&Provider::Cpu) => None,
        () => Some(Provider::Cpu),
    };
    match wanted {
        None => "faster        nothing, on what this machine has".to_owned(),
        Some(provider) => format!(
            "faster        ONNX Runtime on {}: {}",
            provider.name(),
            provider.what_it_needs()
        ),
    }
}
