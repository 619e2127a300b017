//! Samples side by side.

use colorize_models::Head;

use super::sample::Sample;

/// Photographs side by side, as flat planes in the order `[n, channel, row, column]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// Photographs.
    pub len: usize,
    /// Pixels on each axis.
    pub side: usize,
    /// What the generator is given: one plane in [-1, 1].
    pub gray: Vec<f32>,
    /// What it should paint: two or three planes in [-1, 1].
    pub target: Vec<f32>,
    /// The photograph itself: three planes in [-1, 1].
    pub rgb: Vec<f32>,
}

impl Batch {
    /// An empty batch of squares of `side`.
    pub fn new(side: usize) -> Self {
        Self {
            side,
            ..Self::default()
        }
    }

    /// Adds a photograph, as a generator with this head takes and gives it.
    pub fn push(&mut self, sample: &Sample, head: Head) {
        self.len += 1;
        if matches!(head, Head::Rgb) {
            self.gray.extend(luma(&sample.rgb));
            self.target.extend(planes(&sample.rgb));
        } else {
            let lab = sample.lab();
            let (lightness, chroma) = lab.split_at(sample.side * sample.side);
            let scale = Head::CHROMA_SCALE as f32;
            self.gray.extend(lightness.iter().map(|l| l / 50.0 - 1.0));
            self.target.extend(chroma.iter().map(|c| c / scale));
        }
        self.rgb.extend(planes(&sample.rgb));
    }
}

fn planes(rgb: &[u8]) -> impl Iterator<Item = f32> + '_ {
    let plane = |channel: usize| rgb[channel..].iter().step_by(3);
    (0..3).flat_map(move |channel| plane(channel).map(|&value| f32::from(value) / 127.5 - 1.0))
}

/// Luma of ITU-R BT.601 in [-1, 1]: the gray of the reference.
fn luma(rgb: &[u8]) -> impl Iterator<Item = f32> + '_ {
    rgb.as_chunks::<3>().0.iter().map(|pixel| {
        let [r, g, b] = pixel.map(f32::from);
        (0.2989 * r + 0.5870 * g + 0.1140 * b) / 127.5 - 1.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_batch_has_what_each_head_takes() {
        let side = 16;
        let rgb = (0..3 * side * side).map(|i| (i * 37 % 256) as u8).collect();
        let sample = Sample { rgb, side };
        for head in [Head::Chroma, Head::Rgb] {
            let mut batch = Batch::new(side);
            batch.push(&sample, head);
            batch.push(&sample, head);
            assert_eq!(batch.len, 2);
            assert_eq!(batch.gray.len(), 2 * side * side);
            assert_eq!(batch.target.len(), 2 * head.channels() * side * side);
            assert_eq!(batch.rgb.len(), 2 * 3 * side * side);
            let all = batch.gray.iter().chain(&batch.target).chain(&batch.rgb);
            assert!(all.into_iter().all(|v| (-1.0..=1.0).contains(v)));
        }
    }
}
