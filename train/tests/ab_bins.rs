//! The bins of the distribution head are the cells that this product's own sRGB reaches.

use std::collections::BTreeSet;

use colorize_models::AbBins;
use colorize_rt::color;

#[test]
fn every_colour_of_srgb_has_a_bin_and_every_bin_a_colour() {
    const LEVELS: u32 = 48;
    let level = |index: u32| f64::from(index) / f64::from(LEVELS - 1);
    let cell = |value: f64| (value / 10.0).round() as i32;
    let reached: BTreeSet<[i32; 2]> = (0..LEVELS.pow(3))
        .map(|index| {
            let rgb = [
                index % LEVELS,
                index / LEVELS % LEVELS,
                index / LEVELS.pow(2),
            ];
            let [_, a, b] = color::srgb_to_lab(rgb.map(level));
            [cell(a), cell(b)]
        })
        .collect();
    let bins: BTreeSet<[i32; 2]> = AbBins::centres()
        .iter()
        .map(|centre| centre.map(|value| cell(f64::from(value))))
        .collect();
    assert_eq!(bins.len(), AbBins::count(), "a bin twice");
    assert_eq!(reached, bins);
}
