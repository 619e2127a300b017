//! JPEG, in bands that are encoded at the same time.
//!
//! A band is a restart interval of the file (ITU-T T.81, E.1.4): its coefficients do not depend on the
//! band before, so each can be encoded by itself, and the file is the same as if it had been in one go.

use std::io::Write;

use jpeg_encoder::{
    ColorType, Encoder, EncodingError, PixelDensity, PixelDensityUnit, SamplingFactor,
};
use rayon::prelude::*;

use super::super::pixels::Pixels;
use super::{Problem, profile};
use crate::jpeg::{END_OF_IMAGE, RESTART, START_OF_FRAME, START_OF_SCAN, segment};
use crate::metadata::Metadata;

/// The most bytes of a JPEG segment beside its length.
const SEGMENT: usize = 65_533;
/// What begins XMP in a JPEG file.
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// Samples a side of the blocks that are transformed.
const BLOCK: usize = 8;
/// Rows of blocks in a band, at most: enough that a band is worth a thread's while.
const ROWS: usize = 16;

/// Whether EXIF and XMP, if there are any, fit into a segment each. Longer XMP would have to be spread
/// over several in a way of its own.
pub(in super::super) fn has_room(metadata: &Metadata) -> (bool, bool) {
    let fits = |block: &Option<Vec<u8>>, name: usize| {
        let length = block.as_ref().map(Vec::len);
        length.is_none_or(|length| length + name <= SEGMENT)
    };
    // Six bytes of the segment say that it is EXIF.
    (fits(&metadata.exif, 6), fits(&metadata.xmp, XMP.len()))
}

pub(in super::super) fn write(
    pixels: &Pixels<'_>,
    metadata: &Metadata,
    quality: u8,
    writer: &mut impl Write,
) -> Result<(), Problem> {
    let (channels, samples) = pixels.eight_bits(false);
    let sides = [pixels.width, pixels.height].map(u16::try_from);
    let [Ok(width), Ok(height)] = sides else {
        let (width, height) = (pixels.width, pixels.height);
        return Err(Problem::Picture(format!(
            "{width}x{height} is more than the 65535 pixels a side that JPEG has room for"
        )));
    };
    let picture = Picture {
        samples: &samples,
        width,
        height,
        channels,
        quality: quality.clamp(1, 100),
        metadata,
    };
    let bands = usize::from(height).div_ceil(picture.rows_of_a_band());
    if bands < 2 {
        let encoder = picture.encoder(&mut *writer, true)?;
        return Ok(encoder.encode(&samples, width, height, picture.colour())?);
    }
    // As many at a time as there are threads, so that few are in memory.
    let numbers: Vec<usize> = (0..bands).collect();
    for numbers in numbers.chunks(2 * rayon::current_num_threads()) {
        let encoded: Vec<_> = numbers
            .par_iter()
            .map(|number| picture.band(*number))
            .collect::<Result<_, _>>()?;
        for (number, band) in numbers.iter().zip(encoded) {
            if *number > 0 {
                // They are counted round from 0 to 7.
                writer.write_all(&[0xff, RESTART.start() + ((number - 1) % 8) as u8])?;
            }
            writer.write_all(&band)?;
        }
    }
    Ok(writer.write_all(&[0xff, END_OF_IMAGE])?)
}

struct Picture<'a> {
    samples: &'a [u8],
    width: u16,
    height: u16,
    channels: usize,
    quality: u8,
    metadata: &'a Metadata,
}

