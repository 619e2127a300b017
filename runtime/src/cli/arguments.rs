//! What can be asked of the command.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Parser;
use clap_complete::Shell;

use super::names::Format;
use super::shard::Shard;
use crate::variants::MOST_VARIANTS;
use crate::{Provider, SaveOptions};

/// The headings in the help.
const OUTPUT: &str = "Output";
const STEERING: &str = "Colours";
const CHOOSING: &str = "To look at and choose from";
const BATCH: &str = "Many photographs";
const COLORIZER: &str = "Colorizer and engine";
const INSTALLING: &str = "Installing";

/// Gives gray photographs their colour back.
///
/// Each photograph is written beside itself as NAME.colorized.EXT, at its full size and
/// with its own lightness: what changes is colour only.
#[derive(Debug, Parser)]
#[command(
    name = "colorize-rt",
    version,
    max_term_width = 100,
    after_help = "`colorize-rt doctor` shows what works on this machine, and how fast.\n\n\
        Exit status:\n  \
        0    every photograph was colorized, or skipped as was asked\n  \
        1    the command was wrong, or no photograph could be colorized\n  \
        2    some photographs were colorized and some were not\n  \
        130  stopped with Ctrl-C: what was written is whole, the rest is left"
)]
pub(super) struct Arguments {
    /// Photographs: files, folders with all that is in them, patterns such as 'scans/**/*.tif', or
    /// - for standard input.
    ///
    /// Read are JPEG, PNG, TIFF, WebP, JPEG XL, GIF, BMP and PNM. In folders and patterns, hidden files and
    /// what this command wrote earlier are left out.
    #[arg(required_unless_present_any = ["watch", "completions", "man"], value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,

    /// Where to write: a file for one photograph, a folder for several, or - for standard output.
    ///
    /// In the folder, photographs lie as they do below each INPUT folder; folders are made as they
    /// are needed.
    #[arg(short, long, value_name = "FILE|FOLDER", help_heading = OUTPUT)]
    pub output: Option<PathBuf>,

    /// The format to write instead of each photograph's own: jpeg, png, tiff, webp, bmp or ppm.
    #[arg(long, value_name = "FORMAT", help_heading = OUTPUT)]
    pub format: Option<Format>,

