//! The forward pass of a U-Net on a pretrained encoder in other words, since burn-onnx's exporter knows
//! neither the clamp of ReLU6 nor softmax.

use burn::nn::conv::Conv2d;
use burn::tensor::activation::relu;
use burn::tensor::module::{avg_pool2d, conv2d, interpolate};
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor, TensorData};
use colorize_models::{
    AbBins, EncoderUnet, FoldedConv, Head, HintLayers, Hints, InvertedResidual,
};

/// What stands for two operations of the network.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// For ReLU6.
    pub relu6: fn(Tensor<4>) -> Tensor<4>,
    /// For softmax over the channels.
    pub softmax: fn(Tensor<4>) -> Tensor<4>,
}

/// As `EncoderUnet` computes it, from gray, and from hints where it takes them: the colours, how sure
/// they are, and the distribution's logits.
pub fn forward(
    network: &EncoderUnet,
    gray: Tensor<4>,
    hints: Option<Hints>,
    words: Words,
) -> Vec<Tensor<4>> {
    let activation = words.relu6;
    let size = [gray.dims()[2], gray.dims()[3]];
    let level = gray.add_scalar(1.0).mul_scalar(127.5);
    let level = level.sub_scalar(127.0).div_scalar(128.0);
    let steer = network.hints.as_ref().zip(hints.as_ref());
    let mut x = activation(folded(&network.encoder.stem, level));
    let mut maps = Vec::new();
    for blocks in network.encoder.by_stage() {
        for block in blocks {
            x = residual(block, x, activation);
        }
        maps.push(x.clone());
    }
    let [at4, at8, at16, at32] = EncoderUnet::STAGES.map(|stage| maps[stage].clone());
    let mut x = same(&network.middle, at32);
    if let Some((layers, hints)) = steer {
        let colours = layers.palette.forward(hints.palette.clone());
        x = points(layers, 0, x + colours.unsqueeze_dims(&[2, 3]), hints);
    }
    let mut x = relu(x);
    for (index, (block, skip)) in network.up.iter().zip([at16, at8, at4]).enumerate() {
        let [.., height, width] = skip.dims();
        x = Tensor::cat(vec![enlarge(x, [height, width]), skip], 1);
        x = same(&block.conv, x);
        if let Some((layers, hints)) = steer {
            x = points(layers, index + 1, x, hints);
        }
        x = relu(x);
    }
    if let Some(attention) = &network.attention {
        x = attention.forward(x);
    }
    let x = relu(same(&network.last, x));
    let mut output = same(&network.output, x);
    if let Some((layers, hints)) = steer {
        output = prior(layers, output, hints);
    }
    let shares = (words.softmax)(output.clone().div_scalar(network.temperature));
    let device = output.device();
    // 1x1 convolutions: of a product with one row, burn makes a transposition, which the exporter
    // does not know either.
    let mean = |of| conv2d(shares.clone(), centres(&device, of), None, one_by_one());
    let norm = mean(|[a, b]| vec![a * a + b * b]);
    let mean = mean(|[a, b]| vec![a, b]);
    let spread = norm - (mean.clone() * mean.clone()).sum_dim(1);
    let half = (Head::HALF_SURE / Head::CHROMA_SCALE).powi(2) as f32;
    let sure = Tensor::from_data(TensorData::new(vec![half], [1, 1, 1, 1]), &device)
        / spread.add_scalar(half);
    vec![enlarge(mean, size), enlarge(sure, size), output]
}

/// Maps with what points say added.
fn points(layers: &HintLayers, level: usize, x: Tensor<4>, hints: &Hints) -> Tensor<4> {
    let side = HintLayers::SIDES[level];
    let means = avg_pool2d(hints.planes.clone(), AvgPoolOptions::new([side, side]));
    let known = means.clone().narrow(1, 2, 1).add_scalar(HintLayers::FAINT);
    let loudness = TensorData::new(HintLayers::LOUDNESS.to_vec(), [1, 3, 1, 1]);
    let planes = means / known * Tensor::from_data(loudness, &x.device());
    x + same(&layers.points[level], planes)
}

/// Logits with what a palette says of them added.
fn prior(layers: &HintLayers, x: Tensor<4>, hints: &Hints) -> Tensor<4> {
    let Some(weights) = &layers.prior else {
        return x;
    };
    let bins = AbBins::count();
    let device = x.device();
    let likeness = TensorData::new(AbBins::likenesses(), [bins, bins]);
    let like = hints.palette.clone().matmul(Tensor::from_data(likeness, &device));
    let halves = Tensor::<2>::full([bins, 1], 0.5, &device);
    let half = hints.palette.clone().matmul(halves);
    let there = like.clone() / like.add_scalar(HintLayers::RARE);
    x + ((there - half) * weights.val().unsqueeze::<2>()).unsqueeze_dims(&[2, 3])
}

fn residual(
    block: &InvertedResidual,
    x: Tensor<4>,
    activation: fn(Tensor<4>) -> Tensor<4>,
) -> Tensor<4> {
    let mut y = x.clone();
    if let Some(expand) = &block.expand {
        y = activation(folded(expand, y));
    }
    y = activation(folded(&block.depthwise, y));
    y = folded(&block.project, y);
    if block.residual { x + y } else { y }
}

fn folded(conv: &FoldedConv, x: Tensor<4>) -> Tensor<4> {
    let [before, after] = conv.padding();
    let padding = [(before, after), (before, after)];
    let options = ConvOptions::new_with_padding([conv.stride; 2], padding, [1, 1], conv.groups);
    conv2d(x, conv.weight.val(), Some(conv.bias.val()), options)
}

fn same(conv: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    let [height, width] = conv.kernel_size.map(|side| side / 2);
    let options = ConvOptions::new([1, 1], [height, width], [1, 1], 1);
    let bias = conv.bias.as_ref().map(|bias| bias.val());
    conv2d(x, conv.weight.val(), bias, options)
}

/// Numbers of each bin's colour, `[numbers, bins, 1, 1]`.
fn centres(device: &Device, numbers: fn([f32; 2]) -> Vec<f32>) -> Tensor<4> {
    let scaled = |of: &[f32; 2]| numbers(of.map(|value| value / Head::CHROMA_SCALE as f32));
    let of_bins: Vec<Vec<f32>> = AbBins::centres().iter().map(scaled).collect();
    let planes = of_bins.first().map_or(0, Vec::len);
    let plane = |place: usize| of_bins.iter().map(move |numbers| numbers[place]);
    let values: Vec<f32> = (0..planes).flat_map(plane).collect();
    Tensor::from_data(
        TensorData::new(values, [planes, AbBins::count(), 1, 1]),
        device,
    )
}

fn one_by_one() -> ConvOptions<2> {
    ConvOptions::new([1, 1], [0, 0], [1, 1], 1)
}

fn enlarge(x: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    let options = InterpolateOptions::new(InterpolateMode::Bilinear)
        .with_align_corners(false)
        .with_output_size(size);
    interpolate(x, options)
}
