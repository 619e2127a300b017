//! Hints from the command line.

use super::arguments::Arguments;
use crate::{ColorizeOptions, Coordinate, Error, Hints, Result, colour_of, open};

/// What the arguments say of the photographs' colours and of their strength.
///
/// # Errors
/// As [`hints`]; or the strength is none.
pub(super) fn wanted(arguments: &Arguments, photographs: usize) -> Result<ColorizeOptions> {
    let hints = hints(arguments, photographs)?;
    let wanted = ColorizeOptions::new()
        .hints(hints)
        .strength(arguments.strength);
    wanted.check()?;
    Ok(wanted)
}

/// What the arguments say of the photographs' colours.
///
/// # Errors
/// [`Error::Request`] if one cannot be understood, or points are given for several photographs;
/// [`Error::File`] if a file of hints or a reference picture cannot be read.
fn hints(arguments: &Arguments, photographs: usize) -> Result<Hints> {
    let mut hints = Hints::new();
    if let Some(path) = &arguments.hints {
        hints = Hints::open(path)?;
    }
    for text in &arguments.hint {
        hints = hints.and(point(text)?);
    }
    if let Some(text) = &arguments.palette {
        let colours = text.split(',').map(colour_of).collect::<Result<Vec<_>>>()?;
        hints = hints.palette(colours);
    }
    if let Some(path) = &arguments.like {
        let reference = open(path)?;
        hints = hints.like(&reference).map_err(|error| error.at(path))?;
    }
    if hints.has_points() && photographs > 1 {
        return Err(Error::request(
            format!("hints at places are for one photograph, and these are {photographs}"),
            "give one photograph; `--palette` and `--like` are for any number",
        ));
    }
    Ok(hints)
}

/// `X,Y,#RRGGBB`.
fn point(text: &str) -> Result<Hints> {
    let mut parts = text.splitn(3, ',');
    let (Some(x), Some(y), Some(colour)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Error::request(
            format!("the hint `{text}` is not X,Y,COLOUR"),
            "write it as 120,80,#c02020 or 25%,40%,red",
        ));
    };
    let x: Coordinate = x.parse()?;
    let y: Coordinate = y.parse()?;
    Ok(Hints::new().point(x, y, colour_of(colour)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_two_places_and_a_colour() {
        let expected = Hints::new().point(120, Coordinate::Percent(40.0), [192, 32, 32]);
        assert_eq!(point("120,40%,#c02020").unwrap(), expected);
        for (text, complaint) in [
            ("", "is not X,Y,COLOUR"),
            ("120,80", "is not X,Y,COLOUR"),
            ("a,80,red", "`a` is no place"),
            ("120,80,reddish", "`reddish` is no colour"),
            ("120,80,1,2,3", "`1,2,3` is no colour"),
        ] {
            let error = point(text).unwrap_err().to_string();
            assert!(error.contains(complaint), "{text}: {error}");
        }
    }
}
