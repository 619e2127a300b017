//! Chroma at full size, along the edges of the photograph's own lightness.
//!
//! The guided filter (He, Sun & Tang 2013) in its fast form (He & Sun 2015): around every place,
//! chroma is a straight line over lightness, `a = slope * L + offset`. The lines are found at a reduced
//! size and change slowly; the lightness that they are applied to is that of full size, so colour
//! ends where the thing ends. Two weights make the edges clean: places near which an edge runs, where
//! the network's coarse chroma is a mixture, count less in finding a line, and lines that do not fit
//! count less in what is drawn. Where no edge is near, the coarse chroma is as good as it can be, and
//! what the lines lost of it is given back.

use std::ops::Range;

use multiversion::multiversion;
use rayon::prelude::*;

use crate::box_sums::box_sums;
use crate::plane::Plane;

/// Pixels of the reduced size at which the lines are found, at most.
const PIXELS: f64 = 2e5;
/// Radius of the windows in which lines are found, in pixels of the network's chroma ...
const RADIUS: f32 = 2.0;
/// ... of those over which they are averaged ...
const SMOOTH: f32 = 0.75;
/// ... of those in which an edge makes chroma a mixture ...
const NEAR: f32 = 1.0;
/// ... and of those over which what was lost is given back.
const BACK: f32 = 0.5;
/// Variance of lightness that is texture and noise rather than things: 2 units.
const NOISE: f32 = 4.0;
/// Variance of lightness near a place at which its chroma counts half.
const MIXED: f32 = 2.0;
/// Variance of chroma around a line at which the line counts half.
const MISFIT: f32 = 4.0;
/// Pixels of the reduced size around a place whose lightness a line is applied to: beyond what is
/// there, it would only be guessed on.
const SEEN: usize = 2;
/// Chroma is no stronger than this anywhere.
const STRONGEST: f32 = 200.0;
/// Middle of the lightness: squares stay small around it.
const MIDDLE: f32 = 50.0;

/// The side of the squares over which a photograph's lightness is averaged to guide: so many that
/// few pixels are left, but not fewer than the network sees on the short side.
pub(crate) fn side((width, height): (u32, u32), content: (u32, u32)) -> usize {
    let pixels = f64::from(width) * f64::from(height);
    let wanted = (pixels / PIXELS).sqrt().ceil() as u32;
    let most = (width / content.0.max(1)).min(height / content.1.max(1));
    wanted.min(most).max(1) as usize
}

/// The lines of chroma over lightness at every place.
pub(crate) struct Lines {
    /// Slope and offset of a\*, slope and offset of b\*, least and greatest lightness; two are free, so
    /// that a place fills a vector.
    at: Vec<[f32; 8]>,
    width: usize,
    /// Pixels of full size a pixel here.
    side: usize,
    columns: Columns,
}

/// Where the columns of full size lie between those of the lines.
struct Columns {
    /// Columns one after the other that have the same place to their left.
    runs: Vec<Run>,
    /// How far each is from there to the next; with [`MARGIN`].
    shares: Vec<f32>,
}

struct Run {
    left: usize,
    columns: Range<usize>,
}

/// Pixels that are worked on at once. They may belong to the next run, which then does them again.
const LANES: usize = 8;
/// Pixels that [`Lines::row`] wants to have room for beyond a row's last.
pub(crate) const MARGIN: usize = LANES;

impl Columns {
    fn of(width: usize, side: usize, extent: usize) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        let mut shares = Vec::with_capacity(width + MARGIN);
        for x in 0..width {
            let (left, share) = place(x, side, extent);
            shares.push(share);
            match runs.last_mut().filter(|run| run.left == left) {
                Some(run) => run.columns.end = x + 1,
                None => runs.push(Run {
                    left,
                    columns: x..x + 1,
                }),
            }
        }
        shares.resize(width + MARGIN, 0.0);
        Self { runs, shares }
    }
}

impl Lines {
    /// From chroma at the guide's size, of which the network gave a pixel every `cell` pixels. The
    /// guide is the lightness averaged over squares of `side` pixels of a photograph that is `width`
    /// pixels wide.
    pub fn new(guide: &Plane, chroma: &[Plane; 2], cell: f32, side: usize, width: u32) -> Self {
        Self {
            at: lines(guide, chroma, cell),
            width: guide.width as usize,
            side,
            columns: Columns::of(width as usize, side, guide.width as usize),
        }
    }

    /// The lines along a row of full size, into `line`.
    fn along(&self, y: usize, line: &mut Vec<[f32; 8]>) {
        let height = self.at.len() / self.width;
        let (above, share) = place(y, self.side, height);
        let below = (above + 1).min(height - 1);
        let rows = [above, below].map(|row| &self.at[row * self.width..][..self.width]);
        line.clear();
        line.extend(rows[0].iter().zip(rows[1]).map(|(a, b)| mix(a, b, share)));
        // The column right of the last, which nothing is taken of.
        let last = line.last().copied();
        line.extend(last);
    }

