//! Pictures.

use std::io::Cursor;

use colorize_rt::{Error, Photograph, Result};
use image::{DynamicImage, GrayImage, ImageFormat, Luma};

use crate::limited::{limited, survives};

const FORMATS: [ImageFormat; 7] = [
    ImageFormat::Jpeg,
    ImageFormat::Png,
    ImageFormat::Tiff,
    ImageFormat::WebP,
    ImageFormat::Gif,
    ImageFormat::Bmp,
    ImageFormat::Pnm,
];

/// Reads a picture with all that comes with it, and without.
fn decode(bytes: &[u8]) -> Result<DynamicImage> {
    let alone = colorize_rt::decode(bytes);
    Photograph::decode(bytes)?;
    alone
}

/// A small picture that no format makes trivial.
fn small(format: ImageFormat) -> Vec<u8> {
    let gray = GrayImage::from_fn(24, 18, |x, y| Luma([(x * x * 7 + y * 11) as u8]));
    let gray = DynamicImage::from(gray);
    let picture = match format {
        // These are written in colour only.
        ImageFormat::WebP | ImageFormat::Gif => gray.to_rgb8().into(),
        _ => gray,
    };
    encoded(&picture, format)
}

/// One of each kind of file that is read, by its ending; no encoder here makes those of fixtures.
fn kinds() -> Vec<(&'static str, Vec<u8>)> {
    let mut kinds: Vec<_> = FORMATS
        .map(|format| (format.extensions_str()[0], small(format)))
        .into();
    #[cfg(feature = "jpeg-xl")]
    kinds.push(("jxl", include_bytes!("../fixtures/small.jxl").to_vec()));
    #[cfg(feature = "heif")]
    kinds.extend([
        ("heic", include_bytes!("../fixtures/tagged.heic").to_vec()),
        ("avif", include_bytes!("../fixtures/small.avif").to_vec()),
    ]);
    kinds
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The same format with other things inside: 16 bits, transparency.
fn others() -> Vec<(&'static str, Vec<u8>)> {
    let deep = DynamicImage::from(
        DynamicImage::from(GrayImage::from_fn(24, 18, |x, y| {
            Luma([(x * 9 + y * 5) as u8])
        }))
        .to_luma16(),
    );
    let clear = DynamicImage::from(deep.to_rgba8());
    vec![
        ("JPEG with EXIF", with_exif(&small(ImageFormat::Jpeg))),
        ("16-bit PNG", encoded(&deep, ImageFormat::Png)),
        ("16-bit TIFF", encoded(&deep, ImageFormat::Tiff)),
        ("16-bit PNM", encoded(&deep, ImageFormat::Pnm)),
        ("transparent PNG", encoded(&clear, ImageFormat::Png)),
        ("transparent WebP", encoded(&clear, ImageFormat::WebP)),
        #[cfg(feature = "jpeg-xl")]
        (
            "JPEG XL with EXIF",
            include_bytes!("../fixtures/tagged.jxl").to_vec(),
        ),
    ]
}

/// A JPEG that says that it lies on its side, has 300 dots per inch, and when it was taken.
fn with_exif(jpeg: &[u8]) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [
            &tag.to_le_bytes()[..],
            &kind.to_le_bytes(),
            &count.to_le_bytes(),
            &value.to_le_bytes(),
        ]
        .concat()
    };
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x05\0".to_vec();
    // The directory ends at 8 + 2 + 5 * 12 + 4 = 74.
    exif.extend(entry(0x0112, 3, 1, 6));
    exif.extend(entry(0x011a, 5, 1, 74));
    exif.extend(entry(0x011b, 5, 1, 74));
    exif.extend(entry(0x0128, 3, 1, 2));
    exif.extend(entry(0x0132, 2, 20, 82));
    exif.extend([0; 4]);
    exif.extend(300_u32.to_le_bytes());
    exif.extend(1_u32.to_le_bytes());
    exif.extend(b"1936:05:01 12:00:00\0");
    let length = u16::try_from(exif.len() + 2).unwrap();
    let segment = [&[0xff, 0xe1][..], &length.to_be_bytes(), &exif].concat();
    [&jpeg[..2], &segment, &jpeg[2..]].concat()
}

#[test]
fn a_picture_that_is_cut_off_anywhere_is_an_error() {
    let test = "pictures::a_picture_that_is_cut_off_anywhere_is_an_error";
    limited(test, 60, || {
        for (kind, whole) in kinds() {
            decode(&whole).unwrap();
            for part in 0..50 {
                let cut = &whole[..whole.len() * part / 50];
                let file = format!("{kind} cut at {part}/50");
                let made = survives(&file, || decode(cut));
                let error = made.err().unwrap_or_else(|| panic!("{file} is no error"));
                let text = error.to_string();
                assert!(
                    text.contains("; ") && !text.contains('\n'),
                    "{file}: {text}"
                );
            }
        }
    });
}

#[test]
fn a_flipped_byte_gives_a_picture_or_an_error() {
    let test = "pictures::a_flipped_byte_gives_a_picture_or_an_error";
    limited(test, 120, || {
        for (kind, whole) in kinds().into_iter().chain(others()) {
            for at in 0..whole.len() {
                for flip in [0xff, 0x01, 0x80] {
                    let mut bytes = whole.clone();
                    bytes[at] ^= flip;
                    let file = format!("{kind}, byte {at} ^ {flip:#x}");
                    if let Err(error) = survives(&file, || decode(&bytes)) {
                        let text = error.to_string();
                        assert!(
                            text.contains("; ") && !text.contains('\n'),
                            "{file}: {text}"
                        );
                    }
                }
            }
        }
    });
}

