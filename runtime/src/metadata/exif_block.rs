//! EXIF, which is a small TIFF file.

use std::io::Cursor;

use exif::experimental::Writer;
use exif::{Field, In, Rational, Reader, Tag, Value};

/// Tags of a TIFF file that describe how its pixels are stored. They are not true of another file.
const OF_PIXELS: [u16; 27] = [
    0x00fe, 0x00ff, 0x0100, 0x0101, 0x0102, 0x0103, 0x0106, 0x0107, 0x010a, 0x0111, 0x0112, 0x0115,
    0x0116, 0x0117, 0x0118, 0x0119, 0x011c, 0x013d, 0x0140, 0x0142, 0x0143, 0x0144, 0x0145, 0x0152,
    0x0153, 0x015b, 0x0212,
];
/// Tags that hold what is written otherwise: XMP, IPTC, Photoshop's, a profile, other directories.
const ELSEWHERE: [u16; 8] = [
    0x02bc, 0x83bb, 0x8649, 0x8773, 0x8769, 0x8825, 0xa005, 0x014a,
];

/// The fields of an EXIF block.
pub(crate) struct Fields(exif::Exif);

impl Fields {
    /// What can be read of it.
    pub fn read(block: &[u8]) -> Option<Self> {
        let mut reader = Reader::new();
        reader.continue_on_error(true);
        let read = reader.read_raw(block.to_vec());
        let read = read.or_else(|error| error.distill_partial_result(|_| {}));
        read.ok().map(Self)
    }

    /// One of the picture itself.
    pub fn field(&self, tag: Tag) -> Option<&Field> {
        self.0.get_field(tag, In::PRIMARY)
    }

    /// Those of the picture itself, not of a thumbnail, which may stand in another file.
    pub fn portable(&self) -> impl Iterator<Item = &Field> {
        self.0.fields().filter(|field| is_portable(field))
    }
}

fn is_portable(field: &Field) -> bool {
    let number = field.tag.number();
    field.ifd_num == In::PRIMARY && !OF_PIXELS.contains(&number) && !ELSEWHERE.contains(&number)
}

/// The fields of a TIFF file as an EXIF block, if there are any.
pub(super) fn of_tiff(bytes: &[u8]) -> Option<Vec<u8>> {
    let fields = Fields::read(bytes)?;
    block(fields.portable())
}

/// The same block with a resolution; without one, a block of that alone.
pub(crate) fn with_density(old: Option<&[u8]>, (x, y): (f64, f64)) -> Option<Vec<u8>> {
    if let Some(old) = old {
        return Some(old.to_vec());
    }
    let field = |tag, value| Field {
        tag,
        ifd_num: In::PRIMARY,
        value,
    };
    let rational = |dots: f64| {
        let num = (dots * 1000.0).round() as u32;
        Value::Rational(vec![Rational { num, denom: 1000 }])
    };
    let fields = [
        field(Tag::XResolution, rational(x)),
        field(Tag::YResolution, rational(y)),
        field(Tag::ResolutionUnit, Value::Short(vec![2])),
    ];
    block(fields.iter())
}

fn block<'a>(fields: impl Iterator<Item = &'a Field>) -> Option<Vec<u8>> {
    let mut writer = Writer::new();
    let mut any = false;
    for field in fields {
        any = true;
        writer.push_field(field);
    }
    let mut block = Cursor::new(Vec::new());
    writer.write(&mut block, true).ok().filter(|()| any)?;
    Some(block.into_inner())
}

/// Dots an inch.
pub(super) fn density(block: &[u8]) -> Option<(f64, f64)> {
    let fields = Fields::read(block)?;
    let field = |tag| fields.field(tag);
    let number = |tag| match &field(tag)?.value {
        Value::Rational(values) => Some(values.first()?.to_f64()),
        _ => None,
    };
    let unit = field(Tag::ResolutionUnit).and_then(|unit| unit.value.get_uint(0));
    let scale = match unit {
        None | Some(2) => 1.0,
        Some(3) => 2.54,
        _ => return None,
    };
    let (x, y) = (
        scale * number(Tag::XResolution)?,
        scale * number(Tag::YResolution)?,
    );
    (x >= 1.0 && y >= 1.0 && x.is_finite() && y.is_finite()).then_some((x, y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolution_is_written_and_read_again() {
        let block = with_density(None, (300.0, 299.5)).unwrap();
        assert_eq!(density(&block), Some((300.0, 299.5)));
        assert_eq!(with_density(Some(&block), (1.0, 1.0)), Some(block));
    }
}
