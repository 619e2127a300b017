//! What a photograph comes with and what it has when it is colorized.
#![allow(clippy::unwrap_used)]

use std::io::Cursor;
use std::path::{Path, PathBuf};

use colorize_rt::{
    ColorizeOptions, ColorizedPhotograph, Colorizer, Contract, Engine, Input, InputKind, Output,
    OutputKind, Photograph, Result, SaveOptions, SizeRule, color,
};
use exif::{In, Tag, Value};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GrayImage, ImageBuffer, ImageEncoder, Luma, LumaA};
use moxcms::ColorProfile;
use ndarray::{Array4, ArrayView4, s};

/// The left half one colour, the right half another, at a quarter of the input's size.
struct Halves;

impl Engine for Halves {
    fn name(&self) -> &str {
        "halves"
    }

    fn run(&self, input: ArrayView4<'_, f32>) -> Result<Array4<f32>> {
        let (_, _, height, width) = input.dim();
        let (height, width) = (height / 4, width / 4);
        let mut output = Array4::zeros((1, 2, height, width));
        output.slice_mut(s![0, 0, .., ..width / 2]).fill(30.0);
        output.slice_mut(s![0, 1, .., width / 2..]).fill(-30.0);
        Ok(output)
    }
}

fn colorizer() -> Colorizer {
    let input = Input {
        tensor: "x".into(),
        kind: InputKind::Lightness,
        scale: 1.0_f32.into(),
        offset: 0.0_f32.into(),
        zeros: Vec::new(),
    };
    let output = Output {
        tensor: "y".into(),
        kind: OutputKind::Ab,
        scale: 1.0_f32.into(),
        offset: 0.0_f32.into(),
    };
    let contract = Contract::new(input, output, SizeRule::MultipleOf(8), 64);
    let builder = Colorizer::builder().engine_with(Box::new(Halves), contract);
    builder.build().unwrap()
}

fn colorized(photograph: &Photograph) -> ColorizedPhotograph {
    let options = ColorizeOptions::new();
    colorizer()
        .colorize_photograph(photograph, &options)
        .unwrap()
}

/// Written, and read again by other means than ours.
fn written(photograph: &ColorizedPhotograph, ending: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("photograph.{ending}"));
    photograph.save(&path, SaveOptions::default()).unwrap();
    (folder, path)
}

fn ramp(width: u32, height: u32) -> GrayImage {
    GrayImage::from_fn(width, height, |x, y| Luma([(x * 3 + y) as u8]))
}

const XMP: &str = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><r tiff:Orientation=\"6\"/></x:xmpmeta>";
const TAKEN: &str = "1931:05:04 12:30:00";

fn exif_block() -> Vec<u8> {
    let field = |tag, value| exif::Field {
        tag,
        ifd_num: In::PRIMARY,
        value,
    };
    let ascii = |text: &str| Value::Ascii(vec![text.as_bytes().to_vec()]);
    let dots = |num| Value::Rational(vec![exif::Rational { num, denom: 1 }]);
    let fields = [
        field(Tag::Make, ascii("Leitz")),
        field(Tag::DateTimeOriginal, ascii(TAKEN)),
        field(Tag::Orientation, Value::Short(vec![6])),
        field(Tag::XResolution, dots(600)),
        field(Tag::YResolution, dots(600)),
        field(Tag::ResolutionUnit, Value::Short(vec![2])),
        field(Tag::FNumber, dots(8)),
    ];
    let mut writer = exif::experimental::Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    let mut block = Cursor::new(Vec::new());
    writer.write(&mut block, false).unwrap();
    block.into_inner()
}

/// A JPEG file that lies on its side, with all that there is of metadata.
fn jpeg(profile: &ColorProfile) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    encoder.set_exif_metadata(exif_block()).unwrap();
    encoder.set_icc_profile(profile.encode().unwrap()).unwrap();
    let image = ramp(60, 40);
    encoder
        .write_image(&image, 60, 40, image::ExtendedColorType::L8)
        .unwrap();
    // XMP goes in behind the first segment.
    let mut segment = vec![0xff, 0xe1];
    let name = b"http://ns.adobe.com/xap/1.0/\0";
    segment.extend(((2 + name.len() + XMP.len()) as u16).to_be_bytes());
    segment.extend_from_slice(name);
    segment.extend_from_slice(XMP.as_bytes());
    bytes.splice(20..20, segment);
    bytes
}

fn field(path: &Path, tag: Tag) -> Option<String> {
    let bytes = std::fs::read(path).unwrap();
    let read = exif::Reader::new().read_from_container(&mut Cursor::new(bytes));
    let read = read.unwrap();
    let field = read.get_field(tag, In::PRIMARY)?;
    Some(field.display_value().to_string())
}

