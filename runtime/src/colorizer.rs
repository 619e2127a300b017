//! The whole way of a photograph.

use std::path::Path;

use image::{DynamicImage, RgbImage};

use crate::builder::Builder;
use crate::bundled;
use crate::confidence::Confidence;
use crate::contract::Contract;
use crate::encode::{SaveOptions, save_with};
use crate::engine::Engine;
use crate::enlargement::{Enlargement, FullChroma, merged, too_large};
use crate::error::{Error, Result};
use crate::hints::Hints;
use crate::luminance::Luminance;
use crate::merge;
use crate::metadata::Metadata;
use crate::options::ColorizeOptions;
use crate::painting::{Painted, no_hints, part};
use crate::photograph::Photograph;
use crate::plane::Plane;
use crate::report::{Clock, Report};
use crate::resize::{MAX_ASPECT, resize_part};
use crate::view::View;

/// Gives gray photographs their colour back. Make one with
/// [`builder`](Self::builder), then use it for any number of photographs, from any
/// number of threads.
pub struct Colorizer {
    pub(crate) engine: Box<dyn Engine>,
    pub(crate) contract: Contract,
    pub(crate) working_size: u32,
    pub(crate) views: u32,
    pub(crate) max_aspect: f64,
    pub(crate) enlargement: Enlargement,
    pub(crate) report: Report,
    pub(crate) clock: Clock,
}

/// A colorized photograph.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Colorized {
    /// The photograph in colour, as large as it came.
    pub image: RgbImage,
    /// Width and height at which the network saw it first.
    pub working_dimensions: (u32, u32),
    /// How sure the network is, where it says so.
    pub confidence: Option<Confidence>,
}

/// A colorized photograph with all that it came with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ColorizedPhotograph {
    /// In colour, as large as it came; of 16 bits and with alpha where it came so.
    pub image: DynamicImage,
    /// What the file said beside the pixels.
    pub metadata: Metadata,
    /// Width and height at which the network saw it first.
    pub working_dimensions: (u32, u32),
    /// How sure the network is, where it says so.
    pub confidence: Option<Confidence>,
}

impl ColorizedPhotograph {
    /// Writes it with its metadata, as [`save`](crate::save) does.
    ///
    /// # Errors
    /// As [`save`](crate::save).
    pub fn save(&self, path: impl AsRef<Path>, options: SaveOptions) -> Result<()> {
        save_with(&self.image, &self.metadata, path.as_ref(), options)
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
        let luminance = Luminance::of(photograph);
        let view = self.view(&luminance)?;
        let painted = self.paint_view(&view, hints)?;
        self.finish(&view, painted)
    }

    /// Colorizes a photograph as it was read from a file: what it comes with stays.
    ///
    /// # Errors
    /// As [`colorize_with`](Self::colorize_with); and [`Error::Request`] if the strength is none.
    pub fn colorize_photograph(
        &self,
        photograph: &Photograph,
        options: &ColorizeOptions,
    ) -> Result<ColorizedPhotograph> {
        options.check()?;
        if self.contract.takes_pixels() {
            return self.colorize_pixels_of(photograph, options);
        }
        let view = self.view(&photograph.luminance)?;
        let painted = self.paint_view(&view, &options.hints)?;
        self.develop(photograph, &view, painted, options.strength)
    }

    /// The same in a file that does everything itself.
    fn colorize_pixels(&self, photograph: &DynamicImage, hints: &Hints) -> Result<Colorized> {
        let frame = self.frame((photograph.width(), photograph.height()), self.working_size)?;
        if !hints.is_empty() {
            return Err(no_hints());
        }
        let work = || bundled::colorize(self.engine.as_ref(), photograph);
        Ok(Colorized {
            image: self.clock.time(|stages| &mut stages.network, work)?,
            working_dimensions: frame.whole,
            confidence: None,
        })
    }

    /// Such a file takes and gives 8 bits, and has a strength of its own.
    fn colorize_pixels_of(
        &self,
        photograph: &Photograph,
        options: &ColorizeOptions,
    ) -> Result<ColorizedPhotograph> {
        if options.strength != 1.0 {
            return Err(Error::request(
                "this colorizer does everything itself, and always at the same strength",
                "leave the strength (`--strength`) out, or use the built-in colorizer",
            ));
        }
        let gray = DynamicImage::from(photograph.gray().to_rgb8());
        let colorized = self.colorize_pixels(&gray, &options.hints)?;
        Ok(ColorizedPhotograph {
            image: photograph.with_alpha8(colorized.image)?,
            metadata: photograph.metadata.clone(),
            working_dimensions: colorized.working_dimensions,
            confidence: None,
        })
    }

    /// What the network painted, merged with the lightness.
    pub(crate) fn finish(&self, view: &View<'_>, painted: Painted) -> Result<Colorized> {
        let (width, height) = view.photograph();
        let merge = || {
            let chroma = FullChroma::of(view, &painted)?;
            merged(view.luminance, &chroma, 1.0, 3)
        };
        let pixels = self.clock.time(|stages| &mut stages.merging, merge)?;
        let image = RgbImage::from_raw(width, height, pixels);
        Ok(Colorized {
            image: image.ok_or_else(|| too_large(view.luminance))?,
            working_dimensions: view.look.frame.whole,
            confidence: confidence(view, painted.confidence)?,
        })
    }

    /// The same of a photograph from a file.
    pub(crate) fn develop(
        &self,
        photograph: &Photograph,
        view: &View<'_>,
        painted: Painted,
        strength: f32,
    ) -> Result<ColorizedPhotograph> {
        let merge = || {
            let chroma = FullChroma::of(view, &painted)?;
            photograph.coloured(&chroma, strength)
        };
        Ok(ColorizedPhotograph {
            image: self.clock.time(|stages| &mut stages.merging, merge)?,
            metadata: photograph.metadata.clone(),
            working_dimensions: view.look.frame.whole,
            confidence: confidence(view, painted.confidence)?,
        })
    }
}

/// The part of it that is about the photograph.
fn confidence(view: &View<'_>, plane: Option<Plane>) -> Result<Option<Confidence>> {
    let Some(plane) = plane else {
        return Ok(None);
    };
    let (width, height) = view.look.frame.content;
    let part = part(view.look.frame.shares(), &plane);
    let side = |extent: f64, most: u32| (extent.round() as u32).clamp(1, most.max(1));
    let plane = match view.look.frame.content == view.look.frame.whole {
        true => plane,
        false => resize_part(&plane, part, side(part[0], width), side(part[1], height))?,
    };
    Ok(Some(Confidence {
        plane,
        photograph: view.photograph(),
    }))
}