#[test]
#[ignore = "takes minutes: two bytes at a time, by chance"]
fn many_changed_bytes_give_a_picture_or_an_error() {
    let test = "pictures::many_changed_bytes_give_a_picture_or_an_error";
    limited(test, 1200, || {
        let mut state = 1_u64;
        let mut next = move |n: usize| {
            // Steele and Vigna's SplitMix64.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) % n as u64) as usize
        };
        for (kind, whole) in kinds().into_iter().chain(others()) {
            for round in 0..20_000 {
                let mut bytes = whole.clone();
                for _ in 0..1 + next(4) {
                    let at = next(bytes.len());
                    bytes[at] = next(256) as u8;
                }
                let file = format!("{kind}, round {round}");
                let _ = survives(&file, || decode(&bytes));
            }
        }
    });
}

/// Files that say that they are 60,000 pixels wide and high, or as large as their format can.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    const SIDE: u32 = 60_000;
    let mut png = small(ImageFormat::Png);
    png[16..20].copy_from_slice(&SIDE.to_be_bytes());
    png[20..24].copy_from_slice(&SIDE.to_be_bytes());
    let checksum = !png[12..29].iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc: u32, _| {
            (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
        })
    });
    png[29..33].copy_from_slice(&checksum.to_be_bytes());

    let mut jpeg = small(ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|m| m == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 7].copy_from_slice(&(SIDE as u16).to_be_bytes());
    jpeg[frame + 7..frame + 9].copy_from_slice(&(SIDE as u16).to_be_bytes());

    let mut bmp = small(ImageFormat::Bmp);
    bmp[18..22].copy_from_slice(&SIDE.to_le_bytes());
    bmp[22..26].copy_from_slice(&SIDE.to_le_bytes());

    let mut gif = small(ImageFormat::Gif);
    for at in [6, 8] {
        gif[at..at + 2].copy_from_slice(&(SIDE as u16).to_le_bytes());
    }

    let mut tiff = small(ImageFormat::Tiff);
    let little = tiff[0] == b'I';
    for (tag, value) in [(256_u16, SIDE), (257, SIDE)] {
        // Tag, type LONG, one value.
        let entry = match little {
            true => [
                &tag.to_le_bytes()[..],
                &4_u16.to_le_bytes(),
                &1_u32.to_le_bytes(),
            ]
            .concat(),
            false => [
                &tag.to_be_bytes()[..],
                &4_u16.to_be_bytes(),
                &1_u32.to_be_bytes(),
            ]
            .concat(),
        };
        let at = tiff.windows(8).position(|bytes| bytes == entry).unwrap();
        let value = match little {
            true => value.to_le_bytes(),
            false => value.to_be_bytes(),
        };
        tiff[at + 8..at + 12].copy_from_slice(&value);
    }

    // An extended WebP may say 2^24 on each side.
    let mut webp = b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0".to_vec();
    for _ in 0..2 {
        webp.extend_from_slice(&(SIDE - 1).to_le_bytes()[..3]);
    }
    webp.extend_from_slice(&small(ImageFormat::WebP)[12..]);

    vec![
        ("PNG", png),
        ("JPEG", jpeg),
        ("BMP", bmp),
        ("GIF", gif),
        ("TIFF", tiff),
        ("WebP", webp),
        ("PGM", b"P5 60000 60000 255\n0123".to_vec()),
        ("PBM", b"P4 60000 60000\n0123".to_vec()),
        ("plain PPM", b"P3 60000 60000 255\n1 2 3".to_vec()),
        (
            "PAM",
            b"P7\nWIDTH 60000\nHEIGHT 60000\nDEPTH 4\nMAXVAL 65535\nTUPLTYPE RGB_ALPHA\nENDHDR\n01"
                .to_vec(),
        ),
        (
            "PGM that overflows",
            b"P5 4294967295 4294967295 65535\n0123".to_vec(),
        ),
    ]
}

#[test]
fn a_bomb_is_an_error_before_it_goes_off() {
    limited(
        "pictures::a_bomb_is_an_error_before_it_goes_off",
        30,
        || {
            for (kind, bytes) in bombs() {
                let error = survives(kind, || decode(&bytes)).err();
                let error = error.unwrap_or_else(|| panic!("{kind} is no error"));
                assert!(
                    matches!(error, Error::Limit(_) | Error::File(_)),
                    "{kind}: {error}"
                );
            }
        },
    );
}

/// What is small enough to be allowed, and says much more than it has.
#[test]
fn a_header_that_promises_too_much_is_an_error() {
    let test = "pictures::a_header_that_promises_too_much_is_an_error";
    limited(test, 30, || {
        let pgm = b"P5 11000 11000 65535\n0123".to_vec();
        let pam =
            b"P7\nWIDTH 11000\nHEIGHT 11000\nDEPTH 4\nMAXVAL 65535\nTUPLTYPE RGB_ALPHA\nENDHDR\n01";
        let mut bmp = small(ImageFormat::Bmp);
        for at in [18, 22] {
            bmp[at..at + 4].copy_from_slice(&11_000_u32.to_le_bytes());
        }
        for (kind, bytes) in [("PGM", pgm), ("PAM", pam.to_vec()), ("BMP", bmp)] {
            assert!(survives(kind, || decode(&bytes)).is_err(), "{kind}");
        }
    });
}

#[test]
fn the_name_of_a_file_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    for format in FORMATS {
        let bytes = small(format);
        let wanted = decode(&bytes).unwrap();
        for other in FORMATS {
            let name = format!("x.{}", other.extensions_str()[0]);
            let path = folder.path().join(name);
            std::fs::write(&path, &bytes).unwrap();
            let read = colorize_rt::open(&path).unwrap();
            assert!(read == wanted, "{format:?} in {}", path.display());
        }
    }
}
