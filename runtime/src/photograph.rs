//! A photograph as it comes from a file: its luminance, and all that is to survive.

mod read;

use std::path::Path;

use image::{DynamicImage, ImageBuffer, RgbImage};

use crate::decode::read as read_file;
use crate::enlargement::{FullChroma, merged, too_large};
use crate::error::Result;
use crate::luminance::Luminance;
use crate::metadata::Metadata;
use read::decoded;

/// A photograph from a file, upright. Of its colours only the luminance is kept, converted from its
/// colour profile; transparency, the depth of 16 bits and [`Metadata`] go on to the colorized one.
#[derive(Clone, Debug)]
pub struct Photograph {
    pub(crate) luminance: Luminance<'static>,
    pub(crate) metadata: Metadata,
    alpha: Option<Alpha>,
    /// Whether it is to have 16 bits a channel.
    deep: bool,
    notes: Vec<String>,
}

/// How opaque each pixel is.
#[derive(Clone, Debug, PartialEq)]
enum Alpha {
    Eight(Vec<u8>),
    Sixteen(Vec<u16>),
}

impl Photograph {
    /// Reads a picture file, as [`open`](crate::open) does.
    ///
    /// # Errors
    /// As [`open`](crate::open).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        read_file(path)
            .and_then(Self::decode)
            .map_err(|error| error.at(path))
    }

    /// Decodes the bytes of a picture file.
    ///
    /// # Errors
    /// As [`open`](crate::open).
    pub fn decode(bytes: impl AsRef<[u8]>) -> Result<Self> {
        decoded(bytes.as_ref()).map(|(image, metadata, notes)| {
            let mut photograph = Self::of_parts(image);
            photograph.metadata = metadata;
            photograph.metadata.describe(photograph.dimensions());
            photograph.notes = notes;
            photograph
        })
    }

    /// Width and height.
    pub fn dimensions(&self) -> (u32, u32) {
        (self.luminance.width, self.luminance.height)
    }

    /// What the file says beside the pixels.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What a person may not expect of how it was read, a line each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The photograph in gray, of 8 bits or 16, without transparency.
    pub fn gray(&self) -> DynamicImage {
        self.luminance.gray(self.deep)
    }

    fn of_parts(parts: read::Parts) -> Self {
        Self {
            luminance: parts.luminance,
            alpha: parts.alpha,
            deep: parts.deep,
            metadata: Metadata::default(),
            notes: Vec::new(),
        }
    }

    /// In colour, as deep as it came and with its alpha.
    pub(crate) fn coloured(&self, chroma: &FullChroma, strength: f32) -> Result<DynamicImage> {
        let (width, height) = self.dimensions();
        let luminance = &self.luminance;
        let image = match (self.deep, &self.alpha) {
            (false, None) => {
                let pixels = merged(luminance, chroma, strength, 3)?;
                ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8)
            }
            (false, Some(alpha)) => {
                let mut pixels = merged(luminance, chroma, strength, 4)?;
                alpha.put8(&mut pixels);
                ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgba8)
            }
            (true, None) => {
                let pixels = merged(luminance, chroma, strength, 3)?;
                ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgb16)
            }
            (true, Some(alpha)) => {
                let mut pixels = merged(luminance, chroma, strength, 4)?;
                alpha.put16(&mut pixels);
                ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgba16)
            }
        };
        image.ok_or_else(|| too_large(luminance))
    }

    /// A picture of 8 bits with the photograph's alpha, if that has one.
    pub(crate) fn with_alpha8(&self, image: RgbImage) -> Result<DynamicImage> {
        let Some(alpha) = &self.alpha else {
            return Ok(image.into());
        };
        let mut image = DynamicImage::from(image).into_rgba8();
        alpha.put8(&mut image);
        Ok(image.into())
    }
}

impl Alpha {
    fn put8(&self, rgba: &mut [u8]) {
        let pixels = rgba.chunks_exact_mut(4);
        match self {
            Self::Eight(alpha) => pixels.zip(alpha).for_each(|(pixel, a)| pixel[3] = *a),
            // 16 bits to 8: 257 codes each.
            Self::Sixteen(alpha) => pixels
                .zip(alpha)
                .for_each(|(pixel, a)| pixel[3] = ((u32::from(*a) + 128) / 257) as u8),
        }
    }

    fn put16(&self, rgba: &mut [u16]) {
        let pixels = rgba.chunks_exact_mut(4);
        match self {
            Self::Eight(alpha) => pixels
                .zip(alpha)
                .for_each(|(pixel, a)| pixel[3] = 257 * u16::from(*a)),
            Self::Sixteen(alpha) => pixels.zip(alpha).for_each(|(pixel, a)| pixel[3] = *a),
        }
    }
}

impl From<&DynamicImage> for Photograph {
    fn from(image: &DynamicImage) -> Self {
        Self::of_parts(read::parts(image.clone(), None))
    }
}
