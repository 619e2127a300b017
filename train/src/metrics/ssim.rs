use super::Picture;

/// Of the Gaussian window.
const SIGMA: f64 = 1.5;
/// Pixels from the window's middle to its edge: 11 in all.
const RADIUS: usize = 5;
const WINDOW: usize = 2 * RADIUS + 1;
/// What keeps the two quotients from 0 / 0: (0.01 · 255)² and (0.03 · 255)².
const C1: f64 = 2.55 * 2.55;
const C2: f64 = 7.65 * 7.65;

/// Mean structural similarity over the channels and over every place where the window of 11 x 11
/// pixels fits whole, at most 1 (Wang et al. 2004, "Image quality assessment: from error visibility
/// to structural similarity"). None where a side is under 11 pixels.
///
/// Both pictures have the same size.
pub fn ssim(truth: Picture, output: Picture) -> Option<f64> {
    let (width, height) = (truth.width, truth.height());
    if width < WINDOW || height < WINDOW {
        return None;
    }
    let of_channel = |channel| {
        let plane = |picture: Picture| -> Vec<f64> {
            let values = picture.rgb[channel..].iter().step_by(3);
            values.map(|&value| f64::from(value)).collect()
        };
        similarity(&plane(truth), &plane(output), width)
    };
    Some((0..3).map(of_channel).sum::<f64>() / 3.0)
}

fn similarity(x: &[f64], y: &[f64], width: usize) -> f64 {
    let product = |x: &[f64], y: &[f64]| -> Vec<f64> {
        let window = x.iter().zip(y).map(|(x, y)| x * y).collect::<Vec<_>>();
        blur(&window, width)
    };
    let (mean_x, mean_y) = (blur(x, width), blur(y, width));
    let (xx, yy, xy) = (product(x, x), product(y, y), product(x, y));
    let similarities = (0..mean_x.len()).map(|i| {
        let (mx, my) = (mean_x[i], mean_y[i]);
        let variances = (xx[i] - mx * mx) + (yy[i] - my * my);
        let covariance = xy[i] - mx * my;
        (2.0 * mx * my + C1) * (2.0 * covariance + C2)
            / ((mx * mx + my * my + C1) * (variances + C2))
    });
    similarities.sum::<f64>() / mean_x.len() as f64
}

/// Weighted means over the window, where it fits whole: `width - 10` by `height - 10`.
fn blur(plane: &[f64], width: usize) -> Vec<f64> {
    let weights = gaussian();
    let inside = width - 2 * RADIUS;
    let rows: Vec<f64> = plane
        .chunks_exact(width)
        .flat_map(|row| {
            row.windows(WINDOW)
                .map(|window| window.iter().zip(&weights).map(|(v, w)| v * w).sum())
        })
        .collect();
    let height = rows.len() / inside;
    let mut out = vec![0.0; inside * (height - 2 * RADIUS)];
    for (y, line) in out.chunks_exact_mut(inside).enumerate() {
        for (offset, weight) in weights.iter().enumerate() {
            let row = &rows[(y + offset) * inside..][..inside];
            for (sum, value) in line.iter_mut().zip(row) {
                *sum += weight * value;
            }
        }
    }
    out
}

/// Sums to 1.
fn gaussian() -> [f64; WINDOW] {
    let bell: [f64; WINDOW] = std::array::from_fn(|i| {
        let x = (i as f64 - RADIUS as f64) / SIGMA;
        (-0.5 * x * x).exp()
    });
    let sum: f64 = bell.iter().sum();
    bell.map(|value| value / sum)
}
