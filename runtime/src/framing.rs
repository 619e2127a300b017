//! How a photograph lies in what the network sees: at its own shape, and mirrored beyond its edges
//! up to the sizes that the network takes.

use crate::contract::SizeRule;
use crate::plane::Plane;

/// The part of the network's picture that is the photograph: it begins at the left and the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Width and height of the photograph in it.
    pub content: (u32, u32),
    /// Width and height of all that the network sees.
    pub whole: (u32, u32),
}

impl Frame {
    /// The short side is `working_size`, the other follows the photograph's shape; of a panorama,
    /// the long side is `max_aspect` times that, and the short one follows.
    pub fn padded(
        (width, height): (u32, u32),
        rule: SizeRule,
        working_size: u32,
        max_aspect: f64,
    ) -> Self {
        let (w, h) = (f64::from(width.max(1)), f64::from(height.max(1)));
        let scale = match rule {
            SizeRule::Fixed { height, width } => (f64::from(width) / w).min(f64::from(height) / h),
            SizeRule::MultipleOf(_) => {
                let size = f64::from(working_size);
                (size / w.min(h)).min(size * max_aspect / w.max(h))
            }
        };
        let side = |pixels: f64| ((pixels * scale).round() as u32).max(1);
        let content = (side(w), side(h));
        let whole = match rule {
            SizeRule::Fixed { height, width } => (width, height),
            SizeRule::MultipleOf(n) => {
                let up = |side: u32| side.next_multiple_of(n.max(1));
                (up(content.0), up(content.1))
            }
        };
        let content = (content.0.min(whole.0), content.1.min(whole.1));
        Self { content, whole }
    }

    /// The photograph takes all of it.
    pub fn full(whole: (u32, u32)) -> Self {
        Self {
            content: whole,
            whole,
        }
    }

    /// The photograph's share of the width and of the height.
    pub fn shares(&self) -> [f64; 2] {
        [
            f64::from(self.content.0) / f64::from(self.whole.0),
            f64::from(self.content.1) / f64::from(self.whole.1),
        ]
    }

    /// Continues a plane of the photograph beyond its edges, as in a mirror: no edge appears that
    /// the network could take for a thing.
    pub fn mirrored(&self, content: Plane) -> Plane {
        if self.content == self.whole {
            return content;
        }
        let mirror = |at: u32, extent: u32| {
            let at = at % (2 * extent);
            at.min(2 * extent - 1 - at) as usize
        };
        let (width, height) = self.whole;
        let columns: Vec<usize> = (0..width).map(|x| mirror(x, content.width)).collect();
        let mut values = Vec::with_capacity(width as usize * height as usize);
        for y in 0..height {
            let start = mirror(y, content.height) * content.width as usize;
            values.extend(columns.iter().map(|x| content.values[start + x]));
        }
        Plane::new(width, height, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_photograph_keeps_its_shape() {
        let eight = SizeRule::MultipleOf(8);
        let fixed = SizeRule::Fixed {
            height: 64,
            width: 96,
        };
        for (photograph, rule, size, content, whole) in [
            ((256, 256), eight, 256, (256, 256), (256, 256)),
            ((4000, 3000), eight, 256, (341, 256), (344, 256)),
            ((3000, 4000), eight, 256, (256, 341), (256, 344)),
            (
                (451, 300),
                SizeRule::MultipleOf(32),
                100,
                (150, 100),
                (160, 128),
            ),
            ((451, 300), fixed, 256, (96, 64), (96, 64)),
            ((300, 300), fixed, 256, (64, 64), (96, 64)),
            ((1, 1), eight, 256, (256, 256), (256, 256)),
            ((8000, 1000), eight, 256, (1024, 128), (1024, 128)),
            ((1, 30_000), eight, 256, (1, 1024), (8, 1024)),
        ] {
            let frame = Frame::padded(photograph, rule, size, 4.0);
            assert_eq!(
                (frame.content, frame.whole),
                (content, whole),
                "{photograph:?}, {rule:?}"
            );
        }
    }

    #[test]
    fn beyond_the_edge_is_a_mirror() {
        let frame = Frame {
            content: (2, 1),
            whole: (7, 2),
        };
        let plane = frame.mirrored(Plane::new(2, 1, vec![1.0, 2.0]));
        assert_eq!(plane.values[..7], [1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]);
        assert_eq!(plane.values[..7], plane.values[7..]);
    }
}
