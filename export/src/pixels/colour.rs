//! The curves and matrices of sRGB and CIELAB: those of [`colorize_rt::color`], on
//! values of any shape.

use colorize_rt::color::{RGB_TO_XYZ, WHITE, XYZ_TO_RGB, srgb_to_linear};
use colorize_rt::onnx::DataType;

use super::writer::Writer;
use crate::graph::int;

/// Linear RGB to XYZ relative to white.
pub(super) const TO_RELATIVE_XYZ: [[f64; 3]; 3] = {
    let mut m = RGB_TO_XYZ;
    let mut i = 0;
    while i < 9 {
        m[i / 3][i % 3] /= WHITE[i / 3];
        i += 1;
    }
    m
};

/// XYZ relative to white to linear RGB.
pub(super) const FROM_RELATIVE_XYZ: [[f64; 3]; 3] = {
    let mut m = XYZ_TO_RGB;
    let mut i = 0;
    while i < 9 {
        m[i / 3][i % 3] *= WHITE[i % 3];
        i += 1;
    }
    m
};

impl Writer {
    /// Linear light (0 to 1) of codes of sRGB (0 to 255, integers or bytes).
    pub fn light_of_codes(&mut self, name: &str, codes: &str) -> String {
        let table: Vec<f64> = (0..=255)
            .map(|code| srgb_to_linear(f64::from(code) / 255.0))
            .collect();
        let table = self.doubles("light_of_codes", &[256], &table);
        let places = self.cast(&format!("{name}.codes"), codes, DataType::Int32);
        self.with("Gather", name, &[&table, &places], vec![int("axis", 0)])
    }

    /// Codes of sRGB (0.0 to 255.0, whole) of linear light, which is clipped to the gamut.
    pub fn codes_of_light(&mut self, name: &str, light: &str) -> String {
        let part = |part: &str| format!("{name}.{part}");
        // 0.0031308 and 12.92, the numbers of IEC 61966-2-1
        let bend = (0.003_130_8, 12.92 * 255.0);
        let coded = self.bent(&part("coded"), light, bend, |w, upper| {
            let power = w.pow(&part("power"), upper, 1.0 / 2.4);
            let power = w.mul(&part("scaled"), &power, 1.055 * 255.0);
            w.sub(&part("curve"), &power, 0.055 * 255.0)
        });
        let clipped = self.clip(&part("clipped"), &coded, [0.0, 255.0]);
        self.op("Round", name, &[&clipped])
    }

    /// CIELAB's response to light relative to white: its cube root, 1 for white.
    pub fn response(&mut self, name: &str, light: &str) -> String {
        let bend = (216.0 / 24389.0, 841.0 / 108.0);
        self.bent(name, light, bend, |w, upper| {
            w.pow(&format!("{name}.root"), upper, 1.0 / 3.0)
        })
    }

    /// Light relative to white, of CIELAB's response to it.
    pub fn light_of_response(&mut self, name: &str, response: &str) -> String {
        let bend = (6.0 / 29.0, 108.0 / 841.0);
        self.bent(name, response, bend, |w, upper| {
            let square = w.op("Mul", &format!("{name}.square"), &[upper, upper]);
            w.op("Mul", &format!("{name}.cube"), &[&square, upper])
        })
    }
}
