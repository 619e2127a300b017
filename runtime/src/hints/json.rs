//! Hints as JSON.

use serde::Deserialize;

use super::{Coordinate, Hints, colour_of};
use crate::error::{Error, Result};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    points: Vec<Point>,
    #[serde(default)]
    palette: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Point {
    x: Place,
    y: Place,
    #[serde(alias = "color")]
    colour: String,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a number of pixels, or a text such as \"25%\"")]
enum Place {
    Pixels(f64),
    Text(String),
}

impl Place {
    fn coordinate(&self) -> Result<Coordinate> {
        match self {
            Place::Pixels(pixels) => Ok(Coordinate::Pixels(*pixels)),
            Place::Text(text) => text.parse(),
        }
    }
}

pub(super) fn parse(text: &str) -> Result<Hints> {
    let no_hints = |problem: &dyn std::fmt::Display| {
        Error::request(
            format!("these are no hints ({problem})"),
            r##"write {"points": [{"x": 120, "y": "25%", "colour": "#c02020"}], "palette": ["navy"]}"##,
        )
    };
    // serde takes a list of the fields, too, which nobody would write on purpose.
    if text.trim_start().starts_with('[') {
        return Err(no_hints(&"a list, not an object"));
    }
    let file: File = serde_json::from_str(text).map_err(|problem| no_hints(&problem))?;
    let mut hints = Hints::new();
    for point in &file.points {
        let colour = colour_of(&point.colour)?;
        hints = hints.point(point.x.coordinate()?, point.y.coordinate()?, colour);
    }
    let palette = file.palette.iter().map(|colour| colour_of(colour));
    Ok(hints.palette(palette.collect::<Result<Vec<_>>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_and_palettes_are_read() {
        let text = r##"{"points": [{"x": 12, "y": "25%", "colour": "#c02020"},
                                   {"x": "7", "y": 3.5, "color": "navy"}],
                        "palette": ["#fff", "teal"]}"##;
        let expected = Hints::new()
            .point(12, Coordinate::Percent(25.0), [192, 32, 32])
            .point(7, 3.5, [0, 0, 128])
            .palette([[255; 3], [0, 128, 128]]);
        assert_eq!(parse(text).unwrap(), expected);
        assert_eq!(parse("{}").unwrap(), Hints::new());
    }

    #[test]
    fn nonsense_is_one_line_that_says_where() {
        for (text, complaint) in [
            ("", "line 1"),
            ("[]", "a list, not an object"),
            (r#"{"points": [{"x": 1}]}"#, "missing field `y`"),
            (r#"{"dots": []}"#, "unknown field `dots`"),
            (
                r#"{"points": [{"x": [], "y": 1, "colour": "red"}]}"#,
                "a number of pixels",
            ),
            (
                r#"{"points": [{"x": 1, "y": "up", "colour": "red"}]}"#,
                "`up` is no place",
            ),
            (
                r#"{"points": [{"x": 1, "y": 1, "colour": "reddish"}]}"#,
                "`reddish` is no colour",
            ),
            (r#"{"palette": ["x"]}"#, "`x` is no colour"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(
                error.contains(complaint) && !error.contains('\n'),
                "{text}: {error}"
            );
        }
    }
}
