//! Engines that give up by a panic.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What `compute` gives, a panic being an error with its message and place.
///
/// # Errors
/// Its own, and its panic.
pub fn caught<T>(compute: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        panic::set_hook(Box::new(|info| {
            let place = info.location().map(|place| {
                let file = place.file().rsplit(['/', '\\']).next().unwrap_or_default();
                format!("{file}:{}", place.line())
            });
            PLACE.set(place);
        }));
    });
    panic::catch_unwind(AssertUnwindSafe(compute)).unwrap_or_else(|payload| {
        let place = PLACE
            .take()
            .map_or_else(String::new, |at| format!(" ({at})"));
        Err(format!("panicked: {}{place}", message(payload.as_ref())))
    })
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("without a message")
}
