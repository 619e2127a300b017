//! A picture into a file: whole or not at all.

mod formats;
mod pixels;

use std::io::{self, BufWriter, Write};
use std::path::Path;

#[cfg(feature = "cli")]
use image::GrayImage;
use image::{DynamicImage, ImageFormat, RgbImage};

use crate::decode::io_problem;
use crate::error::{Error, Result};
use crate::metadata::Metadata;
use crate::whole_file::WholeFile;
use formats::Problem;
use pixels::Pixels;

/// How a picture is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SaveOptions {
    /// Whether a file that is already there is replaced; `false` at first.
    pub overwrite: bool,
    /// Quality of JPEG files, 1 to 100; 98 at first, so that lightness survives. Chroma is never subsampled.
    pub quality: u8,
}

impl Default for SaveOptions {
    fn default() -> Self {
        SaveOptions {
            overwrite: false,
            quality: 98,
        }
    }
}

/// The formats that are written, by the ending of the name. All keep full colour:
/// GIF is missing because it has only 256.
const FORMATS: [(&str, ImageFormat); 9] = [
    ("jpg", ImageFormat::Jpeg),
    ("jpeg", ImageFormat::Jpeg),
    ("png", ImageFormat::Png),
    ("tif", ImageFormat::Tiff),
    ("tiff", ImageFormat::Tiff),
    ("webp", ImageFormat::WebP),
    ("bmp", ImageFormat::Bmp),
    ("ppm", ImageFormat::Pnm),
    ("pnm", ImageFormat::Pnm),
];

/// Whether [`save`] can write a file of this name.
pub fn can_save(path: impl AsRef<Path>) -> bool {
    format_of(path.as_ref()).is_some()
}

fn format_of(path: &Path) -> Option<ImageFormat> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    FORMATS
        .iter()
        .find(|(known, _)| *known == ending)
        .map(|(_, format)| *format)
}

/// Writes a picture in the format that the name's ending tells: into a temporary file
/// beside the target, which takes the target's name only when it is complete and on
/// the disk. Whatever goes wrong, no half of a picture is left.
///
/// # Errors
/// [`Error::Request`] if the ending is unknown or the file is there and may not be
/// replaced; [`Error::File`] if it cannot be written.
pub fn save(image: &RgbImage, path: impl AsRef<Path>, options: SaveOptions) -> Result<()> {
    let path = path.as_ref();
    let pixels = Pixels::rgb8(image.width(), image.height(), image.as_raw());
    write(&pixels, &Metadata::default(), path, options).map_err(|error| error.at(path))
}

/// Writes a picture of any kind with its metadata as [`save`] does. Formats of 8 bits get 8, and those
/// without transparency none.
pub(crate) fn save_with(
    image: &DynamicImage,
    metadata: &Metadata,
    path: &Path,
    options: SaveOptions,
) -> Result<()> {
    let Some(pixels) = Pixels::of(image) else {
        let image = image.to_rgba16();
        return save_with(&image.into(), metadata, path, options);
    };
    write(&pixels, metadata, path, options).map_err(|error| error.at(path))
}

/// Writes a gray picture as [`save`] does.
#[cfg(feature = "cli")]
pub(crate) fn save_map(map: &GrayImage, path: &Path, options: SaveOptions) -> Result<()> {
    let pixels = Pixels::gray8(map.width(), map.height(), map.as_raw());
    write(&pixels, &Metadata::default(), path, options).map_err(|error| error.at(path))
}

/// What of a photograph's metadata has no room in a file of this name, for a person to read.
#[cfg(feature = "cli")]
pub(crate) fn left_out(metadata: &Metadata, path: &Path) -> Option<String> {
    let (exif, xmp) = match format_of(path)? {
        ImageFormat::Jpeg => formats::jpeg_has_room(metadata),
        ImageFormat::Bmp | ImageFormat::Pnm => (metadata.exif.is_none(), metadata.xmp.is_none()),
        _ => (true, true),
    };
    let lost = match (exif, xmp) {
        (true, true) => return None,
        (false, true) => "EXIF has",
        (true, false) => "XMP has",
        (false, false) => "EXIF and XMP have",
    };
    let ending = path.extension()?.display();
    Some(format!(
        "its {lost} no room in .{ending}; .png and .tif keep all"
    ))
}

