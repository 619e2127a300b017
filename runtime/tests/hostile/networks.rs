//! Colorizer files. What their graphs compute once they run is theirs (docs/security.md); that they
//! are read, refused or loaded is ours.

use std::num::NonZeroUsize;

use colorize_rt::onnx::{
    AttributeKind, AttributeProto, DataType, Dimension, DimensionProto, GraphProto, ModelProto,
    NodeProto, OperatorSetIdProto, StringStringEntryProto, TensorProto, TensorShapeProto,
    TensorTypeProto, TypeProto, ValueInfoProto,
};
use colorize_rt::{
    Colorizer, Contract, Error, Input, InputKind, Model, Output, OutputKind, Provider, Result,
    SizeRule,
};
use image::{DynamicImage, GrayImage, Luma};
use prost::Message;

use crate::limited::{limited, survives};

fn value(name: &str, planes: i64) -> ValueInfoProto {
    let param = |name: &str| Some(Dimension::Param(name.to_owned()));
    let values = [
        param("n"),
        Some(Dimension::Value(planes)),
        param("h"),
        param("w"),
    ];
    let dim = values.map(|value| DimensionProto { value }).to_vec();
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto {
            tensor_type: Some(TensorTypeProto {
                elem_type: DataType::Float as i32,
                shape: Some(TensorShapeProto { dim }),
            }),
        }),
        ..ValueInfoProto::default()
    }
}

fn node(operator: &str, input: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: operator.to_owned(),
        name: format!("{operator} of {output}"),
        input: input.iter().map(ToString::to_string).collect(),
        output: vec![output.to_owned()],
        ..NodeProto::default()
    }
}

fn ints(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        kind: AttributeKind::Ints as i32,
        ints: ints.to_vec(),
        ..AttributeProto::default()
    }
}

fn weights(name: &str, dims: &[i64], count: usize) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        dims: dims.to_vec(),
        data_type: DataType::Float as i32,
        raw_data: vec![0; 4 * count],
        ..TensorProto::default()
    }
}

/// A colorizer of one convolution, from lightness to a\* and b\*.
fn colorizer() -> ModelProto {
    let input = Input {
        tensor: "x".into(),
        kind: InputKind::Lightness,
        scale: 0.02_f32.into(),
        offset: (-1.0_f32).into(),
        zeros: Vec::new(),
    };
    let output = Output {
        tensor: "y".into(),
        kind: OutputKind::Ab,
        scale: 110.0_f32.into(),
        offset: 0.0_f32.into(),
    };
    let contract = Contract::new(input, output, SizeRule::MultipleOf(8), 32);
    let metadata = contract.to_metadata().into_iter();
    let mut convolution = node("Conv", &["x", "w"], "y");
    convolution.attribute = vec![
        ints("pads", &[1, 1, 1, 1]),
        ints("strides", &[1, 1]),
        ints("dilations", &[1, 1]),
    ];
    ModelProto {
        ir_version: 8,
        opset_import: vec![OperatorSetIdProto {
            domain: String::new(),
            version: 17,
        }],
        graph: Some(GraphProto {
            name: "small".into(),
            node: vec![convolution],
            initializer: vec![weights("w", &[2, 1, 3, 3], 18)],
            input: vec![value("x", 1)],
            output: vec![value("y", 2)],
            ..GraphProto::default()
        }),
        metadata_props: metadata
            .map(|(key, value)| StringStringEntryProto { key, value })
            .collect(),
        ..ModelProto::default()
    }
}

/// Reads and loads a file, and colorizes a picture with it.
fn use_it(bytes: Vec<u8>) -> Result<()> {
    let model = Model::from_bytes(bytes)?;
    let colorizer = Colorizer::builder()
        .model(model)
        .provider(Provider::Builtin)
        .threads(NonZeroUsize::MIN)
        .build()?;
    let picture = GrayImage::from_fn(40, 30, |x, y| Luma([(x * y) as u8]));
    colorizer.colorize(&DynamicImage::from(picture)).map(|_| ())
}

fn is_one_line(file: &str, error: &Error) {
    let text = error.to_string();
    assert!(
        text.contains("; ") && !text.contains('\n'),
        "{file}: {text}"
    );
    assert!(text.len() < 2000, "{file}: {} bytes of error", text.len());
}

