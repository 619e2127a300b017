//! Downsampled ImageNet (Chrabaszcz et al. 2017, <https://arxiv.org/abs/1707.08819>): batches of
//! small squares, each a pickle or an `.npz`, of which no more is read than one square at a time.
//!
//! A batch is a dictionary with `data`, bytes of the shape `[n, 3 · side²]`: each row is the red,
//! the green and the blue plane of one picture. `labels` and `mean` are not needed.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage};
use tempfile::{NamedTempFile, TempPath};

use super::npz;
use super::pickle::{self, Span};
use super::shards::read_range;
use super::source::{Photographs, Picture};
use crate::error::Error;

/// The photographs of some batches.
#[derive(Debug)]
pub(super) struct Batches {
    batches: Vec<Batch>,
    /// For each batch, the photographs up to its end.
    ends: Vec<usize>,
}

#[derive(Debug)]
struct Batch {
    path: PathBuf,
    canonical: PathBuf,
    /// Where the rows are, if not in the file itself.
    unpacked: Option<TempPath>,
    offset: u64,
    rows: u64,
    side: u32,
}

impl Batches {
    /// Finds where each file keeps its pictures.
    ///
    /// # Errors
    /// A file cannot be read, or is no such batch.
    pub(super) fn open(paths: Vec<PathBuf>) -> crate::Result<Self> {
        let (mut batches, mut ends, mut end) = (Vec::new(), Vec::new(), 0);
        for path in paths {
            let batch = Batch::open(&path).map_err(|message| Error::data(&path, message))?;
            end += batch.rows as usize;
            ends.push(end);
            batches.push(batch);
        }
        Ok(Self { batches, ends })
    }

    /// The batch, and the row in it.
    fn row(&self, index: usize) -> (&Batch, usize) {
        let batch = self.ends.partition_point(|&end| end <= index);
        let start = if batch == 0 { 0 } else { self.ends[batch - 1] };
        (&self.batches[batch], index - start)
    }
}

impl Photographs for Batches {
    fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    fn name(&self, index: usize) -> String {
        let (batch, row) = self.row(index);
        format!("{}#{row}", batch.path.display())
    }

    fn read(&self, index: usize) -> io::Result<Picture> {
        let (batch, row) = self.row(index);
        let length = 3 * u64::from(batch.side).pow(2);
        let path: &Path = batch.unpacked.as_deref().unwrap_or(&batch.path);
        let planes = read_range(path, batch.offset + row as u64 * length, length)?;
        let n = planes.len() / 3;
        Ok(Picture::Pixels(RgbImage::from_fn(
            batch.side,
            batch.side,
            |x, y| {
                let at = (y * batch.side + x) as usize;
                Rgb([planes[at], planes[n + at], planes[2 * n + at]])
            },
        )))
    }

    fn place(&self, index: usize) -> (PathBuf, u64) {
        let (batch, row) = self.row(index);
        (batch.canonical.clone(), row as u64)
    }

    fn copy_name(&self, index: usize) -> PathBuf {
        let (batch, row) = self.row(index);
        let stem = match batch.path.extension() {
            Some(extension) if extension == "npz" => batch.path.file_stem(),
            _ => batch.path.file_name(),
        };
        Path::new(stem.unwrap_or_default()).join(format!("{row:06}.png"))
    }
}

impl Batch {
    fn open(path: &Path) -> Result<Self, String> {
        let words = |e: io::Error| e.to_string();
        let mut file = File::open(path).map_err(words)?;
        let mut magic = [0; 2];
        let (shape, offset, unpacked) = match file.read_exact(&mut magic) {
            Ok(()) if &magic == b"PK" => {
                let array = npz::find(path, "data")?;
                (array.shape, array.offset, array.unpacked)
            }
            Ok(()) if magic[0] == 0x80 || magic[0] == b'(' || magic[0] == b'}' => {
                file.rewind().map_err(words)?;
                pickled(&mut file)?
            }
            _ => return Err("neither a pickle nor an .npz; data.sources.….batches names files like train_data_batch_1".to_owned()),
        };
        let &[rows, columns] = &shape[..] else {
            return Err(format!(
                "`data` has the shape {shape:?}, not [pictures, 3 · side²]"
            ));
        };
        let side = (columns / 3).isqrt();
        if side == 0 || columns != 3 * side * side {
            return Err(format!(
                "`data` has {columns} columns, which is not 3 · side² (12288 for 64 pixels)"
            ));
        }
        let end = offset.saturating_add(product(&shape)?);
        let holder: &Path = unpacked.as_deref().unwrap_or(path);
        if end > holder.metadata().map_err(words)?.len() {
            return Err("the file is cut off; copy it again from where it came from".to_owned());
        }
        Ok(Self {
            path: path.to_path_buf(),
            canonical: path.canonicalize().map_err(words)?,
            unpacked,
            offset,
            rows,
            side: u32::try_from(side).map_err(|_| "`data` has too many columns")?,
        })
    }
}

/// Shape and place of `data` in a pickle.
fn pickled(file: &mut File) -> Result<(Vec<u64>, u64, Option<TempPath>), String> {
    let array = pickle::find(&mut *file, "data")?;
    if array.dtype != "u1" {
        return Err(format!(
            "`data` is an array of {}, not of bytes (u1)",
            array.dtype
        ));
    }
    if array.fortran {
        return Err("`data` is in Fortran's order; save it in C's".to_owned());
    }
    let length = product(&array.shape)?;
    if !array.data.latin1_as_utf8 {
        if array.data.length != length {
            return Err(format!(
                "`data` has {} bytes, not the {length} of its shape",
                array.data.length
            ));
        }
        return Ok((array.shape, array.data.offset, None));
    }
    let unpacked =
        unpack(file, array.data).map_err(|e| format!("`data` cannot be unpacked: {e}"))?;
    Ok((array.shape, 0, Some(unpacked)))
}

/// Bytes written as Latin-1 in UTF-8, into a temporary file as they were.
fn unpack(file: &mut File, span: Span) -> io::Result<TempPath> {
    file.seek(SeekFrom::Start(span.offset))?;
    let mut target = io::BufWriter::new(NamedTempFile::new()?);
    let mut bytes = BufReader::new(file.take(span.length)).bytes();
    while let Some(byte) = bytes.next() {
        let byte = match byte? {
            ascii @ 0..128 => ascii,
            lead @ (0xc2 | 0xc3) => match bytes.next().transpose()? {
                Some(tail @ 0x80..0xc0) => (lead << 6) | (tail & 0x3f),
                _ => return Err(io::ErrorKind::InvalidData.into()),
            },
            _ => return Err(io::ErrorKind::InvalidData.into()),
        };
        target.write_all(&[byte])?;
    }
    Ok(target
        .into_inner()
        .map_err(|e| e.into_error())?
        .into_temp_path())
}

/// The bytes of an array of this shape.
pub(super) fn product(shape: &[u64]) -> Result<u64, String> {
    let product = shape
        .iter()
        .try_fold(1_u64, |all, &side| all.checked_mul(side));
    product.ok_or_else(|| format!("the shape {shape:?} is impossible"))
}
