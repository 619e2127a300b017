//! Gray scans to measure with: `cargo run --release -p colorize-rt --example scans -- PHOTO FOLDER COUNT
//! FROM TO` enlarges a photograph to COUNT sizes from FROM to TO megapixels, with grain, as JPEG files.

use std::error::Error;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, resize};
use image::{GrayImage, ImageReader};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [photo, folder, count, from, to] = &arguments[..] else {
        return Err("scans PHOTO FOLDER COUNT FROM TO".into());
    };
    let photo = ImageReader::open(photo)?.decode()?.to_luma8();
    let (count, from, to): (u32, f64, f64) = (count.parse()?, from.parse()?, to.parse()?);
    std::fs::create_dir_all(folder)?;
    for index in 0..count {
        let share = f64::from(index) / f64::from(count.max(2) - 1);
        let pixels = 1e6 * (from + share * (to - from));
        let (width, height) = (f64::from(photo.width()), f64::from(photo.height()));
        let scale = (pixels / (width * height)).sqrt();
        let sides = [width, height].map(|side| (side * scale).round() as u32);
        let scan = grained(resize(&photo, sides[0], sides[1], FilterType::CatmullRom));
        let path = Path::new(folder).join(format!("{index:04}.jpg"));
        let file = std::fs::File::create(&path)?;
        scan.write_with_encoder(JpegEncoder::new_with_quality(file, 90))?;
    }
    Ok(())
}

/// A few codes lighter or darker at every pixel, the same each time.
fn grained(mut scan: GrayImage) -> GrayImage {
    for (x, y, pixel) in scan.enumerate_pixels_mut() {
        let mixed = x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519);
        let grain = (mixed ^ mixed >> 15).wrapping_mul(0x2c1b_3c6d) >> 29;
        pixel.0[0] = pixel.0[0].saturating_add(grain as u8).saturating_sub(4);
    }
    scan
}
