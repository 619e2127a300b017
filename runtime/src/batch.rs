//! Several photographs through the network at once.

use std::collections::BTreeMap;

use image::DynamicImage;
use ndarray::{Array4, ArrayView4, Axis, Ix4, concatenate};

use crate::colorizer::{Colorized, Colorizer};
use crate::error::Result;
use crate::look::{Look, mean};
use crate::luminance::Luminance;
use crate::network::{broken, chroma_of_output, confidence_of_output, input_of_lightness};
use crate::painting::Painted;
use crate::view::View;

impl Colorizer {
    /// The most photographs that go through the network at once, whatever is given: their full-size
    /// lightness is held so long.
    pub const MOST_AT_ONCE: usize = 8;

    /// Colorizes several photographs, with a result for each in their order. Those that the network sees
    /// at the same size go through it together, if it and its engine take that; the others go one by
    /// one, with the same colours.
    pub fn colorize_batch(&self, photographs: &[DynamicImage]) -> Vec<Result<Colorized>> {
        let together = self.engine.takes_batches() && !self.contract.takes_pixels();
        let mut colorized: Vec<_> = photographs.iter().map(|_| None).collect();
        for group in self.groups(photographs, together) {
            let several = group.iter().map(|&index| &photographs[index]);
            let several: Vec<_> = several.collect();
            let made = match several[..] {
                [] | [_] => None,
                // What fails together is tried alone, so that one does not spoil the others.
                _ => self.colorize_together(&several).ok(),
            };
            let made = made.map(|made| made.into_iter().map(Ok).collect::<Vec<_>>());
            let alone = || several.iter().map(|one| self.colorize(one)).collect();
            for (index, made) in group.iter().zip(made.unwrap_or_else(alone)) {
                colorized[*index] = Some(made);
            }
        }
        let missing = || Err(broken("a photograph got lost".to_owned()));
        colorized
            .into_iter()
            .map(|made| made.unwrap_or_else(missing))
            .collect()
    }

    /// The numbers of photographs that go together.
    fn groups(&self, photographs: &[DynamicImage], together: bool) -> Vec<Vec<usize>> {
        if !together {
            return (0..photographs.len()).map(|index| vec![index]).collect();
        }
        let mut by_size = BTreeMap::<_, Vec<usize>>::new();
        for (index, photograph) in photographs.iter().enumerate() {
            // One without pixels has no size, and its error comes when it is colorized.
            let photograph = (photograph.width(), photograph.height());
            let frame = self.frame(photograph, self.working_size);
            let size = frame.ok().map(|frame| frame.whole);
            by_size.entry(size).or_default().push(index);
        }
        let groups = by_size.values();
        groups
            .flat_map(|group| group.chunks(Self::MOST_AT_ONCE).map(<[usize]>::to_vec))
            .collect()
    }

    fn colorize_together(&self, photographs: &[&DynamicImage]) -> Result<Vec<Colorized>> {
        let luminances: Vec<_> = photographs.iter().map(|one| Luminance::of(one)).collect();
        let views = luminances.iter().map(|luminance| self.view(luminance));
        let views = views.collect::<Result<Vec<View<'_>>>>()?;
        let first: Vec<&Look> = views.iter().map(|view| &view.look).collect();
        let first = self.paint_together(&first)?;
        let mut further: Vec<Vec<(Look, Painted)>> = views.iter().map(|_| Vec::new()).collect();
        for number in 1..self.looks() {
            let looks = views.iter().map(|view| self.look(view, number));
            let looks = looks.collect::<Result<Vec<Look>>>()?;
            let painted = self.paint_together(&looks.iter().collect::<Vec<_>>())?;
            let both = looks.into_iter().zip(painted);
            further
                .iter_mut()
                .zip(both)
                .for_each(|(all, one)| all.push(one));
        }
        let all = views.iter().zip(first).zip(further);
        all.map(|((view, first), further)| self.finish(view, mean(view, first, further)?))
            .collect()
    }

    /// As [`paint`](Self::paint), of several looks of one size, of whose colours nothing is known.
    fn paint_together(&self, looks: &[&Look]) -> Result<Vec<Painted>> {
        let inputs = looks.iter();
        let inputs = inputs.map(|look| input_of_lightness(&look.reduced, &self.contract.input));
        let inputs = inputs.collect::<Result<Vec<Array4<f32>>>>()?;
        let views: Vec<ArrayView4<'_, f32>> = inputs.iter().map(|input| input.view()).collect();
        let input = concatenate(Axis(0), &views)
            .map_err(|e| broken(format!("its inputs have different sizes ({e})")))?;
        let confidence = self.contract.steering.confidence.as_deref();
        let confidence = confidence.filter(|_| self.engine.has_run_with());
        let output = self.contract.output.tensor.as_str();
        let run = || match confidence {
            None => Ok(vec![self.engine.run(input.view())?]),
            Some(confidence) => {
                let made = self
                    .engine
                    .run_with(input.view(), &[], &[output, confidence])?;
                let four = made.into_iter().map(|array| {
                    let four = array.into_dimensionality::<Ix4>();
                    four.map_err(|e| broken(format!("an output has other axes than four ({e})")))
                });
                four.collect()
            }
        };
        let made = self.clock.time(|stages| &mut stages.network, run)?;
        if let Some(other) = made.iter().find(|one| one.dim().0 != inputs.len()) {
            let (given, count) = (inputs.len(), other.dim().0);
            return Err(broken(format!("of {given} pictures it makes {count}")));
        }
        let one = |array: &Array4<f32>, index: usize| {
            let range = ndarray::Slice::from(index..=index);
            array.slice_axis(Axis(0), range).to_owned()
        };
        let painted = (0..inputs.len()).map(|index| {
            let mut of_one = made.iter().map(|array| one(array, index));
            let chroma = of_one
                .next()
                .ok_or_else(|| broken("an output is missing".to_owned()))?;
            let confidence = of_one.next().map(|sure| confidence_of_output(&sure));
            Ok(Painted {
                chroma: chroma_of_output(&chroma, &self.contract.output)?,
                confidence: confidence.transpose()?,
                logits: None,
                shares: looks[index].frame.shares(),
            })
        });
        painted.collect()
    }
}
