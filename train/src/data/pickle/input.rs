//! A file read from front to back, that knows where it is and where it ends.

use std::io::{BufReader, Read, Seek, SeekFrom};

/// A name longer than this is none.
const LONGEST_LINE: usize = 256;

/// See the module.
pub(super) struct Input<R> {
    file: BufReader<R>,
    pub(super) at: u64,
    length: u64,
}

impl<R: Read + Seek> Input<R> {
    pub(super) fn new(mut file: R) -> Result<Self, String> {
        let length = file.seek(SeekFrom::End(0)).map_err(|e| e.to_string())?;
        file.rewind().map_err(|e| e.to_string())?;
        Ok(Self {
            file: BufReader::new(file),
            at: 0,
            length,
        })
    }

    pub(super) fn line(&mut self) -> Result<Vec<u8>, String> {
        let mut line = Vec::new();
        loop {
            match self.bytes::<1>()?[0] {
                b'\n' => return Ok(line),
                _ if line.len() >= LONGEST_LINE => return Err("a name without an end".to_owned()),
                byte => line.push(byte),
            }
        }
    }

    pub(super) fn unsigned<const N: usize>(&mut self) -> Result<u64, String> {
        let mut whole = [0; 8];
        whole[..N].copy_from_slice(&self.bytes::<N>()?);
        Ok(u64::from_le_bytes(whole))
    }

    pub(super) fn read(&mut self, length: u64) -> Result<Vec<u8>, String> {
        let mut bytes = vec![0; length as usize];
        self.file.read_exact(&mut bytes).map_err(|_| cut_off())?;
        self.at += length;
        Ok(bytes)
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes).map_err(|_| cut_off())?;
        self.at += N as u64;
        Ok(bytes)
    }

    /// Passes over bytes, which are there.
    pub(super) fn pass(&mut self, length: u64) -> Result<(), String> {
        if length > self.length - self.at {
            return Err(cut_off());
        }
        self.file
            .seek_relative(length as i64)
            .map_err(|e| e.to_string())?;
        self.at += length;
        Ok(())
    }
}

fn cut_off() -> String {
    "the file is cut off; copy it again from where it came from".to_owned()
}
