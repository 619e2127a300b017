//! Resolution where formats write it outside of EXIF.

use super::INCH;

/// A number of dots that is one.
fn dots(x: f64, y: f64) -> Option<(f64, f64)> {
    (x >= 1.0 && y >= 1.0).then_some((x, y))
}

/// From the JFIF segment, which comes first where there is one.
pub(super) fn of_jpeg(bytes: &[u8]) -> Option<(f64, f64)> {
    let [0xff, 0xd8, 0xff, 0xe0, _, _, segment @ ..] = bytes else {
        return None;
    };
    let ([b'J', b'F', b'I', b'F', 0, _, _, unit], rest) = segment.split_first_chunk::<8>()? else {
        return None;
    };
    let [x1, x2, y1, y2] = *rest.first_chunk::<4>()?;
    let number = |a, b| f64::from(u16::from_be_bytes([a, b]));
    let (x, y) = (number(x1, x2), number(y1, y2));
    match unit {
        1 => dots(x, y),
        2 => dots(2.54 * x, 2.54 * y),
        _ => None,
    }
}

/// From the chunk `pHYs`.
pub(super) fn of_png(bytes: &[u8]) -> Option<(f64, f64)> {
    let mut at = 8;
    loop {
        let (head, rest) = bytes.get(at..)?.split_first_chunk::<8>()?;
        let [l1, l2, l3, l4, name @ ..] = *head;
        let length = u32::from_be_bytes([l1, l2, l3, l4]) as usize;
        match &name {
            b"pHYs" => {
                let [x1, x2, x3, x4, y1, y2, y3, y4, unit] = *rest.first_chunk::<9>()?;
                let number = |digits| f64::from(u32::from_be_bytes(digits)) * INCH;
                let (x, y) = (number([x1, x2, x3, x4]), number([y1, y2, y3, y4]));
                return dots(x, y).filter(|_| unit == 1);
            }
            b"IDAT" | b"IEND" => return None,
            _ => at = at.checked_add(length)?.checked_add(12)?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jpeg_s_unit_counts() {
        let jpeg = |unit| {
            let head = [0xff, 0xd8, 0xff, 0xe0, 0, 16];
            [&head[..], b"JFIF\0\x01\x02", &[unit, 1, 44, 0, 100, 0, 0]].concat()
        };
        assert_eq!(of_jpeg(&jpeg(1)), Some((300.0, 100.0)));
        assert_eq!(of_jpeg(&jpeg(2)), Some((762.0, 254.0)));
        assert_eq!(of_jpeg(&jpeg(0)), None);
        assert_eq!(of_jpeg(&jpeg(1)[..12]), None);
        assert_eq!(of_png(&[0; 30]), None);
    }
}
