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
        ("contract", "2", "version 2"),
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
