//! Where an `.npz` file (a zip of `.npy` files) keeps the bytes of one array.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use tempfile::TempPath;
use zip::{CompressionMethod, ZipArchive};

use super::batches::product;

/// An array of bytes.
#[derive(Debug)]
pub(super) struct Array {
    /// From the slowest axis to the fastest.
    pub(super) shape: Vec<u64>,
    /// Where they begin.
    pub(super) offset: u64,
    /// The file that has them, unless it is the `.npz` itself: what was compressed is unpacked
    /// once, into the system's folder for temporary files, which the end of the run removes.
    pub(super) unpacked: Option<TempPath>,
}

/// Finds the array of bytes called `key`.
///
/// # Errors
/// In words: the file is damaged, has no such array, or one of another type.
pub(super) fn find(path: &Path, key: &str) -> Result<Array, String> {
    let words = |e: zip::result::ZipError| format!("no readable .npz: {e}; copy it again");
    let file = File::open(path).map_err(|e| e.to_string())?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(words)?;
    let mut member = archive
        .by_name(&format!("{key}.npy"))
        .map_err(|e| format!("no readable array `{key}` in this .npz: {e}"))?;
    let (method, start, size) = (member.compression(), member.data_start(), member.size());
    let header =
        Header::read(&mut member).map_err(|message| format!("`{key}` in this .npz: {message}"))?;
    if header.dtype != "|u1" {
        return Err(format!(
            "`{key}` is an array of {}, not of bytes (|u1)",
            header.dtype
        ));
    }
    if header.fortran {
        return Err(format!("`{key}` is in Fortran's order; save it in C's"));
    }
    let (shape, read) = (header.shape, header.length);
    if Some(size) != product(&shape)?.checked_add(read) {
        return Err(format!(
            "`{key}` is not as long as its shape {shape:?} says; copy the file again"
        ));
    }
    if method == CompressionMethod::Stored {
        let offset = start.ok_or("a zip without positions")? + read;
        return Ok(Array {
            shape,
            offset,
            unpacked: None,
        });
    }
    let words = |e: std::io::Error| format!("`{key}` cannot be unpacked: {e}");
    let mut target = tempfile::NamedTempFile::new().map_err(words)?;
    std::io::copy(&mut member, target.as_file_mut()).map_err(words)?;
    Ok(Array {
        shape,
        offset: 0,
        unpacked: Some(target.into_temp_path()),
    })
}

/// What stands before an array's bytes in an `.npy` file
/// (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>).
///
/// The crates `npyz` and `ndarray-npy` read it too, with a grammar of Python's literals whose
/// parser generator wants a C compiler; it is one line of three known keys.
#[derive(Debug, PartialEq)]
struct Header {
    /// Its own bytes.
    length: u64,
    /// `|u1`, `<f8` …
    dtype: String,
    fortran: bool,
    shape: Vec<u64>,
}

impl Header {
    fn read(file: &mut impl Read) -> Result<Self, String> {
        let mut bytes = |count: usize| {
            let mut bytes = vec![0; count];
            file.read_exact(&mut bytes)
                .map_err(|e| format!("no readable array ({e})"))?;
            Ok::<_, String>(bytes)
        };
        let start = bytes(8)?;
        if !start.starts_with(b"\x93NUMPY") {
            return Err("no array".to_owned());
        }
        // Version 1 has two bytes for the length of the text, later ones four.
        let wide = if start[6] == 1 { 2 } else { 4 };
        let length = bytes(wide)?
            .iter()
            .rev()
            .fold(0, |all, &b| all << 8 | usize::from(b));
        if length > 1 << 16 {
            return Err("no array".to_owned());
        }
        let text = String::from_utf8_lossy(&bytes(length)?).into_owned();
        Self::parse(&text, (8 + wide + length) as u64)
            .ok_or_else(|| format!("an array described as {}", text.trim()))
    }

    /// `{'descr': '|u1', 'fortran_order': False, 'shape': (3, 768), }`
    fn parse(text: &str, length: u64) -> Option<Self> {
        let after = |key: &str| Some(text.split_once(&format!("'{key}':"))?.1.trim_start());
        let dtype = after("descr")?
            .strip_prefix('\'')?
            .split_once('\'')?
            .0
            .to_owned();
        let fortran = match after("fortran_order")? {
            word if word.starts_with("False") => false,
            word if word.starts_with("True") => true,
            _ => return None,
        };
        let sides = after("shape")?.strip_prefix('(')?.split_once(')')?.0;
        let sides = sides
            .split(',')
            .map(str::trim)
            .filter(|side| !side.is_empty());
        let shape = sides
            .map(|side| side.trim_end_matches('L').parse().ok())
            .collect::<Option<_>>()?;
        Some(Self {
            length,
            dtype,
            fortran,
            shape,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_read_as_numpy_writes_it() {
        let written = [
            (
                "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 768), }",
                "|u1",
                false,
                vec![3, 768],
            ),
            // Python 2 writes long integers so.
            (
                "{'descr': '|u1', 'fortran_order': False, 'shape': (3L, 768L), }",
                "|u1",
                false,
                vec![3, 768],
            ),
            (
                "{'descr': '<f8', 'fortran_order': True, 'shape': (5,), }",
                "<f8",
                true,
                vec![5],
            ),
            (
                "{'descr': '<i8', 'fortran_order': False, 'shape': (), }",
                "<i8",
                false,
                vec![],
            ),
        ];
        for (text, dtype, fortran, shape) in written {
            let header = Header {
                length: 9,
                dtype: dtype.to_owned(),
                fortran,
                shape,
            };
            assert_eq!(Header::parse(text, 9), Some(header), "{text}");
        }
        let records = "{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (5,), }";
        assert_eq!(Header::parse(records, 9), None);
    }
}
