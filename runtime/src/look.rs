//! A photograph looked at more than once: the mean of what the network paints on copies that are mirrored
//! or larger is nearer to the truth than any one of them (test-time augmentation; Timofte, Rothe and Van
//! Gool 2016 call it self-ensemble).

use rayon::prelude::*;

use crate::colorizer::Colorizer;
use crate::contract::SizeRule;
use crate::enlargement::Enlargement;
use crate::error::Result;
use crate::framing::Frame;
use crate::hints::{Hints, Patch};
use crate::painting::{Painted, Told};
use crate::plane::Plane;
use crate::resize::resize_part;
use crate::view::View;

/// The looks in their order: how much larger than the working size (at most), and whether mirrored.
const LOOKS: [(f64, bool); 4] = [
    (1.0, false),
    (4.0 / 3.0, true),
    (1.0, true),
    (4.0 / 3.0, false),
];

/// The most looks there are.
pub(crate) const MOST: u32 = LOOKS.len() as u32;

/// What the network sees of a photograph.
pub(crate) struct Look {
    /// L\*.
    pub reduced: Plane,
    /// Where the photograph is in that.
    pub frame: Frame,
    /// Whether left and right have changed places.
    pub mirrored: bool,
}

impl Look {
    /// Where a share of the photograph's width and height is in it, as shares of the whole.
    pub fn place(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [across, down] = self.frame.shares();
        let x = if self.mirrored { 1.0 - x } else { x };
        [across * x, down * y]
    }
}

impl Colorizer {
    /// Paints a photograph of which some colours may be known, at all its looks.
    pub(crate) fn paint_view(&self, view: &View<'_>, hints: &Hints) -> Result<Painted> {
        let told = self.told(view, &view.look, hints, &[])?;
        let first = || self.paint(&view.look, &told, false);
        let further = || self.further(view, hints, &[]);
        let (first, further) = match self.engine.runs_at_once() {
            true => rayon::join(first, further),
            false => (first(), further()),
        };
        mean(view, first?, further?)
    }

    /// The mean of what was painted at first and at all further looks. The middles of patches are shares of
    /// the photograph.
    pub(crate) fn look_again(
        &self,
        view: &View<'_>,
        hints: &Hints,
        patches: &[Patch],
        first: Painted,
    ) -> Result<Painted> {
        // What lies beyond the photograph's edge is elsewhere in another look.
        let inside = |patch: &&Patch| patch.middle.iter().all(|share| *share <= 1.0);
        let patches: Vec<Patch> = patches.iter().filter(inside).copied().collect();
        mean(view, first, self.further(view, hints, &patches)?)
    }

    /// What is painted at all looks after the first.
    fn further(
        &self,
        view: &View<'_>,
        hints: &Hints,
        patches: &[Patch],
    ) -> Result<Vec<(Look, Painted)>> {
        let paint = |number| {
            let look = self.look(view, number)?;
            let told = self.told(view, &look, hints, patches)?;
            let painted = self.paint(&look, &told, false)?;
            Ok((look, painted))
        };
        let numbers = 1..self.looks();
        match self.engine.runs_at_once() {
            true => numbers.into_par_iter().map(paint).collect(),
            false => numbers.map(paint).collect(),
        }
    }

    /// What hints and patches tell in one of a photograph's looks.
    pub(crate) fn told(
        &self,
        view: &View<'_>,
        look: &Look,
        hints: &Hints,
        patches: &[Patch],
    ) -> Result<Told> {
        let steering = &self.contract.steering;
        Told::of(hints, patches, steering, view.photograph(), look)
    }

    /// How many looks there are: where the size is always the same, as many as differ.
    pub(crate) fn looks(&self) -> usize {
        let most = match (self.enlargement, self.contract.size) {
            (Enlargement::Plain, _) => 1,
            (Enlargement::Guided, SizeRule::Fixed { .. }) => 2,
            (Enlargement::Guided, SizeRule::MultipleOf(_)) => LOOKS.len(),
        };
        (self.views as usize).clamp(1, most)
    }

    /// How a photograph lies in each look.
    pub(crate) fn frames(&self, photograph: (u32, u32)) -> impl Iterator<Item = Result<Frame>> {
        let looks = LOOKS.iter().take(self.looks());
        let size = |scale| size_of(scale, self.working_size, self.contract.size);
        looks.map(move |(scale, _)| self.frame(photograph, size(*scale)))
    }

