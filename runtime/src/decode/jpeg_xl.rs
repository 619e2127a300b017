//! JPEG XL: the codestream by jxl-oxide, what stands beside it by its container (ISO/IEC 18181-2).

use std::borrow::Cow;
use std::io::ErrorKind::UnexpectedEof;
use std::io::{Cursor, Read};

use brotli_decompressor::Decompressor;
use image::error::{DecodingError, ImageFormatHint};
use image::{ImageError, ImageResult};
use jxl_oxide::color::{ColourEncoding, ColourSpace, TransferFunction};
use jxl_oxide::integration::JxlDecoder;
use jxl_oxide::{JxlImage, JxlThreadPool};

/// The most bytes of EXIF or XMP that are taken: compressed, a few can become any number.
const MAX_METADATA: u64 = 16 << 20;

/// A decoder of the first frame. It gives pixels that are upright already: the codestream says how,
/// and EXIF's orientation does not count.
pub(super) fn decoder(bytes: &[u8]) -> ImageResult<JxlDecoder<Cursor<Cow<'_, [u8]>>>> {
    let pixels = without_metadata(bytes);
    // Of a file that ends too early it would give what there is, and say nothing.
    if let Ok(image) = JxlImage::builder().read(pixels.as_ref()) {
        if image.num_loaded_keyframes() == 0 {
            return Err(ImageError::IoError(UnexpectedEof.into()));
        }
        if !is_known(&image.image_header().metadata.colour_encoding) {
            let format = ImageFormatHint::Name("JPEG XL".to_owned());
            let problem = "its colours are of a kind that is not known";
            return Err(ImageError::Decoding(DecodingError::new(format, problem)));
        }
    }
    JxlDecoder::with_thread_pool(Cursor::new(pixels), JxlThreadPool::rayon_global())
}

/// Whether the decoder can write a profile for such colours; for others it panics.
fn is_known(encoding: &ColourEncoding) -> bool {
    let ColourEncoding::Enum(encoding) = encoding else {
        return true;
    };
    let curve = match encoding.tf {
        TransferFunction::Unknown => false,
        TransferFunction::Gamma { g, .. } => g > 0,
        _ => true,
    };
    curve && matches!(encoding.colour_space, ColourSpace::Rgb | ColourSpace::Grey)
}

/// The TIFF structure of a file's EXIF.
pub(crate) fn exif(bytes: &[u8]) -> Option<Vec<u8>> {
    super::tiff_of_exif(&metadata(bytes, b"Exif")?)
}

/// A file's XMP.
pub(crate) fn xmp(bytes: &[u8]) -> Option<Vec<u8>> {
    metadata(bytes, b"xml ")
}

/// What the first box of a kind has in it, plain or compressed.
fn metadata(bytes: &[u8], kind: &[u8; 4]) -> Option<Vec<u8>> {
    boxes(bytes).find_map(|part| match part.content.strip_prefix(kind) {
        Some(compressed) if &part.kind == b"brob" => {
            let mut content = Vec::new();
            let mut plain = Decompressor::new(compressed, 4096).take(MAX_METADATA);
            let read = plain.read_to_end(&mut content).ok();
            read.filter(|_| plain.limit() > 0).map(|_| content)
        }
        _ => (&part.kind == kind).then(|| part.content.to_vec()),
    })
}

/// A file with nothing but its codestream and how that is to be read.
fn without_metadata(bytes: &[u8]) -> Cow<'_, [u8]> {
    let needless =
        |part: &Part| matches!(&part.kind, b"brob" | b"Exif" | b"xml " | b"jbrd" | b"jumb");
    if !boxes(bytes).any(|part| needless(&part)) {
        return bytes.into();
    }
    let kept = boxes(bytes).filter(|part| !needless(part));
    kept.flat_map(|part| part.whole).copied().collect()
}

/// A box of the container.
struct Part<'a> {
    kind: [u8; 4],
    content: &'a [u8],
    whole: &'a [u8],
}

/// The boxes of a file; one that says that it is longer than what is left ends there. A bare
/// codestream has none.
fn boxes(bytes: &[u8]) -> impl Iterator<Item = Part<'_>> {
    let mut rest = match bytes.starts_with(&[0xff, 0x0a]) {
        true => &[],
        false => bytes,
    };
    std::iter::from_fn(move || {
        let (short, after) = rest.split_first_chunk::<4>()?;
        let (kind, after) = after.split_first_chunk::<4>()?;
        let (head, length) = match u32::from_be_bytes(*short) {
            // To the end of the file.
            0 => (8, rest.len()),
            1 => (
                16,
                usize::try_from(u64::from_be_bytes(*after.first_chunk()?)).ok()?,
            ),
            length => (8, usize::try_from(length).ok()?),
        };
        let whole = &rest[..length.min(rest.len())];
        let content = whole.get(head..)?;
        rest = &rest[whole.len()..];
        let kind = *kind;
        Some(Part {
            kind,
            content,
            whole,
        })
    })
}
