//! Any text as hints and as a colour.
#![no_main]

use colorize_rt::{Coordinate, Hints, colour_of};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Hints::from_json(text);
    let _ = colour_of(text);
    if let Some((x, y)) = text.split_once(',')
        && let (Ok(x), Ok(y)) = (x.parse::<Coordinate>(), y.parse::<Coordinate>())
    {
        let _ = Hints::new().point(x, y, [1, 2, 3]);
    }
});
