//! The part of ONNX's file format that a colorizer needs, for reading and writing.
//!
//! Field numbers are those of `onnx/onnx.proto` (1.x, all IR versions); fields that
//! are not listed are skipped when reading. Repeated numbers are written unpacked
//! where that file has them so, because not every reader takes both forms; single
//! attribute values are optional so that a zero is written too.

use prost::Message;

/// A whole ONNX file: `ModelProto::decode(bytes)` reads one and
/// `model.encode_to_vec()` writes it (both from [`prost::Message`]).
#[derive(Clone, PartialEq, Message)]
pub struct ModelProto {
    /// Version of the file format itself; 8 goes with operator set 17.
    #[prost(int64, tag = "1")]
    pub ir_version: i64,
    /// What wrote the file.
    #[prost(string, tag = "2")]
    pub producer_name: String,
    /// Its version.
    #[prost(string, tag = "3")]
    pub producer_version: String,
    /// Reverse domain name of whom the model belongs to.
    #[prost(string, tag = "4")]
    pub domain: String,
    /// Version of the model, as a number.
    #[prost(int64, tag = "5")]
    pub model_version: i64,
    /// A description for people.
    #[prost(string, tag = "6")]
    pub doc_string: String,
    /// The network.
    #[prost(message, optional, tag = "7")]
    pub graph: Option<GraphProto>,
    /// The operator sets that its nodes are taken from.
    #[prost(message, repeated, tag = "8")]
    pub opset_import: Vec<OperatorSetIdProto>,
    /// Key and value pairs: a [`Contract`](crate::Contract) is kept here.
    #[prost(message, repeated, tag = "14")]
    pub metadata_props: Vec<StringStringEntryProto>,
}

/// An operator set: the empty domain is ONNX's own.
#[derive(Clone, PartialEq, Message)]
pub struct OperatorSetIdProto {
    /// Domain; empty for ONNX's own operators.
    #[prost(string, tag = "1")]
    pub domain: String,
    /// Version of the set, such as 17.
    #[prost(int64, tag = "2")]
    pub version: i64,
}

/// A key and a value, both text.
#[derive(Clone, PartialEq, Message)]
pub struct StringStringEntryProto {
    /// Unique in its list.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Any text.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// Nodes in an order in which they can run, with what they need.
#[derive(Clone, PartialEq, Message)]
pub struct GraphProto {
    /// Operations, each after those whose outputs it takes.
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<NodeProto>,
    /// Name of the graph; must not be empty.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Constants: the weights.
    #[prost(message, repeated, tag = "5")]
    pub initializer: Vec<TensorProto>,
    /// A description for people.
    #[prost(string, tag = "10")]
    pub doc_string: String,
    /// Inputs; old files list the initializers here too.
    #[prost(message, repeated, tag = "11")]
    pub input: Vec<ValueInfoProto>,
    /// Outputs.
    #[prost(message, repeated, tag = "12")]
    pub output: Vec<ValueInfoProto>,
    /// Types and shapes of values in between, where known.
    #[prost(message, repeated, tag = "13")]
    pub value_info: Vec<ValueInfoProto>,
}

/// One operation.
#[derive(Clone, PartialEq, Message)]
pub struct NodeProto {
    /// Names of the values it takes; an empty name is an optional input left out.
    #[prost(string, repeated, tag = "1")]
    pub input: Vec<String>,
    /// Names of the values it gives.
    #[prost(string, repeated, tag = "2")]
    pub output: Vec<String>,
    /// Its own name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// The operator, such as `Conv`.
    #[prost(string, tag = "4")]
    pub op_type: String,
    /// Its fixed settings.
    #[prost(message, repeated, tag = "5")]
    pub attribute: Vec<AttributeProto>,
    /// A description for people.
    #[prost(string, tag = "6")]
    pub doc_string: String,
    /// Domain of the operator; empty for ONNX's own.
    #[prost(string, tag = "7")]
    pub domain: String,
}

impl NodeProto {
    /// Its setting of this name.
    pub fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        self.attribute.iter().find(|one| one.name == name)
    }
}

