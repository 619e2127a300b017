//! What can be asked of the command.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::{EngineChoice, SaveOptions};

/// Gives gray photographs their colour back.
///
/// Each photograph is written beside itself as NAME.colorized.EXT, at its full size and
/// with its own lightness: what changes is colour only.
#[derive(Debug, Parser)]
#[command(
    name = "colorize-rt",
    version,
    after_help = "Exit status:\n  \
        0  every photograph was colorized\n  \
        1  the command was wrong, or no photograph could be colorized\n  \
        2  some photographs were colorized and some were not"
)]
pub(super) struct Arguments {
    /// The photographs: JPEG, PNG, TIFF, WebP, GIF, BMP or PNM.
    #[arg(required = true, value_name = "PHOTO")]
    pub inputs: Vec<PathBuf>,

    /// Where to write: a file (for one photograph) or a folder that exists.
    #[arg(short, long, value_name = "FILE|FOLDER")]
    pub output: Option<PathBuf>,

    /// Replace files that exist already.
    #[arg(long)]
    pub overwrite: bool,

    /// The colorizer file to use instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,

    /// What a colorizer of others takes and gives: ddcolor, deoldify, eccv16, siggraph17,
    /// chromagan, or a text file of `colorize.KEY = VALUE`.
    #[arg(long, value_name = "NAME|FILE", requires = "model")]
    pub contract: Option<String>,

    /// What runs the colorizer.
    #[arg(long, value_enum, default_value_t = Engine::Auto)]
    pub engine: Engine,

    /// The shared library of ONNX Runtime, or the folder it is in.
    ///
    /// Otherwise it is looked for in ORT_DYLIB_PATH, beside this program, in the
    /// system's folders and in the active Python environment's onnxruntime package.
    #[arg(long, value_name = "PATH")]
    pub onnxruntime: Option<PathBuf>,

    /// Pixels of the short side at which the network sees a photograph.
    #[arg(long, value_name = "PIXELS")]
    pub size: Option<u32>,

    /// Quality of JPEG files, 1 to 100.
    #[arg(long, default_value_t = SaveOptions::default().quality,
          value_parser = clap::value_parser!(u8).range(1..=100))]
    pub quality: u8,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Engine {
    /// ONNX Runtime if it is found, and the built-in engine if not.
    Auto,
    /// The built-in engine.
    #[cfg(feature = "builtin")]
    Builtin,
    /// ONNX Runtime, or an error.
    #[cfg(feature = "onnxruntime")]
    Onnxruntime,
}

impl Arguments {
    pub fn engine_choice(&self) -> EngineChoice {
        match self.engine {
            Engine::Auto => EngineChoice::Auto,
            #[cfg(feature = "builtin")]
            Engine::Builtin => EngineChoice::Builtin,
            #[cfg(feature = "onnxruntime")]
            Engine::Onnxruntime => EngineChoice::OnnxRuntime,
        }
    }

    pub fn save_options(&self) -> SaveOptions {
        SaveOptions {
            overwrite: self.overwrite,
            quality: self.quality,
        }
    }
}
