//! One step's photographs, spread over passes and devices.
//!
//! Data-parallel training as burn's optimisers provide for it: each device has a copy of the
//! networks, computes gradients on its share of the batch, and the first one sums them and steps.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use colorize_models::{Hints, Precision};

use crate::data::Batch;
use crate::hints::HintPlanes;

/// The tensors of one forward pass.
pub struct Pass {
    /// Which of the devices.
    pub device: usize,
    /// `[n, 1, r, r]` in [-1, 1].
    pub gray: Tensor<4>,
    /// `[n, 2 or 3, r, r]`: what should be painted.
    pub target: Tensor<4>,
    /// `[n, 3, r, r]`: the photograph.
    pub truth: Tensor<4>,
    /// Colours that are given away.
    pub hints: Option<Hints>,
    /// The same planes as `target`, on the host.
    pub planes: Vec<f32>,
    /// Pixels on each axis.
    pub side: usize,
    /// Photographs.
    pub len: usize,
}

/// Cuts each batch into one pass a device; the number of photographs is a multiple of theirs.
pub fn passes(batches: &[(Batch, Option<HintPlanes>)], devices: &[Device]) -> Vec<Pass> {
    let mut passes = Vec::with_capacity(batches.len() * devices.len());
    for (batch, hints) in batches {
        for (index, device) in devices.iter().enumerate() {
            let share = Share {
                index,
                count: devices.len(),
                len: batch.len / devices.len(),
                side: batch.side,
                device,
            };
            let hints = hints.as_ref().map(|hints| Hints {
                planes: share.planes(&hints.planes),
                palette: share.rows(&hints.palette),
            });
            passes.push(Pass {
                device: index,
                gray: share.planes(&batch.gray),
                target: share.planes(&batch.target),
                truth: share.planes(&batch.rgb),
                hints,
                planes: share.cut(&batch.target).to_vec(),
                side: batch.side,
                len: share.len,
            });
        }
    }
    passes
}

struct Share<'a> {
    index: usize,
    count: usize,
    len: usize,
    side: usize,
    device: &'a Device,
}

impl Share<'_> {
    fn cut<'v>(&self, values: &'v [f32]) -> &'v [f32] {
        let length = values.len() / self.count;
        &values[self.index * length..][..length]
    }

    fn planes(&self, values: &[f32]) -> Tensor<4> {
        let values = self.cut(values).to_vec();
        let pixels = self.side * self.side;
        let shape = [
            self.len,
            values.len() / (self.len * pixels),
            self.side,
            self.side,
        ];
        Tensor::from_data(TensorData::new(values, shape), self.device)
    }

    fn rows(&self, values: &[f32]) -> Tensor<2> {
        let values = self.cut(values).to_vec();
        let shape = [self.len, values.len() / self.len];
        Tensor::from_data(TensorData::new(values, shape), self.device)
    }
}

/// The network itself for the first device, copies for the others.
///
/// A clone would share the vectors of spectral normalisation, and each device would go on from
/// where another stopped: `valid` and `train` give a copy its own.
pub fn copies<M: Module>(module: &M, devices: &[Device]) -> Vec<M> {
    let others = devices[1..].iter();
    let others = others.map(|device| module.valid().train().fork(device));
    std::iter::once(module.clone()).chain(others).collect()
}

/// Computes each pass, those of one device one after the other and those of different devices at
/// the same time. Several times the same device, as in tests, is one device.
pub fn compute<I: Send, O: Send>(
    devices: &[Device],
    precision: Precision,
    passes: Vec<I>,
    device_of: impl Fn(&I) -> usize,
    pass: impl Fn(I) -> O + Sync,
) -> Vec<O> {
    // A thread has its own precision.
    let pass = |input| precision.scope(|| pass(input));
    let alike = devices.iter().all(|device| *device == devices[0]);
    if alike {
        return passes.into_iter().map(pass).collect();
    }
    let mut queues: Vec<Vec<(usize, I)>> = devices.iter().map(|_| Vec::new()).collect();
    for (index, input) in passes.into_iter().enumerate() {
        let device = device_of(&input);
        queues[device].push((index, input));
    }
    let pass = &pass;
    let mut done: Vec<(usize, O)> = std::thread::scope(|scope| {
        let threads: Vec<_> = queues
            .into_iter()
            .map(|queue| {
                let run = move || {
                    let results = queue.into_iter().map(|(index, input)| (index, pass(input)));
                    results.collect::<Vec<_>>()
                };
                scope.spawn(run)
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| match thread.join() {
                Ok(results) => results,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, output)| output).collect()
}
