//! Linear RGB to bytes of sRGB, so that the luminance stays.

use colorize_rt::color::RGB_TO_XYZ;
use colorize_rt::onnx::DataType;

use super::writer::Writer;
use crate::graph::{int, ints};

/// Bytes `[batch, pixels, 3]` of linear RGB `[batch, 3, pixels]`. Each channel goes to its nearest
/// code; then red and blue may take the code on the other side of what is wanted, to make up for what
/// the rounding did to the luminance, as in the runtime.
pub(super) fn bytes(w: &mut Writer, light: &str, luminance: &str) -> String {
    let nearest = w.codes_of_light("codes", light);
    let rounded = w.light_of_codes("rounded", &nearest);
    let shown = w.matrix("rounded.luminance", &rounded, &[RGB_TO_XYZ[1]]);
    let excess = w.op("Sub", "excess", &[&shown, luminance]);

    let other = other_side(w, &nearest, &rounded, light);
    let otherwise = w.light_of_codes("otherwise", &other);
    let change = w.op("Sub", "change.light", &[&otherwise, &rounded]);
    let weights = w.doubles("change.weights", &[3, 1], &RGB_TO_XYZ[1]);
    let change = w.op("Mul", "change", &[&change, &weights]);
    let codes = Codes {
        nearest,
        other,
        change,
    };

    let red = codes.steer(w, "red", 0, &excess);
    let left = [&*red.better, &red.changed, &excess];
    let left = w.op("Where", "excess.left", &left);
    let blue = codes.steer(w, "blue", 2, &left);
    let green = channel(w, "green", &codes.nearest, 1);
    let channels = vec![int("axis", 1)];
    let inputs = [&*red.codes, &green, &blue.codes];
    let steered = w.with("Concat", "steered", &inputs, channels);
    let planes = w.cast("planes", &steered, DataType::Uint8);
    let last = vec![ints("perm", &[0, 2, 1])];
    w.with("Transpose", "interleaved", &[&planes], last)
}

/// The codes on the other side of the light that is wanted: below where the nearest is above it.
fn other_side(w: &mut Writer, nearest: &str, rounded: &str, light: &str) -> String {
    let above = w.op("Greater", "above", &[rounded, light]);
    let [up, down] = [1.0, -1.0].map(|step| w.number(step));
    let step = w.op("Where", "step", &[&above, &down, &up]);
    let beside = w.op("Add", "beside", &[nearest, &step]);
    w.clip("other", &beside, [0.0, 255.0])
}

/// One of three channels, `[batch, 1, pixels]`.
fn channel(w: &mut Writer, name: &str, channels: &str, index: i64) -> String {
    let index = w.whole(index);
    w.with("Gather", name, &[channels, &index], vec![int("axis", 1)])
}

/// All channels, `[batch, 3, pixels]`.
struct Codes {
    nearest: String,
    other: String,
    /// What the other code would change about the luminance.
    change: String,
}

/// One channel, `[batch, 1, pixels]`.
struct Steered {
    codes: String,
    /// Where the other code was better, …
    better: String,
    /// … and the excess of luminance with it.
    changed: String,
}

impl Codes {
    /// A channel's codes, the other ones where they make the excess of luminance smaller.
    fn steer(&self, w: &mut Writer, name: &str, index: i64, excess: &str) -> Steered {
        let part = |part: &str| format!("{name}.{part}");
        let nearest = channel(w, &part("nearest"), &self.nearest, index);
        let other = channel(w, &part("other"), &self.other, index);
        let change = channel(w, &part("change"), &self.change, index);
        let changed = w.op("Add", &part("changed"), &[excess, &change]);
        let before = w.op("Abs", &part("before"), &[excess]);
        let after = w.op("Abs", &part("after"), &[&changed]);
        let better = w.op("Less", &part("better"), &[&after, &before]);
        Steered {
            codes: w.op("Where", &part("steered"), &[&better, &other, &nearest]),
            better,
            changed,
        }
    }
}
