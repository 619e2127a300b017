//! A picture as it is stored, to RGB; and whether it is worth training on.

use image::{DynamicImage, Rgb, RgbImage};

use super::skip::{Skip, SkipReason};
use super::source::Picture;

/// The longest side, in short sides.
const LONGEST: u32 = 4;

/// A pixel is coloured from this difference between its largest and its smallest channel on: at
/// middle gray 4 to 8 units of chroma in CIELAB, about where an eye begins to name a hue.
const COLOURED: u8 = 12;

/// A photograph is coloured where at least one in so many pixels is.
const SHARE: usize = 200;

/// About as many pixels are looked at.
const LOOKED_AT: usize = 1 << 14;

/// Decodes a photograph, upright.
///
/// # Errors
/// Why it is of no use.
pub(super) fn decode(picture: Picture) -> Result<RgbImage, Skip> {
    let photo = match picture {
        Picture::Pixels(photo) => photo,
        Picture::Encoded(bytes) => {
            let photo = colorize_rt::decode(&bytes).map_err(|error| Skip {
                reason: SkipReason::Corrupt,
                detail: error.to_string(),
            })?;
            check_sides(photo.width(), photo.height())?;
            if !photo.color().has_color() {
                return Err(gray("stored without colour"));
            }
            to_rgb8(photo)
        }
    };
    check_sides(photo.width(), photo.height())?;
    if is_gray(&photo) {
        return Err(gray("hardly a pixel is coloured"));
    }
    Ok(photo)
}

fn check_sides(width: u32, height: u32) -> Result<(), Skip> {
    if width.max(height) > LONGEST.saturating_mul(width.min(height)) {
        return Err(Skip {
            reason: SkipReason::Extreme,
            detail: format!("{width}x{height}"),
        });
    }
    Ok(())
}

fn gray(detail: &str) -> Skip {
    Skip {
        reason: SkipReason::Gray,
        detail: detail.to_owned(),
    }
}

/// Eight bits a channel. What is transparent is seen on white: below it files hold anything.
fn to_rgb8(photo: DynamicImage) -> RgbImage {
    if !photo.color().has_alpha() {
        return photo.into_rgb8();
    }
    let photo = photo.into_rgba8();
    RgbImage::from_fn(photo.width(), photo.height(), |x, y| {
        let [r, g, b, alpha] = photo.get_pixel(x, y).0;
        Rgb([r, g, b].map(|channel| {
            let (channel, alpha) = (u32::from(channel), u32::from(alpha));
            ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8
        }))
    })
}

