//! VGG, layer by layer.

use super::{Filter, Layer, Walk, Way};
use crate::vgg::Vgg;

impl Vgg {
    /// Its layers for pictures of this height and width.
    pub fn describe(&self, [height, width]: [usize; 2]) -> Vec<Layer> {
        let mut walk = Walk::new([3, height, width]);
        for (index, block) in self.blocks.iter().enumerate() {
            let block_number = index + 1;
            let pooled = (index > 0).then(|| walk.reduce(2));
            walk.enter(format!("block {block_number}"), Way::Down);
            for (place, conv) in block.iter().enumerate() {
                let filter = Filter::from(conv);
                let mut costs = vec![walk.filter(filter)];
                costs.push(walk.written());
                costs.extend(pooled.filter(|_| place == 0));
                let path = format!("conv{block_number}_{}", place + 1);
                walk.layer(path, filter.name(), conv, &costs);
            }
        }
        walk.finish()
    }
}
