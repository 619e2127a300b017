//! Hints, palettes, confidence and versions, as a person asks for them.

use crate::desk::{Desk, chelsea, gradient};
use image::{Rgba, RgbaImage};

/// A desk with a photograph of 451x300.
fn desk() -> Desk {
    let desk = Desk::new();
    std::fs::copy(chelsea(), desk.path("a.jpg")).unwrap();
    desk
}

#[test]
fn hints_of_every_kind_are_taken() {
    let desk = desk();
    let json =
        r##"{"points": [{"x": "50%", "y": 150, "colour": "#c02020"}], "palette": ["navy"]}"##;
    desk.write("hints.json", json);
    let mut dots = RgbaImage::new(451, 300);
    for (x, y) in [(100, 100), (101, 100), (100, 101), (101, 101)] {
        dots.put_pixel(x, y, Rgba([200, 30, 30, 255]));
    }
    desk.save("dots.png", dots);
    let cases: [&[&str]; 6] = [
        &["--hint", "225,150,#c02020"],
        &["--hint", "50%,50%,red", "--hint", "0,0,#00f"],
        &["--hints", "hints.json"],
        &["--hints", "dots.png", "--hint", "20,20,teal"],
        &["--palette", "#204080,#e0c090"],
        &["--like", "a.jpg"],
    ];
    for case in cases {
        let arguments = [&["a.jpg", "--overwrite"], case].concat();
        let stdout = desk.run(&arguments).all_done();
        assert!(stdout.contains("% sure)"), "{case:?}: {stdout}");
        let image = desk.open("a.colorized.jpg");
        assert_eq!((image.width(), image.height()), (451, 300), "{case:?}");
    }
}

#[test]
fn a_palette_changes_the_colours_and_none_changes_nothing() {
    let desk = desk();
    let painted = |arguments: &[&str]| {
        let all = [&["a.jpg", "-o", "x.png", "--overwrite"], arguments].concat();
        desk.run(&all).all_done();
        desk.open("x.png").to_rgb8()
    };
    let plain = painted(&[]);
    assert_eq!(painted(&[]), plain);
    assert_eq!(painted(&["--confidence", "m.png"]), plain);
    assert_ne!(painted(&["--palette", "#204080,#e0c090"]), plain);
}

#[test]
fn nonsense_is_one_line_and_nothing_is_written() {
    let cases: [(&[&str], &str); 18] = [
        (&["a.jpg", "--hint", "9,9"], "`9,9` is not X,Y,COLOUR"),
        (&["a.jpg", "--hint", "x,9,red"], "`x` is no place"),
        (
            &["a.jpg", "--hint", "9,9,reddish"],
            "`reddish` is no colour",
        ),
        (
            &["a.jpg", "--hint", "451,9,red"],
            "outside the photograph, which is 451x300",
        ),
        (&["a.jpg", "--hint", "-1,9,red"], "outside the photograph"),
        (&["a.jpg", "--hint", "101%,9,red"], "outside the photograph"),
        (&["a.jpg", "--palette", "#12"], "`#12` is no colour"),
        (&["a.jpg", "--palette", ""], "is no colour"),
        (
            &["a.jpg", "--hints", "missing.json"],
            "missing.json: there is no such file",
        ),
        (
            &["a.jpg", "--hints", "text.txt"],
            "text.txt: these are no hints",
        ),
        (
            &["a.jpg", "--hints", "a.jpg"],
            "a.jpg: this picture of hints has no transparency",
        ),
        (
            &["a.jpg", "--hints", "empty.png"],
            "empty.png: this picture of hints has no dots",
        ),
        (&["a.jpg", "--hints", "square.png"], "another shape"),
        (
            &["a.jpg", "--like", "text.txt"],
            "text.txt: this is not a picture",
        ),
        (
            &["a.jpg", "b.png", "--hint", "1,1,red"],
            "for one photograph, and these are 2",
        ),
        (
            &["a.jpg", "b.png", "--confidence", "m.png"],
            "m.png: several photographs cannot go into one file",
        ),
        (
            &["a.jpg", "--confidence", "m.jpg"],
            "m.jpg: how sure the colours are is written as PNG",
        ),
        (
            &["a.jpg", "--confidence", "nowhere/m.png"],
            "its folder does not exist",
        ),
    ];
    for (arguments, complaint) in cases {
        let desk = desk();
        desk.save("b.png", gradient(30, 20));
        desk.write("text.txt", "red, please");
        desk.save("empty.png", RgbaImage::new(45, 30));
        let mut square = RgbaImage::new(30, 30);
        square.put_pixel(3, 3, Rgba([1, 2, 3, 255]));
        desk.save("square.png", square);
        let before = desk.files();
        let ran = desk.run(arguments);
        ran.refused(arguments, complaint);
        assert_eq!(desk.files(), before, "{arguments:?}");
    }
}

