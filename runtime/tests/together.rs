//! One colorizer for several threads, several photographs at once, and planes instead of pixels.
#![cfg(all(feature = "embedded-model", feature = "builtin"))]
#![allow(clippy::unwrap_used)]

use std::num::NonZeroUsize;

use colorize_rt::{Colorizer, Error, Provider, color, open};
use image::{DynamicImage, imageops::FilterType};
use ndarray::Array2;

fn builder() -> colorize_rt::Builder {
    let one = NonZeroUsize::new(1).unwrap();
    Colorizer::builder()
        .provider(Provider::Builtin)
        .threads(one)
        .working_size(64)
}

/// Eleven pieces of a photograph, of which nine have one shape.
fn photographs() -> Vec<DynamicImage> {
    let cat = open("../examples/chelsea-gray.jpg").unwrap();
    let cat = cat.resize(160, 160, FilterType::Triangle);
    let piece = |n: u32| cat.crop_imm(4 * n, 2 * n, 90, 80);
    let mut pieces: Vec<_> = (0..9).map(piece).collect();
    pieces.insert(3, cat.crop_imm(0, 0, 40, 80));
    pieces.push(cat);
    pieces
}

#[test]
fn eight_threads_make_the_same_bytes_as_one() {
    let colorizer = builder().build().unwrap();
    let photographs = photographs();
    let alone: Vec<_> = photographs
        .iter()
        .map(|photograph| colorizer.colorize(photograph).unwrap().image)
        .collect();
    std::thread::scope(|scope| {
        for first in 0..8 {
            let (colorizer, photographs, alone) = (&colorizer, &photographs, &alone);
            scope.spawn(move || {
                for n in 0..photographs.len() {
                    let n = (n + first) % photographs.len();
                    let image = colorizer.colorize(&photographs[n]).unwrap().image;
                    assert!(image == alone[n], "photograph {n} on thread {first}");
                }
            });
        }
    });
    let stages = colorizer.report().stages;
    for stage in [stages.lightness, stages.network, stages.merging] {
        assert!(!stage.is_zero(), "{stages:?}");
    }
}

#[test]
fn a_batch_has_the_same_pixels_as_each_photograph_alone() {
    let colorizer = builder().views(2).build().unwrap();
    let mut photographs = photographs();
    photographs.insert(5, DynamicImage::new_luma8(0, 7));
    let batch = colorizer.colorize_batch(&photographs);
    assert_eq!(batch.len(), photographs.len());
    for (n, (made, photograph)) in batch.into_iter().zip(&photographs).enumerate() {
        match colorizer.colorize(photograph) {
            Ok(alone) => {
                let made = made.unwrap();
                assert!(made.image == alone.image, "photograph {n}");
                let sure = |one: &colorize_rt::Colorized| one.confidence.as_ref().unwrap().mean();
                assert!((sure(&made) - sure(&alone)).abs() < 1e-5, "photograph {n}");
            }
            Err(error) => {
                assert_eq!(n, 5, "{error}");
                assert_eq!(made.unwrap_err().to_string(), error.to_string());
            }
        }
    }
    assert!(colorizer.colorize_batch(&[]).is_empty());
}

#[test]
fn planes_of_lightness_give_the_chroma_that_the_picture_has() {
    let colorizer = builder().build().unwrap();
    let photograph = photographs().remove(0);
    let (width, height) = (photograph.width() as usize, photograph.height() as usize);
    let gray = photograph.to_luma8();
    let lightness: Vec<f32> = gray
        .as_raw()
        .iter()
        .map(|&gray| color::lightness_of_gray(gray) as f32)
        .collect();
    let lightness = Array2::from_shape_vec((height, width), lightness).unwrap();
    let [a, b] = colorizer.chroma(lightness.view()).unwrap();
    assert_eq!((a.dim(), b.dim()), ((height, width), (height, width)));

    let image = colorizer.colorize(&photograph).unwrap().image;
    let mut lab = vec![0.0; 3 * width * height];
    color::rgb8_to_lab_planes(image.as_raw(), &mut lab);
    let painted = &lab[width * height..];
    let near = a.iter().chain(&b).zip(painted);
    // Eight bits a channel and the gamut's edge move some.
    let near = near.filter(|(chroma, painted)| (**chroma - **painted).abs() < 2.0);
    assert!(near.count() as f64 > 0.95 * (2 * width * height) as f64);

    let mut broken = lightness;
    broken[[1, 1]] = f32::NAN;
    let error = colorizer.chroma(broken.view()).unwrap_err();
    assert!(matches!(error, Error::Request(_)), "{error}");
    let nothing = Array2::zeros((0, 5));
    assert!(colorizer.chroma(nothing.view()).is_err());
}
