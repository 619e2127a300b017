//! One channel of a picture.

/// A rectangle of values, row by row. Its sides are at least one and the number of
/// values is their product.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plane {
    pub width: u32,
    pub height: u32,
    pub values: Vec<f32>,
}

impl Plane {
    pub(crate) fn new(width: u32, height: u32, values: Vec<f32>) -> Self {
        debug_assert_eq!(values.len(), width as usize * height as usize);
        Plane {
            width,
            height,
            values,
        }
    }
}
