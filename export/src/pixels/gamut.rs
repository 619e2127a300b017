//! Lightness and chroma into linear RGB; chroma gives way where both together leave sRGB's gamut.

use colorize_rt::Colorizer;

use super::colour::FROM_RELATIVE_XYZ;
use super::writer::Writer;
use crate::graph::{int, ints};

/// A colour, as far as the search for the gamut's boundary needs it.
pub(super) struct Colour<'a> {
    /// CIELAB's response to the luminance: `[batch, 1, pixels]`.
    pub response: &'a str,
    /// The luminance, 0 to 1.
    pub luminance: &'a str,
    /// By how much the responses to X and Z differ from it: a* / 500 and -b* / 200,
    /// `[batch, 2, pixels]`.
    pub chroma: &'a str,
}

/// Linear RGB `[batch, 3, pixels]` of the largest share of the chroma, at constant hue, that
/// stays in the gamut: the runtime's search, a node an operation and a step a halving.
pub(super) fn inside_gamut(w: &mut Writer, colour: &Colour<'_>) -> String {
    // What Y does to each channel, from the middle of the gamut: inside is within 1/2 of it.
    let of_y = FROM_RELATIVE_XYZ.map(|row| [row[1]]);
    let of_y = w.matrix("gamut.luminance", colour.luminance, &of_y);
    let base = w.sub("gamut.centred", &of_y, 0.5);
    let whole = centred_light(w, "gamut.whole", colour, &base, None);
    let whole = is_inside(w, "gamut.whole", &whole);

    let zero = w.number(0.0);
    let mut share = zero;
    for halving in 1..=Colorizer::GAMUT_HALVINGS {
        let name = format!("gamut.{halving}");
        let step = 0.5_f32.powi(halving as i32);
        // The first candidate is the same everywhere.
        let candidate = match halving {
            1 => w.number(step),
            _ => w.add(&format!("{name}.candidate"), &share, step),
        };
        let light = centred_light(w, &name, colour, &base, Some(&candidate));
        let inside = is_inside(w, &name, &light);
        share = w.op(
            "Where",
            &format!("{name}.share"),
            &[&inside, &candidate, &share],
        );
    }
    let one = w.number(1.0);
    let share = w.op("Where", "gamut.share", &[&whole, &one, &share]);
    let light = centred_light(w, "gamut.kept", colour, &base, Some(&share));
    w.add("gamut.light", &light, 0.5)
}

/// Linear RGB less 1/2, of a share of the chroma (all of it if not given).
fn centred_light(
    w: &mut Writer,
    name: &str,
    colour: &Colour<'_>,
    base: &str,
    share: Option<&str>,
) -> String {
    let part = |part: &str| format!("{name}.{part}");
    let chroma = match share {
        Some(share) => w.op("Mul", &part("chroma"), &[colour.chroma, share]),
        None => colour.chroma.to_owned(),
    };
    let responses = w.op("Add", &part("responses"), &[&chroma, colour.response]);
    let xz = w.light_of_response(&part("xz"), &responses);
    let of_xz = FROM_RELATIVE_XYZ.map(|row| [row[0], row[2]]);
    // One matrix for all steps.
    let of_xz = w.doubles("gamut.xz.matrix", &[3, 2], of_xz.as_flattened());
    let rgb = w.op("MatMul", &part("rgb"), &[&of_xz, &xz]);
    w.op("Add", &part("light"), &[&rgb, base])
}

/// Whether all channels are in the gamut: `[batch, 1, pixels]`.
fn is_inside(w: &mut Writer, name: &str, centred: &str) -> String {
    let part = |part: &str| format!("{name}.{part}");
    let away = w.op("Abs", &part("away"), &[centred]);
    let channels = vec![ints("axes", &[1]), int("keepdims", 1)];
    let most = w.with("ReduceMax", &part("most"), &[&away], channels);
    let bound = w.number(0.5 + Colorizer::GAMUT_TOLERANCE);
    w.op("LessOrEqual", &part("inside"), &[&most, &bound])
}
