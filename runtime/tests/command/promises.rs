//! What the command promises when all goes well.

use crate::desk::{Desk, chelsea, gradient};
use colorize_rt::color::{lightness_of_gray, lightness_of_rgb8};
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, GrayImage, ImageEncoder};

/// The mean and the largest difference of L* between a colour picture and a gray one.
fn lightness_difference(colour: &image::RgbImage, gray: &GrayImage) -> (f64, f64) {
    assert_eq!(colour.dimensions(), gray.dimensions());
    let mut lightness = vec![0.0; gray.len()];
    lightness_of_rgb8(colour.as_raw(), &mut lightness);
    let differences = lightness
        .iter()
        .zip(gray.as_raw())
        .map(|(l, gray)| (f64::from(*l) - lightness_of_gray(*gray)).abs());
    let (sum, largest) = differences.fold((0.0, 0.0f64), |(sum, max), d| (sum + d, max.max(d)));
    (sum / gray.len() as f64, largest)
}

#[test]
fn a_photograph_comes_back_in_colour_at_full_size_beside_itself() {
    let desk = Desk::new();
    std::fs::copy(chelsea(), desk.path("chelsea.jpg")).unwrap();
    let stdout = desk.run(&["chelsea.jpg"]).all_done();
    assert!(
        stdout.starts_with("chelsea.jpg -> chelsea.colorized.jpg (451x300, built-in engine rten "),
        "{stdout}"
    );
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    let image = desk.open("chelsea.colorized.jpg").to_rgb8();
    assert_eq!(image.dimensions(), (451, 300));
    assert!(
        image.pixels().any(|p| p[0].abs_diff(p[2]) > 8),
        "there is no colour in it"
    );
    assert_eq!(desk.files(), ["chelsea.colorized.jpg", "chelsea.jpg"]);
}

#[test]
fn the_lightness_of_every_pixel_is_kept() {
    let desk = Desk::new();
    desk.save("cat.png", image::open(chelsea()).unwrap().to_luma8());
    desk.save("ramp.png", gradient(300, 200));
    desk.run(&["cat.png", "ramp.png"]).all_done();
    for name in ["cat", "ramp"] {
        let gray = desk.open(&format!("{name}.png")).to_luma8();
        let colour = desk.open(&format!("{name}.colorized.png")).to_rgb8();
        let (mean, largest) = lightness_difference(&colour, &gray);
        assert!(
            mean < 0.06 && largest < 0.25,
            "{name}: mean {mean}, largest {largest}"
        );
    }
}

#[test]
fn white_stays_white_and_black_stays_black() {
    let desk = Desk::new();
    for (name, gray) in [("white.png", 255), ("black.png", 0)] {
        desk.save(name, GrayImage::from_pixel(50, 40, image::Luma([gray])));
        desk.run(&[name]).all_done();
        let colour = desk.open(&name.replace(".png", ".colorized.png")).to_rgb8();
        assert!(colour.as_raw().iter().all(|c| *c == gray), "{name}");
    }
}

#[test]
fn every_size_and_every_kind_of_picture_is_taken() {
    let desk = Desk::new();
    for (width, height) in [(1, 1), (1, 300), (300, 1), (7, 5), (640, 40)] {
        desk.save(&format!("{width}x{height}.png"), gradient(width, height));
    }
    let gray = image::DynamicImage::from(gradient(60, 40));
    desk.save("ga8.png", gray.to_luma_alpha8());
    desk.save("g16.png", gray.to_luma16());
    desk.save("rgb.png", gray.to_rgb8());
    desk.save("rgba.webp", gray.to_rgba8());
    desk.save("rgb16.tif", gray.to_rgb16());
    desk.save("gray.bmp", gray.to_luma8());
    for name in desk.files() {
        desk.run(&[&name]).all_done();
        let (stem, ending) = name.split_once('.').unwrap();
        let colour = desk.open(&format!("{stem}.colorized.{ending}"));
        let photograph = desk.open(&name);
        let size = |image: &image::DynamicImage| (image.width(), image.height());
        assert_eq!(size(&colour), size(&photograph), "{name}");
    }
}

