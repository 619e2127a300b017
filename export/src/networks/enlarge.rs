//! Larger maps.

use crate::graph::{GraphBuilder, word};

/// Every pixel twice on both axes.
pub(super) fn nearest_twice(graph: &mut GraphBuilder, path: &str, x: &str) -> String {
    let attributes = vec![
        word("mode", "nearest"),
        word("coordinate_transformation_mode", "asymmetric"),
        word("nearest_mode", "floor"),
    ];
    resize(graph, path, x, ("twice", 2.0), attributes)
}

/// Twice the height and the width, bilinear; the outer edges of the pixels stay at the edges.
pub(super) fn bilinear_twice(graph: &mut GraphBuilder, path: &str, x: &str) -> String {
    bilinear(graph, path, x, ("twice", 2.0))
}

/// The same, four times.
pub(super) fn bilinear_four_times(graph: &mut GraphBuilder, path: &str, x: &str) -> String {
    bilinear(graph, path, x, ("four_times", 4.0))
}

fn bilinear(graph: &mut GraphBuilder, path: &str, x: &str, scale: (&str, f32)) -> String {
    let attributes = vec![
        word("mode", "linear"),
        word("coordinate_transformation_mode", "half_pixel"),
    ];
    resize(graph, path, x, scale, attributes)
}

fn resize(
    graph: &mut GraphBuilder,
    path: &str,
    x: &str,
    (name, scale): (&str, f32),
    attributes: Vec<colorize_rt::onnx::AttributeProto>,
) -> String {
    let scales = graph.floats(name, &[4], &[1.0, 1.0, scale, scale]);
    graph.node("Resize", path, &[x, "", &scales], attributes)
}
