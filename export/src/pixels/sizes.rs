//! The size at which the network sees a photograph, worked out in the graph.

use colorize_rt::onnx::DataType;
use colorize_rt::{Colorizer, Contract, SizeRule};

use super::writer::Writer;
use crate::graph::int;

/// Sizes of a photograph and of the copy that the network sees.
pub(super) struct Sizes {
    /// `[batch, height, width, 3]`, integers.
    pub shape: String,
    /// Height and width, `[2]`, floats.
    pub photograph: String,
    /// The same of the copy.
    pub working: Working,
}

/// Height and width of the copy.
pub(super) enum Working {
    /// Known now.
    Fixed([u32; 2]),
    /// `[2]`, floats: known when the photograph is there.
    Free(String),
}

impl Sizes {
    /// Of a photograph `[batch, height, width, 3]`: the arithmetic of the runtime's
    /// `working_dimensions`, in whole numbers.
    pub fn write(w: &mut Writer, rgb: &str, contract: &Contract) -> Self {
        let shape = w.op("Shape", "shape", &[rgb]);
        let (from, to) = (w.whole(1), w.whole(3));
        let sides = w.op("Slice", "sides", &[&shape, &from, &to]);
        let photograph = w.cast("size", &sides, DataType::Float);
        let working = match contract.size {
            SizeRule::Fixed { height, width } => Working::Fixed([height, width]),
            SizeRule::MultipleOf(multiple) => {
                let multiple = i64::from(multiple);
                Working::Free(free(w, &sides, i64::from(contract.working_size), multiple))
            }
            // `SizeRule` may grow; the exporter writes these two.
            _ => Working::Fixed([contract.working_size; 2]),
        };
        Self {
            shape,
            photograph,
            working,
        }
    }
}

/// round(working_size · side / short / multiple) · multiple, where no side counts for more than the
/// largest aspect allows. Halves are rounded up: (2 · a + b) / (2 · b).
fn free(w: &mut Writer, sides: &str, working_size: i64, multiple: i64) -> String {
    let short = w.op("ReduceMin", "short", &[sides]);
    let most = w.whole(Colorizer::MAX_ASPECT as i64);
    let most = w.op("Mul", "longest", &[&short, &most]);
    let sides = w.op("Min", "sides.bounded", &[sides, &most]);
    let twice = w.whole(2 * working_size);
    let wanted = w.op("Mul", "sides.wanted", &[&sides, &twice]);
    let half = w.whole(multiple);
    let half = w.op("Mul", "short.half", &[&short, &half]);
    let wanted = w.op("Add", "sides.rounded", &[&wanted, &half]);
    let unit = w.whole(2 * multiple);
    let unit = w.op("Mul", "short.unit", &[&short, &unit]);
    let multiples = w.op("Div", "multiples", &[&wanted, &unit]);
    let one = w.whole(1);
    let multiples = w.op("Max", "multiples.some", &[&multiples, &one]);
    let multiple = w.whole(multiple);
    let sides = w.op("Mul", "sides.working", &[&multiples, &multiple]);
    w.cast("working_size", &sides, DataType::Float)
}

impl Working {
    /// `[2]`
    pub fn both(&self, w: &mut Writer) -> String {
        match self {
            Self::Free(sides) => sides.clone(),
            Self::Fixed(sides) => w.floats("working_size", &[2], &sides.map(|side| side as f32)),
        }
    }

    /// One of them, a scalar; and the centres of its pixels as shares of the side, `[side, 1]`.
    pub fn centres(&self, w: &mut Writer, name: &str, axis: usize) -> (String, String) {
        match self {
            Self::Free(sides) => {
                let (side, centres) = centres(w, name, sides, axis);
                let last = w.whole(1);
                let upright = w.op("Unsqueeze", &format!("{name}.upright"), &[&centres, &last]);
                (side, upright)
            }
            Self::Fixed(sides) => {
                let side = sides[axis];
                let places = (0..side).map(|place| (place as f32 + 0.5) / side as f32);
                let shape = [i64::from(side), 1];
                let name = format!("centres.{side}");
                let centres = w.floats(&name, &shape, &places.collect::<Vec<_>>());
                (w.number(side as f32), centres)
            }
        }
    }
}

/// A side out of `[2]`, a scalar; and the centres of its pixels as shares of it, `[side]`.
pub(super) fn centres(w: &mut Writer, name: &str, sides: &str, axis: usize) -> (String, String) {
    let part = |part: &str| format!("{name}.{part}");
    let place = w.place(axis as i64);
    let first = vec![int("axis", 0)];
    let side = w.with("Gather", &part("side"), &[sides, &place], first);
    let (half, one) = (w.number(0.5), w.number(1.0));
    let places = w.op("Range", &part("places"), &[&half, &side, &one]);
    let centres = w.op("Div", &part("centres"), &[&places, &side]);
    (side, centres)
}
