//! The reference's generator, layer by layer.

use super::{Cost, Filter, Layer, Walk, Way};
use crate::block::ConvBlock;
use crate::head::Head;
use crate::hints::WITH_HINTS;
use crate::unet::{CLASSIFIED, Unet};

impl Unet {
    /// See [`Generator::describe`](crate::Generator::describe).
    pub(crate) fn describe(&self, [height, width]: [usize; 2]) -> Vec<Layer> {
        let inputs = if self.palette.is_some() {
            WITH_HINTS
        } else {
            1
        };
        let mut walk = Walk::new([inputs, height, width]);
        let mut skips = Vec::new();
        for (level, block) in self.down.iter().enumerate() {
            let pooled = (level > 0).then(|| walk.reduce(2));
            let mut name = format!("down.{level}");
            walk.enter(&name, Way::Down);
            walk.conv_block(&name, block, pooled);
            if level == self.attention_level {
                "down_attention".clone_into(&mut name);
                walk.attention(&name, &self.down_attention);
            }
            skips.push((name, walk.maps[0]));
        }
        skips.pop();
        if let Some(palette) = &self.palette {
            walk.palette(palette);
        }
        for (index, block) in self.up.iter().enumerate() {
            let level = self.up.len() - 1 - index;
            let name = format!("up.{index}");
            walk.enter(&name, Way::Up);
            let enlarged = walk.enlarge(2);
            let filter = Filter::from(&block.conv);
            let cost = walk.filter(filter);
            let kind = format!("nearest x2, {}", filter.name());
            walk.layer(format!("{name}.conv"), kind, &block.conv, &[enlarged, cost]);
            let (skip, channels) = &skips[level];
            let joined = walk.join(skip, *channels);
            walk.conv_block(&format!("{name}.block"), &block.block, Some(joined));
            if level == self.attention_level {
                walk.attention("up_attention", &self.up_attention);
            }
        }
        walk.enter("output", Way::Up);
        let mut enlarge = 1;
        if self.head == Head::Distribution {
            enlarge = CLASSIFIED;
            walk.reduce(CLASSIFIED);
        }
        walk.output(Filter::from(&self.output), &self.output, self.head, enlarge);
        walk.finish()
    }
}

impl Walk {
    /// `before` is what it costs to make the block's input.
    fn conv_block(&mut self, path: &str, block: &ConvBlock, before: Option<Cost>) {
        let mut before = before;
        for (name, conv) in [("conv1", &block.conv1), ("conv2", &block.conv2)] {
            let filter = Filter::from(conv);
            let mut costs = vec![self.filter(filter), self.written()];
            costs.extend(before.take());
            self.layer(format!("{path}.{name}"), filter.name(), conv, &costs);
        }
    }
}
