//! Each format, with the metadata that it has room for.

mod jpeg;
mod tiff;

use std::borrow::Cow;
use std::io::{self, Cursor, Seek, Write};

use image::{ExtendedColorType, ImageError, ImageFormat};
use jpeg_encoder::EncodingError;

use super::pixels::{Pixels, Samples};
use crate::metadata::{INCH, Metadata, with_density};
use crate::profile::srgb;

#[cfg(feature = "cli")]
pub(super) use self::jpeg::has_room as jpeg_has_room;
pub(super) use self::jpeg::write as jpeg;
pub(super) use self::tiff::write as tiff;

/// Why a picture is not written.
pub(super) enum Problem {
    Disk(io::Error),
    /// The format has no room for such a picture.
    Picture(String),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

impl From<ImageError> for Problem {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::IoError(error) => Self::Disk(error),
            error => Self::Picture(error.to_string()),
        }
    }
}

impl From<EncodingError> for Problem {
    fn from(error: EncodingError) -> Self {
        match error {
            EncodingError::IoError(error) => Self::Disk(error),
            error => Self::Picture(error.to_string()),
        }
    }
}

impl From<png::EncodingError> for Problem {
    fn from(error: png::EncodingError) -> Self {
        match error {
            png::EncodingError::IoError(error) => Self::Disk(error),
            error => Self::Picture(error.to_string()),
        }
    }
}

impl From<image_webp::EncodingError> for Problem {
    fn from(error: image_webp::EncodingError) -> Self {
        match error {
            image_webp::EncodingError::IoError(error) => Self::Disk(error),
            error => Self::Picture(error.to_string()),
        }
    }
}

/// The profile to tag a picture with.
fn profile(metadata: &Metadata) -> Option<Vec<u8>> {
    srgb().filter(|_| metadata.profile)
}

fn colour_of(channels: usize) -> ExtendedColorType {
    match channels {
        1 => ExtendedColorType::L8,
        3 => ExtendedColorType::Rgb8,
        _ => ExtendedColorType::Rgba8,
    }
}

pub(super) fn png(
    pixels: &Pixels<'_>,
    metadata: &Metadata,
    writer: &mut impl Write,
) -> Result<(), Problem> {
    let mut info = png::Info::with_size(pixels.width, pixels.height);
    info.icc_profile = profile(metadata).map(Cow::Owned);
    info.exif_metadata = metadata.exif.as_deref().map(Cow::Borrowed);
    info.pixel_dims = metadata.dots_per_inch.map(|(x, y)| png::PixelDimensions {
        xppu: (x / INCH).round() as u32,
        yppu: (y / INCH).round() as u32,
        unit: png::Unit::Meter,
    });
    let mut encoder = png::Encoder::with_info(writer, info)?;
    if let Some(xmp) = &metadata.xmp
        && let Ok(xmp) = String::from_utf8(xmp.clone())
    {
        encoder.add_itxt_chunk("XML:com.adobe.xmp".to_owned(), xmp)?;
    }
    encoder.set_color(match pixels.channels {
        1 => png::ColorType::Grayscale,
        3 => png::ColorType::Rgb,
        _ => png::ColorType::Rgba,
    });
    encoder.set_compression(png::Compression::Fast);
    encoder.set_filter(png::Filter::Adaptive);
    match &pixels.samples {
        Samples::Eight(samples) => {
            encoder.set_depth(png::BitDepth::Eight);
            let mut writer = encoder.write_header()?;
            writer.write_image_data(samples)?;
            Ok(writer.finish()?)
        }
        Samples::Sixteen(samples) => {
            encoder.set_depth(png::BitDepth::Sixteen);
            let mut writer = encoder.write_header()?;
            let mut stream = writer.stream_writer()?;
            for row in samples.chunks(pixels.channels * pixels.width.max(1) as usize) {
                let row: Vec<u8> = row.iter().flat_map(|code| code.to_be_bytes()).collect();
                stream.write_all(&row)?;
            }
            stream.finish()?;
            Ok(writer.finish()?)
        }
    }
}

pub(super) fn webp(
    pixels: &Pixels<'_>,
    metadata: &Metadata,
    writer: &mut impl Write,
) -> Result<(), Problem> {
    let (channels, samples) = pixels.eight_bits(true);
    let mut encoder = image_webp::WebPEncoder::new(writer);
    if let Some(profile) = profile(metadata) {
        encoder.set_icc_profile(profile);
    }
    // The format has no place of its own for resolution.
    let exif = match (&metadata.exif, metadata.dots_per_inch) {
        (None, Some(dots)) => with_density(None, dots),
        (exif, _) => exif.clone(),
    };
    if let Some(exif) = exif {
        encoder.set_exif_metadata(exif);
    }
    if let Some(xmp) = &metadata.xmp {
        encoder.set_xmp_metadata(xmp.clone());
    }
    let colour = match channels {
        1 => image_webp::ColorType::L8,
        3 => image_webp::ColorType::Rgb8,
        _ => image_webp::ColorType::Rgba8,
    };
    Ok(encoder.encode(&samples, pixels.width, pixels.height, colour)?)
}

/// BMP and PNM, which have no room for metadata.
pub(super) fn plain(
    pixels: &Pixels<'_>,
    format: ImageFormat,
    writer: &mut (impl Write + Seek),
) -> Result<(), Problem> {
    let (channels, samples) = pixels.eight_bits(false);
    let colour = colour_of(channels);
    let (width, height) = (pixels.width, pixels.height);
    // The encoders want to seek to the start of what they write.
    let mut bytes = Cursor::new(Vec::new());
    image::write_buffer_with_format(&mut bytes, &samples, width, height, colour, format)?;
    Ok(writer.write_all(bytes.get_ref())?)
}