    /// One of the looks after the first.
    pub(crate) fn look(&self, view: &View<'_>, number: usize) -> Result<Look> {
        let frame = self.frames(view.photograph()).nth(number);
        let (Some(frame), Some(guide), Some((_, mirrored))) =
            (frame, &view.guide, LOOKS.get(number))
        else {
            return Err(crate::network::broken(format!("it has no look {number}")));
        };
        let frame = frame?;
        let reduce = || guide.reduced(view.photograph(), frame.content);
        let mut reduced = self.clock.time(|stages| &mut stages.lightness, reduce)?;
        if *mirrored {
            mirror(&mut reduced);
        }
        Ok(Look {
            reduced: frame.mirrored(reduced),
            frame,
            mirrored: *mirrored,
        })
    }
}

/// The mean of chroma, at the finest size of any; the first says the rest.
pub(crate) fn mean(
    view: &View<'_>,
    first: Painted,
    further: Vec<(Look, Painted)>,
) -> Result<Painted> {
    if further.is_empty() {
        return Ok(first);
    }
    let looks = || {
        let further = further.iter().map(|(look, painted)| (look, painted));
        std::iter::once((&view.look, &first)).chain(further)
    };
    let side = |axis: usize| {
        let sides = looks().map(|(_, painted)| painted.part()[axis].round() as u32);
        sides.max().unwrap_or(1).max(1)
    };
    let (width, height) = (side(0), side(1));
    let share = 1.0 / looks().count() as f32;
    let of_plane = |which: usize| {
        let mut sum = Plane::new(width, height, vec![0.0; width as usize * height as usize]);
        for (look, painted) in looks() {
            let mut plane = resize_part(&painted.chroma[which], painted.part(), width, height)?;
            if look.mirrored {
                mirror(&mut plane);
            }
            for (sum, value) in sum.values.iter_mut().zip(&plane.values) {
                *sum += share * value;
            }
        }
        Ok(sum)
    };
    Ok(Painted {
        chroma: [of_plane(0)?, of_plane(1)?],
        shares: [1.0, 1.0],
        ..first
    })
}

/// Left and right change places.
fn mirror(plane: &mut Plane) {
    for row in plane.values.chunks_mut(plane.width.max(1) as usize) {
        row.reverse();
    }
}

/// The short side of a look. A larger one's is what the network takes, so none of it is beyond the photograph; or the
/// working size, where that is more.
fn size_of(scale: f64, working_size: u32, rule: SizeRule) -> u32 {
    let size = (f64::from(working_size) * scale).round() as u32;
    match rule {
        SizeRule::MultipleOf(n @ 1..) if scale > 1.0 => (size / n * n).max(working_size),
        _ => size,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_in_a_mirrored_look_with_a_margin() {
        let mut look = Look {
            reduced: Plane::new(80, 64, vec![0.0; 80 * 64]),
            frame: Frame {
                content: (60, 32),
                whole: (80, 64),
            },
            mirrored: false,
        };
        assert_eq!(look.place([0.0, 1.0]), [0.0, 0.5]);
        assert_eq!(look.place([1.0, 0.5]), [0.75, 0.25]);
        look.mirrored = true;
        assert_eq!(look.place([0.0, 1.0]), [0.75, 0.5]);
        assert_eq!(look.place([1.0, 0.0]), [0.0, 0.0]);
    }

    #[test]
    fn what_was_mirrored_twice_is_as_it_was() {
        let plane = Plane::new(3, 2, (0..6).map(|n| n as f32).collect());
        let mut twice = plane.clone();
        mirror(&mut twice);
        assert_eq!(twice.values, [2.0, 1.0, 0.0, 5.0, 4.0, 3.0]);
        mirror(&mut twice);
        assert_eq!(twice.values, plane.values);
    }

    #[test]
    fn a_larger_look_has_nothing_beyond_the_photograph_on_its_short_side() {
        let rule = SizeRule::MultipleOf(32);
        for (scale, working_size, size) in [
            (1.0, 224, 224),
            (1.0, 200, 200),
            (4.0 / 3.0, 192, 256),
            (4.0 / 3.0, 224, 288),
            (4.0 / 3.0, 30, 32),
            (4.0 / 3.0, 40, 40),
        ] {
            assert_eq!(size_of(scale, working_size, rule), size, "{working_size}");
        }
    }
}
