//! Any bytes as a picture: pixels or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(picture) = colorize_rt::decode(bytes) {
        assert!(picture.width() > 0 && picture.height() > 0);
    }
});
