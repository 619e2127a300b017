//! A photograph at the sizes at which it is looked at.

use crate::colorizer::Colorizer;
use crate::enlargement::Enlargement;
use crate::error::{Error, Result};
use crate::framing::Frame;
use crate::guided;
use crate::look::Look;
use crate::luminance::Luminance;
use crate::plane::Plane;
use crate::resize::{resize, resize_part, working_dimensions};

/// A photograph at full size, and reduced.
pub(crate) struct View<'a> {
    pub luminance: &'a Luminance<'a>,
    /// As the network sees it first.
    pub look: Look,
    /// At the size at which chroma is brought to its edges, if it is.
    pub guide: Option<Guide>,
}

/// L\* averaged over squares.
pub(crate) struct Guide {
    pub lightness: Plane,
    /// Pixels of a square's side.
    pub side: usize,
}

impl Guide {
    /// The lightness of a photograph of this width and height, smaller still.
    pub fn reduced(&self, photograph: (u32, u32), (width, height): (u32, u32)) -> Result<Plane> {
        let part = [photograph.0, photograph.1].map(|n| f64::from(n) / self.side as f64);
        resize_part(&self.lightness, part, width, height)
    }
}

impl View<'_> {
    /// Width and height of the photograph.
    pub fn photograph(&self) -> (u32, u32) {
        (self.luminance.width, self.luminance.height)
    }
}

impl Colorizer {
    /// A photograph's lightness, and what the network sees of it first.
    pub(crate) fn view<'a>(&self, luminance: &'a Luminance<'a>) -> Result<View<'a>> {
        let photograph = (luminance.width, luminance.height);
        let frames = self.frames(photograph).collect::<Result<Vec<Frame>>>()?;
        let frame = self.frame(photograph, self.working_size)?;
        let (width, height) = frame.content;
        let reduce = || match self.enlargement {
            Enlargement::Plain => Ok((resize(&luminance.plane(), width, height)?, None)),
            Enlargement::Guided => {
                let sides = frames
                    .iter()
                    .map(|frame| guided::side(photograph, frame.content));
                let side = sides.min().unwrap_or(1);
                let lightness = luminance.averaged(side);
                let guide = Guide { lightness, side };
                Ok((guide.reduced(photograph, frame.content)?, Some(guide)))
            }
        };
        let (reduced, guide) = self.clock.time(|stages| &mut stages.lightness, reduce)?;
        Ok(View {
            luminance,
            look: Look {
                reduced: frame.mirrored(reduced),
                frame,
                mirrored: false,
            },
            guide,
        })
    }

    /// How a photograph of this width and height lies in what the network sees at a working size.
    pub(crate) fn frame(&self, (width, height): (u32, u32), size: u32) -> Result<Frame> {
        if width == 0 || height == 0 {
            return Err(Error::request(
                "this picture has no pixels",
                "give one that has",
            ));
        }
        let (rule, aspect) = (self.contract.size, self.max_aspect);
        Ok(match self.enlargement {
            Enlargement::Plain => {
                Frame::full(working_dimensions(width, height, rule, size, aspect))
            }
            Enlargement::Guided => Frame::padded((width, height), rule, size, aspect),
        })
    }
}