#[test]
fn a_colorizer_that_is_cut_off_anywhere_is_an_error() {
    let test = "networks::a_colorizer_that_is_cut_off_anywhere_is_an_error";
    limited(test, 60, || {
        let whole = colorizer().encode_to_vec();
        use_it(whole.clone()).unwrap();
        for part in 0..50 {
            let file = format!("cut at {part}/50");
            let cut = whole[..whole.len() * part / 50].to_vec();
            // What is cut off between two fields may be all that was needed.
            if let Err(error) = survives(&file, || use_it(cut)) {
                is_one_line(&file, &error);
            } else {
                assert!(part > 25, "{file} is no error");
            }
        }
    });
}

#[test]
fn a_flipped_byte_in_a_colorizer_gives_colours_or_an_error() {
    let test = "networks::a_flipped_byte_in_a_colorizer_gives_colours_or_an_error";
    limited(test, 120, || {
        let whole = colorizer().encode_to_vec();
        for at in 0..whole.len() {
            for flip in [0xff, 0x01, 0x80] {
                let mut bytes = whole.clone();
                bytes[at] ^= flip;
                let file = format!("byte {at} ^ {flip:#x}");
                if let Err(error) = survives(&file, || use_it(bytes)) {
                    is_one_line(&file, &error);
                }
            }
        }
    });
}

/// Files in which one thing is impossible.
fn impossible() -> Vec<(String, ModelProto)> {
    let mut files: Vec<(String, ModelProto)> = Vec::new();
    let mut graph = |what: &str, change: &dyn Fn(&mut GraphProto)| {
        let mut model = colorizer();
        change(model.graph.as_mut().unwrap());
        files.push((what.to_owned(), model));
    };
    for dims in [
        &[1 << 40][..],
        &[i64::MAX, 2],
        &[i64::MAX, i64::MAX, i64::MAX, i64::MAX],
        &[-1, 1, 3, 3],
        &[2, 1, 3, 1 << 33],
        &[2, 1, 3, 4],
        &[0, 1, 3, 3],
        &[],
        &[2, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1],
    ] {
        graph(&format!("weights of {dims:?}"), &|graph| {
            graph.initializer[0].dims = dims.to_vec();
        });
    }
    graph("weights without values", &|graph| {
        graph.initializer[0].raw_data.clear();
    });
    graph("weights of no type", &|graph| {
        graph.initializer[0].data_type = 77;
    });
    graph("no weights", &|graph| graph.initializer.clear());
    graph("an input from nowhere", &|graph| {
        graph.node[0].input[0] = "nowhere".into();
    });
    graph("no nodes", &|graph| graph.node.clear());
    graph("a node that feeds itself", &|graph| {
        graph.node[0].input[0] = "y".into();
    });
    graph("a circle of two", &|graph| {
        graph.node[0].output[0] = "a".into();
        graph.node.push(node("Add", &["a", "y"], "b"));
        graph.node.push(node("Relu", &["b"], "y"));
    });
    graph("two nodes that make one value", &|graph| {
        let twin = graph.node[0].clone();
        graph.node.push(twin);
    });
    graph("an operator that is none", &|graph| {
        graph.node[0].op_type = "Colourise".into();
    });
    graph("a node without inputs", &|graph| {
        graph.node[0].input.clear()
    });
    graph("a node without outputs", &|graph| {
        graph.node[0].output.clear();
    });
    for (name, values) in [
        ("pads", vec![1 << 40; 4]),
        ("pads", vec![-5; 4]),
        ("pads", vec![1]),
        ("strides", vec![0, 0]),
        ("dilations", vec![0, 0]),
        ("dilations", vec![1 << 40, 1 << 40]),
    ] {
        graph(&format!("{name} of {values:?}"), &|graph| {
            graph.node[0].attribute.retain(|one| one.name != name);
            graph.node[0].attribute.push(ints(name, &values));
        });
    }
    for group in [0, -1, 2, 1 << 40] {
        graph(&format!("{group} groups"), &|graph| {
            graph.node[0].attribute.push(AttributeProto {
                name: "group".into(),
                kind: AttributeKind::Int as i32,
                i: Some(group),
                ..AttributeProto::default()
            });
        });
    }
    graph("a shape that cannot be had", &|graph| {
        graph.initializer.push(TensorProto {
            name: "shape".into(),
            dims: vec![4],
            data_type: DataType::Int64 as i32,
            int64_data: vec![1, 2, 1 << 40, 1 << 40],
            ..TensorProto::default()
        });
        graph.node[0].output[0] = "a".into();
        graph.node.push(node("Reshape", &["a", "shape"], "y"));
    });
    files
}

