//! Any text as a contract: one that can be written and read again, or an error.
#![no_main]

use colorize_rt::Contract;
use colorize_rt::onnx::{GraphProto, ModelProto, OperatorSetIdProto};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let lines = text.lines().filter_map(|line| line.split_once('='));
    let pairs = lines.map(|(key, value)| (key.trim(), value));
    if let Ok(contract) = Contract::from_metadata(pairs) {
        let written = contract.to_metadata();
        let pairs = written.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let again = Contract::from_metadata(pairs).expect("what was written can be read");
        assert_eq!(again, contract);
    }
    let model = ModelProto {
        ir_version: 8,
        opset_import: vec![OperatorSetIdProto::default()],
        graph: Some(GraphProto::default()),
        ..ModelProto::default()
    };
    let _ = Contract::from_text(text, &model);
    let _ = Contract::named(text, &model);
});
