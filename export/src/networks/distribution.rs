//! From the last convolution to planes.

use colorize_models::{AbBins, Head};

use colorize_train::contract::{CONFIDENCE, LOGITS};

use super::enlarge::bilinear_four_times;
use super::join;
use crate::graph::{GraphBuilder, Output, int, ints};

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

/// The mean colour of shares that are sharpened by `temperature`: the product of the shares with the
/// bins' centres. The bins are the last axis there, since engines take a softmax over any other axis
/// by transposing the maps, to and fro.
fn annealed_mean(graph: &mut GraphBuilder, path: &str, logits: &str, temperature: f64) -> String {
    let name = |part: &str| join(path, part);
    let temperature = graph.floats(&name("temperature"), &[1], &[temperature as f32]);
    let sharp = graph.node("Div", &name("sharp"), &[logits, &temperature], vec![]);
    let last = vec![ints("perm", &[0, 2, 3, 1])];
    let sharp = graph.node("Transpose", &name("sharp.last"), &[&sharp], last);
    let shares = graph.node("Softmax", &name("shares"), &[&sharp], vec![int("axis", -1)]);
    let plane = |axis: usize| {
        let centres = AbBins::centres().iter();
        centres.map(move |centre| centre[axis] / Head::CHROMA_SCALE as f32)
    };
    let centres: Vec<f32> = plane(0).zip(plane(1)).flat_map(<[f32; 2]>::from).collect();
    let mean = over_bins(graph, path, "mean", &shares, ("centres", &centres));
    if !graph.is_steered() {
        return mean;
    }
    let norms: Vec<f32> = plane(0).zip(plane(1)).map(|(a, b)| a * a + b * b).collect();
    let norm = over_bins(graph, path, "norm", &shares, ("norms", &norms));
    confidence(graph, path, &mean, &norm);
    let logits = Output::smaller_maps(logits, LOGITS, AbBins::count());
    graph.offer(logits);
    mean
}

/// The mean over the bins, the last axis, of one or more numbers that each has: `[bins, planes]`.
fn over_bins(
    graph: &mut GraphBuilder,
    path: &str,
    node: &str,
    shares: &str,
    (of, numbers): (&str, &[f32]),
) -> String {
    let shape = [AbBins::count(), numbers.len() / AbBins::count()];
    let numbers = graph.floats(&join(path, of), &shape.map(|n| n as i64), numbers);
    let product = join(path, &format!("{node}.last"));
    let product = graph.node("MatMul", &product, &[shares, &numbers], vec![]);
    let second = vec![ints("perm", &[0, 3, 1, 2])];
    graph.node("Transpose", &join(path, node), &[&product], second)
}

/// Offers how sure the distribution is of its mean: k² / (k² + spread), where the spread is the mean
/// of the squares less the square of the mean.
fn confidence(graph: &mut GraphBuilder, path: &str, mean: &str, norm: &str) {
    let name = |part: &str| join(path, part);
    let square = graph.node("Mul", &name("mean.square"), &[mean, mean], vec![]);
    let ones = graph.floats(&name("ones"), &[1, 2, 1, 1], &[1.0; 2]);
    let attributes = vec![ints("kernel_shape", &[1, 1]), ints("strides", &[1, 1])];
    let inputs = [&*square, &ones];
    let square = graph.node("Conv", &name("mean.norm"), &inputs, attributes);
    let spread = graph.node("Sub", &name("spread"), &[norm, &square], vec![]);
    let half = (Head::HALF_SURE / Head::CHROMA_SCALE).powi(2) as f32;
    let half = graph.floats(&name("half_sure"), &[1], &[half]);
    let sum = graph.node("Add", &name("spread.beside"), &[&spread, &half], vec![]);
    let sure = graph.node("Div", &name("sure"), &[&half, &sum], vec![]);
    let sure = bilinear_four_times(graph, &name("sure.resize"), &sure);
    graph.offer(Output::maps(&sure, CONFIDENCE, 1));
}
