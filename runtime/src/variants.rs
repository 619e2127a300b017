//! Several plausible versions of one photograph.
//!
//! What a network is not sure of may have another colour. The photograph is taken apart by its
//! lightness and its colours; of the parts that are large and uncertain, the distribution's modes are
//! the colours that they may have; and each version gives them other ones of these, as points of
//! colour from which the network paints the whole anew.

mod modes;
mod plan;
mod regions;

use image::DynamicImage;
use ndarray::Array3;

use crate::colorizer::{Colorized, ColorizedPhotograph, Colorizer};
use crate::contract::Distribution;
use crate::error::{Error, Result};
use crate::hints::{Hints, Patch};
use crate::luminance::Luminance;
use crate::merge::in_gamut;
use crate::options::ColorizeOptions;
use crate::painting::Painted;
use crate::photograph::Photograph;
use crate::plane::Plane;
use crate::resize::resize;
use crate::view::View;
use plan::Choice;

/// The most versions that can be asked for.
pub const MOST_VARIANTS: usize = 16;

/// Parts that get another colour in a version, at most.
const PARTS: usize = 4;
/// Versions are this far from each other, in the mean over the photograph of the distance in the
/// a\*b\* plane, unless the network cannot be moved so far.
const APART: f32 = 5.0;
/// Points for each part: more where the versions come out too alike.
const POINTS: [usize; 3] = [4, 10, 24];

impl Colorizer {
    /// Plausible versions of a photograph that differ in earnest: the first is what
    /// [`colorize`](Self::colorize) gives, the others have other colours on the large parts of which
    /// the network is least sure. The same photograph gives the same versions.
    ///
    /// # Errors
    /// As [`colorize`](Self::colorize); and [`Error::Request`] if `count` is not 1 to 16, or the
    /// colorizer gives no distribution over colours.
    pub fn variants(&self, photograph: &DynamicImage, count: usize) -> Result<Vec<Colorized>> {
        self.variants_with(photograph, &Hints::new(), count)
    }

    /// Versions of a photograph of which some colours are known.
    ///
    /// # Errors
    /// As [`variants`](Self::variants) and [`colorize_with`](Self::colorize_with).
    pub fn variants_with(
        &self,
        photograph: &DynamicImage,
        hints: &Hints,
        count: usize,
    ) -> Result<Vec<Colorized>> {
        let luminance = Luminance::of(photograph);
        let view = self.view(&luminance)?;
        let versions = self.versions(&view, hints, count)?.into_iter();
        versions
            .map(|painted| self.finish(&view, painted))
            .collect()
    }

    /// Versions of a photograph as it was read from a file.
    ///
    /// # Errors
    /// As [`variants`](Self::variants) and [`colorize_photograph`](Self::colorize_photograph).
    pub fn variants_of(
        &self,
        photograph: &Photograph,
        options: &ColorizeOptions,
        count: usize,
    ) -> Result<Vec<ColorizedPhotograph>> {
        options.check()?;
        let view = self.view(&photograph.luminance)?;
        let versions = self.versions(&view, &options.hints, count)?.into_iter();
        versions
            .map(|painted| self.develop(photograph, &view, painted, options.strength))
            .collect()
    }

    fn versions(&self, view: &View<'_>, hints: &Hints, count: usize) -> Result<Vec<Painted>> {
        if !(1..=MOST_VARIANTS).contains(&count) {
            return Err(Error::request(
                format!("{count} versions cannot be made"),
                format!("ask for 1 to {MOST_VARIANTS}"),
            ));
        }
        let steering = &self.contract.steering;
        let (Some(distribution), Some(bins)) = (&steering.distribution, &steering.bins) else {
            return Err(Error::request(
                "this colorizer cannot give several versions: it has no distribution over colours",
                "leave the number of versions (`--variants`) out, or use the built-in colorizer",
            ));
        };
        let told = self.told(view, &view.look, hints, &[])?;
        let first = self.paint(&view.look, &told, true)?;
        let choices = choices(&first, view, distribution, &bins.centres())?;
        let grid = grid_of(&first)?;
        let mut versions = vec![Version::of(first, view, Vec::new())?];
        let mut chosen: Vec<Vec<[f32; 2]>> = choices.iter().map(|c| vec![c.painted]).collect();
        while versions.len() < count {
            let colours: Vec<[f32; 2]> = choices
                .iter()
                .zip(&chosen)
                .map(|(choice, before)| choice.next(before))
                .collect();
            for (before, colour) in chosen.iter_mut().zip(&colours) {
                before.push(*colour);
            }
            let version = self.version(view, hints, &choices, &colours, grid, &versions)?;
            versions.push(version);
        }
        let versions = versions.into_iter();
        versions
            .map(|version| self.look_again(view, hints, &version.patches, version.painted))
            .collect()
    }

