//! What a network is made of, without running it.

use burn::module::Module;
use burn::nn::conv::Conv2d;

use crate::efficientnet::FoldedConv;
use crate::parameter_count;
use crate::spectral::SpectralConv2d;

mod class_head;
mod discriminator;
mod encoder_unet;
mod unet;
mod vgg;

/// On which side of the U a layer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Maps become fewer pixels and more channels.
    Down,
    /// Back up to the picture.
    Up,
}

/// A layer of a network, for one picture of a given size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The module's path in the network, as in exported files.
    pub path: String,
    /// What it computes: `conv 3x3`, `self-attention` …
    pub kind: String,
    /// The block that it is part of: layers of one block follow each other.
    pub block: String,
    /// On which side of the U it stands.
    pub way: Way,
    /// The block whose maps join here.
    pub skip: Option<String>,
    /// Channels, height and width of what it gives.
    pub output: [usize; 3],
    /// Numbers that are learned, as [`parameter_count`] counts them.
    pub parameters: usize,
    /// Multiplications with an addition, as convolutions, dense layers and matrix products have
    /// them; activations, pooling and enlarging are not counted.
    pub multiply_adds: u64,
    /// Numbers that it makes, those within it included: what a training step keeps of it until the
    /// gradient has come back, roughly.
    pub activations: u64,
}

/// Goes through a network as `forward` does, with sizes in place of maps.
pub(crate) struct Walk {
    /// Channels, height and width at this point.
    pub maps: [usize; 3],
    layers: Vec<Layer>,
    block: String,
    way: Way,
    skip: Option<String>,
}

/// What a layer costs for one picture.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    pub multiply_adds: u64,
    pub activations: u64,
}

impl Walk {
    pub fn new(input: [usize; 3]) -> Self {
        Self {
            maps: input,
            layers: Vec::new(),
            block: String::new(),
            way: Way::Down,
            skip: None,
        }
    }

    pub fn finish(self) -> Vec<Layer> {
        self.layers
    }

    /// The layers that follow belong to `block`.
    pub fn enter(&mut self, block: impl Into<String>, way: Way) {
        self.block = block.into();
        self.way = way;
    }

    /// Beside the maps here, the next layer takes maps of `channels` of an earlier block.
    pub fn join(&mut self, block: &str, channels: usize) -> Cost {
        self.skip = Some(block.to_owned());
        self.maps[0] += channels;
        self.written()
    }

    /// Height and width are multiplied by `by`; nothing is learned.
    pub fn enlarge(&mut self, by: usize) -> Cost {
        self.maps = [self.maps[0], self.maps[1] * by, self.maps[2] * by];
        self.written()
    }

    /// Height and width are divided by `by`, as average pooling does.
    pub fn reduce(&mut self, by: usize) -> Cost {
        self.maps = [self.maps[0], self.maps[1] / by, self.maps[2] / by];
        self.written()
    }

    /// The maps here, written once more.
    pub fn written(&self) -> Cost {
        Cost {
            multiply_adds: 0,
            activations: self.elements(),
        }
    }

    pub fn elements(&self) -> u64 {
        self.maps.iter().map(|&extent| extent as u64).product()
    }

    /// A convolution turns the maps into others.
    pub fn filter(&mut self, filter: Filter) -> Cost {
        let [out, of_group, height, width] = filter.weight;
        let side = |extent: usize, kernel: usize| {
            (extent + filter.padding).saturating_sub(kernel) / filter.stride + 1
        };
        self.maps = [out, side(self.maps[1], height), side(self.maps[2], width)];
        Cost {
            multiply_adds: self.elements() * (of_group * height * width) as u64,
            activations: self.elements(),
        }
    }

    /// The layer of `module` is done: it made the maps here.
    pub fn layer<M: Module>(
        &mut self,
        path: impl Into<String>,
        kind: impl Into<String>,
        module: &M,
        costs: &[Cost],
    ) {
        self.row(path, kind, parameter_count(module), costs);
    }

    /// The same with what is known of a module, or of something without parameters.
    pub fn row(
        &mut self,
        path: impl Into<String>,
        kind: impl Into<String>,
        parameters: usize,
        costs: &[Cost],
    ) {
        self.layers.push(Layer {
            path: path.into(),
            kind: kind.into(),
            block: self.block.clone(),
            way: self.way,
            skip: self.skip.take(),
            output: self.maps,
            parameters,
            multiply_adds: costs.iter().map(|cost| cost.multiply_adds).sum(),
            activations: costs.iter().map(|cost| cost.activations).sum(),
        });
    }

    /// Self-attention after the block here.
    pub fn attention(&mut self, path: &str, attention: &crate::SelfAttention) {
        let [channels, height, width] = self.maps;
        let (channels, positions) = (channels as u64, (height * width) as u64);
        let narrow = channels / 8;
        let projections = channels * (2 * narrow + channels) * positions;
        let products = positions * positions * (narrow + channels);
        let cost = Cost {
            multiply_adds: projections + products,
            // f, g, h; scores and their exponentials; the sum, scaled and added
            activations: (2 * narrow + 4 * channels) * positions + 2 * positions * positions,
        };
        let way = self.way;
        self.enter(path, way);
        self.layer(path, "self-attention", attention, &[cost]);
    }
}

/// The shape of a convolution.
#[derive(Clone, Copy)]
pub(crate) struct Filter {
    /// `[out, in / groups, k, k]`
    weight: [usize; 4],
    stride: usize,
    /// Zeros before and after together, on each axis.
    padding: usize,
}

impl Filter {
    /// `conv 3x3`, `conv 3x3 /2`.
    pub fn name(&self) -> String {
        let [.., height, width] = self.weight;
        let name = format!("conv {height}x{width}");
        match self.stride {
            1 => name,
            stride => format!("{name} /{stride}"),
        }
    }
}

impl From<&SpectralConv2d> for Filter {
    fn from(conv: &SpectralConv2d) -> Self {
        Self {
            weight: conv.weight.dims(),
            stride: conv.stride,
            padding: conv.padding.iter().sum(),
        }
    }
}

impl From<&FoldedConv> for Filter {
    fn from(conv: &FoldedConv) -> Self {
        Self {
            weight: conv.weight.dims(),
            stride: conv.stride,
            padding: conv.padding().iter().sum(),
        }
    }
}

impl From<&Conv2d> for Filter {
    /// Those of the decoder keep height and width.
    fn from(conv: &Conv2d) -> Self {
        Self {
            weight: conv.weight.dims(),
            stride: 1,
            padding: conv.kernel_size[0] - 1,
        }
    }
}
