//! Where a pickled dictionary of numpy arrays keeps the bytes of one of them.
//!
//! A pickle is a program, and Python runs whatever functions it names. Nothing is run here: the few
//! forms in which numpy writes arrays are recognised by name, and any other is refused. (The crate
//! `serde-pickle` is as safe, but gives up numpy's arrays as opaque and holds the whole file.)

use std::io::{Read, Seek};

mod input;
mod machine;

use machine::{Machine, Value};

/// Bytes of the file that the pickle keeps as one string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Where they begin.
    pub(super) offset: u64,
    /// How many.
    pub(super) length: u64,
    /// Each byte from 128 on takes two: bytes that Python 3 wrote for Python 2, which are Latin-1
    /// written as UTF-8.
    pub(super) latin1_as_utf8: bool,
}

/// An array's bytes and what they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Array {
    /// numpy's word: `u1`, `i8`, `f8` …
    pub(super) dtype: String,
    /// From the slowest axis to the fastest.
    pub(super) shape: Vec<u64>,
    /// The other way round.
    pub(super) fortran: bool,
    /// Where.
    pub(super) data: Span,
}

/// Finds the array called `key` in a pickled dictionary (protocols 1 to 5).
///
/// # Errors
/// In words: the file is cut off, is no pickle of that kind, or asks for a function to be run.
pub(super) fn find(file: impl Read + Seek, key: &str) -> Result<Array, String> {
    let mut machine = Machine::new(file)?;
    let top = machine.run()?;
    let Value::Dict(entries) = machine.value(top) else {
        return Err("a pickle, but not of a dictionary".to_owned());
    };
    let found = entries.chunks_exact(2).find(|entry| {
        matches!(machine.value(entry[0]), Value::Text { short, .. } if short == key.as_bytes())
    });
    let entry = found.ok_or_else(|| format!("the pickled dictionary has no `{key}`"))?;
    match machine.value(entry[1]) {
        Value::Array(Some(array)) => Ok(array.clone()),
        _ => Err(format!("`{key}` in the pickled dictionary is no array")),
    }
}

/// The functions and classes that numpy's arrays name. None of them is ever called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    /// `_reconstruct(ndarray, (0,), b'b')`: an empty array, to which BUILD gives everything.
    Reconstruct,
    /// `_frombuffer(bytes, dtype, shape, order)`: protocol 5.
    FromBuffer,
    /// `scalar(dtype, bytes)`.
    Scalar,
    /// `dtype('u1', False, True)`, to which BUILD gives the byte order.
    Dtype,
    /// Only ever an argument.
    Ndarray,
    /// `encode(text, 'latin1')`: how Python 3 writes bytes for Python 2.
    Encode,
    /// `bytes()`: the same for empty ones.
    Bytes,
}

impl Named {
    fn of(module: &[u8], name: &[u8]) -> Result<Self, String> {
        let (module, name) = (
            String::from_utf8_lossy(module),
            String::from_utf8_lossy(name),
        );
        Ok(match (&*module, &*name) {
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => {
                Self::Reconstruct
            }
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Self::FromBuffer,
            ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => Self::Scalar,
            ("numpy", "dtype") => Self::Dtype,
            ("numpy", "ndarray") => Self::Ndarray,
            ("_codecs", "encode") => Self::Encode,
            ("__builtin__" | "builtins", "bytes") => Self::Bytes,
            _ => {
                return Err(format!(
                    "this pickle asks Python to run `{module}.{name}`, which no batch of pictures needs; \
                     nothing was run, and the file is refused"
                ));
            }
        })
    }
}

impl<R: Read + Seek> Machine<R> {
    /// What `REDUCE` makes of a name and its arguments.
    fn reduced(&self, named: Named, arguments: &[usize]) -> Result<Value, String> {
        let argument = |index: usize| match arguments.get(index) {
            Some(&id) => Ok(self.value(id)),
            None => Err("an array is described with too few arguments".to_owned()),
        };
        Ok(match named {
            Named::Reconstruct => Value::Array(None),
            Named::Scalar => Value::Other,
            Named::Dtype => Value::Dtype(self.text(argument(0)?)?),
            Named::Encode => match (argument(0)?, argument(1)?) {
                (Value::Text { short, span }, Value::Text { short: codec, .. })
                    if codec == b"latin1" =>
                {
                    Value::Text {
                        short: short.clone(),
                        span: Span {
                            latin1_as_utf8: true,
                            ..*span
                        },
                    }
                }
                _ => return Err("bytes in an encoding other than Latin-1".to_owned()),
            },
            Named::Bytes if arguments.is_empty() => Value::Other,
            Named::FromBuffer => Value::Array(Some(Array {
                data: self.span(argument(0)?)?,
                dtype: self.dtype(argument(1)?)?,
                shape: self.shape(argument(2)?)?,
                fortran: self.text(argument(3)?)? == "F",
            })),
            Named::Bytes | Named::Ndarray => {
                return Err("an array is described in a form that numpy does not write".to_owned());
            }
        })
    }

    /// What `BUILD` makes of a value and its state.
    fn built(&self, value: &Value, state: &Value) -> Result<Value, String> {
        match (value, state) {
            // (3, '|', None, None, None, -1, -1, 0): the byte order says nothing about bytes.
            (Value::Dtype(name), Value::Tuple(_)) => Ok(Value::Dtype(name.clone())),
            // (1, shape, dtype, is_fortran, bytes)
            (Value::Array(None), Value::Tuple(state)) => match state[..] {
                [_, shape, dtype, fortran, data] => Ok(match self.value(data) {
                    data @ Value::Text { .. } => Value::Array(Some(Array {
                        shape: self.shape(self.value(shape))?,
                        dtype: self.dtype(self.value(dtype))?,
                        fortran: matches!(self.value(fortran), Value::Int(1)),
                        data: self.span(data)?,
                    })),
                    // An array of Python's objects: nothing that we would read.
                    _ => Value::Other,
                }),
                _ => Err("an array's state is not one that numpy writes".to_owned()),
            },
            _ => Err("this pickle fills an object that is no array; refused".to_owned()),
        }
    }

    fn span(&self, value: &Value) -> Result<Span, String> {
        match value {
            Value::Text { span, .. } => Ok(*span),
            _ => Err("an array without bytes".to_owned()),
        }
    }

    fn text(&self, value: &Value) -> Result<String, String> {
        match value {
            Value::Text { short, .. } => Ok(String::from_utf8_lossy(short).into_owned()),
            _ => Err("an array's type has no name".to_owned()),
        }
    }

    fn dtype(&self, value: &Value) -> Result<String, String> {
        match value {
            Value::Dtype(name) => Ok(name.clone()),
            _ => Err("an array without a type".to_owned()),
        }
    }

    fn shape(&self, value: &Value) -> Result<Vec<u64>, String> {
        let wrong = || "an array without a shape".to_owned();
        let Value::Tuple(sides) = value else {
            return Err(wrong());
        };
        let side = |&id: &usize| match self.value(id) {
            Value::Int(side) => u64::try_from(*side).map_err(|_| wrong()),
            _ => Err(wrong()),
        };
        sides.iter().map(side).collect()
    }
}
