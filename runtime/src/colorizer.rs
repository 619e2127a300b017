//! The whole way of a photograph.

use image::{DynamicImage, RgbImage};

use crate::builder::Builder;
use crate::bundled;
use crate::confidence::Confidence;
use crate::contract::Contract;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::hints::Hints;
use crate::luminance::lightness;
use crate::merge::{self, merge};
use crate::painting::{Painted, Told, no_hints};
use crate::plane::Plane;
use crate::report::{Clock, Report};
use crate::resize::{MAX_ASPECT, resize, working_dimensions};

/// Gives gray photographs their colour back. Make one with
/// [`builder`](Self::builder), then use it for any number of photographs, from any
/// number of threads.
pub struct Colorizer {
    pub(crate) engine: Box<dyn Engine>,
    pub(crate) contract: Contract,
    pub(crate) working_size: u32,
    pub(crate) max_aspect: f64,
    pub(crate) report: Report,
    pub(crate) clock: Clock,
}

/// A colorized photograph.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Colorized {
    /// The photograph in colour, as large as it came.
    pub image: RgbImage,
    /// Width and height at which the network saw it.
    pub working_dimensions: (u32, u32),
    /// How sure the network is, where it says so.
    pub confidence: Option<Confidence>,
}

/// A photograph at both sizes.
pub(crate) struct View {
    /// L\* at full size.
    pub lightness: Plane,
    /// As the network sees it.
    pub reduced: Plane,
}

impl View {
    /// Width and height of the photograph.
    pub fn photograph(&self) -> (u32, u32) {
        (self.lightness.width, self.lightness.height)
    }
}

impl Colorizer {
    /// The network sees the long side of a photograph as at most this many times the short one:
    /// panoramas are squeezed beyond it.
    pub const MAX_ASPECT: f64 = MAX_ASPECT;

    /// How far outside 0..=1 linear light may lie and still count as inside sRGB's gamut.
    pub const GAMUT_TOLERANCE: f32 = merge::TOLERANCE;

    /// Halvings in the search for the gamut's boundary, along the line from gray to the network's
    /// colour.
    pub const GAMUT_HALVINGS: u32 = merge::HALVINGS;

    /// Starts with the embedded model, the best engine there is, and the model's own
    /// working size.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// What runs, what was passed over on the way to it, and how long it took so far.
    pub fn report(&self) -> Report {
        Report {
            stages: self.clock.stages(),
            ..self.report.clone()
        }
    }

    /// What the model takes and gives, and where it comes from.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// Colorizes one photograph. A picture that has colours is taken as gray.
    ///
    /// # Errors
    /// [`Error::Request`] if the picture has no pixels; [`Error::Engine`] if the
    /// engine fails or gives what its contract does not promise.
    pub fn colorize(&self, photograph: &DynamicImage) -> Result<Colorized> {
        self.colorize_with(photograph, &Hints::new())
    }

    /// Colorizes one photograph of which some colours are known.
    ///
    /// # Errors
    /// As [`colorize`](Self::colorize); and [`Error::Request`] if a hint is outside the photograph,
    /// or there is a palette and the colorizer takes none.
    pub fn colorize_with(&self, photograph: &DynamicImage, hints: &Hints) -> Result<Colorized> {
        if self.contract.takes_pixels() {
            return self.colorize_pixels(photograph, hints);
        }
        let view = self.view(photograph)?;
        let steering = &self.contract.steering;
        let told = Told::of(hints, &[], steering, view.photograph(), &view.reduced)?;
        let painted = self.paint(&view.reduced, &told, false)?;
        self.finish(&view, painted)
    }

    /// The same in a file that does everything itself.
    fn colorize_pixels(&self, photograph: &DynamicImage, hints: &Hints) -> Result<Colorized> {
        let working_dimensions = self.working_dimensions(photograph)?;
        if !hints.is_empty() {
            return Err(no_hints());
        }
        let work = || bundled::colorize(self.engine.as_ref(), photograph);
        Ok(Colorized {
            image: self.clock.time(|stages| &mut stages.network, work)?,
            working_dimensions,
            confidence: None,
        })
    }

    /// A photograph's lightness, and what the network sees of it.
    pub(crate) fn view(&self, photograph: &DynamicImage) -> Result<View> {
        let (width, height) = self.working_dimensions(photograph)?;
        self.clock.time(
            |stages| &mut stages.lightness,
            || {
                let lightness = lightness(photograph);
                let reduced = resize(&lightness, width, height)?;
                Ok(View { lightness, reduced })
            },
        )
    }

    /// Width and height at which the network sees a photograph.
    pub(crate) fn working_dimensions(&self, photograph: &DynamicImage) -> Result<(u32, u32)> {
        self.working_dimensions_of(photograph.width(), photograph.height())
    }

    pub(crate) fn working_dimensions_of(&self, width: u32, height: u32) -> Result<(u32, u32)> {
        if width == 0 || height == 0 {
            return Err(Error::request(
                "this picture has no pixels",
                "give one that has",
            ));
        }
        let (size, aspect) = (self.contract.size, self.max_aspect);
        let working = self.working_size;
        Ok(working_dimensions(width, height, size, working, aspect))
    }

    /// What the network painted, merged with the lightness.
    pub(crate) fn finish(&self, view: &View, painted: Painted) -> Result<Colorized> {
        let photograph = view.photograph();
        let [a, b] = painted.chroma;
        let enlarged = |plane: &Plane| resize(plane, photograph.0, photograph.1);
        let image = self.clock.time(
            |stages| &mut stages.merging,
            || merge(&view.lightness, &enlarged(&a)?, &enlarged(&b)?),
        )?;
        Ok(Colorized {
            image,
            working_dimensions: (view.reduced.width, view.reduced.height),
            confidence: painted
                .confidence
                .map(|plane| Confidence { plane, photograph }),
        })
    }
}