#[test]
fn metadata_survives_in_every_format_that_has_room_for_it() {
    let photograph = Photograph::decode(jpeg(&ColorProfile::new_gray_with_gamma(2.2))).unwrap();
    assert_eq!(photograph.dimensions(), (40, 60), "it is not upright");
    let done = colorized(&photograph);
    for ending in ["jpg", "png", "webp", "tif"] {
        let (_folder, path) = written(&done, ending);
        assert_eq!(field(&path, Tag::Make).unwrap(), "\"Leitz\"", "{ending}");
        let taken = field(&path, Tag::DateTimeOriginal).unwrap();
        assert_eq!(taken, "1931-05-04 12:30:00", "{ending}");
        assert_eq!(field(&path, Tag::FNumber).unwrap(), "8", "{ending}");
        let orientation = field(&path, Tag::Orientation);
        let upright = "row 0 at top and column 0 at left";
        assert!(orientation.is_none_or(|o| o == upright), "{ending}");
        let again = Photograph::open(&path).unwrap();
        assert_eq!(
            again.dimensions(),
            (40, 60),
            "{ending}: it was turned twice"
        );
        let metadata = again.metadata();
        let (x, y) = metadata.dots_per_inch.unwrap();
        assert!(
            (x - 600.0).abs() < 0.1 && (y - 600.0).abs() < 0.1,
            "{ending}: {x}, {y}"
        );
        let xmp = String::from_utf8(metadata.xmp.clone().unwrap()).unwrap();
        assert_eq!(xmp, XMP.replace('6', "1"), "{ending}");
        assert!(metadata.profile, "{ending}: no profile");
        assert!(again.notes().is_empty(), "{ending}: {:?}", again.notes());
    }
}

/// A file that lies on its side comes out upright, and is not turned again: what is read back of the results.
#[cfg(any(feature = "heif", feature = "jpeg-xl"))]
fn turned_once(file: &str, dark: (u32, u32), light: (u32, u32)) -> [Photograph; 2] {
    let photograph = Photograph::open(file).unwrap();
    assert_eq!(photograph.dimensions(), (40, 60), "it is not upright");
    let gray = photograph.gray().to_luma8();
    let at = |(x, y)| i32::from(gray.get_pixel(x, y)[0]);
    assert!((at(dark) - 39).abs() <= 4 && (at(light) - 177).abs() <= 4);
    let plain = colorize_rt::open(file).unwrap();
    assert_eq!((plain.width(), plain.height()), (40, 60));
    let done = colorized(&photograph);
    ["jpg", "png"].map(|ending| {
        let (_folder, path) = written(&done, ending);
        assert_eq!(field(&path, Tag::Make).unwrap(), "\"Leitz\"", "{ending}");
        let again = Photograph::open(&path).unwrap();
        assert_eq!(again.dimensions(), (40, 60), "{ending}: turned twice");
        let xmp = String::from_utf8(again.metadata().xmp.clone().unwrap()).unwrap();
        assert!(xmp.contains("tiff:Orientation=\"1\""), "{ending}: {xmp}");
        again
    })
}

/// A JPEG that lies on its side, put into JPEG XL without loss by cjxl 0.7.
#[cfg(feature = "jpeg-xl")]
#[test]
fn a_jpeg_xl_is_turned_once_and_keeps_what_it_says() {
    for again in turned_once("tests/fixtures/tagged.jxl", (0, 0), (39, 59)) {
        let (x, y) = again.metadata().dots_per_inch.unwrap();
        assert!((x - 600.0).abs() < 0.1 && (y - 600.0).abs() < 0.1);
    }
}

/// A ramp over 16 bits, by cjxl 0.7.
#[cfg(feature = "jpeg-xl")]
#[test]
fn a_deep_jpeg_xl_stays_deep() {
    let photograph = Photograph::open("tests/fixtures/deep.jxl").unwrap();
    let DynamicImage::ImageLuma16(gray) = photograph.gray() else {
        panic!("not 16 bits");
    };
    let codes: Vec<u16> = gray.into_raw();
    assert_eq!(codes.len(), 512);
    for (at, &code) in codes.iter().enumerate() {
        let wanted = at as f64 * 65535.0 / 511.0;
        assert!((f64::from(code) - wanted).abs() < 40.0, "{at}: {code}");
    }
}

/// As that JPEG, but turned the other way, by libheif 1.23 and x265; its EXIF repeats how it lies.
#[cfg(feature = "heif")]
#[test]
fn a_heic_is_turned_once_and_keeps_what_it_says() {
    for again in turned_once("tests/fixtures/tagged.heic", (39, 0), (0, 59)) {
        assert!(again.metadata().profile);
    }
}

