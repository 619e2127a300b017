//! A picture file into memory, upright.

mod format;
#[cfg(feature = "heif")]
mod heif;
#[cfg(feature = "jpeg-xl")]
pub(crate) mod jpeg_xl;

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, ImageResult, Limits};

pub(crate) use self::format::Format;
use self::format::unknown_format;
use crate::error::{Error, Result};
use crate::jpeg::is_complete_jpeg;

/// The most pixels that a picture may have: 2^27, room for the 100-megapixel backs.
/// Colorizing takes some 20 bytes a pixel.
pub const MAX_PIXELS: u64 = 1 << 27;

/// The largest file that is read: 1 GiB.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

const DAMAGED: &str = "the file is damaged: copy it again from where it came from";

/// Reads a picture file, as upright as its EXIF orientation says. The format is told
/// by the content; the name does not matter.
///
/// # Errors
/// [`Error::File`] if the file is missing, unreadable, empty, damaged, incomplete or
/// no picture; [`Error::Limit`] if it is larger than [`MAX_FILE_BYTES`] or
/// [`MAX_PIXELS`].
pub fn open(path: impl AsRef<Path>) -> Result<DynamicImage> {
    let path = path.as_ref();
    read(path)
        .and_then(|bytes| decode(&bytes))
        .map_err(|error| error.at(path))
}

/// Decodes the bytes of a picture file, as [`open`] does.
///
/// # Errors
/// As [`open`].
pub fn decode(bytes: &[u8]) -> Result<DynamicImage> {
    let (format, mut decoder) = prepared(bytes)?;
    let orientation =
        orientation(format, &mut decoder).map_err(|error| complaint(format, &error))?;
    let mut image = finished(format, decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// A decoder of a file that has been looked at: it is all there, and not too large.
pub(crate) fn prepared(bytes: &[u8]) -> Result<(Format, Box<dyn ImageDecoder + '_>)> {
    if bytes.is_empty() {
        return Err(Error::file(
            "this file is empty (0 bytes)",
            "copy it again from where it came from",
        ));
    }
    let format = Format::of(bytes)?;
    let mut decoder = decoder(bytes, format).map_err(|error| complaint(format, &error))?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Error::file(
            format!("this picture is {width}x{height}: it has no pixels"),
            DAMAGED,
        ));
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS {
        return Err(Error::limit(
            format!(
                "this picture says that it is {width}x{height}, more than {} megapixels",
                MAX_PIXELS / 1_000_000
            ),
            "make it smaller first, or if it is not that large, the file is damaged",
        ));
    }
    if format == Format::JPEG && !is_complete_jpeg(bytes) {
        // The decoder would fill the missing part with gray and say nothing.
        return Err(Error::file(
            "truncated JPEG (the end of the picture is missing)",
            DAMAGED,
        ));
    }
    let mut limits = Limits::no_limits();
    // Four samples of 32 bits a pixel is the most that any of the formats holds.
    limits.max_alloc = Some(16 * MAX_PIXELS);
    decoder
        .set_limits(limits)
        .map_err(|error| complaint(format, &error))?;
    // Asked for here, too little memory is an error; in the decoder it is the end of the process.
    let room = usize::try_from(decoder.total_bytes().saturating_mul(format.copies()));
    let room = room.is_ok_and(|bytes| Vec::<u8>::new().try_reserve_exact(bytes).is_ok());
    if !room {
        return Err(Error::limit(
            format!("there is not enough memory for a picture of {width}x{height}"),
            "make it smaller first, or if it is not that large, the file is damaged",
        ));
    }
    Ok((format, decoder))
}

fn decoder(bytes: &[u8], format: Format) -> ImageResult<Box<dyn ImageDecoder + '_>> {
    Ok(match format {
        #[cfg(feature = "heif")]
        Format::Heif(_) => Box::new(heif::Decoder::new(bytes)?),
        #[cfg(feature = "jpeg-xl")]
        Format::JpegXl => Box::new(jpeg_xl::decoder(bytes)?),
        Format::Common(format) => {
            Box::new(ImageReader::with_format(Cursor::new(bytes), format).into_decoder()?)
        }
    })
}