fn is_gray(photo: &RgbImage) -> bool {
    let pixels = photo.as_raw().as_chunks::<3>().0;
    // An odd stride, so that a regular pattern is not always met at the same place.
    let stride = (pixels.len() / LOOKED_AT).max(1) | 1;
    let looked_at = pixels.iter().step_by(stride);
    let (mut all, mut coloured) = (0, 0);
    for [r, g, b] in looked_at {
        all += 1;
        coloured += usize::from(r.max(g).max(b) - r.min(g).min(b) >= COLOURED);
    }
    coloured * SHARE < all
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayImage, ImageBuffer, ImageFormat, LumaA, Rgba};

    fn encoded(photo: impl Into<DynamicImage>) -> Picture {
        let mut bytes = std::io::Cursor::new(Vec::new());
        photo.into().write_to(&mut bytes, ImageFormat::Png).unwrap();
        Picture::Encoded(bytes.into_inner())
    }

    fn reason(picture: Picture) -> SkipReason {
        decode(picture).unwrap_err().reason
    }

    #[test]
    fn sixteen_bits_become_the_nearest_eight() {
        let photo: ImageBuffer<Rgb<u16>, Vec<u16>> = ImageBuffer::from_fn(256, 64, |x, y| {
            Rgb([x as u16 * 257, y as u16 * 1024 + 100, 0])
        });
        let rgb = decode(encoded(photo.clone())).unwrap();
        for (wide, narrow) in photo.as_raw().iter().zip(rgb.as_raw()) {
            let exact = f64::from(*wide) / 257.0;
            assert!(
                (exact - f64::from(*narrow)).abs() <= 0.5,
                "{wide}: {narrow}"
            );
        }
    }

    #[test]
    fn gray_in_every_form_is_skipped() {
        let gray = GrayImage::from_fn(64, 64, |x, y| image::Luma([(3 * x + y) as u8]));
        let forms: [DynamicImage; 5] = [
            gray.clone().into(),
            DynamicImage::from(gray.clone()).to_luma16().into(),
            DynamicImage::from(gray.clone()).to_luma_alpha8().into(),
            DynamicImage::from(gray.clone()).to_luma_alpha16().into(),
            DynamicImage::from(gray.clone()).to_rgb8().into(),
        ];
        for form in forms {
            assert_eq!(
                reason(encoded(form.clone())),
                SkipReason::Gray,
                "{:?}",
                form.color()
            );
        }
        let mut bytes = std::io::Cursor::new(Vec::new());
        let photo = DynamicImage::from(gray).to_rgb8();
        photo.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        assert_eq!(
            reason(Picture::Encoded(bytes.into_inner())),
            SkipReason::Gray
        );
    }

    #[test]
    fn gray_with_alpha_becomes_the_gray_that_is_seen() {
        let photo: ImageBuffer<LumaA<u8>, Vec<u8>> =
            ImageBuffer::from_fn(3, 1, |x, _| LumaA([100, [0, 255, 128][x as usize]]));
        // 100 · 128/255 + 255 · 127/255 = 177.2
        let seen = [[255; 3], [100; 3], [177; 3]].concat();
        assert_eq!(to_rgb8(photo.into()).into_raw(), seen);
    }

    #[test]
    fn a_small_coloured_thing_makes_a_photograph_coloured() {
        let patch = |side: u32| {
            RgbImage::from_fn(200, 200, |x, y| {
                if x < side && y < side {
                    Rgb([200, 60, 40])
                } else {
                    Rgb([128; 3])
                }
            })
        };
        assert!(decode(Picture::Pixels(patch(20))).is_ok());
        assert_eq!(reason(Picture::Pixels(patch(4))), SkipReason::Gray);
    }

    #[test]
    fn transparency_is_seen_on_white() {
        let photo = ImageBuffer::from_fn(32, 32, |x, _| {
            if x < 16 {
                Rgba([200_u8, 40, 40, 255])
            } else {
                Rgba([0, 0, 0, 0])
            }
        });
        let rgb = decode(encoded(photo)).unwrap();
        assert_eq!(rgb.get_pixel(0, 0).0, [200, 40, 40]);
        assert_eq!(rgb.get_pixel(31, 0).0, [255; 3]);
    }

    #[test]
    fn extreme_and_damaged_pictures_are_skipped() {
        let strip = |width, height| RgbImage::from_fn(width, height, |x, _| Rgb([x as u8, 90, 10]));
        assert_eq!(reason(encoded(strip(165, 40))), SkipReason::Extreme);
        assert_eq!(reason(encoded(strip(20, 100))), SkipReason::Extreme);
        assert!(decode(encoded(strip(160, 40))).is_ok());
        assert_eq!(
            reason(Picture::Encoded(b"no picture".to_vec())),
            SkipReason::Corrupt
        );
        assert_eq!(reason(Picture::Encoded(Vec::new())), SkipReason::Corrupt);
        let mut bytes = std::io::Cursor::new(Vec::new());
        strip(100, 100)
            .write_to(&mut bytes, ImageFormat::Jpeg)
            .unwrap();
        let half = bytes.get_ref()[..bytes.get_ref().len() / 2].to_vec();
        assert_eq!(reason(Picture::Encoded(half)), SkipReason::Corrupt);
    }
}
