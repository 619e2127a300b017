//! The operations that are ours, because rten's take long.

use rten::Value;
use rten_tensor::Layout;

use super::depthwise::Depthwise;
use super::enlargement::enlarged;

/// What a value of `[n, c, h, w]` becomes.
pub(super) enum Operation {
    Depthwise(Depthwise),
    /// Bilinear, of pixels that keep their outer edges.
    Enlargement {
        times: usize,
    },
}

impl Operation {
    /// Nothing if the value is not of such a shape.
    pub fn run(&self, input: &Value) -> Option<Value> {
        let input = input.as_tensor_view::<f32>()?;
        let shape = <[usize; 4]>::try_from(input.shape()).ok()?;
        let input = input.to_contiguous();
        let (output, shape) = match self {
            Self::Depthwise(convolution) => convolution.run(input.data(), shape)?,
            Self::Enlargement { times } => enlarged(input.data(), shape, *times)?,
        };
        Value::from_shape(&shape, output).ok()
    }
}
