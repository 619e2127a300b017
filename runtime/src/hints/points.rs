//! Points of colour as planes of the size at which a network sees the photograph.

use super::Point;
use super::colour::chroma;
use crate::merge::in_gamut;
use crate::plane::Plane;

/// A square of the working size where a colour is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Patch {
    /// Its middle, as shares of the width and the height.
    pub middle: [f64; 2],
    /// Pixels of its side.
    pub side: u32,
    /// a\* and b\*, in CIELAB's units.
    pub chroma: [f32; 2],
}

/// Side of the square that a point covers. In training, squares of 1 to 9 pixels were revealed.
const SIDE: u32 = 7;

impl Patch {
    /// That of a point on a photograph of this width and height.
    pub fn of(point: &Point, (width, height): (u32, u32)) -> Self {
        Self {
            middle: [point.x.share(width), point.y.share(height)],
            side: SIDE,
            chroma: chroma(point.colour),
        }
    }

    /// First and last pixel on an axis of `extent`.
    fn range(&self, axis: usize, extent: u32) -> std::ops::Range<u32> {
        let middle = (self.middle[axis] * f64::from(extent)).floor() as i64;
        let first = middle - i64::from(self.side / 2);
        let inside = |pixel: i64| pixel.clamp(0, i64::from(extent)) as u32;
        inside(first)..inside(first + i64::from(self.side))
    }
}

/// a\*, b\* and a mask, 1 where they are known, beside each other; where patches overlap, the later
/// counts. A colour that is not possible at the lightness of its place is brought to the most vivid
/// one of its hue that is: in training, all were possible.
pub(crate) fn planes(patches: &[Patch], lightness: &Plane) -> [Vec<f32>; 3] {
    let (width, height) = (lightness.width, lightness.height);
    let count = width as usize * height as usize;
    let mut planes = [vec![0.0; count], vec![0.0; count], vec![0.0; count]];
    for patch in patches {
        let columns = patch.range(0, width);
        let rows = patch.range(1, height);
        let index = |x: u32, y: u32| y as usize * width as usize + x as usize;
        let places = || {
            let columns = columns.clone();
            rows.clone()
                .flat_map(move |y| columns.clone().map(move |x| index(x, y)))
        };
        let sum: f32 = places().map(|at| lightness.values[at]).sum();
        let mean = sum / places().count().max(1) as f32;
        let [a, b] = in_gamut(mean, patch.chroma);
        for at in places() {
            planes[0][at] = a;
            planes[1][at] = b;
            planes[2][at] = 1.0;
        }
    }
    planes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Hints;

    fn at(hints: Hints, size: (u32, u32), lightness: f32) -> [Vec<f32>; 3] {
        let patches = hints.points_on(size).unwrap().iter();
        let patches: Vec<Patch> = patches.map(|point| Patch::of(point, size)).collect();
        planes(&patches, &Plane::new(40, 20, vec![lightness; 800]))
    }

    #[test]
    fn a_point_becomes_a_square_at_its_place() {
        let [a, b, mask] = at(
            Hints::new().point(300, 100, [192, 32, 32]),
            (400, 200),
            42.0,
        );
        let inside = |x: usize, y: usize| (27..34).contains(&x) && (7..14).contains(&y);
        for y in 0..20 {
            for x in 0..40 {
                let at = y * 40 + x;
                assert_eq!(mask[at], f32::from(inside(x, y)), "{x}, {y}");
                assert_eq!(a[at] != 0.0, inside(x, y));
                assert_eq!(b[at] != 0.0, inside(x, y));
            }
        }
    }

    #[test]
    fn at_the_edge_the_square_is_cut() {
        for (x, y, pixels) in [(0, 0, 16), (399, 199, 16), (399, 100, 28)] {
            let [_, _, mask] = at(Hints::new().point(x, y, [192, 32, 32]), (400, 200), 42.0);
            assert_eq!(mask.iter().sum::<f32>(), pixels as f32, "{x}, {y}");
        }
    }

    #[test]
    fn a_colour_is_made_possible_at_its_lightness() {
        let [a, _, mask] = at(Hints::new().point(200, 100, [255, 0, 0]), (400, 200), 53.2);
        let known = mask.iter().position(|m| *m == 1.0).unwrap();
        assert!((a[known] - 80.1).abs() < 0.5, "{}", a[known]);
        let [a, _, _] = at(Hints::new().point(200, 100, [255, 0, 0]), (400, 200), 15.0);
        assert!((20.0..60.0).contains(&a[known]), "{}", a[known]);
    }
}
