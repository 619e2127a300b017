use serde::{Deserialize, Serialize};

use super::{Pixels, chroma, colourfulness, psnr, ssim};

/// Means over photographs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Peak signal-to-noise ratio in RGB, dB; up.
    pub psnr: f64,
    /// Structural similarity in RGB; up. Photographs smaller than its window do not count, and it
    /// is 0 where all are.
    #[serde(default)]
    pub ssim: f64,
    /// Distance in the a\*b\* plane of CIELAB; down.
    pub ab: f64,
    /// Correlation between the truth's chroma and ours, means removed; up. Gray has 0.
    pub object: f64,
    /// Colourfulness (Hasler & Süsstrunk 2003); near the truth's.
    pub colour: f64,
    /// The truth's colourfulness.
    pub colour_truth: f64,
    /// Each photograph's colourfulness has this distance to its truth's; down.
    #[serde(default)]
    pub colour_distance: f64,
}

impl Figures {
    /// Measures pairs of truth and output, the two of a pair of the same size and not empty.
    /// Without any pair all figures are 0.
    pub fn of<T: Pixels, O: Pixels>(pairs: &[(T, O)]) -> Self {
        let mut sum = Self::default();
        let mut with_window = 0_usize;
        for (truth, output) in pairs {
            let (truth, output) = (truth.picture(), output.picture());
            let (chroma_truth, chroma_output) = (truth.chroma(), output.chroma());
            let (colour, colour_truth) = (colourfulness(output), colourfulness(truth));
            sum.psnr += psnr(truth, output);
            if let Some(similarity) = ssim(truth, output) {
                with_window += 1;
                sum.ssim += similarity;
            }
            sum.ab += chroma::distance(&chroma_truth, &chroma_output);
            sum.object += chroma::correlation(&chroma_truth, &chroma_output);
            sum.colour += colour;
            sum.colour_truth += colour_truth;
            sum.colour_distance += (colour - colour_truth).abs();
        }
        let n = pairs.len().max(1) as f64;
        Self {
            psnr: sum.psnr / n,
            ssim: sum.ssim / with_window.max(1) as f64,
            ab: sum.ab / n,
            object: sum.object / n,
            colour: sum.colour / n,
            colour_truth: sum.colour_truth / n,
            colour_distance: sum.colour_distance / n,
        }
    }

    /// Each figure with its field's name.
    pub fn named(&self) -> [(&'static str, f64); 7] {
        [
            ("psnr", self.psnr),
            ("ssim", self.ssim),
            ("ab", self.ab),
            ("object", self.object),
            ("colour", self.colour),
            ("colour_truth", self.colour_truth),
            ("colour_distance", self.colour_distance),
        ]
    }
}

impl Figures {
    /// The mean of figures that were measured apart; without any, all are 0.
    pub fn mean(parts: &[Self]) -> Self {
        let mean =
            |of: fn(&Self) -> f64| parts.iter().map(of).sum::<f64>() / parts.len().max(1) as f64;
        Self {
            psnr: mean(|f| f.psnr),
            ssim: mean(|f| f.ssim),
            ab: mean(|f| f.ab),
            object: mean(|f| f.object),
            colour: mean(|f| f.colour),
            colour_truth: mean(|f| f.colour_truth),
            colour_distance: mean(|f| f.colour_distance),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Picture;

    fn halves(left: [u8; 3], right: [u8; 3]) -> Vec<u8> {
        (0..256)
            .flat_map(|i| if i % 16 < 8 { left } else { right })
            .collect()
    }

    fn figures(truth: &[u8], output: &[u8]) -> Figures {
        let view = |rgb| Picture::new(rgb, 16).unwrap();
        Figures::of(&[(view(truth), view(output))])
    }

    const RED: [u8; 3] = [200, 60, 40];
    const BLUE: [u8; 3] = [40, 90, 220];

    #[test]
    fn the_truth_itself_is_perfect_and_gray_has_no_object() {
        let truth = halves(RED, BLUE);
        let same = figures(&truth, &truth);
        assert!((same.object - 1.0).abs() < 1e-6, "{same:?}");
        assert!((same.ssim - 1.0).abs() < 1e-9, "{same:?}");
        assert_eq!((same.ab, same.colour_distance), (0.0, 0.0));
        assert_eq!(same.colour, same.colour_truth);
        let gray = figures(&truth, &[128; 768]);
        assert_eq!((gray.object, gray.colour), (0.0, 0.0));
        assert_eq!(gray.colour_distance, gray.colour_truth);
        assert!(gray.ab > 30.0 && gray.psnr < same.psnr && gray.ssim < same.ssim);
    }

    #[test]
    fn colour_on_the_wrong_thing_correlates_negatively() {
        let swapped = figures(&halves(RED, BLUE), &halves(BLUE, RED));
        assert!(swapped.object < -0.9, "{swapped:?}");
    }

    #[test]
    fn too_much_and_too_little_colour_do_not_cancel() {
        let (vivid, gray) = (halves(RED, BLUE), vec![128; 768]);
        let view = |rgb| Picture::new(rgb, 16).unwrap();
        let both = [(view(&vivid), view(&gray)), (view(&gray), view(&vivid))];
        let figures = Figures::of(&both);
        assert_eq!(figures.colour, figures.colour_truth);
        assert_eq!(figures.colour_distance, 2.0 * figures.colour);
    }

    #[test]
    fn small_and_missing_photographs_are_no_division_by_zero() {
        let dot = Picture::new(&[1, 2, 3], 1).unwrap();
        assert_eq!(Figures::of(&[(dot, dot)]).ssim, 0.0);
        assert_eq!(Figures::of::<Picture, Picture>(&[]), Figures::default());
    }
}
