//! CIELAB to sRGB on tensors, differentiable: the discriminator and the perceptual loss see RGB.

use burn::tensor::{Device, Tensor, TensorData};
use colorize_models::Head;
use colorize_rt::color;

/// The straight part of sRGB's curve ends here, in linear light.
const LINEAR_END: f64 = 0.003_130_8;
/// The straight part of CIELAB's curve ends here.
const DELTA: f64 = 6.0 / 29.0;

/// Gray `[n, 1, h, w]` (L* / 50 - 1) and chroma `[n, 2, h, w]` (/ [`Head::CHROMA_SCALE`]) to sRGB
/// `[n, 3, h, w]`, scaled so that the gamut is [-1, 1].
///
/// Colours outside the gamut are not clipped: both curves go on beyond their ends, so the gradient
/// that leads back inside never vanishes.
pub fn lab_to_rgb(gray: Tensor<4>, chroma: Tensor<4>) -> Tensor<4> {
    let [n, _, height, width] = gray.dims();
    let scale = Head::CHROMA_SCALE;
    let fy = gray
        .add_scalar(1.0)
        .mul_scalar(50.0)
        .add_scalar(16.0)
        .div_scalar(116.0);
    let a = chroma.clone().narrow(1, 0, 1).mul_scalar(scale / 500.0);
    let b = chroma.narrow(1, 1, 1).mul_scalar(scale / 200.0);
    let f = Tensor::cat(vec![fy.clone() + a, fy.clone(), fy - b], 1); // [n, 3, h, w]
    let straight = f
        .clone()
        .sub_scalar(4.0 / 29.0)
        .mul_scalar(3.0 * DELTA * DELTA);
    let dark = f.clone().lower_equal_scalar(DELTA);
    let xyz = f.powi_scalar(3).mask_where(dark, straight);
    let linear = matrix(&xyz.device())
        .matmul(xyz.reshape([n as i32, 3, -1]))
        .reshape([n, 3, height, width]);
    srgb(linear).mul_scalar(2.0).sub_scalar(1.0)
}

/// XYZ relative to white, to linear RGB: `[1, 3, 3]`.
fn matrix(device: &Device) -> Tensor<3> {
    let values: Vec<f32> = color::XYZ_TO_RGB
        .iter()
        .flat_map(|row| row.iter().zip(color::WHITE))
        .map(|(value, white)| (value * white) as f32)
        .collect();
    Tensor::from_data(TensorData::new(values, [1, 3, 3]), device)
}

fn srgb(linear: Tensor<4>) -> Tensor<4> {
    let dark = linear.clone().lower_equal_scalar(LINEAR_END);
    let straight = linear.clone().mul_scalar(12.92);
    // The power is infinitely steep at 0, where the straight part stands in for it.
    let power = linear.clamp_min(LINEAR_END).powf_scalar(1.0 / 2.4);
    power
        .mul_scalar(1.055)
        .sub_scalar(0.055)
        .mask_where(dark, straight)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lattice of sRGB colours, as L* / 50 - 1 and chroma / 110 in one row of pixels.
    fn lattice() -> (Vec<[f64; 3]>, Tensor<4>, Tensor<4>) {
        let levels = [0.0, 0.01, 0.1, 0.5, 0.9, 1.0];
        let mut colours = Vec::new();
        for r in levels {
            for g in levels {
                for b in levels {
                    colours.push([r, g, b]);
                }
            }
        }
        let lab: Vec<[f64; 3]> = colours.iter().map(|&c| color::srgb_to_lab(c)).collect();
        let n = colours.len();
        let plane = |i: usize| lab.iter().map(move |c| c[i]);
        let gray: Vec<f32> = plane(0).map(|l| (l / 50.0 - 1.0) as f32).collect();
        let chroma: Vec<f32> = plane(1)
            .chain(plane(2))
            .map(|c| (c / Head::CHROMA_SCALE) as f32)
            .collect();
        let device = Device::flex().autodiff();
        (
            colours,
            Tensor::from_data(TensorData::new(gray, [1, 1, 1, n]), &device),
            Tensor::from_data(TensorData::new(chroma, [1, 2, 1, n]), &device),
        )
    }

    #[test]
    fn agrees_with_the_reference_conversion() {
        let (colours, gray, chroma) = lattice();
        let rgb: Vec<f32> = lab_to_rgb(gray, chroma).into_data().iter().collect();
        for (i, colour) in colours.iter().enumerate() {
            for channel in 0..3 {
                let got = f64::from(rgb[channel * colours.len() + i]);
                let expected = 2.0 * colour[channel] - 1.0;
                assert!(
                    (got - expected).abs() < 2e-5,
                    "{colour:?}: {got} for {expected}"
                );
            }
        }
    }

    #[test]
    fn the_gradient_is_finite_everywhere_and_never_zero_outside_the_gamut() {
        let (_, gray, chroma) = lattice();
        let chroma = chroma.mul_scalar(3.0).require_grad(); // most of it outside the gamut
        let gradients = lab_to_rgb(gray, chroma.clone()).sum().backward();
        let gradient = chroma.grad(&gradients).unwrap().into_data();
        for value in gradient.iter::<f32>() {
            assert!(value.is_finite() && value != 0.0);
        }
    }
}
