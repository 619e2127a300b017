//! Words on a picture.

use std::convert::Infallible;

use embedded_graphics::Drawable;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::mono_font::{MonoTextStyle, iso_8859_1::FONT_9X18_BOLD};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::text::{Baseline, Text};
use image::{Rgb, RgbImage};

/// Pixels of a letter.
pub(super) const WIDTH: u32 = 9;
pub(super) const HEIGHT: u32 = 18;

/// Writes light words from this place on. What the font has not is a question mark.
pub(super) fn write(picture: &mut RgbImage, (left, top): (u32, u32), words: &str) {
    let style = MonoTextStyle::new(&FONT_9X18_BOLD, Rgb888::new(220, 220, 220));
    let place = Point::new(left as i32, top as i32);
    let Ok(_) = Text::with_baseline(words, place, style, Baseline::Top).draw(&mut Canvas(picture));
}

/// Words that fit into a width: of longer ones, the end is what tells files apart.
pub(super) fn fitted(words: &str, width: u32) -> String {
    let room = (width / WIDTH) as usize;
    let letters: Vec<char> = words.chars().collect();
    if letters.len() <= room {
        return words.to_owned();
    }
    let end = letters.len() - room.saturating_sub(2).min(letters.len());
    format!("..{}", letters[end..].iter().collect::<String>())
}

struct Canvas<'a>(&'a mut RgbImage);

impl OriginDimensions for Canvas<'_> {
    fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Canvas<'_> {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = embedded_graphics::Pixel<Rgb888>>,
    {
        for embedded_graphics::Pixel(place, colour) in pixels {
            let place = (u32::try_from(place.x), u32::try_from(place.y));
            if let (Ok(x), Ok(y)) = place
                && let Some(pixel) = self.0.get_pixel_mut_checked(x, y)
            {
                *pixel = Rgb([colour.r(), colour.g(), colour.b()]);
            }
        }
        Ok(())
    }
}