    /// Quality of JPEG files, 1 to 100.
    #[arg(long, default_value_t = SaveOptions::default().quality, help_heading = OUTPUT,
          value_parser = clap::value_parser!(u8).range(1..=100))]
    pub quality: u8,

    /// Replace files that exist already.
    #[arg(long, help_heading = OUTPUT)]
    pub overwrite: bool,

    /// Leave out photographs whose output exists already: goes on where a batch was stopped.
    #[arg(long, conflicts_with = "overwrite", help_heading = OUTPUT)]
    pub skip_existing: bool,

    /// A colour that is known, and where: pixels from the left, pixels from the top, colour.
    ///
    /// The thing at that place takes the colour. 120,80,#c02020 or, in percent of the width and
    /// the height, 25%,40%,red; as often as there are such places. Of the colour, hue and
    /// saturation count: lightness is the photograph's.
    #[arg(long, value_name = "X,Y,#RRGGBB", allow_hyphen_values = true, help_heading = STEERING)]
    pub hint: Vec<String>,

    /// Colours that are known, from a file: JSON, or a picture with dots of colour.
    ///
    /// JSON: {"points": [{"x": 120, "y": "40%", "colour": "#c02020"}], "palette": ["navy"]}.
    /// A picture (PNG): as wide and high as the photograph or of the same shape, transparent,
    /// with a dot of colour on each thing whose colour is known.
    #[arg(long, value_name = "FILE", help_heading = STEERING)]
    pub hints: Option<PathBuf>,

    /// Colours that the photograph is to have most of, wherever: '#204080,#e0c090'.
    #[arg(long, value_name = "#RRGGBB,…", conflicts_with = "like", help_heading = STEERING)]
    pub palette: Option<String>,

    /// A picture whose colours the photograph is to have, in about the same amounts.
    #[arg(long, value_name = "PICTURE", help_heading = STEERING)]
    pub like: Option<PathBuf>,

    /// How strong the colours are to be, 0 (gray) to 1.5.
    #[arg(long, value_name = "SHARE", default_value_t = 1.0, help_heading = STEERING)]
    pub strength: f32,

    /// Write before and after beside each other, too: NAME.compare.EXT.
    #[arg(long, help_heading = CHOOSING)]
    pub compare: bool,

    /// Write all photographs of the batch, small and with their names, on pages of 100.
    ///
    /// FILE is the first page; the others are FILE with .2, .3 and so on before the ending.
    #[arg(long, value_name = "FILE", help_heading = CHOOSING)]
    pub contact_sheet: Option<PathBuf>,

    /// Write a sheet of what other working sizes and strengths give instead: NAME.sweep.EXT.
    #[arg(long, conflicts_with_all = ["compare", "contact_sheet", "confidence", "variants", "size", "strength", "watch"],
          help_heading = CHOOSING)]
    pub sweep: bool,

    /// How many different versions to make, 2 to 16, and a sheet of them to choose from.
    ///
    /// They are written as NAME.colorized.1.EXT and so on; the sheet is NAME.variants.EXT. The
    /// first is what the command makes without this; the others have other colours where the
    /// colorizer is not sure.
    #[arg(long, value_name = "N", help_heading = CHOOSING,
          value_parser = clap::value_parser!(u8).range(2..=MOST_VARIANTS as i64))]
    pub variants: Option<u8>,

    /// Where to write how sure the colorizer is of each place's colour, as a gray PNG.
    ///
    /// White is certain, black is a guess. For several photographs a folder:
    /// FOLDER/NAME.confidence.png.
    #[arg(long, value_name = "FILE|FOLDER", help_heading = CHOOSING)]
    pub confidence: Option<PathBuf>,

    /// How many photographs to have in work at once; without this, one more than there are cores,
    /// and 16 at most.
    #[arg(long, value_name = "N", help_heading = BATCH)]
    pub jobs: Option<NonZeroUsize>,

    /// Take one share of the inputs only, such as 3/8: for several machines that share an archive.
    ///
    /// Each photograph is in exactly one of the shares 1/N to N/N, and stays in it when others come
    /// or go. I may also be counted from 0: 0/N is N/N.
    #[arg(long, value_name = "I/N", help_heading = BATCH)]
    pub shard: Option<Shard>,

    /// Colorize what is in this folder and, until Ctrl-C, what arrives there.
    ///
    /// A file is taken once it has stopped growing. What has an output already is left out.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["inputs", "overwrite", "contact_sheet"],
          help_heading = BATCH)]
    pub watch: Option<PathBuf>,

    /// Print one JSON object a photograph instead of words.
    #[arg(long, help_heading = BATCH)]
    pub json: bool,

    /// Say only what failed.
    #[arg(short, long, conflicts_with = "json", help_heading = BATCH)]
    pub quiet: bool,

    /// The colorizer file to use instead of the built-in one.
    #[arg(long, value_name = "FILE", help_heading = COLORIZER)]
    pub model: Option<PathBuf>,

    /// What a colorizer of others takes and gives: ddcolor, deoldify, eccv16, siggraph17,
    /// chromagan, or a text file of `colorize.KEY = VALUE`.
    #[arg(long, value_name = "NAME|FILE", requires = "model", help_heading = COLORIZER)]
    pub contract: Option<String>,

    /// Pixels of the short side at which the network sees a photograph; `auto` is the colorizer's own.
    #[arg(long, value_name = "PIXELS|auto", default_value = "auto", help_heading = COLORIZER)]
    pub size: WorkingSize,

    /// How often the network looks at a photograph, 1 to 4 times; unless given, as often as the colorizer
    /// says (2 for the one inside).
    ///
    /// The second time it is mirrored and up to a third larger; the mean of what was painted is better, and the
    /// network takes three times as long. 1 is the fastest.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4), help_heading = COLORIZER)]
    pub views: Option<u32>,

    /// What runs the colorizer: auto, cuda[:N], tensorrt[:N], directml[:N], coreml, cpu or builtin.
    ///
    /// `auto` is the best that works: CUDA, DirectML, Core ML or the CPU in an ONNX Runtime that is
    /// found, and the engine inside this program if none is. Any other is used, or it is an error:
    /// N is a GPU's number, `cpu` is ONNX Runtime on the CPU. `colorize-rt doctor` shows what works here.
    #[arg(long, alias = "engine", value_name = "PROVIDER", default_value = "auto",
          help_heading = COLORIZER)]
    pub provider: Provider,

    /// The shared library of ONNX Runtime, or the folder it is in.
    ///
    /// Otherwise it is looked for in ORT_DYLIB_PATH, beside this program, in the
    /// system's folders and in the active Python environment's onnxruntime package.
    #[arg(long, value_name = "PATH", help_heading = COLORIZER)]
    pub onnxruntime: Option<PathBuf>,

    /// Print the completions of a shell.
    #[arg(long, value_name = "SHELL", exclusive = true, help_heading = INSTALLING)]
    pub completions: Option<Shell>,

    /// Print the manual page.
    #[arg(long, exclusive = true, help_heading = INSTALLING)]
    pub man: bool,
}

impl Arguments {
    pub fn save_options(&self) -> SaveOptions {
        SaveOptions {
            overwrite: self.overwrite,
            quality: self.quality,
        }
    }
}

/// What `--size` says: nothing is the colorizer's own.
#[derive(Clone, Copy, Debug)]
pub struct WorkingSize(pub Option<u32>);

impl FromStr for WorkingSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self(None)),
            pixels => match pixels.parse() {
                Ok(pixels) => Ok(Self(Some(pixels))),
                Err(_) => Err("give a number of pixels, such as 256, or auto".to_owned()),
            },
        }
    }
}
