//! Pickle's stack machine, without the instructions that run anything. The instructions are those
//! of Python's `pickletools`; long strings are passed over and remembered by their place.

use std::collections::HashMap;
use std::io::{Read, Seek};

use super::input::Input;
use super::{Array, Named, Span};

/// Strings up to this length are read: keys, names, types.
const SHORT: u64 = 256;

/// More values than any batch has (1.3 million labels): a crafted file would fill the memory.
const MOST_VALUES: usize = 1 << 24;

/// What stands on the stack. Values refer to each other by their place in the machine's list.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A number, or a truth value as 0 or 1.
    Int(i64),
    /// A string of text or bytes; `short` is empty for a long one.
    Text { short: Vec<u8>, span: Span },
    /// In order.
    Tuple(Vec<usize>),
    /// In order.
    List(Vec<usize>),
    /// Keys and values by turns.
    Dict(Vec<usize>),
    /// A function or class that may be named.
    Named(Named),
    /// numpy's name of a type.
    Dtype(String),
    /// An array, once its state is known.
    Array(Option<Array>),
    /// What nobody asks for: None, fractions, scalars.
    Other,
}

/// See the module.
pub(super) struct Machine<R> {
    input: Input<R>,
    values: Vec<Value>,
    stack: Vec<usize>,
    marks: Vec<usize>,
    memo: HashMap<u64, usize>,
}

impl<R: Read + Seek> Machine<R> {
    pub(super) fn new(file: R) -> Result<Self, String> {
        Ok(Self {
            input: Input::new(file)?,
            values: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
        })
    }

    pub(super) fn value(&self, id: usize) -> &Value {
        &self.values[id]
    }

    /// Follows the whole program; the result is what it leaves.
    pub(super) fn run(&mut self) -> Result<usize, String> {
        loop {
            let instruction = self.input.bytes::<1>()?[0];
            if instruction == b'.' {
                return self.pop();
            }
            self.follow(instruction)?;
        }
    }

    fn follow(&mut self, instruction: u8) -> Result<(), String> {
        match instruction {
            // PROTO, FRAME
            0x80 => self.input.pass(1),
            0x95 => self.input.pass(8),
            // MARK, POP, POP_MARK
            b'(' => {
                self.marks.push(self.stack.len());
                Ok(())
            }
            b'0' => self.pop().map(drop),
            b'1' => self.pop_to_mark().map(drop),
            // NONE, NEWTRUE, NEWFALSE, BININT, BININT1, BININT2, LONG1, BINFLOAT
            b'N' => self.push(Value::Other),
            0x88 => self.push(Value::Int(1)),
            0x89 => self.push(Value::Int(0)),
            b'J' => {
                let value = i32::from_le_bytes(self.input.bytes()?);
                self.push(Value::Int(value.into()))
            }
            b'K' => {
                let value = self.input.unsigned::<1>()?;
                self.push(Value::Int(value as i64))
            }
            b'M' => {
                let value = self.input.unsigned::<2>()?;
                self.push(Value::Int(value as i64))
            }
            0x8a => self.long(),
            b'G' => {
                self.input.pass(8)?;
                self.push(Value::Other)
            }
            // SHORT_BINSTRING, SHORT_BINBYTES, SHORT_BINUNICODE
            b'U' | b'C' | 0x8c => self.string::<1>(),
            // BINSTRING, BINBYTES, BINUNICODE
            b'T' | b'B' | b'X' => self.string::<4>(),
            // BINBYTES8, BINUNICODE8, BYTEARRAY8
            0x8e | 0x8d | 0x96 => self.string::<8>(),
            _ => self.follow_structure(instruction),
        }
    }

    fn follow_structure(&mut self, instruction: u8) -> Result<(), String> {
        match instruction {
            // EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3, TUPLE
            b')' => self.push(Value::Tuple(Vec::new())),
            0x85..=0x87 => {
                let items = self.pop_many(usize::from(instruction - 0x84))?;
                self.push(Value::Tuple(items))
            }
            b't' => {
                let items = self.pop_to_mark()?;
                self.push(Value::Tuple(items))
            }
            // EMPTY_LIST, LIST, EMPTY_DICT, DICT
            b']' => self.push(Value::List(Vec::new())),
            b'l' => {
                let items = self.pop_to_mark()?;
                self.push(Value::List(items))
            }
            b'}' => self.push(Value::Dict(Vec::new())),
            b'd' => {
                let items = self.pop_to_mark()?;
                self.push(Value::Dict(items))
            }
            // APPEND, APPENDS, SETITEM, SETITEMS
            b'a' => {
                let items = self.pop_many(1)?;
                self.extend(items)
            }
            b's' => {
                let items = self.pop_many(2)?;
                self.extend(items)
            }
            b'e' | b'u' => {
                let items = self.pop_to_mark()?;
                self.extend(items)
            }
            // BINPUT, LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET
            b'q' => self
                .input
                .unsigned::<1>()
                .and_then(|name| self.memorise(name)),
            b'r' => self
                .input
                .unsigned::<4>()
                .and_then(|name| self.memorise(name)),
            0x94 => self.memorise(self.memo.len() as u64),
            b'h' => self
                .input
                .unsigned::<1>()
                .and_then(|name| self.recall(name)),
            b'j' => self
                .input
                .unsigned::<4>()
                .and_then(|name| self.recall(name)),
            _ => self.follow_object(instruction),
        }
    }

