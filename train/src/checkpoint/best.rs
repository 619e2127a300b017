//! Which checkpoint is the best.

use serde::{Deserialize, Serialize};

use crate::config::BestBy;
use crate::metrics::Figures;

/// Which checkpoint is best.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Its folder's name.
    pub checkpoint: String,
    /// The figure that chose it; see [`BestBy`].
    pub figure: f64,
}

impl BestBy {
    /// The figure that it looks at.
    pub fn of(self, figures: &Figures) -> f64 {
        match self {
            Self::Object => figures.object,
            Self::Psnr => figures.psnr,
            Self::Ssim => figures.ssim,
            Self::Ab => figures.ab,
            Self::Colour => figures.colour_distance,
        }
    }

    pub(super) fn is_better(self, figure: f64, best: f64) -> bool {
        match self {
            Self::Object | Self::Psnr | Self::Ssim => figure > best,
            Self::Ab | Self::Colour => figure < best,
        }
    }
}
