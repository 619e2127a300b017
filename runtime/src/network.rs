//! Between planes in the units of colour and a network's tensors, as its contract says.

use std::fmt::Debug;

use ndarray::{Array3, Array4, ArrayView3, Axis};

use crate::color::{Tables, luminance_of_lightness, rgb8_to_lab_planes};
use crate::contract::{Input, InputKind, Output, OutputKind};
use crate::error::{Error, Result};
use crate::plane::Plane;

/// L\* (0 to 100) as the input tensor `[1, 1 or 3, height, width]`.
pub(crate) fn input_of_lightness(lightness: &Plane, input: &Input) -> Result<Array4<f32>> {
    let tables = Tables::get();
    let value = |l: f32| match input.kind {
        InputKind::Lightness | InputKind::LightnessThrice => l,
        // Pixels do not come this way: `bundled`.
        InputKind::Gray | InputKind::GrayThrice | InputKind::RgbBytes => {
            f32::from(tables.nearest_code(luminance_of_lightness(l)))
        }
    };
    let values: Vec<f32> = lightness.values.iter().map(|l| value(*l)).collect();
    let planes = input.kind.planes();
    let scaled = (0..planes).flat_map(|plane| {
        let (scale, offset) = (input.scale.of(plane), input.offset.of(plane));
        values.iter().map(move |value| value * scale + offset)
    });
    let (height, width) = (lightness.height as usize, lightness.width as usize);
    let shape = (1, planes, height, width);
    Array4::from_shape_vec(shape, scaled.collect()).map_err(|e| no_shape(shape, e))
}

/// The error of values that do not fill a tensor.
pub(crate) fn no_shape(shape: impl Debug, problem: ndarray::ShapeError) -> Error {
    Error::request(
        format!("{shape:?} is no shape ({problem})"),
        "give a picture with pixels",
    )
}

/// The error of a network that gives something else than it promises.
pub(crate) fn broken(problem: String) -> Error {
    Error::engine(
        format!("the colorizer does not keep its contract: {problem}"),
        "export it again, or try another engine with `--provider`",
    )
}

/// The output tensor `[1, 1, height, width]` that says how sure the network is, 0 to 1.
pub(crate) fn confidence_of_output(output: &Array4<f32>) -> Result<Plane> {
    match output.dim() {
        (1, 1, 1.., 1..) if output.iter().all(|value| value.is_finite()) => {
            let sure = output.index_axis(Axis(0), 0);
            Ok(plane(sure.mapv(|value| value.clamp(0.0, 1.0)).view(), 0))
        }
        shape => Err(broken(format!(
            "its confidence is {shape:?}, not (1, 1, height, width), or not finite"
        ))),
    }
}

/// The output tensor `[1, 2 or 3, height, width]` as the planes of a\* and b\*.
pub(crate) fn chroma_of_output(output: &Array4<f32>, contract: &Output) -> Result<[Plane; 2]> {
    let planes = contract.kind.planes();
    match output.dim() {
        (1, p, 1.., 1..) if p == planes => {}
        shape => {
            return Err(broken(format!(
                "its output is {shape:?}, not (1, {planes}, height, width)"
            )));
        }
    }
    if output.iter().any(|value| !value.is_finite()) {
        return Err(broken(
            "its output has values that are not finite".to_owned(),
        ));
    }
    let mut values = output.index_axis(Axis(0), 0).to_owned();
    for (index, mut plane) in values.axis_iter_mut(Axis(0)).enumerate() {
        let (scale, offset) = (contract.scale.of(index), contract.offset.of(index));
        plane.mapv_inplace(|value| value * scale + offset);
    }
    match contract.kind {
        OutputKind::Ab => Ok([plane(values.view(), 0), plane(values.view(), 1)]),
        OutputKind::Rgb | OutputKind::RgbBytes => Ok(chroma_of_rgb(values.view())),
        OutputKind::Yuv => Ok(chroma_of_rgb(rgb_of_yuv(values.view()).view())),
    }
}

fn plane(values: ArrayView3<'_, f32>, index: usize) -> Plane {
    let (_, height, width) = values.dim();
    Plane::new(
        width as u32,
        height as u32,
        values.index_axis(Axis(0), index).iter().copied().collect(),
    )
}