    /// One more version, with as few points as make it differ from those before.
    fn version(
        &self,
        view: &View<'_>,
        hints: &Hints,
        choices: &[Choice],
        colours: &[[f32; 2]],
        grid: (usize, usize),
        before: &[Version],
    ) -> Result<Version> {
        let mut farthest: Option<(f32, Version)> = None;
        for points in POINTS {
            let pairs = choices.iter().zip(colours);
            let mut patches: Vec<Patch> = pairs
                .flat_map(|(choice, colour)| plan::patches(&choice.cells, grid, *colour, points))
                .collect();
            // From shares of what the network sees to shares of the photograph.
            let shares = view.look.frame.shares();
            for patch in &mut patches {
                patch.middle = [0, 1].map(|axis| patch.middle[axis] / shares[axis]);
            }
            let told = self.told(view, &view.look, hints, &patches)?;
            let painted = self.paint(&view.look, &told, false)?;
            let version = Version::of(painted, view, patches)?;
            let distances = before.iter().map(|other| version.apart(other));
            let nearest = distances.fold(f32::INFINITY, f32::min);
            if farthest.as_ref().is_none_or(|(far, _)| nearest > *far) {
                farthest = Some((nearest, version));
            }
            if farthest.as_ref().is_some_and(|(far, _)| *far >= APART) {
                break;
            }
        }
        let farthest = farthest.map(|(_, version)| version);
        farthest.ok_or_else(|| Error::engine("no version was painted", "please report this"))
    }
}

/// Width and height of the grid over which the distribution is given.
fn grid_of(painted: &Painted) -> Result<(usize, usize)> {
    let logits = logits_of(painted)?;
    let (_, height, width) = logits.dim();
    Ok((width, height))
}

fn logits_of(painted: &Painted) -> Result<&Array3<f32>> {
    let logits = painted.logits.as_ref();
    logits.ok_or_else(|| crate::network::broken("it gives no distribution".to_owned()))
}

/// The parts that may have another colour, those first that matter most: large, uncertain, and with
/// likely alternatives.
fn choices(
    painted: &Painted,
    view: &View<'_>,
    distribution: &Distribution,
    centres: &[[f32; 2]],
) -> Result<Vec<Choice>> {
    let (width, height) = grid_of(painted)?;
    let coarse = |plane: &Plane| resize(plane, width as u32, height as u32);
    let lightness = coarse(&view.look.reduced)?;
    let [a, b] = [coarse(&painted.chroma[0])?, coarse(&painted.chroma[1])?];
    let looks: Vec<regions::Look> = (0..width * height)
        .map(|cell| [lightness.values[cell], a.values[cell], b.values[cell]])
        .collect();
    let shares = modes::shares(logits_of(painted)?, distribution.temperature);
    let mut weighed: Vec<(f32, Choice)> = regions::regions(&looks, width)
        .into_iter()
        .map(|cells| {
            let mean = |plane: &Plane| {
                cells.iter().map(|&cell| plane.values[cell]).sum::<f32>() / cells.len() as f32
            };
            let colour = [mean(&a), mean(&b)];
            let of_part = modes::mean(&shares, &cells);
            let sure = modes::near(&of_part, centres, colour);
            let matters = cells.len() as f32 * (1.0 - sure);
            let choice = Choice {
                painted: colour,
                modes: modes::modes(&of_part, centres),
                cells,
            };
            (matters, choice)
        })
        .collect();
    weighed.sort_by(|x, y| y.0.total_cmp(&x.0));
    let choices = weighed.into_iter().take(PARTS);
    Ok(choices.map(|(_, choice)| choice).collect())
}

/// A version, and how it can be seen.
struct Version {
    painted: Painted,
    /// The points of colour that it was painted from.
    patches: Vec<Patch>,
    /// a\* and b\* of each pixel that the network saw, brought into sRGB at its lightness.
    seen: Vec<[f32; 2]>,
}

impl Version {
    fn of(painted: Painted, view: &View<'_>, patches: Vec<Patch>) -> Result<Self> {
        let (width, height) = (view.look.reduced.width, view.look.reduced.height);
        let [a, b] = &painted.chroma;
        let (a, b) = (resize(a, width, height)?, resize(b, width, height)?);
        let chroma = a.values.iter().zip(&b.values);
        let all = view.look.reduced.values.iter().zip(chroma);
        let seen = all.map(|(l, (a, b))| in_gamut(*l, [*a, *b])).collect();
        Ok(Self {
            painted,
            patches,
            seen,
        })
    }

    /// The mean distance from another version's colours in the a\*b\* plane, as they can be seen.
    fn apart(&self, other: &Self) -> f32 {
        let distances = self.seen.iter().zip(&other.seen);
        let distances = distances.map(|(one, other)| modes::distance(*one, *other));
        distances.sum::<f32>() / self.seen.len().max(1) as f32
    }
}
