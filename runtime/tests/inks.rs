//! Pictures for print: how light their inks are, their profile says.
#![allow(clippy::unwrap_used)]

use std::io::Cursor;

use colorize_rt::{Photograph, color};
use jpeg_encoder::{ColorType, Encoder};
use tiff::encoder::{TiffEncoder, colortype::CMYK8};
use tiff::tags::Tag;

const SIDES: (u16, u16) = (64, 16);

/// Above more and more black, below more and more cyan; 255 is full ink.
fn inks() -> Vec<u8> {
    let pixel = |at: u16| {
        let (x, y) = (at % SIDES.0, at / SIDES.0);
        let ink = (4 * x) as u8;
        if y < 8 {
            [0, 0, 0, ink]
        } else {
            [ink, 0, 0, 0]
        }
    };
    (0..SIDES.0 * SIDES.1).flat_map(pixel).collect()
}

/// L* of such a pixel under [`profile`].
fn lightness(x: u32, y: u32) -> f64 {
    let ink = f64::from(4 * x) / 255.0;
    100.0 * (1.0 - if y < 8 { ink } else { 0.3 * ink })
}

/// An ICC profile (version 2) of a press on which L* falls straight with each ink, to 0 with black, by
/// 30 with cyan, 50 with magenta and 10 with yellow; and which knows no hue.
fn profile() -> Vec<u8> {
    let mut table = b"mft1\0\0\0\0\x04\x03\x02\0".to_vec();
    for at in 0..9_u32 {
        let one = if at % 4 == 0 { 0x1_0000_u32 } else { 0 };
        table.extend(one.to_be_bytes());
    }
    let straight = || 0..=255_u8;
    (0..4).for_each(|_| table.extend(straight()));
    for corner in 0..16 {
        let ink = |bit: u32| f64::from(corner >> bit & 1);
        let light = 1.0 - 0.3 * ink(3) - 0.5 * ink(2) - 0.1 * ink(1);
        let light = 255.0 * light * (1.0 - ink(0));
        table.extend([light.round() as u8, 128, 128]);
    }
    (0..3).for_each(|_| table.extend(straight()));

    let mut icc = vec![0; 128];
    let mut put = |at: usize, bytes: &[u8]| icc[at..at + bytes.len()].copy_from_slice(bytes);
    let whole = 128 + 16 + table.len() as u32;
    put(0, &whole.to_be_bytes());
    put(8, &[2, 0x40]);
    put(12, b"prtrCMYKLab ");
    put(36, b"acsp");
    put(68, &[0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d]);
    icc.extend(1_u32.to_be_bytes());
    icc.extend(b"A2B0");
    icc.extend(144_u32.to_be_bytes());
    icc.extend((table.len() as u32).to_be_bytes());
    icc.extend(table);
    icc
}

fn jpeg(kind: ColorType, profile: Option<&[u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 100);
    if let Some(profile) = profile {
        encoder.add_icc_profile(profile).unwrap();
    }
    encoder.encode(&inks(), SIDES.0, SIDES.1, kind).unwrap();
    bytes
}

fn tiff(profile: &[u8]) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
    let (width, height) = (SIDES.0.into(), SIDES.1.into());
    let mut image = encoder.new_image::<CMYK8>(width, height).unwrap();
    image.encoder().write_tag(Tag::IccProfile, profile).unwrap();
    image.write_data(&inks()).unwrap();
    bytes.into_inner()
}

/// The largest difference to what the profile says.
fn difference(bytes: &[u8]) -> f64 {
    let photograph = Photograph::decode(bytes).unwrap();
    assert!(photograph.notes().is_empty(), "{:?}", photograph.notes());
    let gray = photograph.gray().to_luma16();
    let off = gray.enumerate_pixels().map(|(x, y, pixel)| {
        let light = f64::from(pixel[0]) / 65535.0;
        (color::srgb_to_lab([light; 3])[0] - lightness(x, y)).abs()
    });
    off.fold(0.0, f64::max)
}

#[test]
fn cmyk_ycck_and_tiff_are_as_light_as_their_profile_says() {
    let press = profile();
    for (kind, bytes) in [
        ("CMYK", jpeg(ColorType::Cmyk, Some(&press))),
        ("YCCK", jpeg(ColorType::CmykAsYcck, Some(&press))),
        ("TIFF", tiff(&press)),
    ] {
        let off = difference(&bytes);
        assert!(off < 1.0, "{kind}: L* is off by {off}");
    }
}

#[test]
fn without_a_profile_inks_are_guessed_alike() {
    let [cmyk, ycck] = [ColorType::Cmyk, ColorType::CmykAsYcck].map(|kind| {
        let photograph = Photograph::decode(jpeg(kind, None)).unwrap();
        photograph.gray().to_luma8()
    });
    for (x, y, pixel) in cmyk.enumerate_pixels() {
        assert!(pixel[0].abs_diff(ycck.get_pixel(x, y)[0]) <= 3, "{x} {y}");
    }
    let ends = [cmyk.get_pixel(0, 0)[0], cmyk.get_pixel(63, 0)[0]];
    assert!(ends[0] > 250 && ends[1] < 10, "{ends:?}");
}
