//! One photograph, from file to files.

use super::outputs::Job;
use crate::encode::{save, save_map};
use crate::{
    ColorizeOptions, ColorizedPhotograph, Colorizer, Error, Photograph, Result, SaveOptions,
    contact_sheet,
};

/// What became of a photograph.
pub(super) struct Done {
    /// Width and height.
    pub dimensions: (u32, u32),
    /// What was not as expected in the file.
    pub notes: Vec<String>,
    /// How sure the colorizer is of its colours, 0 to 1, where it says so.
    pub sure: Option<f32>,
}

/// Colorizes a photograph and writes everything that its job names.
pub(super) fn colorize(
    colorizer: &Colorizer,
    job: &Job,
    wanted: &ColorizeOptions,
    options: SaveOptions,
) -> Result<Done> {
    job.check_outputs(options.overwrite)?;
    let photograph = Photograph::open(&job.input)?;
    let at = |error: Error| error.at(&job.input);
    let first = if job.versions.is_empty() {
        let colorized = colorizer
            .colorize_photograph(&photograph, wanted)
            .map_err(at)?;
        colorized.save(&job.output, options).map_err(at)?;
        colorized
    } else {
        let count = job.versions.len();
        let versions = colorizer.variants_of(&photograph, wanted, count);
        write_versions(job, versions.map_err(at)?, options)?
    };
    if let Some(path) = &job.confidence {
        let confidence = first.confidence.as_ref().ok_or_else(|| {
            at(Error::request(
                "this colorizer does not say how sure it is",
                "leave `--confidence` out, or use the built-in colorizer",
            ))
        })?;
        let map = confidence.map().map_err(at)?;
        save_map(&map, path, options).map_err(at)?;
    }
    Ok(Done {
        dimensions: (first.image.width(), first.image.height()),
        notes: photograph.notes().to_vec(),
        sure: first
            .confidence
            .as_ref()
            .map(|confidence| confidence.mean()),
    })
}

/// Writes all versions and a sheet of them; gives the first.
fn write_versions(
    job: &Job,
    versions: Vec<ColorizedPhotograph>,
    options: SaveOptions,
) -> Result<ColorizedPhotograph> {
    let at = |error: Error| error.at(&job.input);
    for (version, path) in versions.iter().zip(&job.versions) {
        version.save(path, options).map_err(at)?;
    }
    if let Some(sheet) = &job.sheet {
        let images: Vec<_> = versions.iter().map(|v| v.image.to_rgb8()).collect();
        let images: Vec<_> = images.iter().collect();
        save(&contact_sheet(&images), sheet, options).map_err(at)?;
    }
    let first = versions.into_iter().next();
    first.ok_or_else(|| {
        at(Error::engine(
            "no version was painted",
            "please report this",
        ))
    })
}
