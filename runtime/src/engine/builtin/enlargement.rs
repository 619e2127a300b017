//! Bilinear enlargement by a whole number: each pixel's neighbours and shares are known beforehand.

use rayon::prelude::*;

/// `[n, c, h, w]`, `times` as high and as wide, and the shape of it; nothing if there are no pixels.
pub(super) fn enlarged(
    input: &[f32],
    [n, c, h, w]: [usize; 4],
    times: usize,
) -> Option<(Vec<f32>, [usize; 4])> {
    if h * w == 0 || input.len() != n * c * h * w {
        return None;
    }
    let (height, width) = (h * times, w * times);
    let (down, across) = (steps(h, times), steps(w, times));
    let mut output = vec![0.0; n * c * height * width];
    output
        .par_chunks_mut(height * width)
        .zip(input.par_chunks(h * w))
        .with_min_len(16)
        .for_each_init(
            || vec![0.0; w],
            |line, (to, from)| {
                for (to, step) in to.chunks_exact_mut(width).zip(&down) {
                    let [above, below] = step.between.map(|y| &from[y * w..][..w]);
                    for (line, (above, below)) in line.iter_mut().zip(above.iter().zip(below)) {
                        *line = above + step.share * (below - above);
                    }
                    for (to, step) in to.iter_mut().zip(&across) {
                        let [left, right] = step.between.map(|x| line[x]);
                        *to = left + step.share * (right - left);
                    }
                }
            },
        );
    Some((output, [n, c, height, width]))
}

/// Where a new pixel lies between two old ones.
struct Step {
    between: [usize; 2],
    /// Of the second.
    share: f32,
}

/// Of each new pixel along a side; ONNX's `half_pixel`.
fn steps(side: usize, times: usize) -> Vec<Step> {
    let step = |at: usize| {
        let place = ((at as f32 + 0.5) / times as f32 - 0.5).max(0.0);
        let first = (place as usize).min(side - 1);
        Step {
            between: [first, (first + 1).min(side - 1)],
            share: place - first as f32,
        }
    };
    (0..side * times).map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::enlarged;

    #[test]
    fn pixels_keep_their_outer_edges() {
        let (output, shape) = enlarged(&[0.0, 4.0, 8.0, 12.0], [1, 1, 2, 2], 2).unwrap();
        assert_eq!(shape, [1, 1, 4, 4]);
        assert_eq!(output[..4], [0.0, 1.0, 3.0, 4.0]);
        assert_eq!(output[4..8], [2.0, 3.0, 5.0, 6.0]);
        assert_eq!(output[12..], [8.0, 9.0, 11.0, 12.0]);
        let (output, _) = enlarged(&[1.0, 3.0], [2, 1, 1, 1], 4).unwrap();
        assert_eq!(output, [[1.0; 16], [3.0; 16]].concat());
    }
}