/// A setting of a node. [`kind`](Self::kind) says which of the values counts.
#[derive(Clone, PartialEq, Message)]
pub struct AttributeProto {
    /// Name, such as `pads`.
    #[prost(string, tag = "1")]
    pub name: String,
    /// For [`AttributeKind::Float`].
    #[prost(float, optional, tag = "2")]
    pub f: Option<f32>,
    /// For [`AttributeKind::Int`].
    #[prost(int64, optional, tag = "3")]
    pub i: Option<i64>,
    /// For [`AttributeKind::String`]: UTF-8.
    #[prost(bytes = "vec", optional, tag = "4")]
    pub s: Option<Vec<u8>>,
    /// For [`AttributeKind::Tensor`].
    #[prost(message, optional, tag = "5")]
    pub t: Option<TensorProto>,
    /// For [`AttributeKind::Floats`].
    #[prost(float, repeated, packed = "false", tag = "7")]
    pub floats: Vec<f32>,
    /// For [`AttributeKind::Ints`].
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub ints: Vec<i64>,
    /// For [`AttributeKind::Strings`].
    #[prost(bytes = "vec", repeated, tag = "9")]
    pub strings: Vec<Vec<u8>>,
    /// A description for people.
    #[prost(string, tag = "13")]
    pub doc_string: String,
    /// `type` in the standard: which value counts.
    #[prost(enumeration = "AttributeKind", tag = "20")]
    pub kind: i32,
}

/// `AttributeProto.AttributeType`, as far as it is needed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum AttributeKind {
    /// Not said; not valid in a file.
    Undefined = 0,
    /// One 32-bit float.
    Float = 1,
    /// One 64-bit integer.
    Int = 2,
    /// Text.
    String = 3,
    /// A tensor.
    Tensor = 4,
    /// A list of floats.
    Floats = 6,
    /// A list of integers.
    Ints = 7,
    /// A list of texts.
    Strings = 8,
}

/// A constant.
#[derive(Clone, PartialEq, Message)]
pub struct TensorProto {
    /// Its extent along each axis; none for a scalar.
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub dims: Vec<i64>,
    /// Type of its elements: a [`DataType`] as a number.
    #[prost(enumeration = "DataType", tag = "2")]
    pub data_type: i32,
    /// Elements as floats; empty where `raw_data` is used.
    #[prost(float, repeated, tag = "4")]
    pub float_data: Vec<f32>,
    /// Elements as integers; empty where `raw_data` is used.
    #[prost(int64, repeated, tag = "7")]
    pub int64_data: Vec<i64>,
    /// Name by which nodes take it.
    #[prost(string, tag = "8")]
    pub name: String,
    /// Elements in row-major order, little-endian, without gaps.
    #[prost(bytes = "vec", tag = "9")]
    pub raw_data: Vec<u8>,
    /// A description for people.
    #[prost(string, tag = "12")]
    pub doc_string: String,
}

/// `TensorProto.DataType`, as far as it is needed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum DataType {
    /// Not said; not valid in a file.
    Undefined = 0,
    /// 32-bit float.
    Float = 1,
    /// 8-bit unsigned integer.
    Uint8 = 2,
    /// 8-bit signed integer.
    Int8 = 3,
    /// 32-bit signed integer.
    Int32 = 6,
    /// 64-bit signed integer.
    Int64 = 7,
    /// Truth value.
    Bool = 9,
    /// 16-bit float.
    Float16 = 10,
}

/// Name and type of an input, an output or a value in between.
#[derive(Clone, PartialEq, Message)]
pub struct ValueInfoProto {
    /// Name of the value.
    #[prost(string, tag = "1")]
    pub name: String,
    /// `type` in the standard.
    #[prost(message, optional, tag = "2")]
    pub r#type: Option<TypeProto>,
    /// A description for people.
    #[prost(string, tag = "3")]
    pub doc_string: String,
}

/// A type; only tensors are needed here.
#[derive(Clone, PartialEq, Message)]
pub struct TypeProto {
    /// `tensor_type` in the standard.
    #[prost(message, optional, tag = "1")]
    pub tensor_type: Option<TensorTypeProto>,
}

/// `TypeProto.Tensor`.
#[derive(Clone, PartialEq, Message)]
pub struct TensorTypeProto {
    /// Type of its elements: a [`DataType`] as a number.
    #[prost(enumeration = "DataType", tag = "1")]
    pub elem_type: i32,
    /// Its shape, where known.
    #[prost(message, optional, tag = "2")]
    pub shape: Option<TensorShapeProto>,
}

/// The extent along each axis.
#[derive(Clone, PartialEq, Message)]
pub struct TensorShapeProto {
    /// One entry an axis.
    #[prost(message, repeated, tag = "1")]
    pub dim: Vec<DimensionProto>,
}

/// `TensorShapeProto.Dimension`.
#[derive(Clone, PartialEq, Message)]
pub struct DimensionProto {
    /// A number, a name, or nothing for unknown.
    #[prost(oneof = "Dimension", tags = "1, 2")]
    pub value: Option<Dimension>,
}

/// An extent that is fixed, or that one name stands for wherever it occurs.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Dimension {
    /// `dim_value`: fixed.
    #[prost(int64, tag = "1")]
    Value(i64),
    /// `dim_param`: symbolic, such as `height`.
    #[prost(string, tag = "2")]
    Param(String),
}
