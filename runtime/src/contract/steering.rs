//! How a colorizer can be steered, and what it gives beside its colours.

use super::Bins;

/// What a colorizer takes beside the photograph, and what it gives beside its colours. Inputs are
/// zeros where nothing is known; outputs cost nothing unless they are asked for.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Steering {
    /// The input for points of colour.
    pub hints: Option<HintsInput>,
    /// Name of the input for how often each of `bins` occurs: `[batch, bins]`, shares that sum to 1.
    pub palette: Option<String>,
    /// Name of the output that says how sure each pixel's colour is: `[batch, 1, h, w]`, 0 to 1.
    pub confidence: Option<String>,
    /// The output over `bins` of which the colours are the mean.
    pub distribution: Option<Distribution>,
    /// The colours of `palette` and `distribution`.
    pub bins: Option<Bins>,
}

/// Where colours are known (Zhang et al. 2017, <https://arxiv.org/abs/1705.02999>): planes of the
/// photograph's size at which the network sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct HintsInput {
    /// Name of the input: `[batch, 3, height, width]`, a\*, b\* and the mask, or the first two alone.
    pub tensor: String,
    /// Factor from CIELAB's units to the tensor.
    pub scale: f32,
    /// Name of the mask's own input, `[batch, 1, height, width]`; None: it is the third plane. 1
    /// where a colour is known.
    pub mask: Option<String>,
}

/// A distribution over colours.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// Name of the output: `[batch, bins, h, w]`, logarithms of shares up to a constant.
    pub tensor: String,
    /// Shares to the power of 1 / temperature are those of which the colours are the mean.
    pub temperature: f32,
}

/// An input beside the photograph's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Further<'a> {
    pub name: &'a str,
    pub planes: usize,
    /// 4: planes of the photograph's size; 2: a row.
    pub axes: usize,
}

impl Steering {
    /// Whether there is anything.
    pub fn is_empty(&self) -> bool {
        *self == Steering::default()
    }

    /// What it takes.
    pub(crate) fn inputs(&self) -> Vec<Further<'_>> {
        let planes = |name, planes| Further {
            name,
            planes,
            axes: 4,
        };
        let mut inputs = Vec::new();
        if let Some(hints) = &self.hints {
            match &hints.mask {
                None => inputs.push(planes(&hints.tensor, 3)),
                Some(mask) => inputs.extend([planes(&hints.tensor, 2), planes(mask, 1)]),
            }
        }
        if let (Some(palette), Some(bins)) = (&self.palette, &self.bins) {
            inputs.push(Further {
                name: palette,
                planes: bins.count(),
                axes: 2,
            });
        }
        inputs
    }
}
