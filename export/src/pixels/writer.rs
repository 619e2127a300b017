//! Arithmetic on whole pictures, written down as nodes.

use colorize_rt::onnx::{AttributeProto, DataType};

use crate::graph::{GraphBuilder, int, ints};

/// Writes nodes whose names begin with `pixels.`, so that they can be told from the network's.
#[derive(Default)]
pub(super) struct Writer {
    pub graph: GraphBuilder,
}

/// What every name begins with that is not of the network.
pub(super) const PREFIX: &str = "pixels.";

impl Writer {
    /// A node without attributes; gives the name of what it makes.
    pub fn op(&mut self, operator: &str, name: &str, inputs: &[&str]) -> String {
        self.with(operator, name, inputs, vec![])
    }

    pub fn with(
        &mut self,
        operator: &str,
        name: &str,
        inputs: &[&str],
        attributes: Vec<AttributeProto>,
    ) -> String {
        let name = format!("{PREFIX}{name}");
        self.graph.node(operator, &name, inputs, attributes)
    }

    /// A number, which all that take it share.
    pub fn number(&mut self, value: f32) -> String {
        let name = format!("{PREFIX}{value}");
        self.graph.floats(&name, &[], &[value])
    }

    /// A whole number, alone (for a place) …
    pub fn place(&mut self, value: i64) -> String {
        let name = format!("{PREFIX}place.{value}");
        self.graph.integer(&name, value)
    }

    /// … and as a list of one, or of several.
    pub fn whole(&mut self, value: i64) -> String {
        self.whole_list(&[value])
    }

    pub fn whole_list(&mut self, values: &[i64]) -> String {
        let text: Vec<String> = values.iter().map(i64::to_string).collect();
        let name = format!("{PREFIX}whole.{}", text.join("_"));
        self.graph.integers(&name, values)
    }

    pub fn floats(&mut self, name: &str, shape: &[i64], values: &[f32]) -> String {
        self.graph.floats(&format!("{PREFIX}{name}"), shape, values)
    }

    pub fn cast(&mut self, name: &str, x: &str, kind: DataType) -> String {
        let to = vec![int("to", i64::from(i32::from(kind)))];
        self.with("Cast", name, &[x], to)
    }

    /// `x + number`, and so on.
    pub fn add(&mut self, name: &str, x: &str, number: f32) -> String {
        let number = self.number(number);
        self.op("Add", name, &[x, &number])
    }

    pub fn sub(&mut self, name: &str, x: &str, number: f32) -> String {
        let number = self.number(number);
        self.op("Sub", name, &[x, &number])
    }

    pub fn mul(&mut self, name: &str, x: &str, number: f32) -> String {
        let number = self.number(number);
        self.op("Mul", name, &[x, &number])
    }

    pub fn pow(&mut self, name: &str, x: &str, exponent: f32) -> String {
        let exponent = self.number(exponent);
        self.op("Pow", name, &[x, &exponent])
    }

    pub fn clip(&mut self, name: &str, x: &str, [least, most]: [f32; 2]) -> String {
        let (least, most) = (self.number(least), self.number(most));
        self.op("Clip", name, &[x, &least, &most])
    }

    /// Every pixel by itself through a matrix: `[batch, columns, pixels]` to `[batch, rows, pixels]`.
    /// No 1x1 convolution, for which ONNX Runtime would pad three channels to sixteen.
    pub fn matrix<const COLUMNS: usize>(
        &mut self,
        name: &str,
        x: &str,
        matrix: &[[f64; COLUMNS]],
    ) -> String {
        let shape = [matrix.len() as i64, COLUMNS as i64];
        let matrix = self.doubles(&format!("{name}.matrix"), &shape, matrix.as_flattened());
        self.op("MatMul", name, &[&matrix, x])
    }

    /// The same of maps, `[batch, columns, height, width]`, which are small.
    pub fn matrix_of_maps<const COLUMNS: usize>(
        &mut self,
        name: &str,
        x: &str,
        matrix: &[[f64; COLUMNS]],
    ) -> String {
        let shape = [matrix.len() as i64, COLUMNS as i64, 1, 1];
        let weight = self.doubles(&format!("{name}.weight"), &shape, matrix.as_flattened());
        // Kernel and stride could be left out, but rten 0.27 asks for them.
        let attributes = vec![ints("kernel_shape", &[1, 1]), ints("strides", &[1, 1])];
        self.with("Conv", name, &[x, &weight], attributes)
    }

    /// A constant of 32-bit floats.
    pub fn doubles(&mut self, name: &str, shape: &[i64], values: &[f64]) -> String {
        let values: Vec<f32> = values.iter().map(|&value| value as f32).collect();
        self.floats(name, shape, &values)
    }

    /// `curve` of x from `knee` on, and below it a straight line of this slope that meets the curve
    /// there: how sRGB and CIELAB go on towards black.
    pub fn bent(
        &mut self,
        name: &str,
        x: &str,
        (knee, slope): (f32, f32),
        curve: impl FnOnce(&mut Self, &str) -> String,
    ) -> String {
        let knee = self.number(knee);
        let upper = self.op("Max", &format!("{name}.upper"), &[x, &knee]);
        let curve = curve(self, &upper);
        let below = self.op("Sub", &format!("{name}.below"), &[x, &upper]);
        let line = self.mul(&format!("{name}.line"), &below, slope);
        self.op("Add", name, &[&curve, &line])
    }
}
