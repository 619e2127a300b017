//! What goes into the networks: several shapes, several kinds of values.

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor};
use colorize_export::verify::{Given, given, noise, tensor};
use colorize_rt::color;
use image::imageops::FilterType;
use ndarray::{Array4, ArrayViewD};

/// Values in [-1, 1].
pub struct Input {
    /// For people.
    pub name: &'static str,
    /// `[batch, channels, height, width]`
    pub values: Array4<f32>,
    /// Hints, where the network takes them.
    pub given: Option<Given>,
}

impl Input {
    /// With hints, the same for the same number.
    #[must_use]
    pub fn with_hints(mut self, number: u64) -> Self {
        self.given = Some(given(self.values.dim().into(), number));
        self
    }

    /// The values as burn takes them, on a device.
    pub fn tensor(&self, device: &Device) -> Tensor<4> {
        tensor(self.values.view()).to_device(device)
    }

    /// What goes into a graph beside the first input, by name.
    pub fn further(&self) -> Vec<(&'static str, ArrayViewD<'_, f32>)> {
        self.given.iter().flat_map(Given::tensors).collect()
    }
}

/// Of which side the largest picture is that a network with attention over full-size maps is given:
/// at 512, 65,536 positions at half the size look at one another, which is 17 GB.
pub const LARGEST_WITH_ATTENTION: usize = 128;

/// Gray pictures: batches of 1, 3 and 8; 64x64 up to `largest`, square and not; noise, extremes,
/// black, white, photographs.
///
/// # Errors
/// A photograph of the repository cannot be read.
pub fn gray(largest: usize) -> Result<Vec<Input>, String> {
    let mut inputs = vec![
        input("noise, 64x64", noise([1, 1, 64, 64], 1)),
        input("noise, 8 of 64x64", noise([8, 1, 64, 64], 2)),
        input("noise, 3 of 96x160", noise([3, 1, 96, 160], 3)),
        input("black", Array4::from_elem([1, 1, 64, 64], -1.0)),
        input("white", Array4::from_elem([1, 1, 64, 64], 1.0)),
        input("extremes", extremes([1, 1, 64, 64])),
        input("photograph, 64x128", photograph("chelsea", [64, 128])?),
    ];
    if largest < 256 {
        let values = photograph("coffee", [largest, largest])?;
        inputs.push(input("photograph, large", values));
    } else {
        inputs.push(input(
            "photograph, 256x256",
            photograph("coffee", [256, 256])?,
        ));
        inputs.push(input("noise, 512x512", noise([1, 1, 512, 512], 4)));
    }
    Ok(inputs)
}

/// Maps of so many channels, as a part of a network is given.
pub fn maps(channels: usize) -> Vec<Input> {
    let c = channels;
    vec![
        input("noise", noise([1, c, 32, 32], 1)),
        input("noise, 16x16", noise([1, c, 16, 16], 4)),
        input("noise, 3 of 16x48", noise([3, c, 16, 48], 2)),
        input("zeros", Array4::zeros([1, c, 16, 16])),
        input("extremes", extremes([1, c, 32, 32])),
    ]
}

/// RGB pictures of a side, and others where a network takes them.
pub fn rgb(side: usize) -> Vec<Input> {
    vec![
        input("noise", noise([1, 3, side, side], 1)),
        input("noise, 8", noise([8, 3, side, side], 2)),
        input("noise, 3, not square", noise([3, 3, side, 2 * side], 3)),
        input("black", Array4::from_elem([1, 3, side, side], -1.0)),
        input("extremes", extremes([1, 3, side, side])),
    ]
}

/// The photographs of the repository that the suite paints.
pub fn photograph_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../examples/photographs/{name}.jpg"))
}

fn input(name: &'static str, values: Array4<f32>) -> Input {
    Input {
        name,
        values,
        given: None,
    }
}

/// A chequerboard of the least and the largest.
fn extremes(shape: [usize; 4]) -> Array4<f32> {
    Array4::from_shape_fn(shape, |(_, _, y, x)| match (x / 4 + y / 4) % 2 {
        0 => 1.0,
        _ => -1.0,
    })
}

/// The lightness of a photograph, L* / 50 - 1.
fn photograph(name: &str, [height, width]: [usize; 2]) -> Result<Array4<f32>, String> {
    let path = photograph_path(name);
    let photograph = image::open(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let rgb = photograph.resize_to_fill(width as u32, height as u32, FilterType::Triangle);
    let rgb = rgb.to_rgb8();
    Ok(Array4::from_shape_fn(
        [1, 1, height, width],
        |(_, _, y, x)| {
            let pixel = rgb.get_pixel(x as u32, y as u32).0;
            let [lightness, ..] = color::srgb_to_lab(pixel.map(|v| f64::from(v) / 255.0));
            (lightness / 50.0 - 1.0) as f32
        },
    ))
}
