//! The formats that are read, told by what a file begins with.

use image::ImageFormat;

use crate::error::{Error, Result};

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// One of those that the `image` crate decodes.
    Common(ImageFormat),
    #[cfg(feature = "jpeg-xl")]
    JpegXl,
    /// HEIC or AVIF, as its name says.
    #[cfg(feature = "heif")]
    Heif(&'static str),
}

impl Format {
    pub const JPEG: Self = Self::Common(ImageFormat::Jpeg);
    pub const PNG: Self = Self::Common(ImageFormat::Png);
    pub const TIFF: Self = Self::Common(ImageFormat::Tiff);

    /// That of a file.
    pub fn of(bytes: &[u8]) -> Result<Self> {
        #[cfg(feature = "jpeg-xl")]
        if is_jpeg_xl(bytes) {
            return Ok(Self::JpegXl);
        }
        #[cfg(feature = "heif")]
        if let Some(name) = heif(bytes) {
            return Ok(Self::Heif(name));
        }
        if let Some(name) = known_but_unread(bytes) {
            return Err(Error::file(
                format!("this is a picture of the format {name}, which is not read"),
                "convert it to PNG or JPEG first",
            ));
        }
        image::guess_format(bytes)
            .map(Self::Common)
            .map_err(|_| unknown_format())
    }

    /// How much memory the decoder takes at once, in pictures as they come out: its own copy is one, and
    /// JPEG XL has planes of 32-bit floats.
    pub fn copies(self) -> u64 {
        match self {
            #[cfg(feature = "jpeg-xl")]
            Self::JpegXl => 6,
            _ => 2,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "jpeg-xl")]
            Self::JpegXl => "JPEG XL",
            #[cfg(feature = "heif")]
            Self::Heif(name) => name,
            Self::Common(ImageFormat::Jpeg) => "JPEG",
            Self::Common(ImageFormat::Png) => "PNG",
            Self::Common(ImageFormat::Tiff) => "TIFF",
            Self::Common(ImageFormat::WebP) => "WebP",
            Self::Common(ImageFormat::Gif) => "GIF",
            Self::Common(ImageFormat::Bmp) => "BMP",
            Self::Common(ImageFormat::Pnm) => "PNM",
            Self::Common(_) => "file",
        }
    }
}

/// A bare codestream, or one in its box.
fn is_jpeg_xl(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0x0a]) || bytes.starts_with(b"\0\0\0\x0cJXL \r\n")
}

/// The name of a format that people have pictures in, and that no decoder here reads.
fn known_but_unread(bytes: &[u8]) -> Option<&'static str> {
    if is_jpeg_xl(bytes) {
        return Some("JPEG XL");
    }
    if bytes.starts_with(b"\0\0\0\x0cjP  \r\n") {
        return Some("JPEG 2000");
    }
    heif(bytes)
}

/// The name of what is in ISO's container of media, as its brand says.
fn heif(bytes: &[u8]) -> Option<&'static str> {
    match bytes.get(4..12)? {
        b"ftypavif" | b"ftypavis" => Some("AVIF"),
        b"ftypheic" | b"ftypheix" | b"ftyphevc" | b"ftypheim" | b"ftypmif1" | b"ftypmsf1" => {
            Some("HEIC")
        }
        _ => None,
    }
}

pub(super) fn unknown_format() -> Error {
    Error::file(
        "this is not a picture that can be read",
        "give a JPEG, PNG, TIFF, WebP, JPEG XL, GIF, BMP or PNM file; convert others first",
    )
}