    /// Chroma of a row of full size from its lightness, all with [`MARGIN`]; `line` is room to work in.
    pub fn row(
        &self,
        y: usize,
        lightness: &[f32],
        chroma: [&mut [f32]; 2],
        line: &mut Vec<[f32; 8]>,
    ) {
        self.along(y, line);
        apply(line, &self.columns, lightness, chroma);
    }
}

/// Chroma of a row of pixels from the lines between which they lie.
#[multiversion(targets("x86_64+avx2"))]
fn apply(line: &[[f32; 8]], columns: &Columns, lightness: &[f32], chroma: [&mut [f32]; 2]) {
    along_line(line, columns, lightness, chroma);
}

#[inline(always)]
fn along_line(line: &[[f32; 8]], columns: &Columns, lightness: &[f32], [a, b]: [&mut [f32]; 2]) {
    for run in &columns.runs {
        let from = &line[run.left];
        let step: [f32; 8] = std::array::from_fn(|i| line[run.left + 1][i] - from[i]);
        for at in run.columns.clone().step_by(LANES) {
            let share = lanes(&columns.shares, at);
            let [slope_a, offset_a, slope_b, offset_b, least, greatest, ..] =
                between(from, &step, &share);
            let mut lightness = lanes(lightness, at);
            for value in &mut lightness {
                *value -= MIDDLE;
            }
            for lane in 0..LANES {
                let (value, least) = (lightness[lane], least[lane]);
                lightness[lane] = if value > least { value } else { least };
            }
            for lane in 0..LANES {
                let (value, greatest) = (lightness[lane], greatest[lane]);
                lightness[lane] = if value < greatest { value } else { greatest };
            }
            drawn(&lightness, &slope_a, &offset_a, &mut a[at..at + LANES]);
            drawn(&lightness, &slope_b, &offset_b, &mut b[at..at + LANES]);
        }
    }
}

/// Every value of a place, for each lane between there and the next.
#[inline(always)]
fn between(from: &[f32; 8], step: &[f32; 8], share: &[f32; LANES]) -> [[f32; LANES]; 8] {
    let mut values = [[0.0; LANES]; 8];
    for (i, values) in values.iter_mut().enumerate() {
        for lane in 0..LANES {
            values[lane] = from[i] + share[lane] * step[i];
        }
    }
    values
}

#[inline(always)]
fn drawn(
    lightness: &[f32; LANES],
    slope: &[f32; LANES],
    offset: &[f32; LANES],
    chroma: &mut [f32],
) {
    let mut made = [0.0; LANES];
    for lane in 0..LANES {
        made[lane] = slope[lane] * lightness[lane] + offset[lane];
    }
    chroma.copy_from_slice(&made);
}

#[inline(always)]
fn lanes(values: &[f32], at: usize) -> [f32; LANES] {
    let mut lanes = [0.0; LANES];
    lanes.copy_from_slice(&values[at..at + LANES]);
    lanes
}

/// The last place whose middle is not beyond that of a pixel of full size, and how far it is from
/// there to the next.
fn place(pixel: usize, side: usize, extent: usize) -> (usize, f32) {
    let at = ((pixel as f32 + 0.5) / side as f32 - 0.5).clamp(0.0, (extent - 1) as f32);
    (at as usize, at.fract())
}

#[inline(always)]
fn mix(a: &[f32; 8], b: &[f32; 8], share: f32) -> [f32; 8] {
    std::array::from_fn(|i| a[i] + share * (b[i] - a[i]))
}

fn lines(guide: &Plane, [a, b]: &[Plane; 2], cell: f32) -> Vec<[f32; 8]> {
    let width = guide.width as usize;
    let pairs = || a.values.par_iter().zip(b.values.par_iter());
    let extremes = extremes(guide);
    if cell <= 1.0 {
        // The network's chroma is as fine as the photograph: nothing is to be found.
        let flat = pairs().zip(&extremes);
        return flat
            .map(|((a, b), [least, most])| [0.0, *a, 0.0, *b, *least, *most, 0.0, 0.0])
            .collect();
    }
    let pixels = |cells: f32| (cells * cell).ceil() as usize;
    let purity = purity(guide, pixels(NEAR));
    let moments: Vec<[f32; 8]> = pairs()
        .zip(guide.values.par_iter().zip(&purity))
        .map(|((a, b), (lightness, w))| {
            let (a, b) = limited(*a, *b);
            let l = lightness - MIDDLE;
            let squares = a * a + b * b;
            [
                *w,
                w * l,
                w * l * l,
                w * a,
                w * b,
                w * l * a,
                w * l * b,
                w * squares,
            ]
        })
        .collect();
    let sums = box_sums(&moments, width, pixels(RADIUS));
    drop(moments);
    let weighed: Vec<[f32; 8]> = sums.par_iter().map(weighed_line).collect();
    let mut lines = box_sums(&weighed, width, pixels(SMOOTH));
    drop(weighed);
    let both = lines.par_iter_mut().zip(&extremes);
    both.for_each(|(line, [least, greatest])| {
        let [slope_a, offset_a, slope_b, offset_b, weight, ..] = *line;
        let [slope_a, offset_a, slope_b, offset_b] =
            [slope_a, offset_a, slope_b, offset_b].map(|sum| sum / weight);
        *line = [
            slope_a, offset_a, slope_b, offset_b, *least, *greatest, 0.0, 0.0,
        ];
    });
    let area = areas(width, guide.height as usize, pixels(RADIUS));
    let lost: Vec<[f32; 4]> = (0..lines.len())
        .into_par_iter()
        .map(|at| {
            let [slope_a, offset_a, slope_b, offset_b, ..] = lines[at];
            let l = guide.values[at] - MIDDLE;
            let (a, b) = limited(a.values[at], b.values[at]);
            // Compared with its surroundings, so that texture is no edge.
            let far = (purity[at] * area(at) / sums[at][0]).min(1.0).powi(2);
            let (a, b) = (a - slope_a * l - offset_a, b - slope_b * l - offset_b);
            [far * a, far * b, 1.0, 0.0]
        })
        .collect();
    let lost = box_sums(&lost, width, pixels(BACK));
    let both = lines.par_iter_mut().zip(&lost);
    both.for_each(|(line, [a, b, count, _])| {
        line[1] += a / count;
        line[3] += b / count;
    });
    lines
}

