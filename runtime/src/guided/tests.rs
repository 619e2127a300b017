use super::*;
use crate::resize::resize;
use crate::vectors::{assert_same_bits, on_each_target};

/// Two things side by side, `width` by `height`, of these lightnesses, and the network's chroma of
/// them: a pixel every `cell`, mixed where the edge runs through it.
fn drawn(
    (width, height): (u32, u32),
    lightness: [f32; 2],
    cell: u32,
    edge: u32,
) -> (Plane, [Plane; 2]) {
    let side = |x: u32| usize::from(x >= edge);
    let places = || (0..height).flat_map(|_| 0..width);
    let guide = places().map(|x| lightness[side(x)]).collect();
    let chroma = [[40.0, -20.0], [10.0, 50.0]].map(|sides| {
        let fine = places().map(|x| sides[side(x)]).collect();
        let coarse = resize(
            &Plane::new(width, height, fine),
            width / cell,
            height / cell,
        );
        resize(&coarse.unwrap(), width, height).unwrap()
    });
    (Plane::new(width, height, guide), chroma)
}

fn row(lines: &Lines, y: usize, lightness: &[f32]) -> [Vec<f32>; 2] {
    let width = lightness.len();
    let with_margin = [lightness, &[0.0; MARGIN]].concat();
    let mut chroma = [vec![0.0; width + MARGIN], vec![0.0; width + MARGIN]];
    let [a, b] = &mut chroma;
    lines.row(y, &with_margin, [a, b], &mut Vec::new());
    chroma.map(|row| row[..width].to_vec())
}

#[test]
fn a_pixel_beside_an_edge_has_the_colour_of_its_side() {
    // The edge is in the middle of a pixel of the network's: plain enlargement would bleed over
    // twelve pixels.
    for (lightness, edge) in [([30.0, 80.0], 100), ([70.0, 45.0], 102), ([50.0, 62.0], 97)] {
        let (guide, chroma) = drawn((192, 96), lightness, 12, edge);
        let plain = [0, 1].map(|side| chroma[0].values[48 * 192 + edge as usize - 1 + side]);
        assert!(
            plain[0] < 32.0 || plain[1] > -12.0,
            "nothing to be mended: {plain:?}"
        );
        let lines = Lines::new(&guide, &chroma, 12.0, 1, 192);
        let [a, b] = row(&lines, 48, &guide.values[48 * 192..49 * 192]);
        let edge = edge as usize;
        for (at, wanted_a, wanted_b) in [(edge - 1, 40.0, 10.0), (edge, -20.0, 50.0)] {
            assert!(
                (a[at] - wanted_a).abs() < 6.0,
                "{lightness:?}, {at}: {}",
                a[at]
            );
            assert!(
                (b[at] - wanted_b).abs() < 4.0,
                "{lightness:?}, {at}: {}",
                b[at]
            );
        }
        // And no halo anywhere.
        assert!(a.iter().all(|a| (-24.0..44.0).contains(a)));
    }
}

#[test]
fn the_edge_is_as_sharp_at_full_size_as_the_photograph() {
    let (guide, chroma) = drawn((96, 48), [30.0, 80.0], 8, 50);
    let lines = Lines::new(&guide, &chroma, 8.0, 5, 480);
    let lightness: Vec<f32> = (0..480)
        .map(|x| if x < 250 { 30.0 } else { 80.0 })
        .collect();
    let [a, _] = row(&lines, 120, &lightness);
    assert!(
        (a[249] - 40.0).abs() < 6.0 && (a[250] + 20.0).abs() < 6.0,
        "{:?}",
        &a[245..255]
    );
}

#[test]
fn texture_without_colour_gets_none_and_even_chroma_stays() {
    let count = 96 * 64;
    let texture = (0..count)
        .map(|i| 50.0 + ((i * 7919) % 23) as f32)
        .collect();
    let guide = Plane::new(96, 64, texture);
    let even = [
        Plane::new(96, 64, vec![12.0; count]),
        Plane::new(96, 64, vec![-7.0; count]),
    ];
    let lines = Lines::new(&guide, &even, 8.0, 1, 96);
    let [a, b] = row(&lines, 30, &guide.values[30 * 96..31 * 96]);
    assert!(a.iter().all(|a| (a - 12.0).abs() < 0.01), "{a:?}");
    assert!(b.iter().all(|b| (b + 7.0).abs() < 0.01), "{b:?}");
}

#[test]
fn the_guide_is_small_but_not_smaller_than_what_the_network_sees() {
    assert_eq!(side((400, 300), (256, 192)), 1);
    assert_eq!(side((4000, 3000), (256, 192)), 8);
    assert_eq!(side((4000, 3000), (1024, 768)), 3);
    assert_eq!(side((10, 10), (256, 256)), 1);
}

#[test]
fn every_set_of_instructions_makes_the_same_chroma() {
    let all = on_each_target!(Vec<f32>, {
        let count = 1000;
        let wave = |at: usize, speed: f32| (at as f32 * speed).sin();
        let columns = Columns::of(count, 3, count / 3);
        let line: Vec<[f32; 8]> = (0..=count / 3)
            .map(|at| std::array::from_fn(|i| 40.0 * wave(8 * at + i, 0.7)))
            .collect();
        let count = count + MARGIN;
        let lightness: Vec<f32> = (0..count).map(|at| 50.0 + 50.0 * wave(at, 0.3)).collect();
        let (mut a, mut b) = (vec![0.0; count], vec![0.0; count]);
        along_line(&line, &columns, &lightness, [&mut a, &mut b]);
        a.append(&mut b);
        a
    });
    let (_, plain) = &all[0];
    assert!(plain.iter().any(|value| *value != plain[0]));
    assert_same_bits(&all);
}
