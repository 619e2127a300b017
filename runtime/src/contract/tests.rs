use super::*;
use crate::onnx::{
    DataType, Dimension, DimensionProto, GraphProto, OperatorSetIdProto, StringStringEntryProto,
    TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};

fn contract() -> Contract {
    let input = Input {
        tensor: "lightness".into(),
        kind: InputKind::Lightness,
        scale: 0.02_f32.into(),
        offset: (-1.0_f32).into(),
        zeros: Vec::new(),
    };
    let output = Output {
        tensor: "chroma".into(),
        kind: OutputKind::Ab,
        scale: 110.0_f32.into(),
        offset: 0.0_f32.into(),
    };
    Contract {
        name: "test".into(),
        version: "1.0".into(),
        views: 2,
        licence: "MIT".into(),
        parity: Some(2.5e-7),
        ..Contract::new(input, output, SizeRule::MultipleOf(8), 256)
    }
}

fn value(name: &str, planes: i64) -> ValueInfoProto {
    let fixed = |n| DimensionProto {
        value: Some(Dimension::Value(n)),
    };
    let named = |n: &str| DimensionProto {
        value: Some(Dimension::Param(n.into())),
    };
    let dim = vec![
        named("batch"),
        fixed(planes),
        named("height"),
        named("width"),
    ];
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            tensor_type: Some(TensorTypeProto {
                elem_type: DataType::Float as i32,
                shape: Some(TensorShapeProto { dim }),
            }),
        }),
        doc_string: String::new(),
    }
}

fn model(contract: &Contract) -> ModelProto {
    let metadata = contract.to_metadata().into_iter();
    ModelProto {
        ir_version: 8,
        opset_import: vec![OperatorSetIdProto {
            domain: String::new(),
            version: 17,
        }],
        graph: Some(GraphProto {
            name: "test".into(),
            input: vec![value("lightness", 1)],
            output: vec![value("chroma", 2)],
            ..GraphProto::default()
        }),
        metadata_props: metadata
            .map(|(key, value)| StringStringEntryProto { key, value })
            .collect(),
        ..ModelProto::default()
    }
}

#[test]
fn what_is_written_is_what_is_read() {
    let other = Contract {
        input: Input {
            tensor: "gray".into(),
            kind: InputKind::Gray,
            scale: (1.0_f32 / 127.5).into(),
            offset: (-1.0_f32).into(),
            zeros: Vec::new(),
        },
        output: Output {
            tensor: "rgb".into(),
            kind: OutputKind::Rgb,
            scale: 127.5_f32.into(),
            offset: 127.5_f32.into(),
        },
        size: SizeRule::Fixed {
            height: 64,
            width: 128,
        },
        parity: None,
        ..contract()
    };
    for contract in [contract(), other] {
        let metadata = contract.to_metadata();
        let pairs = metadata.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        assert_eq!(Contract::from_metadata(pairs).unwrap(), contract);
    }
    let written = model(&contract()).encode_to_vec();
    assert_eq!(Contract::from_bytes(&written).unwrap(), contract());
}

#[test]
fn what_is_not_onnx_is_told_from_what_is_not_ours() {
    let not_onnx: [&[u8]; 4] = [b"", b"hello, I am a text", &[0xff; 64], &[8, 8]];
    for bytes in not_onnx {
        let error = Contract::from_bytes(bytes).unwrap_err().to_string();
        assert!(error.contains("not an ONNX file"), "{error}");
    }
    let mut foreign = model(&contract());
    foreign.metadata_props.clear();
    let error = Contract::from_bytes(&foreign.encode_to_vec())
        .unwrap_err()
        .to_string();
    assert!(error.contains("it has no contract"), "{error}");
    assert!(error.contains("--contract"), "{error}");
}

#[test]
fn every_bad_value_is_named() {
    for (key, value, complaint) in [
        ("contract", "3", "version 3"),
        ("contract", "one", "colorize.contract"),
        ("input.tensor", "", "colorize.input.tensor"),
        ("input.tensor", "nothing", "no input named `nothing`"),
        ("input.kind", "luma", "lightness or gray"),
        ("input.scale", "0", "colorize.input.scale"),
        ("input.scale", "NaN", "colorize.input.scale"),
        ("input.offset", "inf", "colorize.input.offset"),
        ("output.tensor", "lightness", "no output named `lightness`"),
        ("output.kind", "rgb", "2 planes instead of 3"),
        ("output.scale", "wide", "colorize.output.scale"),
        ("size", "multiple of 0", "colorize.size"),
        ("size", "any", "multiple of N"),
        ("size", "64", "HEIGHTxWIDTH"),
        ("working_size", "0", "colorize.working_size"),
        ("working_size", "-256", "colorize.working_size"),
        ("working_size", "100000", "colorize.working_size"),
        ("views", "0", "colorize.views"),
        ("views", "5", "colorize.views"),
        ("views", "two", "colorize.views"),
        ("parity", "-1", "colorize.parity"),
    ] {
        let mut model = model(&contract());
        for entry in &mut model.metadata_props {
            if entry.key == format!("colorize.{key}") {
                entry.value = value.into();
            }
        }
        let error = Contract::from_onnx(&model).unwrap_err();
        assert!(matches!(error, Error::Model(_)));
        assert!(
            error.to_string().contains(complaint),
            "{key} = {value}: {error}"
        );
    }
}