/// ITU-R BT.601.
fn rgb_of_yuv(values: ArrayView3<'_, f32>) -> Array3<f32> {
    let plane = |index| values.index_axis(Axis(0), index);
    let (y, u, v) = (plane(0), plane(1), plane(2));
    let mut rgb = Array3::zeros(values.dim());
    let matrix = [[0.0, 1.13983], [-0.39465, -0.58060], [2.03211, 0.0]];
    for (mut out, [of_u, of_v]) in rgb.axis_iter_mut(Axis(0)).zip(matrix) {
        out.assign(&(&y + &u * of_u + &v * of_v));
    }
    rgb
}

fn chroma_of_rgb(values: ArrayView3<'_, f32>) -> [Plane; 2] {
    let (_, height, width) = values.dim();
    let n = height * width;
    let interleaved = values.permuted_axes([1, 2, 0]);
    // `as u8` clips to 0..=255.
    let rgb: Vec<u8> = interleaved
        .iter()
        .map(|value| value.round() as u8)
        .collect();
    let mut lab = vec![0.0; 3 * n];
    rgb8_to_lab_planes(&rgb, &mut lab);
    let plane = |from: usize| Plane::new(width as u32, height as u32, lab[from..from + n].to_vec());
    [plane(n), plane(2 * n)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::PerPlane;

    #[test]
    fn lightness_and_gray_go_in_scaled() {
        let plane = Plane::new(3, 1, vec![0.0, 53.585, 100.0]);
        let tensor = |kind, scale| {
            let input = Input {
                tensor: "x".into(),
                kind,
                scale: PerPlane::from(scale),
                offset: (-1.0_f32).into(),
                zeros: Vec::new(),
            };
            input_of_lightness(&plane, &input)
                .unwrap()
                .into_raw_vec_and_offset()
                .0
        };
        for (kind, scale, middle) in [
            (InputKind::Lightness, 0.02_f32, 0.0717),
            (InputKind::Gray, 1.0 / 127.5, 0.0039),
        ] {
            let values = tensor(kind, scale);
            assert_eq!((values[0], values[2]), (-1.0, 1.0), "{kind:?}");
            assert!((values[1] - middle).abs() < 1e-4, "{kind:?}: {}", values[1]);
        }
    }

    #[test]
    fn ab_and_rgb_come_out_as_chroma() {
        let ab = Output {
            tensor: "y".into(),
            kind: OutputKind::Ab,
            scale: 110.0_f32.into(),
            offset: 0.0_f32.into(),
        };
        let output = Array4::from_shape_vec((1, 2, 1, 2), vec![0.1, 0.2, -0.3, -0.4]).unwrap();
        let [a, b] = chroma_of_output(&output, &ab).unwrap();
        assert_eq!((a.values, b.values), (vec![11.0, 22.0], vec![-33.0, -44.0]));

        let rgb = Output {
            tensor: "y".into(),
            kind: OutputKind::Rgb,
            scale: 127.5_f32.into(),
            offset: 127.5_f32.into(),
        };
        let red = Array4::from_shape_vec((1, 3, 1, 1), vec![1.0, -1.0, -1.0]).unwrap();
        let [a, b] = chroma_of_output(&red, &rgb).unwrap();
        assert!((a.values[0] - 80.09).abs() < 0.01 && (b.values[0] - 67.20).abs() < 0.01);
    }

    #[test]
    fn an_output_that_breaks_the_contract_is_an_error() {
        let ab = Output {
            tensor: "y".into(),
            kind: OutputKind::Ab,
            scale: 110.0_f32.into(),
            offset: 0.0_f32.into(),
        };
        for shape in [(1, 3, 4, 4), (2, 2, 4, 4), (1, 2, 0, 4)] {
            assert!(
                chroma_of_output(&Array4::zeros(shape), &ab).is_err(),
                "{shape:?}"
            );
        }
        assert!(chroma_of_output(&Array4::from_elem((1, 2, 2, 2), f32::NAN), &ab).is_err());
    }
}
