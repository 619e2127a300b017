//! Watching a network while it computes.

use std::cell::RefCell;

use burn::tensor::Tensor;

thread_local! {
    static TRACE: RefCell<Option<Vec<Tensor<4>>>> = const { RefCell::new(None) };
}

/// Computes, and gives what each convolution made besides, in the order in which they ran: the
/// layers that an exported file has under their names. On this thread only.
pub fn trace<R>(compute: impl FnOnce() -> R) -> (R, Vec<Tensor<4>>) {
    let outer = TRACE.replace(Some(Vec::new()));
    let result = compute();
    let maps = TRACE.replace(outer).unwrap_or_default();
    (result, maps)
}

/// A convolution made these maps.
pub(crate) fn note(maps: &Tensor<4>) {
    TRACE.with_borrow_mut(|trace| {
        if let Some(trace) = trace {
            trace.push(maps.clone());
        }
    });
}