/// A ramp over 10 bits, by libheif 1.23 and x265.
#[cfg(feature = "heif")]
#[test]
fn a_deep_heic_stays_deep() {
    let photograph = Photograph::open("tests/fixtures/deep.heic").unwrap();
    let DynamicImage::ImageLuma16(gray) = photograph.gray() else {
        panic!("not 16 bits");
    };
    assert_eq!(gray.dimensions(), (256, 32));
    for (x, code) in gray.into_raw()[..256].iter().enumerate() {
        let wanted = x as f64 * 65535.0 / 255.0;
        assert!((f64::from(*code) - wanted).abs() < 140.0, "{x}: {code}");
    }
}

/// By libavif.
#[cfg(feature = "heif")]
#[test]
fn an_avif_is_read() {
    let photograph = Photograph::open("tests/fixtures/small.avif").unwrap();
    assert_eq!(photograph.dimensions(), (60, 40));
    let gray = photograph.gray().to_luma8();
    assert!(
        gray.get_pixel(0, 0)[0].abs_diff(39) <= 8 && gray.get_pixel(59, 39)[0].abs_diff(177) <= 8
    );
}

#[test]
fn a_file_without_metadata_gets_none() {
    let done = colorized(&Photograph::from(&DynamicImage::from(ramp(40, 30))));
    for ending in ["jpg", "png", "webp", "tif"] {
        let (_folder, path) = written(&done, ending);
        let again = Photograph::open(&path).unwrap();
        let metadata = again.metadata();
        assert!(metadata.xmp.is_none() && !metadata.profile, "{ending}");
        assert!(metadata.dots_per_inch.is_none(), "{ending}");
    }
}

#[test]
fn a_gray_profile_says_how_light_a_code_is() {
    // Gamma 1: the code is the light itself.
    let bytes = jpeg(&ColorProfile::new_gray_with_gamma(1.0));
    let plain = image::load_from_memory(&bytes)
        .unwrap()
        .rotate90()
        .to_luma8();
    let done = colorized(&Photograph::decode(&bytes).unwrap())
        .image
        .to_rgb8();
    for (code, pixel) in plain.pixels().zip(done.pixels()).step_by(7) {
        let light = f64::from(code.0[0]) / 255.0;
        let wanted = color::srgb_to_lab([color::linear_to_srgb(light); 3])[0];
        let got = color::srgb_to_lab(pixel.0.map(|c| f64::from(c) / 255.0))[0];
        assert!((got - wanted).abs() < 0.35, "{code:?}: {got}, not {wanted}");
    }
}

#[test]
fn sixteen_bits_stay_sixteen_bits_without_bands() {
    let deep = ImageBuffer::from_fn(3000, 4, |x, _| Luma([(8000 + 10 * x) as u16]));
    let photograph = Photograph::from(&DynamicImage::ImageLuma16(deep.clone()));
    let done = colorized(&photograph);
    for ending in ["png", "tif"] {
        let (_folder, path) = written(&done, ending);
        let back = image::open(&path).unwrap();
        let DynamicImage::ImageRgb16(back) = back else {
            panic!("{ending}: {:?}", back.color());
        };
        let mut greens: Vec<u16> = (0..3000).map(|x| back.get_pixel(x, 1)[1]).collect();
        for (x, green) in greens.iter().enumerate() {
            let gray = f64::from(deep.get_pixel(x as u32, 1)[0]) / 65535.0;
            let wanted = color::srgb_to_lab([gray; 3])[0];
            let pixel = back
                .get_pixel(x as u32, 1)
                .0
                .map(|c| f64::from(c) / 65535.0);
            let off = (color::srgb_to_lab(pixel)[0] - wanted).abs();
            assert!(
                off < 0.002,
                "{ending}, {x}, {green}: lightness is off by {off}"
            );
        }
        greens.sort_unstable();
        greens.dedup();
        assert!(greens.len() > 2800, "{ending}: {} greens", greens.len());
    }
}

#[test]
fn alpha_stays_bit_for_bit() {
    let alpha = |x: u32, y: u32| (x * 13 + y * 57) as u8;
    let eight = ImageBuffer::from_fn(50, 30, |x, y| LumaA([(x * 5) as u8, alpha(x, y)]));
    let deep = ImageBuffer::from_fn(50, 30, |x, y| {
        LumaA([(x * 1300) as u16, 251 * u16::from(alpha(x, y)) + 3])
    });
    let done = colorized(&Photograph::from(&DynamicImage::ImageLumaA8(eight)));
    for ending in ["png", "webp", "tif"] {
        let (_folder, path) = written(&done, ending);
        let DynamicImage::ImageRgba8(back) = image::open(&path).unwrap() else {
            panic!("{ending}: no alpha");
        };
        assert!(
            back.enumerate_pixels()
                .all(|(x, y, pixel)| pixel[3] == alpha(x, y))
        );
    }
    let done = colorized(&Photograph::from(&DynamicImage::ImageLumaA16(deep)));
    for ending in ["png", "tif"] {
        let (_folder, path) = written(&done, ending);
        let DynamicImage::ImageRgba16(back) = image::open(&path).unwrap() else {
            panic!("{ending}: no alpha");
        };
        let wanted = |x, y| 251 * u16::from(alpha(x, y)) + 3;
        assert!(
            back.enumerate_pixels()
                .all(|(x, y, pixel)| pixel[3] == wanted(x, y))
        );
    }
    let (_folder, path) = written(&done, "jpg");
    assert_eq!(image::open(&path).unwrap().color(), image::ColorType::Rgb8);
}

