//! The head of the classifier, layer by layer.

use super::{Cost, Filter, Layer, Walk, Way};
use crate::class_head::ClassHead;

impl ClassHead {
    /// Its layers for a map of this height and width: a 32nd of the picture's.
    pub fn describe(&self, [height, width]: [usize; 2]) -> Vec<Layer> {
        let [_, channels, ..] = self.conv.weight.dims();
        let mut walk = Walk::new([channels, height, width]);
        walk.enter("classes", Way::Down);
        let filter = Filter::from(&self.conv);
        let cost = walk.filter(filter);
        let costs = [cost, walk.written()];
        walk.layer("head.conv", filter.name(), &self.conv, &costs);
        let [features, classes] = self.linear.weight.dims();
        walk.maps = [classes, 1, 1];
        let cost = Cost {
            multiply_adds: (features * classes) as u64,
            activations: (features + classes) as u64,
        };
        walk.layer("head.linear", "mean, dense", &self.linear, &[cost]);
        walk.finish()
    }
}
