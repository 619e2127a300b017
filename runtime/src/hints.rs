//! Colours that a person gives: points on the photograph, and a palette for the whole of it.

mod colour;
mod dots;
mod json;
mod palette;
mod points;
mod spread;

use std::path::Path;
use std::str::FromStr;

use image::DynamicImage;

use crate::decode::{decode, read};
use crate::error::{Error, Result};

pub use colour::colour_of;
pub(crate) use palette::shares;
pub(crate) use points::{Patch, planes};
pub(crate) use spread::spread;

use palette::Palette;

/// The most points that are taken.
const MOST_POINTS: usize = 10_000;

/// What a person knows of a photograph's colours; nothing at first.
///
/// ```
/// use colorize_rt::{Coordinate, Hints};
///
/// let hints = Hints::new()
///     .point(120, 80, [0xc0, 0x20, 0x20])
///     .point(Coordinate::Percent(25.0), Coordinate::Percent(90.0), [0x30, 0x80, 0x30])
///     .palette([[0x20, 0x40, 0x80], [0xe0, 0xc0, 0x90]]);
/// assert!(!hints.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hints {
    points: Vec<Point>,
    palette: Option<Palette>,
    /// Width and height of the picture that the points were marked on.
    marked_on: Option<(u32, u32)>,
}

/// A colour at a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub x: Coordinate,
    pub y: Coordinate,
    pub colour: [u8; 3],
}

/// Where something is on one axis of the photograph, from the left or from the top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Coordinate {
    /// Pixels of the photograph as it comes; 0 is the first.
    Pixels(f64),
    /// Percent of the width or the height, 0 to 100.
    Percent(f64),
}

impl Coordinate {
    /// The share of an axis of `extent` pixels: 0 to 1 inside the photograph.
    pub(crate) fn share(self, extent: u32) -> f64 {
        match self {
            // The middle of the pixel.
            Coordinate::Pixels(pixels) => (pixels + 0.5) / f64::from(extent),
            Coordinate::Percent(percent) => percent / 100.0,
        }
    }
}

impl From<u32> for Coordinate {
    fn from(pixels: u32) -> Self {
        Coordinate::Pixels(f64::from(pixels))
    }
}

impl From<i32> for Coordinate {
    fn from(pixels: i32) -> Self {
        Coordinate::Pixels(f64::from(pixels))
    }
}

impl From<f64> for Coordinate {
    fn from(pixels: f64) -> Self {
        Coordinate::Pixels(pixels)
    }
}

impl std::fmt::Display for Coordinate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Coordinate::Pixels(pixels) => write!(f, "{pixels}"),
            Coordinate::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl FromStr for Coordinate {
    type Err = Error;

    /// `120` is in pixels, `25%` in percent.
    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
        let parsed = match text.strip_suffix('%') {
            Some(percent) => number(percent).map(Coordinate::Percent),
            None => number(text).map(Coordinate::Pixels),
        };
        parsed.ok_or_else(|| {
            Error::request(
                format!("`{text}` is no place on a photograph"),
                "write pixels (120) or percent (25%)",
            )
        })
    }
}

impl Hints {
    /// Nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a colour at a place of the photograph as it comes (upright). Of the colour (sRGB, 0 to 255)
    /// the chroma counts: lightness is the photograph's.
    #[must_use]
    pub fn point(
        mut self,
        x: impl Into<Coordinate>,
        y: impl Into<Coordinate>,
        colour: [u8; 3],
    ) -> Self {
        self.points.push(Point {
            x: x.into(),
            y: y.into(),
            colour,
        });
        self
    }

    /// Sets the colours that the photograph is to have most of, whatever things they are on. It takes
    /// the place of an earlier one.
    #[must_use]
    pub fn palette(mut self, colours: impl IntoIterator<Item = [u8; 3]>) -> Self {
        self.palette = Palette::of_colours(colours);
        self
    }

    /// Sets the palette to the colours that another picture has.
    ///
    /// # Errors
    /// [`Error::Request`] if it has no pixels.
    pub fn like(mut self, reference: &DynamicImage) -> Result<Self> {
        self.palette = Some(Palette::of_picture(reference)?);
        Ok(self)
    }

    /// Points and palette from JSON: `{"points": [{"x": 120, "y": "25%", "colour": "#c02020"}],
    /// "palette": ["#c02020", "navy"]}`, of which either may be left out.
    ///
    /// # Errors
    /// [`Error::Request`] if it is no such text; the message says where.
    pub fn from_json(text: &str) -> Result<Self> {
        json::parse(text)
    }

    /// Points from a picture that is transparent but for dots of colour: each dot becomes a point of
    /// its colour at its middle. The picture is laid over the photograph, so it has the same shape, at
    /// any size.
    ///
    /// # Errors
    /// [`Error::Request`] if it has no transparency or no dots.
    pub fn from_picture(picture: &DynamicImage) -> Result<Self> {
        dots::points(picture)
    }

