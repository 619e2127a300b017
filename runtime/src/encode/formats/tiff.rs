//! TIFF: the fields of EXIF are its own.

use std::borrow::Cow;
use std::io::{Seek, Write};

use exif::{Context, Field, Value};
use tiff::TiffError;
use tiff::encoder::colortype::{ColorType, Gray8, Gray16, RGB8, RGB16, RGBA8, RGBA16};
use tiff::encoder::{DirectoryEncoder, Rational, TiffEncoder, TiffKind, TiffValue};
use tiff::tags::{IfdPointer, ResolutionUnit, Tag, Type};

use super::{Problem, profile};
use crate::encode::pixels::{Pixels, Samples};
use crate::metadata::{Fields, Metadata, TIFF_XMP};

/// Resolution, which is written by itself.
const RESOLUTION: [u16; 3] = [0x011a, 0x011b, 0x0128];

impl From<TiffError> for Problem {
    fn from(error: TiffError) -> Self {
        match error {
            TiffError::IoError(error) => Self::Disk(error),
            error => Self::Picture(error.to_string()),
        }
    }
}

/// Writes a TIFF file.
pub(in crate::encode) fn write(
    pixels: &Pixels<'_>,
    metadata: &Metadata,
    writer: &mut (impl Write + Seek),
) -> Result<(), Problem> {
    match (&pixels.samples, pixels.channels) {
        (Samples::Eight(samples), 1) => encode::<Gray8>(pixels, samples, metadata, writer),
        (Samples::Eight(samples), 3) => encode::<RGB8>(pixels, samples, metadata, writer),
        (Samples::Eight(samples), _) => encode::<RGBA8>(pixels, samples, metadata, writer),
        (Samples::Sixteen(samples), 1) => encode::<Gray16>(pixels, samples, metadata, writer),
        (Samples::Sixteen(samples), 3) => encode::<RGB16>(pixels, samples, metadata, writer),
        (Samples::Sixteen(samples), _) => encode::<RGBA16>(pixels, samples, metadata, writer),
    }
}

fn encode<C: ColorType>(
    pixels: &Pixels<'_>,
    samples: &[C::Inner],
    metadata: &Metadata,
    writer: &mut (impl Write + Seek),
) -> Result<(), Problem>
where
    [C::Inner]: TiffValue,
{
    let mut encoder = TiffEncoder::new(writer)?;
    let fields = metadata.exif.as_deref().and_then(Fields::read);
    let of = |context| {
        let fields = fields.iter().flat_map(Fields::portable);
        fields.filter(move |field| field.tag.context() == context)
    };
    let mut directories = Vec::new();
    for (context, pointer) in [
        (Context::Exif, Tag::ExifDirectory),
        (Context::Gps, Tag::GpsDirectory),
    ] {
        if of(context).next().is_some() {
            let mut directory = encoder.extra_directory()?;
            for field in of(context) {
                put(&mut directory, field)?;
            }
            directories.push((pointer, directory.finish_with_offsets()?.pointer));
        }
    }
    let mut image = encoder.new_image::<C>(pixels.width, pixels.height)?;
    if let Some((x, y)) = metadata.dots_per_inch {
        image.resolution_unit(ResolutionUnit::Inch);
        image.x_resolution(rational(x));
        image.y_resolution(rational(y));
    }
    let directory = image.encoder();
    for field in of(Context::Tiff).filter(|field| !RESOLUTION.contains(&field.tag.number())) {
        put(directory, field)?;
    }
    for (tag, IfdPointer(at)) in directories {
        directory.write_tag(tag, at as u32)?;
    }
    if let Some(profile) = profile(metadata) {
        directory.write_tag(Tag::IccProfile, profile.as_slice())?;
    }
    if let Some(xmp) = &metadata.xmp {
        directory.write_tag(Tag::Unknown(TIFF_XMP), xmp.as_slice())?;
    }
    Ok(image.write_data(samples)?)
}

fn rational(dots: f64) -> Rational {
    Rational {
        n: (1000.0 * dots).round() as u32,
        d: 1000,
    }
}

/// Writes a field as it is; one of a kind that TIFF does not have is left out.
fn put<W: Write + Seek, K: TiffKind>(
    directory: &mut DirectoryEncoder<'_, W, K>,
    field: &Field,
) -> Result<(), Problem> {
    let tag = Tag::from_u16_exhaustive(field.tag.number());
    match &field.value {
        Value::Byte(values) => directory.write_tag(tag, values.as_slice())?,
        Value::Short(values) => directory.write_tag(tag, values.as_slice())?,
        Value::Long(values) => directory.write_tag(tag, values.as_slice())?,
        Value::SByte(values) => directory.write_tag(tag, values.as_slice())?,
        Value::SShort(values) => directory.write_tag(tag, values.as_slice())?,
        Value::SLong(values) => directory.write_tag(tag, values.as_slice())?,
        Value::Float(values) => directory.write_tag(tag, values.as_slice())?,
        Value::Double(values) => directory.write_tag(tag, values.as_slice())?,
        Value::Ascii(lines) => {
            let text = lines.join(&0);
            match String::from_utf8(text) {
                Ok(text) if text.is_ascii() => directory.write_tag(tag, text.as_str())?,
                // Some cameras write other letters; bytes are what remains of them.
                Ok(text) => directory.write_tag(tag, text.as_bytes())?,
                Err(text) => directory.write_tag(tag, text.as_bytes())?,
            }
        }
        Value::Undefined(values, _) => directory.write_tag(tag, Undefined(values))?,
        Value::Rational(values) => {
            let numbers = values.iter().flat_map(|v| [v.num, v.denom]);
            let bytes = numbers.flat_map(u32::to_ne_bytes).collect();
            directory.write_tag(tag, Rationals::<false>(bytes))?;
        }
        Value::SRational(values) => {
            let numbers = values.iter().flat_map(|v| [v.num, v.denom]);
            let bytes = numbers.flat_map(i32::to_ne_bytes).collect();
            directory.write_tag(tag, Rationals::<true>(bytes))?;
        }
        Value::Unknown(..) => {}
    }
    Ok(())
}

/// Bytes of a meaning that TIFF does not know.
struct Undefined<'a>(&'a [u8]);

impl TiffValue for Undefined<'_> {
    const BYTE_LEN: u8 = 1;
    const FIELD_TYPE: Type = Type::UNDEFINED;

    fn count(&self) -> usize {
        self.0.len()
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.0)
    }
}

/// The bytes of numerators and denominators in turn, of 32 bits each.
struct Rationals<const SIGNED: bool>(Vec<u8>);

impl<const SIGNED: bool> TiffValue for Rationals<SIGNED> {
    const BYTE_LEN: u8 = 8;
    const FIELD_TYPE: Type = match SIGNED {
        true => Type::SRATIONAL,
        false => Type::RATIONAL,
    };

    fn count(&self) -> usize {
        self.0.len() / usize::from(Self::BYTE_LEN)
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.0)
    }
}
