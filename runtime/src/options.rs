//! What can be asked of one colorizing.

use crate::error::{Error, Result};
use crate::hints::Hints;

/// What is known of a photograph's colours, and how strong they are to be.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ColorizeOptions {
    /// Colours that are known.
    pub hints: Hints,
    /// The chroma is multiplied by this, 0 (gray) to 1.5; 1 at first.
    pub strength: f32,
}

impl Default for ColorizeOptions {
    fn default() -> Self {
        Self {
            hints: Hints::new(),
            strength: 1.0,
        }
    }
}

impl ColorizeOptions {
    /// The greatest strength.
    pub const STRONGEST: f32 = 1.5;

    /// No hints, and the colours as the network gives them.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Colours that are known.
    #[must_use]
    pub fn hints(mut self, hints: Hints) -> Self {
        self.hints = hints;
        self
    }

    /// How strong the colours are to be, 0 (gray) to 1.5; 1 is as the network gives them.
    #[must_use]
    pub fn strength(mut self, strength: f32) -> Self {
        self.strength = strength;
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        if (0.0..=Self::STRONGEST).contains(&self.strength) {
            return Ok(());
        }
        Err(Error::request(
            format!("a strength of {} is not possible", self.strength),
            format!("give 0 to {}", Self::STRONGEST),
        ))
    }
}