#[test]
fn an_output_that_exists_stays_unless_overwrite_is_given() {
    let desk = Desk::new();
    desk.save("a.png", gradient(30, 20));
    desk.write("a.colorized.png", "precious");
    let ran = desk.run(&["a.png"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("exists already") && ran.stderr.contains("--overwrite"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        std::fs::read(desk.path("a.colorized.png")).unwrap(),
        b"precious"
    );
    desk.run(&["--overwrite", "a.png"]).all_done();
    assert_eq!(
        desk.open("a.colorized.png").to_rgb8().dimensions(),
        (30, 20)
    );
}

#[test]
fn the_output_goes_where_it_is_told_to() {
    let desk = Desk::new();
    desk.save("a.png", gradient(30, 20));
    desk.save(
        "b.gif",
        image::DynamicImage::from(gradient(30, 20)).to_rgba8(),
    );
    std::fs::create_dir(desk.path("out")).unwrap();
    desk.run(&["a.png", "-o", "elsewhere.jpg"]).all_done();
    let stdout = desk.run(&["a.png", "b.gif", "-o", "out"]).all_done();
    assert!(
        stdout.contains("b.gif: this format cannot be written"),
        "{stdout}"
    );
    for name in [
        "elsewhere.jpg",
        "out/a.colorized.png",
        "out/b.colorized.png",
    ] {
        assert_eq!(desk.open(name).to_rgb8().dimensions(), (30, 20), "{name}");
    }
}

#[test]
fn a_photograph_that_lies_on_its_side_comes_out_upright() {
    let desk = Desk::new();
    desk.save("upright.jpg", gradient(40, 24));
    let jpeg = std::fs::read(desk.path("upright.jpg")).unwrap();
    // EXIF, big-endian, one entry: tag 0x0112, orientation 6 (turn it clockwise).
    let mut exif = b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01".to_vec();
    exif.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0");
    desk.write("side.jpg", [&jpeg[..2], &exif, &jpeg[2..]].concat());
    desk.run(&["side.jpg", "-o", "side.png"]).all_done();
    let image = desk.open("side.png").to_rgb8();
    assert_eq!(image.dimensions(), (24, 40));
    // What was dark on the left is dark at the top.
    let green = |x, y| image.get_pixel(x, y)[1];
    assert!(
        green(12, 2) + 60 < green(12, 37),
        "it was turned the wrong way"
    );
}

/// A PNG whose EXIF has a description of 70,000 letters.
fn long_winded(desk: &Desk, name: &str) {
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x0e\x01\x02\0".to_vec();
    exif.extend(70_000_u32.to_le_bytes());
    exif.extend(26_u32.to_le_bytes());
    exif.extend([0; 4]);
    exif.resize(26 + 69_999, b'x');
    exif.push(0);
    let mut png = Vec::new();
    let mut encoder = PngEncoder::new(&mut png);
    encoder.set_exif_metadata(exif).unwrap();
    let gray = gradient(30, 20);
    encoder
        .write_image(&gray, 30, 20, ExtendedColorType::L8)
        .unwrap();
    desk.write(name, png);
}

#[test]
fn what_a_format_has_no_room_for_is_said() {
    let desk = Desk::new();
    long_winded(&desk, "a.png");
    for (format, lost) in [
        ("jpeg", true),
        ("bmp", true),
        ("png", false),
        ("tiff", false),
    ] {
        let ran = desk.run(&["a.png", "--format", format]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let said = [ran.stdout, ran.stderr].concat();
        assert_eq!(
            said.contains("its EXIF has no room in ."),
            lost,
            "{format}: {said}"
        );
    }
}

#[test]
fn one_bad_file_does_not_stop_the_rest() {
    let desk = Desk::new();
    desk.save("a.png", gradient(30, 20));
    desk.write("b.png", "");
    desk.save("c.png", gradient(30, 20));
    let ran = desk.run(&["a.png", "b.png", "c.png"]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.stdout.lines().count(), 3, "{}", ran.stdout);
    let summary = ran.stdout.lines().last().unwrap();
    assert!(
        summary.starts_with("2 colorized, 1 failed in "),
        "{summary}"
    );
    assert!(
        ran.stderr.starts_with("colorize-rt: b.png: "),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stderr.lines().count(), 1);
    assert_eq!(
        desk.files(),
        [
            "a.colorized.png",
            "a.png",
            "b.png",
            "c.colorized.png",
            "c.png"
        ]
    );
}

#[test]
fn the_photograph_itself_is_never_replaced() {
    let desk = Desk::new();
    desk.save("a.png", gradient(30, 20));
    let before = std::fs::read(desk.path("a.png")).unwrap();
    let ran = desk.run(&["--overwrite", "a.png", "-o", "./a.png"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("photograph itself"), "{}", ran.stderr);
    assert_eq!(std::fs::read(desk.path("a.png")).unwrap(), before);
}

#[test]
fn help_says_what_the_exit_status_means_and_wrong_usage_is_status_1() {
    let desk = Desk::new();
    let help = desk.run(&["--help"]).all_done();
    assert!(
        help.contains("Exit status") && help.contains("--overwrite"),
        "{help}"
    );
    assert!(
        desk.run(&["--version"])
            .all_done()
            .starts_with("colorize-rt ")
    );
    for arguments in [
        vec![],
        vec!["--colour", "a.png"],
        vec!["--quality", "0", "a.png"],
    ] {
        assert_eq!(desk.run::<&str>(&arguments).code, 1, "{arguments:?}");
    }
}
