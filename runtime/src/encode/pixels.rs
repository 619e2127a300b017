//! Samples as formats take them.

use std::borrow::Cow;

use image::DynamicImage;

/// A picture's samples, interleaved.
pub(super) struct Pixels<'a> {
    pub width: u32,
    pub height: u32,
    /// 1 is gray, 3 is RGB, 4 is RGB and alpha.
    pub channels: usize,
    pub samples: Samples<'a>,
}

pub(super) enum Samples<'a> {
    Eight(Cow<'a, [u8]>),
    Sixteen(Cow<'a, [u16]>),
}

impl<'a> Pixels<'a> {
    pub fn rgb8(width: u32, height: u32, samples: &'a [u8]) -> Self {
        Self::eight(width, height, 3, samples)
    }

    #[cfg(feature = "cli")]
    pub fn gray8(width: u32, height: u32, samples: &'a [u8]) -> Self {
        Self::eight(width, height, 1, samples)
    }

    fn eight(width: u32, height: u32, channels: usize, samples: &'a [u8]) -> Self {
        Self {
            width,
            height,
            channels,
            samples: Samples::Eight(samples.into()),
        }
    }

    /// Those of a picture, if it has one of the kinds.
    pub fn of(image: &'a DynamicImage) -> Option<Self> {
        let (channels, samples) = match image {
            DynamicImage::ImageLuma8(i) => (1, Samples::Eight(i.as_raw().into())),
            DynamicImage::ImageRgb8(i) => (3, Samples::Eight(i.as_raw().into())),
            DynamicImage::ImageRgba8(i) => (4, Samples::Eight(i.as_raw().into())),
            DynamicImage::ImageLuma16(i) => (1, Samples::Sixteen(i.as_raw().into())),
            DynamicImage::ImageRgb16(i) => (3, Samples::Sixteen(i.as_raw().into())),
            DynamicImage::ImageRgba16(i) => (4, Samples::Sixteen(i.as_raw().into())),
            _ => return None,
        };
        Some(Self {
            width: image.width(),
            height: image.height(),
            channels,
            samples,
        })
    }

    /// Samples of 8 bits, without alpha if there is to be none.
    pub fn eight_bits(&self, alpha: bool) -> (usize, Cow<'_, [u8]>) {
        let keeps = alpha || self.channels < 4;
        let channels = if keeps { self.channels } else { 3 };
        let wanted = |at: &usize| keeps || at % 4 != 3;
        let samples: Cow<'_, [u8]> = match &self.samples {
            Samples::Eight(samples) if keeps => Cow::Borrowed(samples),
            Samples::Eight(samples) => {
                let kept = (0..samples.len()).filter(wanted);
                kept.map(|at| samples[at]).collect()
            }
            Samples::Sixteen(samples) => {
                let kept = (0..samples.len()).filter(wanted);
                // 257 codes of 16 bits are one of 8.
                kept.map(|at| ((u32::from(samples[at]) + 128) / 257) as u8)
                    .collect()
            }
        };
        (channels, samples)
    }
}
