//! The U-Net on a pretrained encoder, layer by layer.

use burn::module::Module;

use super::{Cost, Filter, Layer, Walk, Way};
use crate::efficientnet::{EfficientNetLite, InvertedResidual};
use crate::encoder_unet::EncoderUnet;
use crate::head::Head;
use crate::hints::HintLayers;
use crate::quantized::AbBins;

/// The way up ends with maps of a quarter of the picture.
const QUARTER: usize = 4;

impl EncoderUnet {
    /// See [`Generator::describe`](crate::Generator::describe).
    pub(crate) fn describe(&self, [height, width]: [usize; 2]) -> Vec<Layer> {
        let mut walk = Walk::new([1, height, width]);
        let stages = walk.encoder("encoder.", &self.encoder);
        let taps = Self::STAGES.map(|stage| stages[stage].clone());
        walk.enter("middle", Way::Up);
        walk.activated("middle", &self.middle);
        if let Some(hints) = &self.hints {
            walk.palette(&hints.palette);
            walk.points(hints, 0);
        }
        for (index, block) in self.up.iter().enumerate() {
            let (skip, channels) = &taps[taps.len() - 2 - index];
            walk.enter(format!("up.{index}"), Way::Up);
            let enlarged = walk.enlarge(2);
            let joined = walk.join(skip, *channels);
            let filter = Filter::from(&block.conv);
            let cost = walk.filter(filter);
            let costs = [enlarged, joined, cost, walk.written()];
            let kind = format!("bilinear x2, {}", filter.name());
            walk.layer(format!("up.{index}.conv"), kind, &block.conv, &costs);
            if let Some(hints) = &self.hints {
                walk.points(hints, index + 1);
            }
        }
        if let Some(attention) = &self.attention {
            walk.attention("attention", attention);
        }
        walk.enter("last", Way::Up);
        walk.activated("last", &self.last);
        walk.enter("output", Way::Up);
        if let Some(prior) = self.hints.as_ref().and_then(|hints| hints.prior.as_ref()) {
            let bins = prior.dims()[0];
            let cost = Cost {
                multiply_adds: (bins * bins) as u64,
                activations: 0,
            };
            walk.row("hints.prior", "likeness of colours, added", bins, &[cost]);
        }
        let filter = Filter::from(&self.output);
        walk.output(filter, &self.output, self.head, QUARTER);
        walk.finish()
    }
}

impl EfficientNetLite {
    /// Its layers for pictures of this height and width.
    pub fn describe(&self, [height, width]: [usize; 2]) -> Vec<Layer> {
        let [_, inputs, ..] = self.stem.weight.dims();
        let mut walk = Walk::new([inputs, height, width]);
        walk.encoder("", self);
        walk.finish()
    }
}

impl Walk {
    /// A convolution with an activation.
    fn activated(&mut self, path: &str, conv: &burn::nn::conv::Conv2d) {
        let filter = Filter::from(conv);
        let cost = self.filter(filter);
        let costs = [cost, self.written()];
        self.layer(path, filter.name(), conv, &costs);
    }

    /// The names of the stages with their channels.
    fn encoder(&mut self, prefix: &str, encoder: &EfficientNetLite) -> Vec<(String, usize)> {
        self.enter("stem", Way::Down);
        let filter = Filter::from(&encoder.stem);
        let cost = self.filter(filter);
        let costs = [cost, self.written()];
        self.layer(
            format!("{prefix}stem"),
            filter.name(),
            &encoder.stem,
            &costs,
        );
        let mut stages = Vec::new();
        let mut index = 0;
        for blocks in encoder.by_stage() {
            let name = format!("stage {}", stages.len() + 1);
            self.enter(&name, Way::Down);
            for block in blocks {
                self.inverted_residual(format!("{prefix}blocks.{index}"), block);
                index += 1;
            }
            stages.push((name, self.maps[0]));
        }
        stages
    }

    fn inverted_residual(&mut self, path: String, block: &InvertedResidual) {
        let mut costs = Vec::new();
        if let Some(expand) = &block.expand {
            costs.push(self.filter(Filter::from(expand)));
            costs.push(self.written());
        }
        let depthwise = Filter::from(&block.depthwise);
        costs.push(self.filter(depthwise));
        costs.push(self.written());
        costs.push(self.filter(Filter::from(&block.project)));
        if block.residual {
            costs.push(self.written());
        }
        let name = depthwise.name().replace("conv", "inverted residual");
        self.layer(path, name, block, &costs);
    }

    /// A convolution of points, added to the maps of a level.
    fn points(&mut self, hints: &HintLayers, level: usize) {
        let [_, height, width] = self.maps;
        let weights = hints.points[level].num_params();
        let mut cost = self.written();
        cost.multiply_adds = (weights * height * width) as u64;
        let name = format!("hints.points.{level}");
        self.layer(name, "conv 3x3, added", &hints.points[level], &[cost]);
    }

    /// A dense layer on shares of colours, added to the maps here.
    pub(super) fn palette(&mut self, palette: &burn::nn::Linear) {
        let [colours, channels] = palette.weight.dims();
        let mut cost = self.written();
        cost.multiply_adds = (colours * channels) as u64;
        self.layer("palette", "dense, added", palette, &[cost]);
    }

    /// The last layer and what makes planes of it, which are then enlarged.
    pub(super) fn output<M: Module>(
        &mut self,
        filter: Filter,
        output: &M,
        head: Head,
        enlarge: usize,
    ) {
        let cost = self.filter(filter);
        match head {
            Head::Distribution => {
                self.layer("output", filter.name(), output, &[cost]);
                let shares = self.written();
                self.maps[0] = head.channels();
                let mean = Cost {
                    multiply_adds: self.elements() * AbBins::count() as u64,
                    activations: self.elements(),
                };
                self.row("output.mean", "annealed mean", 0, &[shares, mean]);
            }
            Head::Chroma | Head::Rgb => {
                let kind = format!("{}, tanh", filter.name());
                let costs = [cost, self.written()];
                self.layer("output", kind, output, &costs);
            }
        }
        if enlarge > 1 {
            self.enter("enlarge", Way::Up);
            let cost = self.enlarge(enlarge);
            self.row("output.resize", format!("bilinear x{enlarge}"), 0, &[cost]);
        }
    }
}
