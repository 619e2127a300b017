//! The inks of pictures for print, which decoders turn into colours without asking the profile.

use std::io::Cursor;

use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;

use crate::decode::Format;

/// Cyan, magenta, yellow and black of each pixel, 255 full.
pub(crate) struct Inks {
    pub width: u32,
    pub height: u32,
    pub values: Vec<u8>,
    /// Whether the file has 16 bits of each.
    pub deep: bool,
}

/// Those of a file that has been found to be a whole one; none if it has other pixels.
pub(crate) fn inks(bytes: &[u8], format: Format) -> Option<Inks> {
    match format {
        Format::JPEG => of_jpeg(bytes),
        Format::TIFF => of_tiff(bytes),
        _ => None,
    }
}

fn of_jpeg(bytes: &[u8]) -> Option<Inks> {
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().ok()?;
    let space = decoder.input_colorspace()?;
    if !matches!(space, ColorSpace::CMYK | ColorSpace::YCCK) {
        return None;
    }
    let (width, height) = decoder.dimensions()?;
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    let mut values = decoder.decode().ok()?;
    if values.len() != 4 * width * height {
        return None;
    }
    for pixel in values.chunks_exact_mut(4) {
        if space == ColorSpace::YCCK {
            let [y, b, r] = [pixel[0], pixel[1], pixel[2]].map(f32::from);
            let (b, r) = (b - 128.0, r - 128.0);
            let light = [
                y + 1.402 * r,
                y - 0.344_136 * b - 0.714_136 * r,
                y + 1.772 * b,
            ];
            for (ink, light) in pixel.iter_mut().zip(light) {
                *ink = 255 - light.round() as u8;
            }
        }
        // Adobe's files, which are all that there are, have paper as 255.
        for ink in pixel {
            *ink = 255 - *ink;
        }
    }
    Some(Inks {
        width: width as u32,
        height: height as u32,
        values,
        deep: false,
    })
}

fn of_tiff(bytes: &[u8]) -> Option<Inks> {
    let mut decoder = Decoder::new(Cursor::new(bytes)).ok()?;
    let (width, height) = decoder.dimensions().ok()?;
    let deep = match decoder.colortype().ok()? {
        ColorType::CMYK(8) => false,
        ColorType::CMYK(16) => true,
        _ => return None,
    };
    let values = match decoder.read_image().ok()? {
        DecodingResult::U8(values) => values,
        DecodingResult::U16(values) => values.iter().map(|ink| (ink >> 8) as u8).collect(),
        _ => return None,
    };
    (values.len() == 4 * width as usize * height as usize).then_some(Inks {
        width,
        height,
        values,
        deep,
    })
}