#[test]
fn the_map_is_as_large_as_the_photograph() {
    let desk = desk();
    desk.save("b.png", gradient(60, 40));
    desk.run(&["a.jpg", "--confidence", "m.png"]).all_done();
    let map = desk.open("m.png");
    assert_eq!(map.color(), image::ColorType::L8);
    let map = map.to_luma8();
    assert_eq!(map.dimensions(), (451, 300));
    let (low, high) = map
        .iter()
        .fold((255, 0), |(low, high), v| (low.min(*v), high.max(*v)));
    assert!(
        high - low > 20,
        "{low} to {high}: it says the same everywhere"
    );
    std::fs::create_dir(desk.path("maps")).unwrap();
    desk.run(&["a.jpg", "b.png", "--overwrite", "--confidence", "maps"])
        .all_done();
    let map = desk.open("maps/b.confidence.png");
    assert_eq!((map.width(), map.height()), (60, 40));
}

/// Mean distance in the a*b* plane.
fn apart(one: &image::RgbImage, other: &image::RgbImage) -> f64 {
    let chroma = |pixel: &image::Rgb<u8>| {
        let [_, a, b] = colorize_rt::color::srgb_to_lab(pixel.0.map(|v| f64::from(v) / 255.0));
        [a, b]
    };
    let pairs = one.pixels().zip(other.pixels());
    let distances = pairs.map(|(one, other)| {
        let ([a, b], [c, d]) = (chroma(one), chroma(other));
        (a - c).hypot(b - d)
    });
    distances.sum::<f64>() / f64::from(one.width() * one.height())
}

#[test]
fn versions_are_written_with_a_sheet_and_the_first_is_the_plain_one() {
    let desk = desk();
    let stdout = desk
        .run(&["a.jpg", "-o", "a.png", "--variants", "3"])
        .all_done();
    let expected = "a.jpg -> a.variants.png, a.1.png to a.3.png (451x300";
    assert!(stdout.starts_with(expected), "{stdout}");
    let files = ["a.1.png", "a.2.png", "a.3.png", "a.jpg", "a.variants.png"];
    assert_eq!(desk.files(), files);
    let version = |n: u8| desk.open(&format!("a.{n}.png")).to_rgb8();
    desk.run(&["a.jpg", "-o", "plain.png"]).all_done();
    assert_eq!(version(1), desk.open("plain.png").to_rgb8());
    for (one, other) in [(1, 2), (1, 3), (2, 3)] {
        let far = apart(&version(one), &version(other));
        println!("{one} and {other}: {far:.1}");
        assert!(far > APART, "{one} and {other} are {far} apart");
    }
    let before = [1, 2, 3].map(version);
    desk.run(&["a.jpg", "-o", "a.png", "--variants", "3", "--overwrite"])
        .all_done();
    assert_eq!([1, 2, 3].map(version), before);
    let ran = desk.run(&["a.jpg", "-o", "a.png", "--variants", "3"]);
    assert_eq!((ran.code, ran.stderr.lines().count()), (1, 1));
    assert!(ran.stderr.contains("exists already"), "{}", ran.stderr);
    for count in ["0", "1", "17", "many"] {
        assert_eq!(desk.run(&["a.jpg", "--variants", count]).code, 1, "{count}");
    }
}

/// Versions differ in earnest.
const APART: f64 = 4.0;
