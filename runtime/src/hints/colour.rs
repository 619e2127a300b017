//! Colours as people write them.

use crate::color::srgb_to_lab;
use crate::error::{Error, Result};

/// The colours that have a name: those of HTML 4, with orange, brown and pink, as CSS has them.
const NAMED: [(&str, [u8; 3]); 19] = [
    ("black", [0, 0, 0]),
    ("silver", [192, 192, 192]),
    ("gray", [128, 128, 128]),
    ("white", [255, 255, 255]),
    ("maroon", [128, 0, 0]),
    ("red", [255, 0, 0]),
    ("purple", [128, 0, 128]),
    ("fuchsia", [255, 0, 255]),
    ("green", [0, 128, 0]),
    ("lime", [0, 255, 0]),
    ("olive", [128, 128, 0]),
    ("yellow", [255, 255, 0]),
    ("navy", [0, 0, 128]),
    ("blue", [0, 0, 255]),
    ("teal", [0, 128, 128]),
    ("aqua", [0, 255, 255]),
    ("orange", [255, 165, 0]),
    ("brown", [165, 42, 42]),
    ("pink", [255, 192, 203]),
];

/// The sRGB colour that a text names: `#c02020`, `#c22`, or one of the names of HTML 4 (and `orange`,
/// `brown`, `pink`), in letters of either case.
///
/// # Errors
/// [`Error::Request`] if it names none.
pub fn colour_of(text: &str) -> Result<[u8; 3]> {
    let written = text.trim().to_ascii_lowercase();
    let named = NAMED.iter().find(|(name, _)| *name == written);
    let colour = match named {
        Some((_, colour)) => Some(*colour),
        None => hexadecimal(written.strip_prefix('#').unwrap_or(&written)),
    };
    colour.ok_or_else(|| {
        Error::request(
            format!("`{text}` is no colour"),
            "write #RRGGBB, such as #c02020, or a name, such as navy",
        )
    })
}

/// `c02020` or `c22`.
fn hexadecimal(digits: &str) -> Option<[u8; 3]> {
    let values = digits.chars().map(|digit| digit.to_digit(16));
    let values: Vec<u8> = values.map(|v| v.map(|v| v as u8)).collect::<Option<_>>()?;
    match values[..] {
        [r, g, b] => Some([r, g, b].map(|v| 17 * v)),
        [r1, r2, g1, g2, b1, b2] => Some([16 * r1 + r2, 16 * g1 + g2, 16 * b1 + b2]),
        _ => None,
    }
}

/// a\* and b\* of a colour, in CIELAB's units.
pub(super) fn chroma(colour: [u8; 3]) -> [f32; 2] {
    let [_, a, b] = srgb_to_lab(colour.map(|code| f64::from(code) / 255.0));
    [a as f32, b as f32]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_hexadecimal_or_named() {
        for (text, colour) in [
            ("#c02020", [192, 32, 32]),
            (" #C22 ", [204, 34, 34]),
            ("c02020", [192, 32, 32]),
            ("Navy", [0, 0, 128]),
        ] {
            assert_eq!(colour_of(text).unwrap(), colour, "{text}");
        }
        for text in [
            "", "#", "#12", "#gggggg", "##c02020", "reddish", "1,2,3", "#c0é020",
        ] {
            let error = colour_of(text).unwrap_err().to_string();
            assert!(error.contains("is no colour; write #RRGGBB"), "{error}");
        }
    }
}
