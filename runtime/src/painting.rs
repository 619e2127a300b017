//! What goes into a network beside lightness, and everything that comes out.

use ndarray::{Array3, ArrayD, ArrayViewD, Axis, Ix4};

use crate::colorizer::Colorizer;
use crate::contract::{HintsInput, Steering};
use crate::error::{Error, Result};
use crate::hints::{Hints, Patch, planes, shares as palette_shares, spread};
use crate::look::Look;
use crate::network::{
    broken, chroma_of_output, confidence_of_output, input_of_lightness, no_shape,
};
use crate::plane::Plane;
use crate::resize::resize;

/// What is known beside the lightness.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// What the network is told, by the names of its inputs.
    tensors: Vec<(String, ArrayD<f32>)>,
    /// What holds whatever the network makes of it.
    patches: Vec<Patch>,
}

impl Told {
    /// What a person's hints, and further patches, tell about a photograph in one of its looks.
    ///
    /// # Errors
    /// A hint is outside the photograph, or there is a palette and the network takes none.
    pub fn of(
        hints: &Hints,
        further: &[Patch],
        steering: &Steering,
        photograph: (u32, u32),
        look: &Look,
    ) -> Result<Self> {
        let reduced = &look.reduced;
        let mut tensors = Vec::new();
        let points = hints.points_on(photograph)?.iter();
        let mut patches = further.to_vec();
        // A person's come last: where they overlap, they count.
        patches.extend(points.map(|point| Patch::of(point, photograph)));
        for patch in &mut patches {
            patch.middle = look.place(patch.middle);
        }
        if let Some(input) = steering.hints.as_ref().filter(|_| !patches.is_empty()) {
            tensors.extend(told_by_patches(&patches, input, reduced)?);
        }
        if let Some(palette) = hints.palette_given() {
            let (Some(name), Some(bins)) = (&steering.palette, &steering.bins) else {
                return Err(Error::request(
                    "this colorizer takes no palette",
                    "leave `--palette` and `--like` out, or use the built-in colorizer",
                ));
            };
            let values = palette_shares(palette, bins);
            tensors.push((name.clone(), tensor(&[1, values.len()], values)?));
        }
        Ok(Self { tensors, patches })
    }

    /// Brings what was painted to the colours that are known.
    fn insist(&self, chroma: [Plane; 2], reduced: &Plane) -> Result<[Plane; 2]> {
        if self.patches.is_empty() {
            return Ok(chroma);
        }
        let [a, b] = &chroma;
        let whole = |plane| resize(plane, reduced.width, reduced.height);
        let mut chroma = [whole(a)?, whole(b)?];
        spread(&mut chroma, &self.patches, reduced);
        Ok(chroma)
    }
}

/// The error of hints for a file that does everything itself.
pub(crate) fn no_hints() -> Error {
    Error::request(
        "this colorizer does everything itself and takes no hints",
        "leave them out, or use the built-in colorizer",
    )
}

fn told_by_patches(
    patches: &[Patch],
    input: &HintsInput,
    reduced: &Plane,
) -> Result<Vec<(String, ArrayD<f32>)>> {
    let [a, b, mask] = planes(patches, reduced);
    let mut values: Vec<f32> = a.iter().chain(&b).map(|v| v * input.scale).collect();
    let shape = |planes| [1, planes, reduced.height as usize, reduced.width as usize];
    match &input.mask {
        None => {
            values.extend(mask);
            Ok(vec![(input.tensor.clone(), tensor(&shape(3), values)?)])
        }
        Some(name) => Ok(vec![
            (input.tensor.clone(), tensor(&shape(2), values)?),
            (name.clone(), tensor(&shape(1), mask)?),
        ]),
    }
}

fn tensor(shape: &[usize], values: Vec<f32>) -> Result<ArrayD<f32>> {
    ArrayD::from_shape_vec(shape, values).map_err(|e| no_shape(shape, e))
}

/// Everything that came out.
pub(crate) struct Painted {
    /// a\* and b\*, in CIELAB's units.
    pub chroma: [Plane; 2],
    /// 0 to 1.
    pub confidence: Option<Plane>,
    /// `[bins, h, w]`.
    pub logits: Option<Array3<f32>>,
    /// The photograph's share of the width and of the height of chroma.
    pub shares: [f64; 2],
}

impl Painted {
    /// Columns and rows of chroma that are the photograph's.
    pub fn part(&self) -> [f64; 2] {
        part(self.shares, &self.chroma[0])
    }
}

/// Columns and rows of a plane that are the photograph's: one at least, since the network's copy of a
/// small photograph may be larger than that.
pub(crate) fn part([across, down]: [f64; 2], plane: &Plane) -> [f64; 2] {
    let extents = [
        across * f64::from(plane.width),
        down * f64::from(plane.height),
    ];
    extents.map(|extent| extent.max(1.0))
}

impl Colorizer {
    /// Lightness at the working size to chroma, which may be smaller, with how sure it is where the
    /// network says so, and with the distribution where that is wanted and there is one.
    pub(crate) fn paint(&self, look: &Look, told: &Told, distribution: bool) -> Result<Painted> {
        let reduced = &look.reduced;
        let shares = look.frame.shares();
        let input = input_of_lightness(reduced, &self.contract.input)?;
        let output = &self.contract.output;
        let steering = &self.contract.steering;
        let confidence = steering.confidence.as_deref();
        let confidence = confidence.filter(|_| self.engine.has_run_with());
        let logits = steering.distribution.as_ref().filter(|_| distribution);
        if told.tensors.is_empty() && confidence.is_none() && logits.is_none() {
            let run = || self.engine.run(input.view());
            let made = self.clock.time(|stages| &mut stages.network, run)?;
            return Ok(Painted {
                chroma: told.insist(chroma_of_output(&made, output)?, reduced)?,
                confidence: None,
                logits: None,
                shares,
            });
        }
        let given: Vec<(&str, ArrayViewD<'_, f32>)> = told
            .tensors
            .iter()
            .map(|(name, array)| (name.as_str(), array.view()))
            .collect();
        let mut wanted = vec![output.tensor.as_str()];
        wanted.extend(confidence);
        wanted.extend(logits.map(|distribution| distribution.tensor.as_str()));
        let run = || self.engine.run_with(input.view(), &given, &wanted);
        let made = self.clock.time(|stages| &mut stages.network, run)?;
        let mut made = made.into_iter().map(|array| {
            let four = array.into_dimensionality::<Ix4>();
            four.map_err(|e| broken(format!("an output has other axes than four ({e})")))
        });
        let mut next = || {
            let missing = || Err(broken("an output is missing".to_owned()));
            made.next().unwrap_or_else(missing)
        };
        Ok(Painted {
            chroma: told.insist(chroma_of_output(&next()?, output)?, reduced)?,
            confidence: match confidence {
                Some(_) => Some(confidence_of_output(&next()?)?),
                None => None,
            },
            logits: match logits {
                Some(_) => Some(next()?.index_axis_move(Axis(0), 0)),
                None => None,
            },
            shares,
        })
    }
}