    /// Reads a file of either kind, told by its content.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Request`], as [`from_json`](Self::from_json) and
    /// [`from_picture`](Self::from_picture).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let parse = |bytes: Vec<u8>| match std::str::from_utf8(&bytes) {
            Ok(text) => Self::from_json(text),
            Err(_) => Self::from_picture(&decode(&bytes)?),
        };
        read(path).and_then(parse).map_err(|error| error.at(path))
    }

    /// These and others; where both have a palette, theirs counts.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.points.extend(others.points);
        self.palette = others.palette.or(self.palette);
        self.marked_on = others.marked_on.or(self.marked_on);
        self
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty() && self.palette.is_none()
    }

    /// Whether there are points, which belong to one photograph, while a palette suits any.
    pub fn has_points(&self) -> bool {
        !self.points.is_empty()
    }

    pub(crate) fn palette_given(&self) -> Option<&Palette> {
        self.palette.as_ref()
    }

    /// The points on a photograph of this width and height.
    ///
    /// # Errors
    /// [`Error::Request`] if one is outside, there are too many, or they were marked on a picture of
    /// another shape.
    pub(crate) fn points_on(&self, (width, height): (u32, u32)) -> Result<&[Point]> {
        if self.points.len() > MOST_POINTS {
            return Err(Error::request(
                format!("{} hints are more than {MOST_POINTS}", self.points.len()),
                "give fewer",
            ));
        }
        if let Some(marked) = self.marked_on
            && !same_shape(marked, (width, height))
        {
            return Err(Error::request(
                format!(
                    "the picture of hints is {}x{} and the photograph {width}x{height}, which is \
                     another shape",
                    marked.0, marked.1
                ),
                "mark the dots on a layer above the photograph itself",
            ));
        }
        let inside = |point: &Point| {
            let (x, y) = (point.x.share(width), point.y.share(height));
            (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y)
        };
        match self.points.iter().find(|point| !inside(point)) {
            None => Ok(&self.points),
            Some(point) => Err(Error::request(
                format!(
                    "the hint at {},{} is outside the photograph, which is {width}x{height}",
                    point.x, point.y
                ),
                format!(
                    "give places from 0,0 to {},{}, or percentages",
                    width - 1,
                    height - 1
                ),
            )),
        }
    }
}

/// Whether one is the other at another size: a pixel more or less is rounding.
fn same_shape(one: (u32, u32), other: (u32, u32)) -> bool {
    let [(w, h), (width, height)] = [one, other].map(|(w, h)| (f64::from(w), f64::from(h)));
    let rounding = (1.0 / w + 1.0 / h + 1.0 / width + 1.0 / height).max(0.01);
    (w * height / (h * width) - 1.0).abs() <= rounding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_pixels_or_percent() {
        for (text, place) in [
            ("120", Coordinate::Pixels(120.0)),
            (" 12.5 ", Coordinate::Pixels(12.5)),
            ("25%", Coordinate::Percent(25.0)),
            ("-3", Coordinate::Pixels(-3.0)),
        ] {
            assert_eq!(text.parse::<Coordinate>().unwrap(), place, "{text}");
        }
        for text in ["", "%", "left", "NaN", "inf", "1,5"] {
            let error = text.parse::<Coordinate>().unwrap_err().to_string();
            assert!(error.contains("pixels (120) or percent (25%)"), "{error}");
        }
        assert_eq!(Coordinate::Pixels(0.0).share(1), 0.5);
    }

    #[test]
    fn a_point_outside_and_a_picture_of_another_shape_are_refused() {
        let red = [200, 30, 30];
        let on = |hints: Hints| hints.points_on((400, 300)).map(<[Point]>::len);
        let percent = Coordinate::Percent;
        assert_eq!(on(Hints::new().point(399, 299, red)).unwrap(), 1);
        let corner = Hints::new().point(percent(100.0), percent(0.0), red);
        assert_eq!(on(corner).unwrap(), 1);
        for (x, y) in [
            (400.into(), 10.into()),
            (10.into(), Coordinate::from(-1)),
            (percent(101.0), 10.into()),
        ] {
            let error = on(Hints::new().point(x, y, red)).unwrap_err().to_string();
            assert!(
                error.contains("outside the photograph, which is 400x300"),
                "{error}"
            );
        }
        let marked = |width, height| Hints {
            marked_on: Some((width, height)),
            ..Hints::new()
        };
        assert!(on(marked(200, 150)).is_ok() && on(marked(133, 100)).is_ok());
        assert!(on(marked(300, 400)).is_err());
    }
}