/// One that takes hints and a palette, and says how sure it is.
fn steered() -> Contract {
    let mut contract = contract();
    contract.steering = Steering {
        hints: Some(HintsInput {
            tensor: "hints".into(),
            scale: 0.009,
            mask: None,
        }),
        palette: Some("palette".into()),
        confidence: Some("confidence".into()),
        distribution: Some(Distribution {
            tensor: "logits".into(),
            temperature: 0.6,
        }),
        bins: Some("10: -1 0 1, 0 -1 1".parse().unwrap()),
    };
    contract
}

fn steered_model(contract: &Contract) -> ModelProto {
    let mut model = model(contract);
    let graph = model.graph.as_mut().unwrap();
    let mut palette = value("palette", 5);
    let tensor = palette.r#type.as_mut().unwrap().tensor_type.as_mut();
    tensor.unwrap().shape.as_mut().unwrap().dim.truncate(2);
    graph.input.extend([value("hints", 3), palette]);
    graph
        .output
        .extend([value("confidence", 1), value("logits", 5)]);
    model
}

#[test]
fn how_a_file_is_steered_is_read_as_it_was_written() {
    let mut apart = steered();
    apart.steering.hints.as_mut().unwrap().mask = Some("mask".into());
    for contract in [steered(), apart] {
        let metadata = contract.to_metadata();
        assert!(metadata.contains(&("colorize.contract".into(), "2".into())));
        let pairs = metadata.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        assert_eq!(Contract::from_metadata(pairs).unwrap(), contract);
    }
    let bytes = steered_model(&steered()).encode_to_vec();
    assert_eq!(Contract::from_bytes(&bytes).unwrap(), steered());
}

/// An older program reads a file that it can run.
#[test]
fn a_file_that_cannot_be_steered_has_the_first_version() {
    let version = ("colorize.contract".to_owned(), "1".to_owned());
    assert!(contract().to_metadata().contains(&version));
}

#[test]
fn what_is_said_of_steering_must_be_true() {
    for (key, value, complaint) in [
        ("hints.tensor", "points", "no input named `points`"),
        ("hints.tensor", "lightness", "1 planes instead of 3"),
        ("hints.scale", "0", "colorize.hints.scale"),
        ("hints.scale", "some", "colorize.hints.scale"),
        ("hints.mask", "mask", "`hints` has 3 planes instead of 2"),
        ("palette.tensor", "hints", "4 axes instead of 2"),
        ("confidence.tensor", "logits", "5 planes instead of 1"),
        ("distribution.tensor", "confidence", "1 planes instead of 5"),
        (
            "distribution.temperature",
            "-1",
            "colorize.distribution.temperature",
        ),
        ("bins", "", "`colorize.bins` is missing"),
        ("bins", "10: 3 2 1", "STEP: A FIRST LAST"),
        ("bins", "10: 0 0 1", "5 planes instead of 2"),
    ] {
        let mut model = steered_model(&steered());
        let pairs = &mut model.metadata_props;
        pairs.retain(|pair| pair.key != format!("colorize.{key}"));
        pairs.push(StringStringEntryProto {
            key: format!("colorize.{key}"),
            value: value.into(),
        });
        let error = Contract::from_onnx(&model).unwrap_err().to_string();
        assert!(error.contains(complaint), "{key} = {value}: {error}");
    }
}

/// A contract and a graph that take a photograph's pixels.
fn of_pixels() -> (Contract, ModelProto) {
    let mut contract = contract();
    contract.input.kind = InputKind::RgbBytes;
    contract.output.kind = OutputKind::RgbBytes;
    let mut model = model(&contract);
    let graph = model.graph.as_mut().unwrap();
    for value in graph.input.iter_mut().chain(&mut graph.output) {
        let tensor = value.r#type.as_mut().unwrap().tensor_type.as_mut().unwrap();
        tensor.elem_type = DataType::Uint8 as i32;
        let dim = &mut tensor.shape.as_mut().unwrap().dim;
        dim.swap(1, 3);
        dim[3].value = Some(Dimension::Value(3));
    }
    (contract, model)
}

#[test]
fn pixels_go_in_and_come_out_as_bytes() {
    let (contract, model) = of_pixels();
    let read = Contract::from_bytes(&model.encode_to_vec()).unwrap();
    assert_eq!(read, contract);
    assert!(read.takes_pixels());
}

#[test]
fn pixels_that_are_no_bytes_or_on_one_side_only_are_refused() {
    let tensor = |value: &mut ValueInfoProto, change: fn(&mut TensorTypeProto)| {
        change(value.r#type.as_mut().unwrap().tensor_type.as_mut().unwrap());
    };
    type Change<'a> = &'a dyn Fn(&mut ModelProto);
    let changes: [(Change<'_>, &str); 3] = [
        (
            &|model| {
                let input = &mut model.graph.as_mut().unwrap().input[0];
                tensor(input, |tensor| tensor.elem_type = DataType::Float as i32);
            },
            "not of bytes",
        ),
        (
            &|model| {
                let output = &mut model.graph.as_mut().unwrap().output[0];
                tensor(output, |tensor| {
                    let dim = &mut tensor.shape.as_mut().unwrap().dim;
                    dim[3].value = Some(Dimension::Value(4));
                });
            },
            "4 planes instead of 3",
        ),
        (
            &|model| {
                let mut entries = model.metadata_props.iter_mut();
                let kind = entries.find(|entry| entry.key == "colorize.output.kind");
                kind.unwrap().value = "ab".into();
            },
            "only one of input and output",
        ),
    ];
    for (change, complaint) in changes {
        let (_, mut model) = of_pixels();
        change(&mut model);
        let error = Contract::from_onnx(&model).unwrap_err().to_string();
        assert!(error.contains(complaint), "{error}");
    }
}