    fn follow_object(&mut self, instruction: u8) -> Result<(), String> {
        match instruction {
            // GLOBAL, STACK_GLOBAL
            b'c' => {
                let (module, name) = (self.input.line()?, self.input.line()?);
                self.push(Value::Named(Named::of(&module, &name)?))
            }
            0x93 => {
                let names = self.pop_many(2)?;
                match (self.value(names[0]), self.value(names[1])) {
                    (Value::Text { short: module, .. }, Value::Text { short: name, .. }) => {
                        self.push(Value::Named(Named::of(module, name)?))
                    }
                    _ => Err("a function without a name".to_owned()),
                }
            }
            // REDUCE, BUILD
            b'R' => {
                let pair = self.pop_many(2)?;
                match (self.value(pair[0]), self.value(pair[1])) {
                    (Value::Named(named), Value::Tuple(arguments)) => {
                        self.push(self.reduced(*named, arguments)?)
                    }
                    _ => {
                        Err("this pickle calls what is no function of numpy's; refused".to_owned())
                    }
                }
            }
            b'b' => {
                let state = self.pop()?;
                let object = *self.stack.last().ok_or_else(damaged)?;
                self.values[object] = self.built(self.value(object), self.value(state))?;
                Ok(())
            }
            // The text instructions of protocol 0 that stand where another begins with PROTO.
            b'S' | b'V' | b'I' | b'L' | b'F' | b'p' | b'g' => Err(
                "a pickle in text form (protocol 0); write it again with protocol 2 or later"
                    .to_owned(),
            ),
            other => Err(format!(
                "instruction 0x{other:02x} at byte {} is none that a batch of pictures needs; refused",
                self.input.at - 1
            )),
        }
    }

    fn push(&mut self, value: Value) -> Result<(), String> {
        if self.values.len() >= MOST_VALUES {
            return Err("more values than a batch of pictures has; refused".to_owned());
        }
        self.stack.push(self.values.len());
        self.values.push(value);
        Ok(())
    }

    /// The topmost of the stack; never what stands below the last mark.
    fn pop(&mut self) -> Result<usize, String> {
        if self
            .marks
            .last()
            .is_some_and(|&mark| mark >= self.stack.len())
        {
            return Err(damaged());
        }
        self.stack.pop().ok_or_else(damaged)
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<usize>, String> {
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(self.pop()?);
        }
        items.reverse();
        Ok(items)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<usize>, String> {
        let mark = self.marks.pop().ok_or_else(damaged)?;
        Ok(self.stack.split_off(mark))
    }

    fn extend(&mut self, items: Vec<usize>) -> Result<(), String> {
        let target = *self.stack.last().ok_or_else(damaged)?;
        match &mut self.values[target] {
            Value::List(all) | Value::Dict(all) => {
                all.extend(items);
                Ok(())
            }
            _ => Err(damaged()),
        }
    }

    fn memorise(&mut self, name: u64) -> Result<(), String> {
        let top = *self.stack.last().ok_or_else(damaged)?;
        self.memo.insert(name, top);
        if self.memo.len() > MOST_VALUES {
            return Err(damaged());
        }
        Ok(())
    }

    fn recall(&mut self, name: u64) -> Result<(), String> {
        let id = *self.memo.get(&name).ok_or_else(damaged)?;
        if self.stack.len() >= MOST_VALUES {
            return Err(damaged());
        }
        self.stack.push(id);
        Ok(())
    }

    /// LONG1: little-endian, two's complement, of any length; only those of 64 bits have a meaning.
    fn long(&mut self) -> Result<(), String> {
        let length = self.input.unsigned::<1>()?;
        let bytes = self.input.read(length)?;
        let negative = bytes.last().is_some_and(|&high| high >= 128);
        let mut whole = [if negative { 255 } else { 0 }; 8];
        if bytes.len() > whole.len() {
            return self.push(Value::Other);
        }
        whole[..bytes.len()].copy_from_slice(&bytes);
        self.push(Value::Int(i64::from_le_bytes(whole)))
    }

    fn string<const N: usize>(&mut self) -> Result<(), String> {
        let length = self.input.unsigned::<N>()?;
        let span = Span {
            offset: self.input.at,
            length,
            latin1_as_utf8: false,
        };
        let short = if length <= SHORT {
            self.input.read(length)?
        } else {
            self.input.pass(length)?;
            Vec::new()
        };
        self.push(Value::Text { short, span })
    }
}

fn damaged() -> String {
    "a damaged pickle; copy the file again from where it came from".to_owned()
}
