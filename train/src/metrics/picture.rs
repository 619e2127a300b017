use colorize_rt::color;

use crate::data::Sample;

/// A view of a picture's pixels.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// Interleaved 8-bit sRGB, row by row: `3 · width · height`.
    pub(super) rgb: &'a [u8],
    pub(super) width: usize,
}

impl<'a> Picture<'a> {
    /// Views `rgb`, interleaved 8-bit sRGB, as rows of `width` pixels.
    ///
    /// None where `rgb` is no whole number of such rows, or empty.
    pub fn new(rgb: &'a [u8], width: usize) -> Option<Self> {
        let whole = width > 0 && !rgb.is_empty() && rgb.len().is_multiple_of(3 * width);
        whole.then_some(Self { rgb, width })
    }

    /// Pixels.
    pub(super) fn len(&self) -> usize {
        self.rgb.len() / 3
    }

    pub(super) fn height(&self) -> usize {
        self.len() / self.width
    }

    /// CIELAB's a\* and b\* planes, one after the other: `2 · width · height`.
    pub(super) fn chroma(&self) -> Vec<f32> {
        let mut lab = vec![0.0; self.rgb.len()];
        color::rgb8_to_lab_planes(self.rgb, &mut lab);
        lab.split_off(self.len())
    }
}

/// What holds a picture.
pub trait Pixels {
    /// A view of it.
    fn picture(&self) -> Picture<'_>;
}

impl Pixels for Picture<'_> {
    fn picture(&self) -> Picture<'_> {
        *self
    }
}

impl Pixels for image::RgbImage {
    fn picture(&self) -> Picture<'_> {
        Picture {
            rgb: self.as_raw(),
            width: self.width() as usize,
        }
    }
}

impl Pixels for Sample {
    fn picture(&self) -> Picture<'_> {
        Picture {
            rgb: &self.rgb,
            width: self.side,
        }
    }
}

impl<P: Pixels + ?Sized> Pixels for &P {
    fn picture(&self) -> Picture<'_> {
        (**self).picture()
    }
}
