//! The discriminator, layer by layer.

use super::{Cost, Filter, Layer, Walk, Way};
use crate::discriminator::Discriminator;

impl Discriminator {
    /// Its layers for pictures of this height and width: its own resolution or more.
    pub fn describe(&self, [height, width]: [usize; 2]) -> Vec<Layer> {
        let mut walk = Walk::new([3, height, width]);
        for (index, stage) in self.stages.iter().enumerate() {
            let name = format!("stages.{index}");
            walk.enter(&name, Way::Down);
            for (conv, module) in [("conv1", &stage.conv1), ("conv2", &stage.conv2)] {
                let filter = Filter::from(module);
                let cost = walk.filter(filter);
                let costs = [cost, walk.written()];
                walk.layer(format!("{name}.{conv}"), filter.name(), module, &costs);
            }
            if index == self.attention_stage {
                walk.attention("attention", &self.attention);
            }
        }
        walk.enter("last", Way::Down);
        let filter = Filter::from(&self.last);
        let cost = walk.filter(filter);
        let costs = [cost, walk.written()];
        walk.layer("last", filter.name(), &self.last, &costs);
        walk.enter("output", Way::Down);
        let [channels, ..] = walk.maps;
        walk.maps = [1, 1, 1];
        let cost = Cost {
            multiply_adds: channels as u64,
            activations: 1,
        };
        walk.layer("output", "mean, dense", &self.output, &[cost]);
        walk.finish()
    }
}
