//! Any bytes as a picture: pixels or an error.
#![no_main]

use colorize_rt::Photograph;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(photograph) = Photograph::decode(bytes) {
        let (width, height) = photograph.dimensions();
        assert!(width > 0 && height > 0);
    }
});
