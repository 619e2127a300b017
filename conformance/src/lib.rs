//! The same numbers in every engine, as tests.
//!
//! burn on the CPU is the reference. A [`Subject`] is a network, or a part of one, in burn and as an
//! ONNX file; a [`Column`] is an engine; each cell of the matrix is the largest difference between the
//! two, held to a named [`Tolerance`]. `tests/` has the fast part, `cargo xtask conformance` the whole.

mod blocks;
mod engines;
mod inputs;
mod matrix;
mod mutations;
mod networks;
mod outside;
mod pixels;
mod python;
mod random;
mod subject;

pub use blocks::blocks;
pub use engines::{Cell, Column, Kind};
pub use inputs::{Input, photograph_path};
pub use matrix::{Caught, Measured, Row, mutate, operators, pixels};
pub use mutations::{MUTATIONS, Mutation};
pub use networks::{
    ALL_PRECISIONS, configs, discriminators, generators, large, perceptual, shipped,
    shipped_checkpoint, subject,
};
pub use outside::{Named, Outside, Ran};
pub use pixels::{PixelDifference, painted, photographs};
pub use python::{Python, onnxruntime};
pub use random::{generator, large_activations, random};
pub use subject::{InBurn, MAPS, PLANES, Subject, Tolerance};
