//! Planes of lightness in, planes of chroma out.

use ndarray::{Array2, ArrayView2};

use crate::MAX_PIXELS;
use crate::colorizer::Colorizer;
use crate::enlargement::{FullChroma, planes};
use crate::error::{Error, Result};
use crate::hints::Hints;
use crate::luminance::{Codes, Luminance};
use crate::network::no_shape;

impl Colorizer {
    /// a\* and b\* of a photograph of which only the lightness is given (L\*, 0 to 100; rows, columns),
    /// as large as that: for those who read, merge and write pixels themselves. Whether the colours are
    /// inside sRGB's gamut at that lightness is theirs to see to.
    ///
    /// # Errors
    /// As [`colorize`](Self::colorize); or a value is not finite; or the colorizer takes and gives
    /// pixels; [`Error::Limit`] if there are more than [`MAX_PIXELS`].
    pub fn chroma(&self, lightness: ArrayView2<'_, f32>) -> Result<[Array2<f32>; 2]> {
        if self.contract.takes_pixels() {
            return Err(Error::request(
                "this colorizer takes pixels and gives pixels, not planes",
                "give it a picture, or use another colorizer",
            ));
        }
        if lightness.iter().any(|value| !value.is_finite()) {
            return Err(Error::request(
                "a lightness is not a finite number",
                "give 0 to 100",
            ));
        }
        let (rows, columns) = lightness.dim();
        let sides = u32::try_from(columns).ok().zip(u32::try_from(rows).ok());
        let fits = sides.filter(|(w, h)| u64::from(*w) * u64::from(*h) <= MAX_PIXELS);
        let (width, height) = fits.ok_or_else(|| {
            Error::limit(
                format!("{columns}x{rows} is more than this crate takes on"),
                "make the picture smaller first",
            )
        })?;
        let values: Vec<f32> = lightness
            .iter()
            .map(|value| value.clamp(0.0, 100.0))
            .collect();
        let luminance = Luminance::new(width, height, Codes::Lightness(values.into()));
        let view = self.view(&luminance)?;
        let painted = self.paint_view(&view, &Hints::new())?;
        let enlarge = || {
            let chroma = FullChroma::of(&view, &painted)?;
            Ok(planes(&luminance, &chroma))
        };
        let [a, b] = self.clock.time(|stages| &mut stages.merging, enlarge)?;
        let array = |values| {
            let array = Array2::from_shape_vec((rows, columns), values);
            array.map_err(|e| no_shape((rows, columns), e))
        };
        Ok([array(a)?, array(b)?])
    }
}
