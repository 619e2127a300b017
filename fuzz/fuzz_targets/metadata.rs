//! Any bytes as what a photograph comes with (EXIF, a colour profile, XMP, resolution), inside a JPEG
//! that is sound otherwise: they are kept or left out.
#![no_main]

use std::sync::LazyLock;

use colorize_rt::Photograph;
use image::{DynamicImage, ImageFormat};
use libfuzzer_sys::fuzz_target;

static JPEG: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = DynamicImage::new_rgb8(8, 8);
    picture.write_to(&mut bytes, ImageFormat::Jpeg).expect("a JPEG");
    bytes.into_inner()
});

/// A marker segment, by what its contents begin with.
const SEGMENTS: [(u8, &[u8]); 5] = [
    (0xe1, b"Exif\0\0"),
    (0xe2, b"ICC_PROFILE\0\x01\x01"),
    (0xe1, b"http://ns.adobe.com/xap/1.0/\0"),
    (0xe0, b"JFIF\0"),
    (0xee, b"Adobe"),
];

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, contents)) = bytes.split_first() else {
        return;
    };
    let (marker, beginning) = SEGMENTS[usize::from(*kind) % SEGMENTS.len()];
    let length = beginning.len() + contents.len() + 2;
    let Ok(length) = u16::try_from(length) else {
        return;
    };
    let mut jpeg = JPEG[..2].to_vec();
    jpeg.extend([0xff, marker]);
    jpeg.extend(length.to_be_bytes());
    jpeg.extend(beginning);
    jpeg.extend(contents);
    jpeg.extend(&JPEG[2..]);
    let _ = Photograph::decode(&jpeg);
});
