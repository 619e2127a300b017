use std::io::{self, Write};

/// Writes a record of TensorFlow's format: its length, the length's checksum, the bytes, theirs.
pub fn write(file: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let length = (bytes.len() as u64).to_le_bytes();
    file.write_all(&length)?;
    file.write_all(&masked_checksum(&length).to_le_bytes())?;
    file.write_all(bytes)?;
    file.write_all(&masked_checksum(bytes).to_le_bytes())
}

/// CRC-32C, rotated and moved, as it is unsafe to take the checksum of bytes that hold one.
fn masked_checksum(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8)
}
