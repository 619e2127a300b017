//! One photograph from a file into a file, with all that it came with.
//!
//! `cargo run --release -p colorize-rt --example one_file -- photo.jpg photo.colorized.jpg`

use colorize_rt::{ColorizeOptions, Colorizer, Error, Photograph, SaveOptions};

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(input), Some(output)) = (arguments.next(), arguments.next()) else {
        return Err(Error::Request(
            "give a photograph and a file to write".to_owned(),
        ));
    };
    let colorizer = Colorizer::builder().build()?;
    let photograph = Photograph::open(input)?;
    let colorized = colorizer.colorize_photograph(&photograph, &ColorizeOptions::default())?;
    colorized.save(output, SaveOptions::default())?;

    let report = colorizer.report();
    println!("{}: {:?}", report.engine, report.stages);
    Ok(())
}