/// The error of an output that exists already.
pub(crate) fn exists_already() -> Error {
    Error::request(
        "this file exists already",
        "give `--overwrite` to replace it, or another name with `-o`",
    )
}

fn write(
    pixels: &Pixels<'_>,
    metadata: &Metadata,
    path: &Path,
    options: SaveOptions,
) -> Result<()> {
    let format = format_of(path).ok_or_else(|| {
        Error::request(
            "this ending names no format that can be written",
            "end the name in .jpg, .png, .tif, .webp, .bmp or .ppm",
        )
    })?;
    if !options.overwrite && path.symlink_metadata().is_ok() {
        return Err(exists_already());
    }
    if path.is_dir() {
        return Err(Error::request(
            "this is a folder",
            "give the name of a file",
        ));
    }
    let mut file = WholeFile::create(path).map_err(|e| unwritable(&e))?;
    let mut writer = BufWriter::new(&mut file);
    encode(pixels, metadata, format, options.quality, &mut writer)?;
    drop(writer);
    file.finish(options.overwrite).map_err(|e| match e.kind() {
        io::ErrorKind::AlreadyExists => exists_already(),
        _ => unwritable(&e),
    })
}

/// Writes a picture file; of its metadata, what the format has room for.
fn encode(
    pixels: &Pixels<'_>,
    metadata: &Metadata,
    format: ImageFormat,
    quality: u8,
    writer: &mut BufWriter<&mut WholeFile>,
) -> Result<()> {
    let encoded = match format {
        ImageFormat::Jpeg => formats::jpeg(pixels, metadata, quality, &mut *writer),
        ImageFormat::Png => formats::png(pixels, metadata, &mut *writer),
        ImageFormat::Tiff => formats::tiff(pixels, metadata, &mut *writer),
        ImageFormat::WebP => formats::webp(pixels, metadata, &mut *writer),
        _ => formats::plain(pixels, format, &mut *writer),
    };
    encoded
        .and_then(|()| Ok(writer.flush()?))
        .map_err(|problem| match problem {
            Problem::Disk(error) => unwritable(&error),
            Problem::Picture(problem) => Error::request(
                format!(
                    "a picture of {}x{} cannot be written so ({problem})",
                    pixels.width, pixels.height
                ),
                "write a .png instead",
            ),
        })
}

fn unwritable(error: &io::Error) -> Error {
    let problem = match error.kind() {
        io::ErrorKind::NotFound => "its folder does not exist".to_owned(),
        _ => io_problem(error),
    };
    Error::file(
        format!("this file cannot be written: {problem}"),
        "choose another place with `-o`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> RgbImage {
        RgbImage::from_fn(40, 30, |x, y| {
            image::Rgb([(x * 6) as u8, (y * 8) as u8, 90])
        })
    }

    #[test]
    fn every_format_that_can_be_saved_can_be_read_again() {
        let folder = tempfile::tempdir().unwrap();
        for (ending, format) in FORMATS {
            let path = folder.path().join(format!("picture.{ending}"));
            save(&picture(), &path, SaveOptions::default()).unwrap();
            let back = crate::decode::open(&path).unwrap().to_rgb8();
            assert_eq!(back.dimensions(), (40, 30));
            assert!(format == ImageFormat::Jpeg || back == picture(), "{ending}");
        }
    }

    #[test]
    fn a_file_that_is_there_stays_unless_it_may_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture.png");
        std::fs::write(&path, "precious").unwrap();
        let error = save(&picture(), &path, SaveOptions::default()).unwrap_err();
        assert!(error.to_string().contains("--overwrite"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
        let overwrite = SaveOptions {
            overwrite: true,
            ..SaveOptions::default()
        };
        save(&picture(), &path, overwrite).unwrap();
        assert_eq!(crate::decode::open(&path).unwrap().to_rgb8(), picture());
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let long = RgbImage::new(70_000, 1);
        let cases = [
            (&picture(), folder.path().join("missing/picture.png")),
            (&picture(), folder.path().join("picture.xyz")),
            (&picture(), folder.path().join("picture")),
            (&long, folder.path().join("picture.jpg")),
        ];
        for (image, path) in cases {
            let error = save(image, &path, SaveOptions::default())
                .unwrap_err()
                .to_string();
            assert!(error.starts_with(&path.display().to_string()), "{error}");
            assert_eq!(folder.path().read_dir().unwrap().count(), 0, "{error}");
        }
    }
}
