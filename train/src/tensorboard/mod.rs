//! Event files for TensorBoard: curves, histograms and pictures of a run.
//!
//! The messages are encoded by prost and their checksums made by crc32c. The crates that write
//! whole event files rest since 2022 (tensorboard-rs, which panics where a disk is full and brings
//! protobuf 2 with its advisory RUSTSEC-2024-0437) and 2023 (tfrecord, of 130 crates with a TLS
//! stack; tboard, which needs protoc to build).

mod histogram;
mod message;
mod record;

use std::fs::{self, File};
use std::io::{self, BufWriter, Cursor, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use image::{ImageFormat, RgbImage};
use prost::Message;

use crate::error::Error;
use message::{Event, Image, SessionLog, SessionStatus, Summary, Value, event, value};

/// Writes one event file. TensorBoard shows all event files of a folder, in the order of their
/// names, as one run.
#[derive(Debug)]
pub struct EventWriter {
    path: PathBuf,
    file: BufWriter<File>,
}

impl EventWriter {
    /// Opens a new event file in `folder`, which is made if need be.
    ///
    /// # Errors
    /// The folder or the file cannot be written.
    pub fn create(folder: &Path) -> crate::Result<Self> {
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
        let (path, file) = new_file(folder)?;
        let mut writer = Self {
            path,
            file: BufWriter::new(file),
        };
        // The version that lets TensorBoard understand a session's start.
        writer.write(0, event::What::FileVersion("brain.Event:2".to_owned()))?;
        writer.flush()?;
        Ok(writer)
    }

    /// Opens a further event file in the folder of a run that goes on after `step`. What earlier
    /// files say of later steps, TensorBoard then forgets.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn resume(folder: &Path, step: u64) -> crate::Result<Self> {
        let mut writer = Self::create(folder)?;
        let start = SessionLog {
            status: SessionStatus::Start.into(),
        };
        writer.write(step + 1, event::What::SessionLog(start))?;
        writer.flush()?;
        Ok(writer)
    }

    /// A point of a curve. A `/` in a tag groups curves.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn scalar(&mut self, tag: &str, value: f32, step: u64) -> crate::Result<()> {
        self.summary(tag, value::Kind::SimpleValue(value), step)
    }

    /// How `values` are distributed; those that are no finite number are left out.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn histogram(&mut self, tag: &str, values: &[f32], step: u64) -> crate::Result<()> {
        let histogram = histogram::of(values);
        self.summary(tag, value::Kind::Histo(histogram), step)
    }

    /// A picture.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn image(&mut self, tag: &str, picture: &RgbImage, step: u64) -> crate::Result<()> {
        let mut png = Cursor::new(Vec::new());
        picture
            .write_to(&mut png, ImageFormat::Png)
            .map_err(io::Error::other)
            .map_err(Error::io(&self.path))?;
        let image = Image {
            height: picture.height().cast_signed(),
            width: picture.width().cast_signed(),
            colorspace: message::RGB,
            encoded_image_string: png.into_inner(),
        };
        self.summary(tag, value::Kind::Image(image), step)
    }

    /// Hands all events to the system, so that TensorBoard sees them.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn flush(&mut self) -> crate::Result<()> {
        self.file.flush().map_err(Error::io(&self.path))
    }

    fn summary(&mut self, tag: &str, kind: value::Kind, step: u64) -> crate::Result<()> {
        let value = Value {
            tag: tag.to_owned(),
            kind: Some(kind),
        };
        let summary = Summary { value: vec![value] };
        self.write(step, event::What::Summary(summary))
    }

    fn write(&mut self, step: u64, what: event::What) -> crate::Result<()> {
        let event = Event {
            wall_time: since_1970().as_secs_f64(),
            step: step.cast_signed(),
            what: Some(what),
        };
        record::write(&mut self.file, &event.encode_to_vec()).map_err(Error::io(&self.path))
    }
}

/// A file whose name comes after those of earlier files.
fn new_file(folder: &Path) -> crate::Result<(PathBuf, File)> {
    loop {
        let now = since_1970();
        let (seconds, nanoseconds) = (now.as_secs(), now.subsec_nanos());
        let name = format!("events.out.tfevents.{seconds:010}.{nanoseconds:09}");
        let path = folder.join(name);
        match File::create_new(&path) {
            Ok(file) => return Ok((path, file)),
            // A clock that stands still for a moment.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(error) => return Err(Error::io(&path)(error)),
        }
    }
}

fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}
