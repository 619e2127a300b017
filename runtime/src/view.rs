//! A photograph at the sizes at which it is looked at.

use crate::colorizer::Colorizer;
use crate::enlargement::Enlargement;
use crate::error::{Error, Result};
use crate::framing::Frame;
use crate::guided;
use crate::luminance::Luminance;
use crate::plane::Plane;
use crate::resize::{resize, resize_part, working_dimensions};

/// A photograph at full size, and reduced.
pub(crate) struct View<'a> {
    pub luminance: &'a Luminance<'a>,
    /// L\* as the network sees it.
    pub reduced: Plane,
    /// Where the photograph is in that.
    pub frame: Frame,
    /// L\* at the size at which chroma is brought to its edges, if it is.
    pub guide: Option<Plane>,
}

impl View<'_> {
    /// Width and height of the photograph.
    pub fn photograph(&self) -> (u32, u32) {
        (self.luminance.width, self.luminance.height)
    }
}

impl Colorizer {
    /// A photograph's lightness, and what the network sees of it.
    pub(crate) fn view<'a>(&self, luminance: &'a Luminance<'a>) -> Result<View<'a>> {
        let photograph = (luminance.width, luminance.height);
        let frame = self.frame(photograph)?;
        let (width, height) = frame.content;
        let reduce = || match self.enlargement {
            Enlargement::Plain => Ok((resize(&luminance.plane(), width, height)?, None)),
            Enlargement::Guided => {
                let side = guided::side(photograph, frame.content);
                let guide = luminance.averaged(side);
                let part = [photograph.0, photograph.1].map(|n| f64::from(n) / side as f64);
                Ok((resize_part(&guide, part, width, height)?, Some(guide)))
            }
        };
        let (reduced, guide) = self.clock.time(|stages| &mut stages.lightness, reduce)?;
        Ok(View {
            luminance,
            reduced: frame.mirrored(reduced),
            frame,
            guide,
        })
    }

    /// How a photograph of this width and height lies in what the network sees.
    pub(crate) fn frame(&self, (width, height): (u32, u32)) -> Result<Frame> {
        if width == 0 || height == 0 {
            return Err(Error::request(
                "this picture has no pixels",
                "give one that has",
            ));
        }
        let (rule, size, aspect) = (self.contract.size, self.working_size, self.max_aspect);
        Ok(match self.enlargement {
            Enlargement::Plain => {
                Frame::full(working_dimensions(width, height, rule, size, aspect))
            }
            Enlargement::Guided => Frame::padded((width, height), rule, size, aspect),
        })
    }
}
