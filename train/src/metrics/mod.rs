//! How good colours are: figures of an output beside its truth.
//!
//! Pure functions on interleaved 8-bit sRGB. No figure alone says that colours are good: gray does
//! well on PSNR, SSIM and the distance in the a\*b\* plane, and any blob of red is colourful.
//! [`object_correlation`] asks whether the right thing is coloured.
//!
//! burn-train has PSNR and SSIM too, but brings 144 further crates, among them a downloader and a
//! TLS stack, for what are two short files here.

mod chroma;
mod colourfulness;
mod figures;
mod picture;
mod psnr;
mod ssim;

pub use chroma::{ab_distance, object_correlation};
pub use colourfulness::colourfulness;
pub use figures::Figures;
pub use picture::{Picture, Pixels};
pub use psnr::psnr;
pub use ssim::ssim;
