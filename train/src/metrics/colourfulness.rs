use super::Picture;

/// How colourful a picture is to the eye: 0 for gray, about 100 for the most vivid photographs
/// (Hasler & Süsstrunk 2003, "Measuring colourfulness in natural images").
pub fn colourfulness(picture: Picture) -> f64 {
    let n = picture.len() as f64;
    let opponents = picture.rgb.chunks_exact(3).map(|pixel| {
        let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(f64::from);
        (r - g, (r + g) / 2.0 - b)
    });
    let (mut rg, mut yb, mut rg2, mut yb2) = (0.0, 0.0, 0.0, 0.0);
    for (x, y) in opponents {
        rg += x;
        yb += y;
        rg2 += x * x;
        yb2 += y * y;
    }
    // All are multiples of a half or a quarter below 2^53, so the sums are exact, and gray gets 0.
    let (rg, yb) = (rg / n, yb / n);
    let variance = (rg2 / n - rg * rg) + (yb2 / n - yb * yb);
    variance.max(0.0).sqrt() + 0.3 * rg.hypot(yb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_its_definition() {
        // One half red, one half green: rg = ±255, yb = 127.5.
        let rgb: Vec<u8> = (0..64)
            .flat_map(|i| if i < 32 { [255, 0, 0] } else { [0, 255, 0] })
            .collect();
        let picture = Picture::new(&rgb, 8).unwrap();
        assert!((colourfulness(picture) - (255.0 + 0.3 * 127.5)).abs() < 1e-9);
    }

    #[test]
    fn gray_has_none() {
        let rgb: Vec<u8> = (0..64).flat_map(|i| [4 * i; 3]).collect();
        assert_eq!(colourfulness(Picture::new(&rgb, 8).unwrap()), 0.0);
    }
}
