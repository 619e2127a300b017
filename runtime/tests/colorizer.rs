//! The library with engines of the test's own, in place of a network.
#![allow(clippy::unwrap_used)]

use colorize_rt::{
    Colorizer, Contract, Engine, Input, InputKind, Output, OutputKind, Result, SizeRule, color,
};
use image::{DynamicImage, GrayImage, Luma};
use ndarray::{Array4, ArrayView4, s};

/// Paints the left half one colour and the right half another, at a quarter of the
/// input's size, and holds the input to what the contract says.
struct Halves;

impl Engine for Halves {
    fn name(&self) -> &str {
        "halves"
    }

    fn run(&self, input: ArrayView4<'_, f32>) -> Result<Array4<f32>> {
        let (batch, planes, height, width) = input.dim();
        assert_eq!((batch, planes, height % 8, width % 8), (1, 1, 0, 0));
        assert!(input.iter().all(|v| (-1.05..=1.05).contains(v)));
        let (height, width) = (height / 4, width / 4);
        let mut output = Array4::zeros((1, 2, height, width));
        output.slice_mut(s![0, 0, .., ..width / 2]).fill(0.4);
        output.slice_mut(s![0, 1, .., width / 2..]).fill(-0.4);
        Ok(output)
    }
}

/// Returns what a broken network might.
struct Broken(Array4<f32>);

impl Engine for Broken {
    fn name(&self) -> &str {
        "broken"
    }

    fn run(&self, _: ArrayView4<'_, f32>) -> Result<Array4<f32>> {
        Ok(self.0.clone())
    }
}

fn contract() -> Contract {
    let input = Input {
        tensor: "x".into(),
        kind: InputKind::Lightness,
        scale: 0.02_f32.into(),
        offset: (-1.0_f32).into(),
        zeros: Vec::new(),
    };
    let output = Output {
        tensor: "y".into(),
        kind: OutputKind::Ab,
        scale: 110.0_f32.into(),
        offset: 0.0_f32.into(),
    };
    Contract::new(input, output, SizeRule::MultipleOf(8), 64)
}

fn colorizer(engine: impl Engine + 'static) -> Colorizer {
    Colorizer::builder()
        .engine_with(Box::new(engine), contract())
        .build()
        .unwrap()
}

fn gray(width: u32, height: u32) -> DynamicImage {
    GrayImage::from_pixel(width, height, Luma([140])).into()
}

#[test]
fn the_chroma_lands_where_the_network_put_it() {
    let colorizer = colorizer(Halves);
    assert_eq!(colorizer.report().engine, "halves");
    let colorized = colorizer.colorize(&gray(400, 200)).unwrap();
    assert_eq!(colorized.working_dimensions, (128, 64));
    assert_eq!(colorized.image.dimensions(), (400, 200));
    let [left, right] = [50, 350].map(|x| colorized.image.get_pixel(x, 100).0);
    assert!(left[0] > left[1] + 40, "the left is not red: {left:?}");
    assert!(right[2] > right[1] + 40, "the right is not blue: {right:?}");
}

/// The network paints left and right whatever is there: looked at mirrored, too, each place gets half of both.
#[test]
fn a_second_look_is_mirrored_back_and_the_mean_is_taken() {
    let colorize = |views| {
        let builder = Colorizer::builder().engine_with(Box::new(Halves), contract());
        builder.views(views).build()?.colorize(&gray(400, 200))
    };
    let usual = colorizer(Halves).colorize(&gray(400, 200)).unwrap();
    assert!(colorize(1).unwrap().image == usual.image);
    for views in [2, 4] {
        let colorized = colorize(views).unwrap();
        assert_eq!(colorized.working_dimensions, (128, 64));
        let [left, right] = [50, 350].map(|x| colorized.image.get_pixel(x, 100).0);
        assert_eq!(left, right, "{views} looks");
        // Half of each side's chroma, 44 of a* or -44 of b*.
        let mut lightness = [0.0];
        color::lightness_of_rgb8(&[140; 3], &mut lightness);
        let mut both = [0; 3];
        color::lab_planes_to_rgb8(&[lightness[0], 22.0, -22.0], &mut both);
        let off = (0..3).map(|c| left[c].abs_diff(both[c])).max();
        assert!(off <= Some(1), "{views} looks: {left:?}, not {both:?}");
    }
    for views in [0, 5] {
        assert!(matches!(
            colorize(views),
            Err(colorize_rt::Error::Request(_))
        ));
    }
}

