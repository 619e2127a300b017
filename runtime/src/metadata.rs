//! What a picture file says beside its pixels, and what of it is still true of the colorized one.

mod exif_block;
mod in_place;
mod marks;

use std::io::Cursor;

use image::ImageDecoder;
use image::metadata::Orientation;
use tiff::tags::Tag;

pub(crate) use exif_block::{Fields, with_density};

use crate::decode::Format;
#[cfg(feature = "jpeg-xl")]
use crate::decode::jpeg_xl;

/// What a photograph comes with and keeps: EXIF (with the date it was taken), XMP, resolution, and
/// that it had a colour profile.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Metadata {
    /// EXIF as a TIFF structure; its orientation is 1, since the pixels are upright, and it has no
    /// thumbnail, which would be the gray one.
    pub exif: Option<Vec<u8>>,
    /// XMP as XML.
    pub xmp: Option<Vec<u8>>,
    /// Dots an inch, across and down.
    pub dots_per_inch: Option<(f64, f64)>,
    /// Whether the file had a colour profile. The colorized one is then tagged as sRGB, which it is.
    pub profile: bool,
}

/// The field of a TIFF file that holds XMP.
pub(crate) const TIFF_XMP: u16 = 700;
/// Metres.
pub(crate) const INCH: f64 = 0.0254;

impl Metadata {
    /// Makes EXIF true of the colorized picture, which is this large.
    pub(crate) fn describe(&mut self, size: (u32, u32)) {
        if let Some(exif) = &mut self.exif {
            in_place::describe(exif, size);
        }
    }

    /// What a file of this format says. What cannot be read is left out.
    pub(crate) fn of(bytes: &[u8], format: Format, decoder: &mut dyn ImageDecoder) -> Self {
        let mut exif = match format {
            Format::TIFF => exif_block::of_tiff(bytes),
            #[cfg(feature = "jpeg-xl")]
            Format::JpegXl => jpeg_xl::exif(bytes),
            _ => decoder.exif_metadata().ok().flatten(),
        };
        if let Some(exif) = &mut exif {
            let _ = Orientation::remove_from_exif_chunk(exif);
            in_place::drop_thumbnail(exif);
        }
        let mut xmp = match format {
            Format::TIFF => tiff_field(bytes, Tag::Unknown(TIFF_XMP)),
            #[cfg(feature = "jpeg-xl")]
            Format::JpegXl => jpeg_xl::xmp(bytes),
            _ => decoder.xmp_metadata().ok().flatten(),
        };
        if let Some(xmp) = &mut xmp {
            set_upright(xmp);
        }
        let marked = match format {
            Format::JPEG => marks::of_jpeg(bytes),
            Format::PNG => marks::of_png(bytes),
            _ => None,
        };
        let in_exif = || exif.as_deref().and_then(exif_block::density);
        Self {
            dots_per_inch: marked.or_else(in_exif),
            exif,
            xmp,
            profile: false,
        }
    }
}

/// A file's colour profile.
pub(crate) fn profile(
    bytes: &[u8],
    format: Format,
    decoder: &mut dyn ImageDecoder,
) -> Option<Vec<u8>> {
    match format {
        Format::TIFF => tiff_field(bytes, Tag::IccProfile),
        _ => decoder.icc_profile().ok().flatten(),
    }
}

/// The bytes of a field of a TIFF file's first page: the decoder's own way refuses fields that take
/// more memory than the pixels.
fn tiff_field(bytes: &[u8], tag: Tag) -> Option<Vec<u8>> {
    let mut decoder = tiff::decoder::Decoder::new(Cursor::new(bytes)).ok()?;
    decoder.get_tag_u8_vec(tag).ok()
}

/// Sets the orientation that XMP repeats from EXIF to 1.
fn set_upright(xmp: &mut [u8]) {
    const NAME: &[u8] = b"tiff:Orientation";
    let places: Vec<usize> = (0..xmp.len().saturating_sub(NAME.len() + 2))
        .filter(|&at| xmp[at..].starts_with(NAME))
        .collect();
    for place in places {
        let after = place + NAME.len();
        // As an attribute, `="6"`, or as an element, `>6<`.
        let digit = match &xmp[after..] {
            [b'=', b'"' | b'\'', b'1'..=b'8', ..] => after + 2,
            [b'>', b'1'..=b'8', ..] => after + 1,
            _ => continue,
        };
        xmp[digit] = b'1';
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xmp_says_that_the_picture_is_upright() {
        for (before, after) in [
            ("<x tiff:Orientation=\"6\"/>", "<x tiff:Orientation=\"1\"/>"),
            (
                "<tiff:Orientation>8</tiff:Orientation>",
                "<tiff:Orientation>1</tiff:Orientation>",
            ),
            ("tiff:Orientation", "tiff:Orientation"),
            ("<x/>", "<x/>"),
        ] {
            let mut xmp = before.as_bytes().to_vec();
            set_upright(&mut xmp);
            assert_eq!(String::from_utf8(xmp).unwrap(), after);
        }
    }
}
