//! Deliberate mistakes, which the suite must catch: for each operator one or more.

use colorize_export::Precision;
use colorize_rt::onnx::{
    AttributeKind, AttributeProto, DataType, GraphProto, ModelProto, NodeProto, TensorProto,
};

/// A mistake in a node of one kind.
pub struct Mutation {
    /// The operator that is made wrong.
    pub operator: &'static str,
    /// What is wrong with it.
    pub what: &'static str,
    how: How,
}

enum How {
    /// Another operator, with the first inputs only.
    Operator(&'static str, usize),
    /// The constant at this input, times a factor.
    Scaled(usize, f32),
    /// Another constant at this input.
    Constant(usize, f32),
    /// The inputs in the other order.
    Reversed,
    Int(&'static str, i64),
    Float(&'static str, f32),
    Ints(&'static str, &'static [i64]),
    Word(&'static str, &'static str),
    /// Zeros before and after the maps exchanged.
    OtherPads,
    /// The maps one further down.
    Shifted,
    /// Of a constant list of integers, the last two exchanged.
    OtherShape,
    /// The first axis of a picture or of a matrix for the last, and the other way round.
    OtherAxis,
    /// Linear where it is nearest, and the other way round.
    OtherMode,
}

const fn of(operator: &'static str, what: &'static str, how: How) -> Mutation {
    Mutation {
        operator,
        what,
        how,
    }
}

/// Mistakes in every operator that the exporter writes.
pub const MUTATIONS: &[Mutation] = &[
    of("Add", "a term left out", How::Operator("Identity", 1)),
    of("AveragePool", "maxima", How::Operator("MaxPool", 1)),
    of("Cast", "to integers", How::Int("to", 6)),
    of("Clip", "up to 1", How::Constant(2, 1.0)),
    of("Clip", "from -1 on", How::Constant(1, -1.0)),
    of("Concat", "in the other order", How::Reversed),
    of("Conv", "weights 1 % larger", How::Scaled(1, 1.01)),
    of("Conv", "no bias", How::Scaled(2, 0.0)),
    of("Conv", "zeros on the other sides", How::OtherPads),
    of("Conv", "one pixel further down", How::Shifted),
    of("Div", "by half as much", How::Scaled(1, 0.5)),
    of("Flatten", "from another axis on", How::Int("axis", 0)),
    of("Gather", "of another axis", How::Int("axis", 2)),
    of("Gemm", "weights 1 % larger", How::Scaled(1, 1.01)),
    of("Gemm", "no bias", How::Scaled(2, 0.0)),
    of(
        "GlobalAveragePool",
        "maxima",
        How::Operator("GlobalMaxPool", 1),
    ),
    of("LeakyRelu", "a slope of 0.01", How::Float("alpha", 0.01)),
    of("LeakyRelu", "no slope", How::Operator("Relu", 1)),
    of("MatMul", "the other way round", How::Reversed),
    of("MaxPool", "means", How::Operator("AveragePool", 1)),
    of("Mul", "by 1 % more", How::Scaled(1, 1.01)),
    of("Relu", "left out", How::Operator("Identity", 1)),
    of("Relu", "with a slope", How::Operator("LeakyRelu", 1)),
    of("Reshape", "other axes", How::OtherShape),
    of("Resize", "nearest for linear, or linear", How::OtherMode),
    of(
        "Resize",
        "corners aligned",
        How::Word("coordinate_transformation_mode", "align_corners"),
    ),
    of("Shape", "without the batch", How::Int("start", 1)),
    of("Softmax", "over another axis", How::OtherAxis),
    of("Softmax", "left out", How::Operator("Identity", 1)),
    of("Sub", "nothing", How::Scaled(1, 0.0)),
    of("Tanh", "another curve", How::Operator("Sigmoid", 1)),
    of("Tanh", "left out", How::Operator("Identity", 1)),
    of("Transpose", "not turned", How::Ints("perm", &[0, 1, 2])),
];

impl Mutation {
    /// The forms of a file in which mistakes are made.
    pub const PRECISIONS: [Precision; 2] = [Precision::F32, Precision::F16Weights];

    /// In which of them a file has this operator.
    pub fn precision(&self) -> Precision {
        match self.operator {
            "Cast" => Precision::F16Weights,
            _ => Precision::F32,
        }
    }

    /// A file with this mistake in the first node to which it applies; None where there is none.
    pub fn of(&self, model: &ModelProto) -> Option<ModelProto> {
        let graph = model.graph.as_ref()?;
        let places = graph.node.iter().enumerate();
        let mut places = places.filter(|(_, node)| node.op_type == self.operator);
        let wrong = |(place, _): (usize, &NodeProto)| {
            let mut wrong = model.clone();
            self.make(wrong.graph.as_mut()?, place)?;
            Some(wrong)
        };
        places.find_map(wrong)
    }

    /// None where the mistake does not apply to the node.
    fn make(&self, graph: &mut GraphProto, place: usize) -> Option<()> {
        match self.how {
            How::Scaled(input, factor) => {
                let change = |value: f32| value * factor;
                return replace(graph, place, input, |tensor| floats(tensor, change));
            }
            How::Constant(input, value) => {
                return replace(graph, place, input, |tensor| floats(tensor, |_| value));
            }
            How::OtherShape => {
                return replace(graph, place, 1, |tensor| {
                    let (values, _) = tensor.raw_data.as_chunks_mut::<8>();
                    let [.., before, last] = values else {
                        return None;
                    };
                    (before != last).then(|| std::mem::swap(before, last))
                });
            }
            _ => {}
        }
        let node = &mut graph.node[place];
        match self.how {
            How::Operator(operator, inputs) => {
                operator.clone_into(&mut node.op_type);
                node.input.truncate(inputs);
                // Of the others, a pooling keeps its window.
                if ["Identity", "Sigmoid", "Relu", "LeakyRelu"].contains(&operator) {
                    node.attribute.clear();
                }
            }
            How::Reversed => node.input.reverse(),
            How::Int(name, value) => {
                let before = attribute(node, name, AttributeKind::Int);
                if before.i == Some(value) {
                    return None;
                }
                before.i = Some(value);
            }
            How::Float(name, value) => {
                attribute(node, name, AttributeKind::Float).f = Some(value);
            }
            How::Ints(name, values) => {
                attribute(node, name, AttributeKind::Ints).ints = values.to_vec();
            }
            How::Word(name, value) => {
                attribute(node, name, AttributeKind::String).s = Some(value.as_bytes().to_vec());
            }
            How::OtherPads => {
                let pads = &mut attribute(node, "pads", AttributeKind::Ints).ints;
                let before = pads.clone();
                pads.rotate_left(2.min(before.len()));
                if *pads == before {
                    return None;
                }
            }
            How::Shifted => {
                let pads = &mut attribute(node, "pads", AttributeKind::Ints).ints;
                let [top, _, bottom, _] = pads.first_chunk_mut::<4>()?;
                if *bottom == 0 {
                    return None;
                }
                (*top, *bottom) = (*top + 1, *bottom - 1);
            }
            How::OtherAxis => {
                let axis = attribute(node, "axis", AttributeKind::Int);
                axis.i = Some(if axis.i == Some(1) { 2 } else { 1 });
            }
            How::OtherMode => {
                let mode = attribute(node, "mode", AttributeKind::String);
                let other = match mode.s.as_deref() {
                    Some(b"linear") => "nearest",
                    _ => "linear",
                };
                mode.s = Some(other.as_bytes().to_vec());
            }
            How::Scaled(..) | How::Constant(..) | How::OtherShape => {}
        }
        Some(())
    }
}

fn attribute<'a>(
    node: &'a mut NodeProto,
    name: &str,
    kind: AttributeKind,
) -> &'a mut AttributeProto {
    let known = node.attribute.iter().position(|known| known.name == name);
    let place = known.unwrap_or_else(|| {
        node.attribute.push(AttributeProto {
            name: name.to_owned(),
            kind: kind.into(),
            ..AttributeProto::default()
        });
        node.attribute.len() - 1
    });
    &mut node.attribute[place]
}

/// Gives a node a constant of its own in place of the one that it takes, changed.
fn replace(
    graph: &mut GraphProto,
    place: usize,
    input: usize,
    change: impl Fn(&mut TensorProto) -> Option<()>,
) -> Option<()> {
    let name = graph.node[place].input.get(input)?;
    let mut tensors = graph.initializer.iter();
    let mut tensor = tensors.find(|tensor| tensor.name == *name)?.clone();
    change(&mut tensor)?;
    "mutated".clone_into(&mut tensor.name);
    "mutated".clone_into(&mut graph.node[place].input[input]);
    graph.initializer.push(tensor);
    Some(())
}

/// None where the constant is not of floats.
fn floats(tensor: &mut TensorProto, change: impl Fn(f32) -> f32) -> Option<()> {
    if tensor.data_type != i32::from(DataType::Float) {
        return None;
    }
    let (values, _) = tensor.raw_data.as_chunks_mut::<4>();
    for value in values {
        *value = change(f32::from_le_bytes(*value)).to_le_bytes();
    }
    Some(())
}
