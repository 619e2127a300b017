//! All photographs of a batch, small and with their names, on pages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use image::imageops::{replace, thumbnail};
use image::{Rgb, RgbImage};

use super::lettering;
use super::names::numbered;
use crate::encode::{exists_already, save};
use crate::{Error, Result, SaveOptions, can_save};

/// Photographs of a page, in rows of ten.
const ON_A_PAGE: usize = 100;
const COLUMNS: usize = 10;
/// Pixels of the long side of each.
const SIDE: u32 = 180;
const GAP: u32 = 12;
const CELL: (u32, u32) = (SIDE + GAP, SIDE + lettering::HEIGHT + GAP);
const BACKGROUND: Rgb<u8> = Rgb([32; 3]);

/// The pages of a batch. Those that are not full yet are in memory, and of these there are one or
/// two, since photographs come nearly in order.
pub(super) struct Pages {
    file: PathBuf,
    options: SaveOptions,
    photographs: usize,
    begun: BTreeMap<usize, Page>,
}

struct Page {
    picture: RgbImage,
    missing: usize,
}

impl Pages {
    /// Pages for so many photographs.
    ///
    /// # Errors
    /// [`Error::Request`] if a page exists already, or the name is not one of a picture.
    pub fn new(file: &Path, photographs: usize, options: SaveOptions) -> Result<Self> {
        let pages = Pages {
            file: file.to_owned(),
            options,
            photographs,
            begun: BTreeMap::new(),
        };
        if !can_save(file) {
            return Err(Error::request(
                "this ending names no format that can be written",
                "end the name in .jpg or .png",
            )
            .at(file));
        }
        let mut names = (0..photographs.div_ceil(ON_A_PAGE)).map(|number| pages.name(number));
        match names.find(|name| !options.overwrite && name.symlink_metadata().is_ok()) {
            Some(name) => Err(exists_already().at(&name)),
            None => Ok(pages),
        }
    }

    fn name(&self, page: usize) -> PathBuf {
        match page {
            0 => self.file.clone(),
            later => numbered(&self.file, later + 1),
        }
    }

    /// Puts a photograph in its place, or leaves that empty if it has none; a page that is then
    /// complete is written.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn put(&mut self, index: usize, small: Option<&RgbImage>, name: &Path) -> Result<()> {
        let number = index / ON_A_PAGE;
        let on_it = (self.photographs - number * ON_A_PAGE).min(ON_A_PAGE);
        let page = self.begun.entry(number).or_insert_with(|| Page::new(on_it));
        page.put(index % ON_A_PAGE, small, name);
        if page.missing == 0 {
            self.write(number)?;
        }
        Ok(())
    }

    /// Writes what there is of pages that did not become full.
    ///
    /// # Errors
    /// One cannot be written.
    pub fn finish(&mut self) -> Result<()> {
        let numbers: Vec<usize> = self.begun.keys().copied().collect();
        numbers
            .into_iter()
            .try_for_each(|number| self.write(number))
    }

    fn write(&mut self, number: usize) -> Result<()> {
        match self.begun.remove(&number) {
            Some(page) => save(&page.picture, self.name(number), self.options),
            None => Ok(()),
        }
    }
}

impl Page {
    fn new(photographs: usize) -> Self {
        let columns = photographs.clamp(1, COLUMNS) as u32;
        let rows = photographs.div_ceil(COLUMNS).max(1) as u32;
        let (width, height) = (columns * CELL.0 + GAP, rows * CELL.1 + GAP);
        Page {
            picture: RgbImage::from_pixel(width, height, BACKGROUND),
            missing: photographs,
        }
    }

    fn put(&mut self, place: usize, small: Option<&RgbImage>, name: &Path) {
        let (column, row) = ((place % COLUMNS) as u32, (place / COLUMNS) as u32);
        let (left, top) = (GAP + column * CELL.0, GAP + row * CELL.1);
        if let Some(small) = small {
            let (right, down) = ((SIDE - small.width()) / 2, (SIDE - small.height()) / 2);
            let corner = (i64::from(left + right), i64::from(top + down));
            replace(&mut self.picture, small, corner.0, corner.1);
        }
        let name = name.file_stem().unwrap_or_default().to_string_lossy();
        let name = lettering::fitted(&name, SIDE);
        let middle = (SIDE - (name.chars().count() as u32 * lettering::WIDTH).min(SIDE)) / 2;
        lettering::write(&mut self.picture, (left + middle, top + SIDE), &name);
        self.missing = self.missing.saturating_sub(1);
    }
}

/// A photograph as it is on a page.
pub(super) fn small(image: &RgbImage) -> RgbImage {
    let (width, height) = image.dimensions();
    let factor = (f64::from(SIDE) / f64::from(width.max(height).max(1))).min(1.0);
    let side = |pixels: u32| ((f64::from(pixels) * factor).round() as u32).clamp(1, SIDE);
    thumbnail(image, side(width), side(height))
}