/// How many pixels are in the square around each, cut at the edges.
fn areas(width: usize, height: usize, radius: usize) -> impl Fn(usize) -> f32 {
    let side =
        move |at: usize, extent: usize| (at + radius + 1).min(extent) - at.saturating_sub(radius);
    move |at| (side(at % width, width) * side(at / width, height)) as f32
}

/// The line through a window's pixels from the sums over them, times its weight, and that.
fn weighed_line(sums: &[f32; 8]) -> [f32; 8] {
    let [w, l, ll, a, b, la, lb, squares] = *sums;
    let [l, ll, a, b, la, lb, squares] = [l, ll, a, b, la, lb, squares].map(|sum| sum / w);
    let variance = (ll - l * l).max(0.0);
    let slope = |covariance: f32| covariance / (variance + NOISE);
    let (slope_a, slope_b) = (slope(la - l * a), slope(lb - l * b));
    let spread = (squares - a * a - b * b).max(0.0);
    let explained = (slope_a * slope_a + slope_b * slope_b) * variance;
    let weight = MISFIT / (MISFIT + (spread - explained).max(0.0));
    let line = [slope_a, a - slope_a * l, slope_b, b - slope_b * l, 1.0];
    let [slope_a, offset_a, slope_b, offset_b, one] = line.map(|value| weight * value);
    [slope_a, offset_a, slope_b, offset_b, one, 0.0, 0.0, 0.0]
}

/// How much the network's chroma counts at each place: less where lightness varies nearby.
fn purity(guide: &Plane, radius: usize) -> Vec<f32> {
    let moments: Vec<[f32; 4]> = guide
        .values
        .par_iter()
        .map(|lightness| {
            let l = lightness - MIDDLE;
            [1.0, l, l * l, 0.0]
        })
        .collect();
    let sums = box_sums(&moments, guide.width as usize, radius);
    sums.par_iter()
        .map(|[count, l, squares, _]| {
            let mean = l / count;
            let variance = (squares / count - mean * mean).max(0.0);
            MIXED / (MIXED + variance)
        })
        .collect()
}

/// The least and the greatest lightness around each place, from the middle.
fn extremes(guide: &Plane) -> Vec<[f32; 2]> {
    let (width, height) = (guide.width as usize, guide.height as usize);
    let wider =
        |[least, greatest]: [f32; 2], [low, high]: [f32; 2]| [least.min(low), greatest.max(high)];
    let none = [f32::INFINITY, f32::NEG_INFINITY];
    let mut across = vec![none; guide.values.len()];
    let rows = across
        .par_chunks_mut(width)
        .zip(guide.values.par_chunks(width));
    rows.for_each(|(out, row)| {
        for (x, out) in out.iter_mut().enumerate() {
            let near = &row[x.saturating_sub(SEEN)..(x + SEEN + 1).min(width)];
            let near = near.iter().map(|l| [l - MIDDLE; 2]);
            *out = near.fold(none, wider);
        }
    });
    let mut extremes = vec![none; guide.values.len()];
    extremes
        .par_chunks_mut(width)
        .enumerate()
        .for_each(|(y, out)| {
            for row in y.saturating_sub(SEEN)..(y + SEEN + 1).min(height) {
                for (out, near) in out.iter_mut().zip(&across[row * width..][..width]) {
                    *out = wider(*out, *near);
                }
            }
        });
    extremes
}

/// Chroma of the same hue that is not absurd.
fn limited(a: f32, b: f32) -> (f32, f32) {
    let strength = a.abs().max(b.abs());
    if strength <= STRONGEST {
        return (a, b);
    }
    let share = STRONGEST / strength;
    (share * a, share * b)
}

#[cfg(test)]
mod tests;
