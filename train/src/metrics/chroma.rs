use super::Picture;

/// Mean distance in the a\*b\* plane of CIELAB; 0 is best, and gray has the truth's mean chroma.
///
/// Both pictures have the same size.
pub fn ab_distance(truth: Picture, output: Picture) -> f64 {
    distance(&truth.chroma(), &output.chroma())
}

/// Correlation of both pictures' a\* and b\* planes together, each plane's mean removed, from -1 to
/// 1: is the right thing coloured, not just an average tint? 0 for an output that has hardly any
/// chroma of its own.
///
/// Both pictures have the same size.
pub fn object_correlation(truth: Picture, output: Picture) -> f64 {
    correlation(&truth.chroma(), &output.chroma())
}

/// As [`ab_distance`], of planes.
pub(super) fn distance(truth: &[f32], output: &[f32]) -> f64 {
    let n = truth.len() / 2;
    let (ta, tb) = truth.split_at(n);
    let (oa, ob) = output.split_at(n);
    let distances = (0..n).map(|i| f64::from(ta[i] - oa[i]).hypot(f64::from(tb[i] - ob[i])));
    distances.sum::<f64>() / n as f64
}

/// As [`object_correlation`], of planes.
pub(super) fn correlation(truth: &[f32], output: &[f32]) -> f64 {
    let (truth, output) = (centred(truth), centred(output));
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(a, b)| a * b).sum::<f64>();
    let length = product(&output, &output).sqrt();
    if length > 1.0 {
        product(&truth, &output) / (product(&truth, &truth).sqrt() * length + 1e-9)
    } else {
        0.0
    }
}

/// Two planes, each with its mean removed.
fn centred(planes: &[f32]) -> Vec<f64> {
    let n = planes.len() / 2;
    planes
        .chunks_exact(n)
        .flat_map(|plane| {
            let mean = plane.iter().map(|&v| f64::from(v)).sum::<f64>() / n as f64;
            plane.iter().map(move |&v| f64::from(v) - mean)
        })
        .collect()
}