#[test]
fn the_strength_goes_from_gray_to_vivid_and_lightness_stays() {
    let gray = ImageBuffer::from_fn(80, 40, |x, y| Luma([(60 + x + y) as u8]));
    let photograph = Photograph::from(&DynamicImage::ImageLuma8(gray.clone()));
    let colorizer = colorizer();
    let mut chroma = Vec::new();
    for strength in [0.0, 0.5, 1.0, 1.5] {
        let options = ColorizeOptions::new().strength(strength);
        let done = colorizer
            .colorize_photograph(&photograph, &options)
            .unwrap();
        let done = done.image.to_rgb8();
        let lab = |x, y| color::srgb_to_lab(done.get_pixel(x, y).0.map(|c| f64::from(c) / 255.0));
        for (x, y, pixel) in gray.enumerate_pixels() {
            let wanted = color::srgb_to_lab([f64::from(pixel[0]) / 255.0; 3])[0];
            let off = (lab(x, y)[0] - wanted).abs();
            assert!(off < 0.25, "strength {strength}: lightness is off by {off}");
        }
        if strength == 0.0 {
            let same = done.pixels().zip(gray.pixels());
            assert!(same.into_iter().all(|(rgb, gray)| rgb.0 == [gray[0]; 3]));
        }
        chroma.push(lab(20, 20)[1].hypot(lab(20, 20)[2]));
    }
    for (chroma, wanted) in chroma.iter().zip([0.0, 15.0, 30.0, 45.0]) {
        assert!((chroma - wanted).abs() < 2.0, "{chroma}, not {wanted}");
    }
    for strength in [-0.1, 1.6, f32::NAN] {
        let options = ColorizeOptions::new().strength(strength);
        assert!(
            colorizer
                .colorize_photograph(&photograph, &options)
                .is_err()
        );
    }
}

#[test]
fn of_several_pages_the_first_is_taken_and_it_is_said() {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut bytes).unwrap();
    for side in [20, 30] {
        let gray = vec![100; (side * side) as usize];
        encoder
            .write_image::<tiff::encoder::colortype::Gray8>(side, side, &gray)
            .unwrap();
    }
    let photograph = Photograph::decode(bytes.into_inner()).unwrap();
    assert_eq!(photograph.dimensions(), (20, 20));
    assert!(
        photograph.notes()[0].contains("pages"),
        "{:?}",
        photograph.notes()
    );
}

#[test]
fn a_damaged_profile_or_block_of_metadata_is_no_reason_to_fail() {
    let whole = jpeg(&ColorProfile::new_gray_with_gamma(2.2));
    // Metadata ends where the frame begins; every tenth byte of it, one at a time.
    let frame = whole
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .unwrap();
    for at in (24..frame).step_by(10) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        if let Ok(photograph) = Photograph::decode(&damaged) {
            let done = colorized(&photograph);
            for ending in ["jpg", "png", "webp", "tif"] {
                let (_folder, path) = written(&done, ending);
                assert!(Photograph::open(path).is_ok(), "byte {at}, {ending}");
            }
        }
    }
}

/// Found by fuzzing: the decoder panics when it is asked for a profile of such colours.
#[cfg(feature = "jpeg-xl")]
#[test]
fn a_jpeg_xl_of_unknown_colours_is_an_error() {
    let file = "tests/fixtures/unknown-colours.jxl";
    let errors = [
        Photograph::open(file).map(drop).unwrap_err(),
        colorize_rt::open(file).map(drop).unwrap_err(),
    ];
    for error in errors {
        assert!(error.to_string().contains("not known"), "{error}");
    }
}

/// 200 MB of nothing as XMP, in 200 bytes.
#[cfg(feature = "jpeg-xl")]
#[test]
fn a_jpeg_xl_with_swollen_metadata_is_read_without_it_swelling() {
    let bomb = std::fs::read("tests/fixtures/swollen.jxl").unwrap();
    let photograph = Photograph::decode(&bomb).unwrap();
    assert!(photograph.metadata().xmp.is_none());
}
