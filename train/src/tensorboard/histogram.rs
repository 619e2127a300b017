use super::message::Histogram;

const BUCKETS: usize = 64;

/// Counts the finite of `values` in buckets of equal width from the least to the greatest. Where
/// all are equal there is one bucket, and so there is without any: TensorBoard takes no less.
pub fn of(values: &[f32]) -> Histogram {
    let values: Vec<f64> = values
        .iter()
        .filter(|value| value.is_finite())
        .map(|&value| f64::from(value))
        .collect();
    let min = values.iter().copied().fold(f64::INFINITY, f64::min);
    let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if values.is_empty() {
        return Histogram {
            bucket_limit: vec![0.0],
            bucket: vec![0.0],
            ..Histogram::default()
        };
    }
    let buckets = if min < max { BUCKETS } else { 1 };
    let per_bucket = (max - min) / buckets as f64;
    let mut counts = vec![0.0; buckets];
    for value in &values {
        // The greatest value belongs to the last bucket, and 0 / 0 becomes 0.
        let index = ((value - min) / per_bucket) as usize;
        counts[index.min(buckets - 1)] += 1.0;
    }
    let limits = (1..buckets).map(|i| min + per_bucket * i as f64);
    Histogram {
        min,
        max,
        num: values.len() as f64,
        sum: values.iter().sum(),
        sum_squares: values.iter().map(|value| value * value).sum(),
        bucket_limit: limits.chain([max]).collect(),
        bucket: counts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_left_out() {
        let histogram = of(&[f32::NAN, 1.0, f32::INFINITY, 3.0]);
        assert_eq!((histogram.min, histogram.max), (1.0, 3.0));
        assert_eq!((histogram.num, histogram.sum), (2.0, 4.0));
        let nothing = of(&[f32::NAN]);
        assert_eq!(nothing, of(&[]));
        assert_eq!((nothing.num, nothing.bucket), (0.0, vec![0.0]));
    }

    #[test]
    fn equal_values_share_one_bucket() {
        let histogram = of(&[0.5; 10]);
        assert_eq!(histogram.bucket, [10.0]);
        assert_eq!(histogram.bucket_limit, [0.5]);
    }
}