/// How the pixels that the decoder gives are to be turned.
pub(crate) fn orientation(
    format: Format,
    decoder: &mut dyn ImageDecoder,
) -> ImageResult<Orientation> {
    match format {
        #[cfg(feature = "heif")]
        Format::Heif(_) => Ok(Orientation::NoTransforms),
        #[cfg(feature = "jpeg-xl")]
        Format::JpegXl => Ok(Orientation::NoTransforms),
        Format::Common(_) => decoder.orientation(),
    }
}

/// The TIFF structure in a box of EXIF: four bytes say where it begins after them.
#[cfg(any(feature = "heif", feature = "jpeg-xl"))]
fn tiff_of_exif(content: &[u8]) -> Option<Vec<u8>> {
    let (start, rest) = content.split_first_chunk()?;
    let start = usize::try_from(u32::from_be_bytes(*start)).ok()?;
    rest.get(start..).map(<[u8]>::to_vec)
}

/// The pixels.
pub(crate) fn finished(format: Format, decoder: impl ImageDecoder) -> Result<DynamicImage> {
    DynamicImage::from_decoder(decoder).map_err(|error| complaint(format, &error))
}

/// A file's bytes, if there are not too many.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let unreadable = |error: io::Error| {
        Error::file(
            io_problem(&error),
            "give the path of a photograph that you may read",
        )
    };
    if path.is_dir() {
        return Err(Error::file(
            "this is a folder",
            "name the photographs in it",
        ));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(Error::limit(
            "this file is larger than 1 GiB",
            "make the picture smaller first",
        ));
    }
    Ok(bytes)
}

fn complaint(format: Format, error: &ImageError) -> Error {
    let format = format.name();
    match error {
        ImageError::Unsupported(_) => unknown_format(),
        ImageError::Limits(_) => Error::limit(
            format!("this {format} picture is too large"),
            "make it smaller first, or if it is not that large, the file is damaged",
        ),
        ImageError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => Error::file(
            format!("truncated {format} (the end of the file is missing)"),
            DAMAGED,
        ),
        error => Error::file(
            format!("this {format} cannot be decoded ({error})"),
            DAMAGED,
        ),
    }
}

/// What went wrong with a file, in a few words without the system's error numbers.
pub(crate) fn io_problem(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::NotADirectory => "a part of this path is a file, not a folder".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayImage, ImageFormat};

    fn encoded(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
        let gray = GrayImage::from_fn(width, height, |x, y| image::Luma([(x * 7 + y * 3) as u8]));
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::from(gray)
            .write_to(&mut bytes, format)
            .unwrap();
        bytes.into_inner()
    }

    #[test]
    fn every_format_is_told_by_its_content() {
        for format in [
            ImageFormat::Jpeg,
            ImageFormat::Png,
            ImageFormat::Tiff,
            ImageFormat::Bmp,
        ] {
            let image = decode(&encoded(format, 33, 20)).unwrap();
            assert_eq!((image.width(), image.height()), (33, 20), "{format:?}");
        }
    }

    #[test]
    fn a_format_that_is_not_read_is_named() {
        let formats: &[(&[u8], &str)] = &[
            #[cfg(not(feature = "heif"))]
            (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
            #[cfg(not(feature = "heif"))]
            (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"),
            (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        ];
        for (start, name) in formats {
            let error = decode(start).unwrap_err().to_string();
            assert!(
                error.contains(*name) && error.contains("convert"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_truncated_file_is_an_error_wherever_it_ends() {
        for format in [
            ImageFormat::Jpeg,
            ImageFormat::Png,
            ImageFormat::Tiff,
            ImageFormat::Bmp,
        ] {
            let whole = encoded(format, 64, 48);
            for part in 1..20 {
                let error = decode(&whole[..whole.len() * part / 20]);
                assert!(
                    error.is_err(),
                    "{format:?}: {part}/20 of the file was accepted"
                );
            }
        }
    }

    #[test]
    fn a_header_that_lies_about_its_size_is_an_error_and_not_an_allocation() {
        let mut png = encoded(ImageFormat::Png, 8, 8);
        for (size, limit) in [(0, false), (100_000, true), (i32::MAX as u32, true)] {
            png[16..20].copy_from_slice(&u32::to_be_bytes(size));
            png[20..24].copy_from_slice(&u32::to_be_bytes(size));
            let checksum = crc32(&png[12..29]);
            png[29..33].copy_from_slice(&checksum.to_be_bytes());
            let error = decode(&png).unwrap_err();
            assert_eq!(matches!(error, Error::Limit(_)), limit, "{size}: {error}");
        }
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
            })
        })
    }
}