/// A colorizer of one size is looked at mirrored, and no more than that.
#[test]
fn looks_of_a_fixed_size_differ_by_the_mirror_alone() {
    let colorize = |views| {
        let mut contract = contract();
        contract.size = SizeRule::Fixed {
            height: 64,
            width: 64,
        };
        contract.views = views;
        let builder = Colorizer::builder().engine_with(Box::new(Halves), contract);
        builder.build().unwrap().colorize(&gray(300, 200)).unwrap()
    };
    let twice = colorize(2).image;
    assert!(twice == colorize(4).image);
    assert!(twice.get_pixel(40, 100) == twice.get_pixel(260, 100));
}

#[test]
fn one_colorizer_serves_several_threads() {
    let colorizer = colorizer(Halves);
    std::thread::scope(|scope| {
        let tasks: Vec<_> = (1..5)
            .map(|n| {
                (
                    n,
                    scope.spawn({
                        let c = &colorizer;
                        move || c.colorize(&gray(50 * n, 90))
                    }),
                )
            })
            .collect();
        for (n, task) in tasks {
            assert_eq!(
                task.join().unwrap().unwrap().image.dimensions(),
                (50 * n, 90)
            );
        }
    });
}

#[test]
fn a_network_that_breaks_its_promise_is_an_error() {
    for output in [
        Array4::zeros((1, 3, 8, 8)),
        Array4::zeros((1, 2, 0, 8)),
        Array4::from_elem((1, 2, 8, 8), f32::NAN),
        Array4::from_elem((1, 2, 8, 8), f32::INFINITY),
    ] {
        assert!(colorizer(Broken(output)).colorize(&gray(40, 30)).is_err());
    }
    // Absurd but finite chroma is brought into the gamut.
    let wild = Array4::from_elem((1, 2, 8, 8), 1e30);
    assert!(colorizer(Broken(wild)).colorize(&gray(40, 30)).is_ok());
}

#[test]
fn a_picture_without_pixels_is_an_error() {
    assert!(colorizer(Halves).colorize(&gray(0, 10)).is_err());
}

#[test]
fn a_working_size_that_the_model_cannot_take_is_an_error() {
    let build = |contract: Contract, size| {
        Colorizer::builder()
            .engine_with(Box::new(Halves), contract)
            .working_size(size)
            .build()
    };
    assert!(build(contract(), 128).is_ok());
    assert!(build(contract(), 0).is_err());
    assert!(build(contract(), 1 << 20).is_err());
    let mut fixed = contract();
    fixed.size = SizeRule::Fixed {
        height: 64,
        width: 64,
    };
    assert!(build(fixed, 64).is_err());
}

/// Takes pixels: red and blue change places, and the last row may get lost.
struct Swapped {
    lost: usize,
}

impl Engine for Swapped {
    fn name(&self) -> &str {
        "swapped"
    }

    fn run(&self, _: ArrayView4<'_, f32>) -> Result<Array4<f32>> {
        unreachable!("pixels were promised")
    }

    fn run_pixels(&self, pixels: ArrayView4<'_, u8>) -> Result<Array4<u8>> {
        let rows = pixels.dim().1 - self.lost;
        Ok(pixels.slice(s![.., ..rows, .., ..;-1]).to_owned())
    }
}

fn of_pixels(engine: impl Engine + 'static) -> colorize_rt::Builder {
    let mut contract = contract();
    contract.input.kind = InputKind::RgbBytes;
    contract.output.kind = OutputKind::RgbBytes;
    Colorizer::builder().engine_with(Box::new(engine), contract)
}

#[test]
fn a_graph_that_takes_pixels_is_given_the_photograph_as_it_is() {
    let photograph = image::RgbImage::from_fn(41, 30, |x, y| image::Rgb([x as u8, y as u8, 200]));
    let colorizer = of_pixels(Swapped { lost: 0 }).build().unwrap();
    let colorized = colorizer.colorize(&photograph.clone().into()).unwrap();
    assert_eq!(colorized.image.dimensions(), (41, 30));
    for (x, y, pixel) in colorized.image.enumerate_pixels() {
        assert_eq!(pixel.0, [200, y as u8, x as u8]);
    }
    // The network in it sees what any network would see.
    assert_eq!(colorized.working_dimensions, (88, 64));
}

#[test]
fn pixels_of_another_size_and_engines_without_pixels_are_errors() {
    let says = |builder: colorize_rt::Builder| {
        let colorizer = builder.build().unwrap();
        colorizer.colorize(&gray(41, 30)).unwrap_err().to_string()
    };
    let error = says(of_pixels(Swapped { lost: 1 }));
    assert!(error.contains("does not keep its contract"), "{error}");
    let error = says(of_pixels(Halves));
    assert!(error.contains("--bundle-pixels"), "{error}");
    assert!(of_pixels(Halves).working_size(64).build().is_err());
}
