//! From a file's bytes to luminance, alpha and metadata.

use image::metadata::Orientation;
use image::{DynamicImage, GenericImageView, Pixel};

use super::Alpha;
use crate::decode::{Format, finished, orientation, prepared};
use crate::error::Result;
use crate::inks::inks;
use crate::luminance::{Codes, Luminance, gray_of_deep};
use crate::metadata::{Metadata, profile};
use crate::profile::{Profile, Unusable};

/// What pixels are taken apart into.
pub(super) struct Parts {
    pub luminance: Luminance<'static>,
    pub alpha: Option<Alpha>,
    pub deep: bool,
}

/// A file's pixels, upright, what it says beside them, and notes.
pub(super) fn decoded(bytes: &[u8]) -> Result<(Parts, Metadata, Vec<String>)> {
    let (format, mut decoder) = prepared(bytes)?;
    let mut notes = Vec::new();
    let mut metadata = Metadata::of(bytes, format, &mut decoder);
    let orientation = orientation(format, &mut decoder).unwrap_or(Orientation::NoTransforms);
    let icc = profile(bytes, format, &mut decoder);
    metadata.profile = icc.is_some();
    let profile = match icc.as_deref().map(Profile::read) {
        None => None,
        Some(Ok(profile)) => profile,
        Some(Err(Unusable)) => {
            notes.push("its colour profile cannot be used and was left out".to_owned());
            None
        }
    };
    if format == Format::TIFF && has_more_pages(bytes) {
        notes.push("it has several pages, of which the first was taken".to_owned());
    }
    // Inks have a meaning only with their profile; without, the decoder guesses.
    if let Some(profile) = &profile
        && let Some(inks) = inks(bytes, format)
        && let Ok(grays) = profile.grays_of_inks(&inks.values)
    {
        drop(decoder);
        let gray = image::ImageBuffer::from_raw(inks.width, inks.height, grays);
        if let Some(gray) = gray {
            let mut image = DynamicImage::ImageLuma16(gray);
            image.apply_orientation(orientation);
            let mut parts = parts(image, None);
            parts.deep = inks.deep;
            return Ok((parts, metadata, notes));
        }
        (_, decoder) = prepared(bytes)?;
    }
    let image = finished(format, decoder)?;
    Ok((
        upright(image, profile.as_ref(), orientation, &mut notes),
        metadata,
        notes,
    ))
}

fn upright(
    image: DynamicImage,
    profile: Option<&Profile>,
    orientation: Orientation,
    notes: &mut Vec<String>,
) -> Parts {
    let fits = profile.is_none_or(|profile| profile.suits(&image));
    if !fits {
        notes.push("its colour profile is for other pixels and was left out".to_owned());
    }
    let mut parts = parts(image, profile.filter(|_| fits));
    if orientation != Orientation::NoTransforms {
        parts = turned(parts, orientation);
    }
    parts
}

/// Takes a picture apart, freeing what is not needed on the way.
pub(super) fn parts(image: DynamicImage, profile: Option<&Profile>) -> Parts {
    let (width, height) = image.dimensions();
    let deep = !matches!(
        image,
        DynamicImage::ImageLuma8(_)
            | DynamicImage::ImageLumaA8(_)
            | DynamicImage::ImageRgb8(_)
            | DynamicImage::ImageRgba8(_)
    );
    let alpha = alpha(&image);
    let converted = profile.and_then(|profile| profile.grays(&image).ok());
    let codes = match converted {
        Some(grays) => Codes::Gray16(grays.into()),
        None => match image {
            DynamicImage::ImageLuma8(gray) => Codes::Gray8(gray.into_raw().into()),
            DynamicImage::ImageLumaA8(_) => Codes::Gray8(image.into_luma8().into_raw().into()),
            DynamicImage::ImageLuma16(gray) => Codes::Gray16(gray.into_raw().into()),
            DynamicImage::ImageLumaA16(_) => Codes::Gray16(image.into_luma16().into_raw().into()),
            DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_) => {
                Codes::Rgb8(image.into_rgb8().into_raw().into())
            }
            _ => Codes::Gray16(gray_of_deep(image.into_rgb16().as_raw()).into()),
        },
    };
    Parts {
        luminance: Luminance::new(width, height, codes),
        alpha,
        deep,
    }
}

fn alpha(image: &DynamicImage) -> Option<Alpha> {
    fn last<P: Pixel>(image: &image::ImageBuffer<P, Vec<P::Subpixel>>) -> Vec<P::Subpixel> {
        let channels = usize::from(P::CHANNEL_COUNT);
        let last = image.as_raw().iter().skip(channels - 1);
        last.step_by(channels).copied().collect()
    }
    match image {
        DynamicImage::ImageLumaA8(image) => Some(Alpha::Eight(last(image))),
        DynamicImage::ImageRgba8(image) => Some(Alpha::Eight(last(image))),
        DynamicImage::ImageLumaA16(image) => Some(Alpha::Sixteen(last(image))),
        DynamicImage::ImageRgba16(image) => Some(Alpha::Sixteen(last(image))),
        DynamicImage::ImageRgba32F(_) => Some(Alpha::Sixteen(last(&image.to_rgba16()))),
        _ => None,
    }
}

fn turned(parts: Parts, orientation: Orientation) -> Parts {
    let (width, height) = (parts.luminance.width, parts.luminance.height);
    let alpha = parts.alpha.map(|alpha| match alpha {
        Alpha::Eight(values) => {
            let turned = turned_plane(width, height, values, DynamicImage::ImageLuma8, orientation);
            Alpha::Eight(turned.into_luma8().into_raw())
        }
        Alpha::Sixteen(values) => {
            let turned = turned_plane(
                width,
                height,
                values,
                DynamicImage::ImageLuma16,
                orientation,
            );
            Alpha::Sixteen(turned.into_luma16().into_raw())
        }
    });
    Parts {
        luminance: parts.luminance.turned(orientation),
        alpha,
        deep: parts.deep,
    }
}

/// A plane as a picture, turned.
fn turned_plane<P: Pixel>(
    width: u32,
    height: u32,
    values: Vec<P::Subpixel>,
    picture: impl Fn(image::ImageBuffer<P, Vec<P::Subpixel>>) -> DynamicImage,
    orientation: Orientation,
) -> DynamicImage {
    let plane = image::ImageBuffer::from_raw(width, height, values).unwrap_or_default();
    let mut picture = picture(plane);
    picture.apply_orientation(orientation);
    picture
}

fn has_more_pages(bytes: &[u8]) -> bool {
    let decoder = tiff::decoder::Decoder::new(std::io::Cursor::new(bytes));
    decoder.is_ok_and(|decoder| decoder.more_images())
}
