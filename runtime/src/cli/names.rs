//! What files are called.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::can_save;

/// The name of standard input and of standard output.
pub(super) const STANDARD: &str = "-";

/// Endings of pictures: of what lies in folders, the rest is passed over. HEIC and AVIF are among them
/// even where they cannot be read, so that they are named and not missed later.
const READABLE: [&str; 21] = [
    "jpg", "jpeg", "jpe", "jfif", "jxl", "png", "tif", "tiff", "webp", "gif", "bmp", "dib", "pnm",
    "ppm", "pgm", "pbm", "pam", "heic", "heif", "hif", "avif",
];

/// What comes before the ending of this command's own files.
const OURS: [&str; 5] = ["colorized", "variants", "confidence", "compare", "sweep"];

/// A format to write, as an ending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Format(&'static str);

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let usual = usual(text);
        match usual {
            Some(ending) if can_save(Path::new("x").with_extension(ending)) => Ok(Format(ending)),
            _ => Err("give jpeg, png, tiff, webp, bmp or ppm".to_owned()),
        }
    }
}

impl Format {
    pub fn ending(&self) -> &'static str {
        self.0
    }

    /// Whether a name says this format.
    pub fn is_of(&self, path: &Path) -> bool {
        let ending = path.extension().and_then(OsStr::to_str);
        ending.and_then(usual) == Some(self.0)
    }
}

/// One ending for each format.
fn usual(ending: &str) -> Option<&'static str> {
    Some(match ending.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "jpg",
        "png" => "png",
        "tif" | "tiff" => "tif",
        "webp" => "webp",
        "bmp" => "bmp",
        "ppm" | "pnm" => "ppm",
        _ => return None,
    })
}

/// Whether it is `-`.
pub(super) fn is_standard(path: &Path) -> bool {
    path == Path::new(STANDARD)
}

/// Whether a name promises a picture that can be read.
pub(super) fn is_picture(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str);
    ending.is_some_and(|ending| {
        READABLE
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

/// Of the name of a file that this command wrote, what came before: the photograph's name without
/// its ending.
pub(super) fn earlier_output(path: &Path) -> Option<&OsStr> {
    let mut stem = Path::new(path.file_stem()?);
    // NAME.colorized.2.jpg
    let number = stem.extension().and_then(OsStr::to_str);
    if number.is_some_and(|text| text.parse::<u8>().is_ok()) {
        stem = Path::new(stem.file_stem()?);
    }
    let ours = stem.extension().and_then(OsStr::to_str);
    stem.file_stem()
        .filter(|_| ours.is_some_and(|what| OURS.contains(&what)))
}

/// `photo.jpg` becomes `photo.colorized.jpg`, or of another format; one that cannot be written
/// becomes PNG, which loses nothing, and then that is said.
pub(super) fn colorized(input: &Path, format: Option<&Format>) -> (OsString, Option<String>) {
    let own = input.extension().filter(|_| can_save(input));
    let ending = match format {
        Some(format) if !format.is_of(input) => Some(format.ending().as_ref()),
        _ => own,
    };
    let mut name = input.file_stem().unwrap_or_default().to_owned();
    name.push(".colorized.");
    name.push(ending.unwrap_or("png".as_ref()));
    let note = ending.is_none().then(|| {
        format!(
            "{}: this format cannot be written in colour, so the output is a PNG",
            input.display()
        )
    });
    (name, note)
}

/// `photo.colorized.jpg` becomes `photo.colorized.1.jpg`.
pub(super) fn numbered(output: &Path, number: usize) -> PathBuf {
    let ending = output.extension().unwrap_or_default().to_string_lossy();
    output.with_file_name(with_ending(output, &number.to_string(), &ending))
}

/// `photo.colorized.jpg` becomes `photo.variants.jpg`.
pub(super) fn beside(output: &Path, what: &str) -> PathBuf {
    let ending = output.extension().unwrap_or_default().to_string_lossy();
    let stem = output.file_stem().map(Path::new).unwrap_or(output);
    let of = match stem.extension() {
        Some(colorized) if colorized == "colorized" => stem,
        _ => output,
    };
    output.with_file_name(with_ending(of, what, &ending))
}

/// The name of a file without its ending, and then others.
pub(super) fn with_ending(path: &Path, what: &str, ending: &str) -> OsString {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!(".{what}"));
    if !ending.is_empty() {
        name.push(format!(".{ending}"));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_command_wrote_is_known_by_its_name() {
        for (name, of) in [
            ("a.colorized.jpg", Some("a")),
            ("x/a.b.colorized.JPG", Some("a.b")),
            ("a.colorized.12.png", Some("a")),
            ("a.variants.png", Some("a")),
            ("a.confidence.png", Some("a")),
            ("a.compare.png", Some("a")),
            ("a.sweep.png", Some("a")),
            ("a.jpg", None),
            ("colorized.jpg", None),
            ("a.2.jpg", None),
            ("a.1950.jpg", None),
            ("a.colorized", None),
            (".colorized.jpg", None),
        ] {
            let expected = of.map(OsStr::new);
            assert_eq!(earlier_output(Path::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn formats_have_names_and_endings() {
        for (text, ending) in [
            ("jpeg", "jpg"),
            ("JPG", "jpg"),
            ("tiff", "tif"),
            ("ppm", "ppm"),
        ] {
            assert_eq!(text.parse::<Format>().unwrap().ending(), ending);
        }
        assert!("gif".parse::<Format>().is_err());
        let jpeg: Format = "jpeg".parse().unwrap();
        let named = |input: &str| colorized(Path::new(input), Some(&jpeg)).0;
        assert_eq!(named("a.JPEG"), "a.colorized.JPEG");
        assert_eq!(named("a.png"), "a.colorized.jpg");
        assert_eq!(named("a.gif"), "a.colorized.jpg");
    }
}
