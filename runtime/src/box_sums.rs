//! Sums over squares around every pixel, in time that does not depend on the squares.

use rayon::prelude::*;

/// Rows that one task sums: enough that the first sum, over a whole column, does not count.
const ROWS: usize = 96;

/// Sums over squares of `2 * radius + 1` pixels, cut at the edges. Several values a pixel are summed
/// at once, which fills the processor's vectors.
pub(crate) fn box_sums<const N: usize>(
    values: &[[f32; N]],
    width: usize,
    radius: usize,
) -> Vec<[f32; N]> {
    let height = values.len() / width.max(1);
    let mut across = vec![[0.0; N]; values.len()];
    let rows = across.par_chunks_mut(width).zip(values.par_chunks(width));
    rows.for_each(|(sums, row)| sum_row(row, sums, radius));
    let mut sums = vec![[0.0; N]; values.len()];
    let strips = sums.par_chunks_mut(width * ROWS).enumerate();
    strips.for_each(|(strip, sums)| {
        let first = strip * ROWS;
        let mut column = vec![[0.0; N]; width];
        for row in first.saturating_sub(radius)..(first + radius).min(height) {
            add(&mut column, &across[row * width..][..width]);
        }
        for (y, sums) in (first..).zip(sums.chunks_mut(width)) {
            if y + radius < height {
                add(&mut column, &across[(y + radius) * width..][..width]);
            }
            sums.copy_from_slice(&column);
            if y >= radius {
                subtract(&mut column, &across[(y - radius) * width..][..width]);
            }
        }
    });
    sums
}

fn sum_row<const N: usize>(row: &[[f32; N]], sums: &mut [[f32; N]], radius: usize) {
    let mut sum = [0.0; N];
    for value in &row[..radius.min(row.len())] {
        sum = zip(sum, *value, |a, b| a + b);
    }
    for (x, out) in sums.iter_mut().enumerate() {
        if let Some(value) = row.get(x + radius) {
            sum = zip(sum, *value, |a, b| a + b);
        }
        *out = sum;
        if x >= radius {
            sum = zip(sum, row[x - radius], |a, b| a - b);
        }
    }
}

fn add<const N: usize>(column: &mut [[f32; N]], row: &[[f32; N]]) {
    for (sum, value) in column.iter_mut().zip(row) {
        *sum = zip(*sum, *value, |a, b| a + b);
    }
}

fn subtract<const N: usize>(column: &mut [[f32; N]], row: &[[f32; N]]) {
    for (sum, value) in column.iter_mut().zip(row) {
        *sum = zip(*sum, *value, |a, b| a - b);
    }
}

#[inline(always)]
fn zip<const N: usize>(a: [f32; N], b: [f32; N], f: impl Fn(f32, f32) -> f32) -> [f32; N] {
    std::array::from_fn(|i| f(a[i], b[i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sum_is_that_of_its_square() {
        let (width, height) = (13, 230);
        let values: Vec<[f32; 2]> = (0..width * height)
            .map(|i| [(i * 7 % 31) as f32, 1.0])
            .collect();
        for radius in [0, 1, 4, 20, 300] {
            let sums = box_sums(&values, width, radius);
            for y in 0..height {
                for x in 0..width {
                    let mut wanted = [0.0; 2];
                    for v in y.saturating_sub(radius)..(y + radius + 1).min(height) {
                        for u in x.saturating_sub(radius)..(x + radius + 1).min(width) {
                            wanted = zip(wanted, values[v * width + u], |a, b| a + b);
                        }
                    }
                    assert_eq!(sums[y * width + x], wanted, "{x}, {y}, radius {radius}");
                }
            }
        }
    }
}
