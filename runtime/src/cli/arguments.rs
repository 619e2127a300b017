//! What can be asked of the command.

use std::path::PathBuf;

use clap::Parser;

use crate::variants::MOST_VARIANTS;
use crate::{Provider, SaveOptions};

/// The heading in the help above what steers the colours.
const STEERING: &str = "Colours";

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

    /// How many different versions to make, 2 to 16, and a sheet of them to choose from.
    ///
    /// They are written as NAME.colorized.1.EXT and so on; the sheet is NAME.variants.EXT. The
    /// first is what the command makes without this; the others have other colours where the
    /// colorizer is not sure.
    #[arg(long, value_name = "N", help_heading = STEERING,
          value_parser = clap::value_parser!(u8).range(2..=MOST_VARIANTS as i64))]
    pub variants: Option<u8>,

    /// Where to write how sure the colorizer is of each place's colour, as a gray PNG.
    ///
    /// White is certain, black is a guess. For several photographs a folder that exists:
    /// FOLDER/NAME.confidence.png.
    #[arg(long, value_name = "FILE|FOLDER", help_heading = STEERING)]
    pub confidence: Option<PathBuf>,

    /// The colorizer file to use instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,

    /// What a colorizer of others takes and gives: ddcolor, deoldify, eccv16, siggraph17,
    /// chromagan, or a text file of `colorize.KEY = VALUE`.
    #[arg(long, value_name = "NAME|FILE", requires = "model")]
    pub contract: Option<String>,

    /// What runs the colorizer: auto, cuda[:N], tensorrt[:N], directml[:N], coreml, cpu or builtin.
    ///
    /// `auto` is the best that works: CUDA, DirectML, Core ML or the CPU in an ONNX Runtime that is
    /// found, and the engine inside this program if none is. Any other is used, or it is an error:
    /// N is a GPU's number, `cpu` is ONNX Runtime on the CPU. `colorize-rt doctor` shows what works here.
    #[arg(
        long,
        alias = "engine",
        value_name = "PROVIDER",
        default_value = "auto"
    )]
    pub provider: Provider,

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

impl Arguments {
    pub fn save_options(&self) -> SaveOptions {
        SaveOptions {
            overwrite: self.overwrite,
            quality: self.quality,
        }
    }
}