#[test]
fn an_impossible_graph_is_an_error() {
    limited("networks::an_impossible_graph_is_an_error", 60, || {
        for (file, model) in impossible() {
            let error = survives(&file, || use_it(model.encode_to_vec())).err();
            let error = error.unwrap_or_else(|| panic!("{file} is no error"));
            is_one_line(&file, &error);
        }
    });
}

#[test]
fn constants_that_would_fill_the_memory_are_an_error() {
    let test = "networks::constants_that_would_fill_the_memory_are_an_error";
    limited(test, 60, || {
        for operator in [
            "ConstantOfShape",
            "Expand",
            "Tile",
            "Resize",
            "RandomNormal",
        ] {
            let mut model = colorizer();
            let graph = model.graph.as_mut().unwrap();
            let numbers = |name: &str, values: &[i64]| TensorProto {
                name: name.to_owned(),
                dims: vec![values.len() as i64],
                data_type: DataType::Int64 as i32,
                int64_data: values.to_vec(),
                ..TensorProto::default()
            };
            let huge = [1, 2, 1 << 20, 1 << 20];
            graph.initializer.push(numbers("huge", &huge));
            let made = match operator {
                "ConstantOfShape" => node(operator, &["huge"], "c"),
                "Resize" => node(operator, &["w", "", "", "huge"], "c"),
                "RandomNormal" => NodeProto {
                    attribute: vec![ints("shape", &huge)],
                    ..node(operator, &[], "c")
                },
                _ => node(operator, &["w", "huge"], "c"),
            };
            graph.node.insert(0, made);
            graph.node[1].output[0] = "a".into();
            graph.node.push(node("Add", &["a", "c"], "y"));
            let error = survives(operator, || use_it(model.encode_to_vec())).err();
            let error = error.unwrap_or_else(|| panic!("{operator} is no error"));
            is_one_line(operator, &error);
        }
    });
}

#[test]
fn an_absurd_contract_is_an_error() {
    limited("networks::an_absurd_contract_is_an_error", 60, || {
        let long = "9".repeat(1 << 20);
        for (key, value) in [
            ("contract", "99999999999999999999"),
            ("contract", "-1"),
            ("input.tensor", &long),
            ("input.kind", &long),
            ("input.scale", "NaN"),
            ("input.scale", "0"),
            ("input.offset", "inf"),
            ("input.zeros", "x:0"),
            ("input.zeros", "z:1024, z:1024, z:1024"),
            ("output.tensor", "nowhere"),
            ("output.scale", "1e999"),
            ("size", "0x0"),
            ("size", "multiple of 0"),
            ("size", "multiple of 4294967295"),
            ("size", "4000000000x4000000000"),
            ("working_size", "0"),
            ("working_size", "4294967295"),
            ("working_size", &long),
            ("parity", "-1"),
            ("bins", "0: 0 0 0"),
            ("bins", "1e-30: 0 -1e30 1e30"),
            ("palette.tensor", "nowhere"),
            ("hints.tensor", "nowhere"),
        ] {
            let mut model = colorizer();
            let key = format!("colorize.{key}");
            let value = value.to_owned();
            model.metadata_props.retain(|pair| pair.key != key);
            let file = format!("{key} = {}", &value[..value.len().min(40)]);
            model
                .metadata_props
                .push(StringStringEntryProto { key, value });
            let error = survives(&file, || use_it(model.encode_to_vec())).err();
            let error = error.unwrap_or_else(|| panic!("{file} is no error"));
            is_one_line(&file, &error);
        }
    });
}

#[test]
fn a_graph_that_is_too_deep_for_the_stack_is_an_error_and_a_deep_one_runs() {
    let test = "networks::a_graph_that_is_too_deep_for_the_stack_is_an_error_and_a_deep_one_runs";
    limited(test, 60, || {
        for (depth, runs) in [(4000, true), (100_000, false)] {
            let mut model = colorizer();
            let graph = model.graph.as_mut().unwrap();
            graph.node[0].output[0] = "v0".into();
            for n in 0..depth {
                let (from, to) = (format!("v{n}"), format!("v{}", n + 1));
                graph.node.push(node("Relu", &[&from], &to));
            }
            graph.node.push(node("Relu", &[&format!("v{depth}")], "y"));
            let file = format!("{depth} nodes");
            let made = survives(&file, || use_it(model.encode_to_vec()));
            assert_eq!(made.is_ok(), runs, "{file}: {made:?}");
        }
    });
}