impl Picture<'_> {
    /// Samples of a row.
    fn row(&self) -> usize {
        usize::from(self.width) * self.channels
    }

    fn colour(&self) -> ColorType {
        match self.channels {
            1 => ColorType::Luma,
            _ => ColorType::Rgb,
        }
    }

    fn blocks_across(&self) -> usize {
        usize::from(self.width).div_ceil(BLOCK)
    }

    /// Rows of pixels: an interval is of at most 65,535 blocks.
    fn rows_of_a_band(&self) -> usize {
        let most = usize::from(u16::MAX) / self.blocks_across().max(1);
        BLOCK * ROWS.min(most)
    }

    /// Blocks in a band.
    fn interval(&self) -> u16 {
        (self.blocks_across() * self.rows_of_a_band() / BLOCK) as u16
    }

    fn encoder<W: Write>(&self, writer: W, metadata: bool) -> Result<Encoder<W>, EncodingError> {
        let mut encoder = Encoder::new(writer, self.quality);
        encoder.set_sampling_factor(SamplingFactor::F_1_1);
        if metadata {
            put_metadata(&mut encoder, self.metadata)?;
        }
        Ok(encoder)
    }

    /// One band without the end of the image, and all but the first without a beginning.
    fn band(&self, number: usize) -> Result<Vec<u8>, Problem> {
        let from = number * self.rows_of_a_band();
        let rows = self.rows_of_a_band().min(usize::from(self.height) - from);
        let samples = &self.samples[from * self.row()..][..rows * self.row()];
        let mut bytes = Vec::new();
        let mut encoder = self.encoder(&mut bytes, number == 0)?;
        encoder.set_restart_interval(self.interval());
        encoder.encode(samples, self.width, rows as u16, self.colour())?;
        let broken = || Problem::Picture("its encoded bands have no frame".to_owned());
        let scan = segment(&bytes, START_OF_SCAN).ok_or_else(broken)?;
        if number == 0 {
            // After the marker, the length and the depth.
            let frame = segment(&bytes, START_OF_FRAME).ok_or_else(broken)?;
            bytes[frame.start + 5..][..2].copy_from_slice(&self.height.to_be_bytes());
        } else {
            bytes.drain(..scan.end);
        }
        // The end of the image.
        bytes.truncate(bytes.len() - 2);
        Ok(bytes)
    }
}

fn put_metadata<W: Write>(
    encoder: &mut Encoder<W>,
    metadata: &Metadata,
) -> Result<(), EncodingError> {
    if let Some((x, y)) = metadata.dots_per_inch {
        let dots = |dots: f64| dots.round().clamp(1.0, 65_535.0) as u16;
        encoder.set_density(PixelDensity {
            density: (dots(x), dots(y)),
            unit: PixelDensityUnit::Inches,
        });
    }
    let (exif, xmp) = has_room(metadata);
    if let Some(exif) = metadata.exif.as_ref().filter(|_| exif) {
        encoder.add_exif_metadata(exif)?;
    }
    if let Some(xmp) = metadata.xmp.as_ref().filter(|_| xmp) {
        encoder.add_app_segment(1, [XMP, xmp].concat())?;
    }
    if let Some(profile) = profile(metadata) {
        encoder.add_icc_profile(&profile)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As this crate's encoder writes it in one go.
    fn whole(picture: &Picture<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = picture.encoder(&mut bytes, true).unwrap();
        encoder.set_restart_interval(picture.interval());
        let (width, height) = (picture.width, picture.height);
        encoder
            .encode(picture.samples, width, height, picture.colour())
            .unwrap();
        bytes
    }

    #[test]
    fn bands_make_the_same_file_as_one_go() {
        let metadata = Metadata {
            exif: Some(b"II*\0\x08\0\0\0\0\0\0\0\0\0".to_vec()),
            dots_per_inch: Some((300.0, 300.0)),
            ..Metadata::default()
        };
        // Ten bands and a part of one, so that restarts are counted round; one row more than a band; and so
        // wide that a band has fewer rows.
        for (width, height, channels) in [(61, 1283, 3), (40, 129, 1), (65_000, 130, 1)] {
            let samples: Vec<u8> = (0..width * height * channels)
                .map(|at| (at * at / 7 + at) as u8)
                .collect();
            let pixels = Pixels {
                width: width as u32,
                height: height as u32,
                channels,
                samples: super::super::Samples::Eight((&samples).into()),
            };
            let mut written = Vec::new();
            write(&pixels, &metadata, 90, &mut written).ok().unwrap();
            let picture = Picture {
                samples: &samples,
                width: width as u16,
                height: height as u16,
                channels,
                quality: 90,
                metadata: &metadata,
            };
            assert!(written == whole(&picture), "{width}x{height}");
            let back = image::load_from_memory(&written).unwrap();
            assert_eq!((back.width(), back.height()), (width as u32, height as u32));
        }
    }

    #[test]
    fn colour_has_its_full_size_at_every_quality() {
        // Columns of red and blue, each a pixel wide: at half the size they would be purple.
        let samples: Vec<u8> = (0..64 * 64)
            .flat_map(|at| match at % 2 {
                0 => [200, 60, 60],
                _ => [60, 60, 200],
            })
            .collect();
        for quality in [60, 98] {
            let mut written = Vec::new();
            let pixels = Pixels::rgb8(64, 64, &samples);
            write(&pixels, &Metadata::default(), quality, &mut written)
                .ok()
                .unwrap();
            let back = image::load_from_memory(&written).unwrap().to_rgb8();
            let [red, _, blue] = back.get_pixel(32, 32).0;
            assert!(red > blue.saturating_add(60), "{quality}: {red} and {blue}");
        }
    }
}
