//! Between the photograph's size and the network's.
//!
//! Not by Resize: rten's has neither cubic nor antialias, which ONNX itself has only since version
//! 18, and of ONNX's filters none is the runtime's. Resizing is a matrix from the left and one from
//! the right, which every engine multiplies well; the matrices are worked out in the graph. So the
//! filters are those of the runtime: Hamming where a side shrinks, Catmull-Rom where none does.

use std::f32::consts::PI;

use super::sizes::{Sizes, centres};
use super::writer::Writer;
use crate::graph::{int, ints};

/// The matrices to the network's size and back.
pub(super) struct Resize {
    /// Rows and columns of pictures.
    reduce: [String; 2],
    enlarge: [String; 2],
}

impl Resize {
    pub fn write(w: &mut Writer, sizes: &Sizes) -> Self {
        let working = sizes.working.both(w);
        let shrunk = w.op("Sub", "shrunk", &[&sizes.photograph, &working]);
        let zero = w.number(0.0);
        let scalar = || vec![int("keepdims", 0)];
        let most = w.with("ReduceMax", "shrunk.most", &[&shrunk], scalar());
        let least = w.with("ReduceMin", "shrunk.least", &[&shrunk], scalar());
        let shrinks = w.op("Greater", "reduce.shrinks", &[&most, &zero]);
        let back = w.op("Less", "enlarge.shrinks", &[&least, &zero]);

        let [rows, columns] = [("rows", 0), ("columns", 1)].map(|(name, axis)| {
            let distances = distances(w, name, sizes, axis);
            let hamming = hamming(w, &format!("{name}.hamming"), &distances);
            let cubic = catmull_rom(w, &format!("{name}.catmull_rom"), &distances);
            // `[working, photograph]`; what is summed up is what one pixel is made of.
            let mut weights = |way: &str, shrinks: &str, axis: i64| {
                let name = format!("{name}.{way}");
                let chosen = format!("{name}.chosen");
                let chosen = w.op("Where", &chosen, &[shrinks, &hamming, &cubic]);
                let axis = w.whole(axis);
                let sums = w.op("ReduceSum", &format!("{name}.sums"), &[&chosen, &axis]);
                w.op("Div", &name, &[&chosen, &sums])
            };
            [weights("reduce", &shrinks, 1), weights("enlarge", &back, 0)]
        });
        let [reduce_rows, enlarge_rows] = rows;
        let [reduce_columns, enlarge_columns] = columns;
        let mut turned = |name: &str, matrix: &str| {
            let swap = vec![ints("perm", &[1, 0])];
            w.with("Transpose", name, &[matrix], swap)
        };
        Self {
            reduce: [
                reduce_rows,
                turned("columns.reduce.turned", &reduce_columns),
            ],
            enlarge: [
                turned("rows.enlarge.turned", &enlarge_rows),
                enlarge_columns,
            ],
        }
    }

    /// Planes of the photograph's size at the network's.
    pub fn reduce(&self, w: &mut Writer, name: &str, x: &str) -> String {
        apply(w, name, x, &self.reduce)
    }

    /// Planes of the network's size at the photograph's.
    pub fn enlarge(&self, w: &mut Writer, name: &str, x: &str) -> String {
        apply(w, name, x, &self.enlarge)
    }
}

fn apply(w: &mut Writer, name: &str, x: &str, [rows, columns]: &[String; 2]) -> String {
    let x = w.op("MatMul", &format!("{name}.rows"), &[rows, x]);
    w.op("MatMul", name, &[&x, columns])
}

/// How far the centres of the network's pixels are from those of the photograph, in pixels of the
/// larger kind: `[working, photograph]`. It is the same on the way there and back.
fn distances(w: &mut Writer, name: &str, sizes: &Sizes, axis: usize) -> String {
    let part = |part: &str| format!("{name}.{part}");
    let (side, there) = centres(w, &part("photograph"), &sizes.photograph, axis);
    let (working, here) = sizes.working.centres(w, &part("working"), axis);
    let fewer = w.op("Min", &part("fewer"), &[&side, &working]);
    let apart = w.op("Sub", &part("apart"), &[&here, &there]);
    let pixels = w.op("Mul", &part("pixels"), &[&apart, &fewer]);
    w.op("Abs", &part("distances"), &[&pixels])
}

/// sin(π t) / (π t) · (0.54 + 0.46 cos(π t)) for t to 1, and 0 beyond.
fn hamming(w: &mut Writer, name: &str, distances: &str) -> String {
    let part = |part: &str| format!("{name}.{part}");
    // At 0 the first factor is 1, which a small number gives, too.
    let near = w.clip(&part("near"), distances, [1e-6, 1.0]);
    let angle = w.mul(&part("angle"), &near, PI);
    let sine = w.op("Sin", &part("sine"), &[&angle]);
    let sinc = w.op("Div", &part("sinc"), &[&sine, &angle]);
    let cosine = w.op("Cos", &part("cosine"), &[&angle]);
    let cosine = w.mul(&part("scaled"), &cosine, 0.46);
    let window = w.add(&part("window"), &cosine, 0.54);
    w.op("Mul", name, &[&sinc, &window])
}

/// The cubic convolution of Keys 1981 with a = -1/2: with s = 2 - t and u = 1 - t, neither below 0,
/// it is s² (s - 1) / 2 + u² (1 - 2 u).
fn catmull_rom(w: &mut Writer, name: &str, distances: &str) -> String {
    let part = |part: &str| format!("{name}.{part}");
    let mut short_of = |reach: f32, to: &str| {
        let end = w.number(reach);
        let within = w.op("Min", &part(&format!("{to}.within")), &[distances, &end]);
        w.op("Sub", &part(to), &[&end, &within])
    };
    let (s, u) = (short_of(2.0, "s"), short_of(1.0, "u"));
    let square = w.op("Mul", &part("s.square"), &[&s, &s]);
    let factor = w.sub(&part("s.less"), &s, 1.0);
    let factor = w.mul(&part("s.factor"), &factor, 0.5);
    let outer = w.op("Mul", &part("outer"), &[&square, &factor]);
    let square = w.op("Mul", &part("u.square"), &[&u, &u]);
    let factor = w.mul(&part("u.scaled"), &u, -2.0);
    let factor = w.add(&part("u.factor"), &factor, 1.0);
    let inner = w.op("Mul", &part("inner"), &[&square, &factor]);
    w.op("Add", name, &[&outer, &inner])
}
