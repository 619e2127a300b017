//! Any bytes as a colorizer: read, checked against its contract, loaded into the built-in engine.
#![no_main]

use colorize_rt::{Colorizer, Model, Provider};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(model) = Model::from_bytes(bytes.to_vec()) {
        let _ = Colorizer::builder().model(model).provider(Provider::Builtin).build();
    }
});
