//! Sheets to look at and choose from.

use crate::desk::{Desk, chelsea, gradient};
use image::imageops::crop_imm;

#[test]
fn before_and_after_stand_beside_each_other() {
    let desk = Desk::new();
    desk.save("a.png", image::open(chelsea()).unwrap().to_luma8());
    desk.run(&["a.png", "--compare"]).all_done();
    assert_eq!(desk.files(), ["a.colorized.png", "a.compare.png", "a.png"]);
    let both = desk.open("a.compare.png").to_rgb8();
    assert_eq!(both.dimensions(), (2 * 451 + 8, 300));
    let part = |left| crop_imm(&both, left, 0, 451, 300).to_image();
    assert_eq!(part(0), desk.open("a.png").to_rgb8());
    assert_eq!(part(451 + 8), desk.open("a.colorized.png").to_rgb8());
}

#[test]
fn a_batch_is_shown_on_pages_of_a_hundred() {
    let desk = Desk::new();
    for n in 0..103 {
        desk.save_below(&format!("box/{n:03}.png"), gradient(40, 20));
    }
    desk.write("box/050.png", "broken");
    let arguments = [
        "box",
        "-o",
        "out",
        "--contact-sheet",
        "sheet.png",
        "--size",
        "32",
    ];
    let ran = desk.run(&arguments);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert_eq!(desk.files(), ["box", "out", "sheet.2.png", "sheet.png"]);
    let page = desk.open("sheet.png").to_rgb8();
    assert_eq!(page.dimensions(), (10 * 192 + 12, 10 * 210 + 12));
    assert_eq!(desk.open("sheet.2.png").width(), 3 * 192 + 12);
    // In the middle of its cell is each photograph, but for the one that is broken.
    let middle = |n: u32| {
        page.get_pixel(12 + n % 10 * 192 + 90, 12 + n / 10 * 210 + 90)
            .0
    };
    let seen = desk
        .open("out/000.colorized.png")
        .to_rgb8()
        .get_pixel(20, 10)
        .0;
    for n in 0..100 {
        let far = middle(n).iter().zip(seen).any(|(a, b)| a.abs_diff(b) > 6);
        assert_eq!(far, n == 50, "{n}: {:?}", middle(n));
    }
    let again = ["box", "-o", "new", "--contact-sheet", "sheet.png"];
    desk.run(&again).refused(&again, "exists already");
    assert!(!desk.path("new").exists());
}

#[test]
fn a_sweep_is_a_sheet_of_sizes_and_strengths() {
    let desk = Desk::new();
    std::fs::copy(chelsea(), desk.path("a.jpg")).unwrap();
    let stdout = desk.run(&["a.jpg", "--sweep", "-o", "a.png"]).all_done();
    assert!(
        stdout.starts_with("a.jpg -> a.sweep.png (451x300"),
        "{stdout}"
    );
    assert_eq!(desk.files(), ["a.jpg", "a.sweep.png"]);
    let sheet = desk.open("a.sweep.png").to_rgb8();
    // 400x266 each.
    assert_eq!(sheet.dimensions(), (4 * 412 + 12, 5 * (266 + 18 + 12) + 12));
    let cell =
        |column: u32, row: u32| crop_imm(&sheet, 12 + column * 412, 12 + row * 296, 400, 266);
    let chroma = |column, row| -> u64 {
        let image = cell(column, row).to_image();
        let apart = |p: &image::Rgb<u8>| u64::from(p[0].abs_diff(p[2]));
        image.pixels().map(apart).sum()
    };
    for row in 0..5 {
        for column in 1..4 {
            let (less, more) = (chroma(column - 1, row), chroma(column, row));
            assert!(less < more, "row {row}: {less} to {more}");
        }
    }
    assert_ne!(cell(2, 0).to_image(), cell(2, 4).to_image());
}
