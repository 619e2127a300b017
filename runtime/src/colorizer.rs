//! The whole way of a photograph.

use image::{DynamicImage, RgbImage};
use ndarray::Array4;

use crate::builder::{Builder, Report};
use crate::contract::Contract;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::luminance::lightness;
use crate::merge::merge;
use crate::network::{chroma_of_output, input_of_lightness};
use crate::plane::Plane;
use crate::resize::{resize, working_dimensions};

/// Gives gray photographs their colour back. Make one with
/// [`builder`](Self::builder), then use it for any number of photographs, from any
/// number of threads.
pub struct Colorizer {
    pub(crate) engine: Box<dyn Engine>,
    pub(crate) contract: Contract,
    pub(crate) working_size: u32,
    pub(crate) max_aspect: f64,
    pub(crate) report: Report,
}

/// A colorized photograph.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Colorized {
    /// The photograph in colour, as large as it came.
    pub image: RgbImage,
    /// Width and height at which the network saw it.
    pub working_dimensions: (u32, u32),
}

impl Colorizer {
    /// Starts with the embedded model, the best engine there is, and the model's own
    /// working size.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// What runs, and what was passed over on the way to it.
    pub fn report(&self) -> &Report {
        &self.report
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
        let (width, height) = (photograph.width(), photograph.height());
        if width == 0 || height == 0 {
            return Err(Error::request(
                "this picture has no pixels",
                "give one that has",
            ));
        }
        let lightness = lightness(photograph);
        let working = working_dimensions(
            width,
            height,
            self.contract.size,
            self.working_size,
            self.max_aspect,
        );
        let reduced = resize(&lightness, working.0, working.1)?;
        let [a, b] = self.chroma(&reduced)?;
        let [a, b] = [resize(&a, width, height)?, resize(&b, width, height)?];
        let image = merge(&lightness, &a, &b)?;
        Ok(Colorized {
            image,
            working_dimensions: working,
        })
    }

    /// Lightness at the working size to chroma, which may be smaller.
    fn chroma(&self, lightness: &Plane) -> Result<[Plane; 2]> {
        let input = input_of_lightness(lightness, &self.contract.input)?;
        let output: Array4<f32> = self.engine.run(input.view())?;
        chroma_of_output(&output, &self.contract.output)
    }
}
