use super::Picture;

/// Peak signal-to-noise ratio over all three channels, in dB; 68.13 for equal pictures, whose error
/// would otherwise have no logarithm.
///
/// Both pictures have the same size.
pub fn psnr(truth: Picture, output: Picture) -> f64 {
    let squares = truth
        .rgb
        .iter()
        .zip(output.rgb)
        .map(|(&t, &o)| (f64::from(t) - f64::from(o)).powi(2));
    let error = squares.sum::<f64>() / truth.rgb.len() as f64;
    10.0 * (255.0_f64.powi(2) / error.max(0.01)).log10()
}
