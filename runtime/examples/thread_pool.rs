//! A folder of photographs on a pool of threads that share one colorizer.
//!
//! `cargo run --release -p colorize-rt --example thread_pool -- FOLDER OUTPUT`

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use colorize_rt::{ColorizeOptions, Colorizer, Error, Photograph, SaveOptions};
use rayon::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(folder), Some(output)) = (arguments.next(), arguments.next()) else {
        return Err("give a folder of photographs and one to write to".into());
    };
    let photographs: Vec<PathBuf> = folder
        .read_dir()?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    // The threads are the pool's: the engine has one for each photograph at work.
    let colorizer = Colorizer::builder().threads(NonZeroUsize::MIN).build()?;
    let done = photographs.par_iter().filter(|path| {
        let made = colorize(&colorizer, path, &output);
        if let Err(error) = &made {
            eprintln!("{error}");
        }
        made.is_ok()
    });
    let done = done.count();
    println!("{done} of {} in colour", photographs.len());
    Ok(())
}

fn colorize(colorizer: &Colorizer, path: &Path, output: &Path) -> Result<(), Error> {
    let photograph = Photograph::open(path)?;
    let colorized = colorizer
        .colorize_photograph(&photograph, &ColorizeOptions::default())
        .map_err(|error| error.at(path))?;
    let name = path.file_name().unwrap_or_default();
    colorized.save(output.join(name), SaveOptions::default())
}
