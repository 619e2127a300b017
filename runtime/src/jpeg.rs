//! The markers of JPEG files: whether one is all there, and where a segment lies.

use std::ops::{Range, RangeInclusive};

/// Markers of the JPEG standard (ITU-T T.81, table B.1): the byte after 0xff.
const START_OF_IMAGE: u8 = 0xd8;
pub(crate) const END_OF_IMAGE: u8 = 0xd9;
pub(crate) const START_OF_FRAME: u8 = 0xc0;
pub(crate) const START_OF_SCAN: u8 = 0xda;
pub(crate) const RESTART: RangeInclusive<u8> = 0xd0..=0xd7;
const TEMPORARY: u8 = 0x01;
/// In compressed data, 0xff 0x00 stands for the byte 0xff.
const STUFFED: u8 = 0x00;

/// Whether the markers lead from the start of the image to its end. A thumbnail's
/// end does not count: it lies inside a segment, and segments are stepped over.
pub(crate) fn is_complete_jpeg(bytes: &[u8]) -> bool {
    end_of_image(bytes).is_some()
}

fn end_of_image(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        // The compressed data of a scan, or filling, lies before the next 0xff.
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        let marker = *bytes.get(at + 1)?;
        match marker {
            END_OF_IMAGE => return Some(at),
            0xff => at += 1,
            START_OF_IMAGE | TEMPORARY | STUFFED => at += 2,
            marker if RESTART.contains(&marker) => at += 2,
            _ => {
                let length = [*bytes.get(at + 2)?, *bytes.get(at + 3)?];
                at += 2 + usize::from(u16::from_be_bytes(length));
            }
        }
    }
}

/// Where the first segment with this marker lies, the marker included, in a file that begins as it should:
/// not beyond the start of a scan.
pub(crate) fn segment(bytes: &[u8], wanted: u8) -> Option<Range<usize>> {
    // After the start of the image.
    let mut at = 2;
    loop {
        let [_, marker, high, low] = *bytes.get(at..at + 4)?.first_chunk()?;
        let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        if marker == wanted {
            return Some(at..end);
        }
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::is_complete_jpeg;

    #[test]
    fn only_the_end_of_the_image_itself_counts() {
        let head = [0xff, 0xd8];
        // A segment of six bytes in which a thumbnail ends.
        let thumbnail = [0xff, 0xe1, 0, 6, 0xff, 0xd8, 0xff, 0xd9];
        let scan = [0xff, 0xda, 0, 3, 0, 17, 0xff, 0, 18, 0xff, 0xd0, 19];
        let end = [0xff, 0xff, 0xd9];
        assert!(is_complete_jpeg(
            &[&head[..], &thumbnail, &scan, &end].concat()
        ));
        assert!(!is_complete_jpeg(&[&head[..], &thumbnail, &scan].concat()));
        assert!(!is_complete_jpeg(&[&head[..], &thumbnail].concat()));
        assert!(!is_complete_jpeg(&[]));
    }
}
