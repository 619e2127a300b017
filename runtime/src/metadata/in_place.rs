//! EXIF changed where it stands, so that what is not understood (makers' notes) stays true.

/// Unlinks the directory after the first, which is the thumbnail's.
pub(super) fn drop_thumbnail(block: &mut [u8]) {
    if let Some(next) = next_directory(block) {
        block[next..next + 4].fill(0);
    }
}

/// Makes the block say how large the picture is, where it says so at all: upright, it may be as wide as it
/// was high. And that its colours are sRGB.
pub(super) fn describe(block: &mut [u8], (width, height): (u32, u32)) {
    let Some(order) = Order::of(block) else {
        return;
    };
    let pointer = order.entries(block, order.first(block));
    let pointer = pointer.into_iter().find(|entry| entry.tag == 0x8769);
    let directory = pointer.and_then(|entry| order.long(block, entry.value));
    let entries = directory.map(|at| order.entries(block, Some(at as usize)));
    for entry in entries.into_iter().flatten() {
        let value = match entry.tag {
            0xa001 => 1,
            0xa002 => width,
            0xa003 => height,
            _ => continue,
        };
        order.set(block, &entry, value);
    }
}

/// Where the first directory says where the next one is.
fn next_directory(block: &[u8]) -> Option<usize> {
    let order = Order::of(block)?;
    let first = order.first(block)?;
    let next = first + 2 + 12 * usize::from(order.short(block, first)?);
    block.get(next..next.checked_add(4)?)?;
    Some(next)
}

/// In which order the bytes of numbers are.
#[derive(Clone, Copy)]
enum Order {
    Big,
    Little,
}

/// A field in a directory: what it is, of which type, and where its value is.
struct Entry {
    tag: u16,
    kind: u16,
    value: usize,
}

impl Order {
    fn of(block: &[u8]) -> Option<Self> {
        match block.first_chunk::<4>()? {
            b"MM\0*" => Some(Self::Big),
            b"II*\0" => Some(Self::Little),
            _ => None,
        }
    }

    fn short(self, block: &[u8], at: usize) -> Option<u16> {
        let bytes = *block.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Big => u16::from_be_bytes(bytes),
            Self::Little => u16::from_le_bytes(bytes),
        })
    }

    fn long(self, block: &[u8], at: usize) -> Option<u32> {
        let bytes = *block.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Big => u32::from_be_bytes(bytes),
            Self::Little => u32::from_le_bytes(bytes),
        })
    }

    /// Where the first directory is.
    fn first(self, block: &[u8]) -> Option<usize> {
        self.long(block, 4).map(|at| at as usize)
    }

    /// The fields of a directory that are there.
    fn entries(self, block: &[u8], at: Option<usize>) -> Vec<Entry> {
        let count = at.and_then(|at| self.short(block, at));
        let (Some(at), Some(count)) = (at, count) else {
            return Vec::new();
        };
        let entries = (0..usize::from(count)).map_while(|index| {
            let place = at + 2 + 12 * index;
            block.get(place..place + 12)?;
            Some(Entry {
                tag: self.short(block, place)?,
                kind: self.short(block, place + 2)?,
                value: place + 8,
            })
        });
        entries.collect()
    }

    /// Sets a number that is one of 16 bits or of 32.
    fn set(self, block: &mut [u8], entry: &Entry, value: u32) {
        let short = u16::try_from(value);
        let bytes = match (self, entry.kind, short) {
            (Self::Big, 4, _) => value.to_be_bytes().to_vec(),
            (Self::Little, 4, _) => value.to_le_bytes().to_vec(),
            (Self::Big, 3, Ok(short)) => short.to_be_bytes().to_vec(),
            (Self::Little, 3, Ok(short)) => short.to_le_bytes().to_vec(),
            _ => return,
        };
        block[entry.value..][..bytes.len()].copy_from_slice(&bytes);
    }
}

#[cfg(test)]
mod tests {
    use exif::experimental::Writer;
    use exif::{Field, In, Tag, Value};

    use super::super::exif_block::Fields;
    use super::*;
    use std::io::Cursor;

    #[test]
    fn the_size_and_the_colours_are_those_of_the_new_picture() {
        let field = |tag, value| Field {
            tag,
            ifd_num: In::PRIMARY,
            value,
        };
        for (little, wide) in [
            (true, Value::Long(vec![60])),
            (false, Value::Short(vec![60])),
        ] {
            let mut writer = Writer::new();
            let fields = [
                field(Tag::ColorSpace, Value::Short(vec![0xffff])),
                field(Tag::PixelXDimension, wide),
                field(Tag::PixelYDimension, Value::Short(vec![40])),
            ];
            fields.iter().for_each(|field| writer.push_field(field));
            let mut block = Cursor::new(Vec::new());
            writer.write(&mut block, little).unwrap();
            let mut block = block.into_inner();
            describe(&mut block, (40, 60));
            let read = Fields::read(&block).unwrap();
            let number = |tag| read.field(tag)?.value.get_uint(0);
            assert_eq!(number(Tag::PixelXDimension), Some(40));
            assert_eq!(number(Tag::PixelYDimension), Some(60));
            assert_eq!(number(Tag::ColorSpace), Some(1));
            for cut in 0..block.len() {
                describe(&mut block[..cut].to_vec(), (1, 2));
            }
        }
    }

    #[test]
    fn a_thumbnail_s_directory_is_unlinked_and_damage_is_left_alone() {
        let mut block = b"II*\0\x08\0\0\0\x01\0".to_vec();
        block.extend([0; 12]);
        block.extend([0x20, 0, 0, 0]);
        let mut cut = block.clone();
        drop_thumbnail(&mut block);
        assert_eq!(block[22..26], [0; 4]);
        cut.truncate(20);
        let before = cut.clone();
        drop_thumbnail(&mut cut);
        assert_eq!(cut, before);
        assert!(Fields::read(&cut).is_none_or(|fields| fields.portable().count() == 0));
    }
}
