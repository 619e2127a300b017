//! HEIC and AVIF (ISO/IEC 23008-12), by the system's libheif and the codecs that it finds.

use image::error::{DecodingError, ImageFormatHint};
use image::{ColorType, ImageDecoder, ImageError, ImageResult};
use libheif_rs::{ColorSpace, HeifContext, ImageHandle, LibHeif, Plane, RgbChroma};

/// The picture that a file is opened for, with its pixels upright already: the container says how
/// they lie, and EXIF's orientation does not count.
pub(super) struct Decoder<'a> {
    /// Reads from the file's bytes for as long as the handle is there.
    _context: HeifContext<'a>,
    handle: ImageHandle,
    color: ColorType,
}

impl<'a> Decoder<'a> {
    pub fn new(bytes: &'a [u8]) -> ImageResult<Self> {
        LibHeif::new_checked().map_err(fault)?;
        let context = HeifContext::read_from_bytes(bytes).map_err(fault)?;
        let handle = context.primary_image_handle().map_err(fault)?;
        let deep = handle.luma_bits_per_pixel() > 8;
        let color = match (handle.has_alpha_channel(), deep) {
            (false, false) => ColorType::Rgb8,
            (true, false) => ColorType::Rgba8,
            (false, true) => ColorType::Rgb16,
            (true, true) => ColorType::Rgba16,
        };
        Ok(Self {
            _context: context,
            handle,
            color,
        })
    }
}

impl ImageDecoder for Decoder<'_> {
    fn dimensions(&self) -> (u32, u32) {
        (self.handle.width(), self.handle.height())
    }

    fn color_type(&self) -> ColorType {
        self.color
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.handle.color_profile_raw().map(|profile| profile.data))
    }

    fn exif_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        let block = metadata(&self.handle, *b"Exif", |_| true);
        Ok(block.as_deref().and_then(super::tiff_of_exif))
    }

    fn xmp_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        let is_xmp = |content: &str| content == "application/rdf+xml";
        Ok(metadata(&self.handle, *b"mime", is_xmp))
    }

    fn read_image(self, buffer: &mut [u8]) -> ImageResult<()> {
        let chroma = match self.color {
            ColorType::Rgb8 => RgbChroma::Rgb,
            ColorType::Rgba8 => RgbChroma::Rgba,
            ColorType::Rgb16 => RgbChroma::HdrRgbLe,
            _ => RgbChroma::HdrRgbaLe,
        };
        let image = LibHeif::new()
            .decode(&self.handle, ColorSpace::Rgb(chroma), None)
            .map_err(fault)?;
        let plane = image.planes().interleaved;
        let plane = plane.ok_or_else(|| fault("there are no pixels in it"))?;
        let (width, height) = self.dimensions();
        let line = width as usize * usize::from(self.color.bytes_per_pixel());
        let fits = (plane.width, plane.height) == (width, height) && plane.stride >= line;
        if !fits {
            return Err(fault("it has other pixels than it says"));
        }
        let lines = plane.data.chunks(plane.stride);
        for (to, from) in buffer.chunks_exact_mut(line).zip(lines) {
            let from = from.get(..line);
            to.copy_from_slice(from.ok_or_else(|| fault("lines of pixels are missing"))?);
        }
        if self.color.bytes_per_pixel() > 4 {
            spread(buffer, &plane);
        }
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}

/// Little-endian samples of fewer bits, over all 16 in the machine's own order.
fn spread(samples: &mut [u8], plane: &Plane<&[u8]>) {
    let bits = u32::from(plane.bits_per_pixel.clamp(8, 16));
    let most = (1_u32 << bits) - 1;
    for sample in samples.as_chunks_mut().0 {
        let value = u32::from(u16::from_le_bytes(*sample)).min(most);
        let value = (value * 0xffff + most / 2) / most;
        *sample = (value as u16).to_ne_bytes();
    }
}

/// The first block of a kind that stands beside the picture.
fn metadata(
    handle: &ImageHandle,
    kind: [u8; 4],
    is_content: impl Fn(&str) -> bool,
) -> Option<Vec<u8>> {
    let blocks = handle.number_of_metadata_blocks(&kind);
    let mut ids = vec![0; usize::try_from(blocks).ok()?];
    let found = handle.metadata_block_ids(&mut ids, &kind);
    let mut ids = ids.into_iter().take(found);
    let id = ids.find(|id| is_content(handle.metadata_content_type(*id).unwrap_or_default()))?;
    handle.metadata(id).ok()
}

fn fault(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ImageError {
    let format = ImageFormatHint::Name("HEIF".to_owned());
    ImageError::Decoding(DecodingError::new(format, error))
}
