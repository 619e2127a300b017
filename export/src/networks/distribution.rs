//! From the last convolution to planes.

use colorize_models::{AbBins, Head};

use super::join;
use crate::graph::{GraphBuilder, int, ints};

/// Planes of the values `x` that a network's last convolution, at `path`, gives.
pub(super) fn planes(
    graph: &mut GraphBuilder,
    path: &str,
    x: &str,
    (head, temperature): (Head, f64),
) -> String {
    match head {
        Head::Chroma | Head::Rgb => graph.node("Tanh", &join(path, "tanh"), &[x], vec![]),
        Head::Distribution => annealed_mean(graph, path, x, temperature),
    }
}

/// The mean colour of shares that are sharpened by `temperature`. The mean over the bins is a 1x1
/// convolution whose weights are their centres.
fn annealed_mean(graph: &mut GraphBuilder, path: &str, logits: &str, temperature: f64) -> String {
    let name = |part: &str| join(path, part);
    let temperature = graph.floats(&name("temperature"), &[1], &[temperature as f32]);
    let sharp = graph.node("Div", &name("sharp"), &[logits, &temperature], vec![]);
    let bins = vec![int("axis", 1)];
    let shares = graph.node("Softmax", &name("shares"), &[&sharp], bins);
    let plane = |axis: usize| {
        let centres = AbBins::centres().iter();
        centres.map(move |centre| centre[axis] / Head::CHROMA_SCALE as f32)
    };
    let centres: Vec<f32> = plane(0).chain(plane(1)).collect();
    let shape = [2, AbBins::count() as i64, 1, 1];
    let centres = graph.floats(&name("centres"), &shape, &centres);
    // Kernel and stride could be left out, but rten 0.27 asks for them.
    let attributes = vec![ints("kernel_shape", &[1, 1]), ints("strides", &[1, 1])];
    graph.node("Conv", &name("mean"), &[&shares, &centres], attributes)
}
