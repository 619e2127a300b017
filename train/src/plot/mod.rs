//! The curves of a run, or of an evaluation with points, as one SVG: a small panel for each series, so that nothing has to be read
//! from a legend, and no server or browser extension is needed to look at them.

mod panel;
mod series;

use std::fs;
use std::path::Path;

use plotters::backend::SVGBackend;
use plotters::drawing::IntoDrawingArea;
use plotters::style::WHITE;

use crate::error::Error;
use crate::evaluate::WithPoints;
use crate::metrics::Figures;
use series::Log;

const COLUMNS: usize = 3;
/// Pixels.
const PANEL: (u32, u32) = (340, 190);
const MARGIN: u32 = 10;

/// Draws every series of the log `metrics` (`metrics.jsonl`) into the SVG `out`.
///
/// A series is a numeric key that appears at two steps at least; values that are no finite number
/// are left out. Dashed lines mark where a new stage begins.
///
/// # Errors
/// The log cannot be read or is none, or `out` cannot be written.
pub fn curves(metrics: &Path, out: &Path) -> crate::Result<()> {
    let text = fs::read_to_string(metrics).map_err(Error::io(metrics))?;
    let log = Log::parse(&text).map_err(|message| Error::data(metrics, message))?;
    write(&log, out)
}

/// Draws what points of the truth are worth into the SVG `out`: figures by the number of points.
///
/// # Errors
/// `out` cannot be written.
pub fn points(rows: &[WithPoints], out: &Path) -> crate::Result<()> {
    let mut log = Log::default();
    for row in rows {
        let points = row.points as f64;
        log.end = log.end.max(points);
        let Figures {
            psnr, ab, object, ..
        } = row.figures;
        for (name, value) in [("psnr", psnr), ("ab", ab), ("object", object)] {
            log.note("points", name, (points, value));
        }
    }
    write(&log, out)
}

fn write(log: &Log, out: &Path) -> crate::Result<()> {
    let svg = draw(log).map_err(|message| Error::data(out, message))?;
    fs::write(out, svg).map_err(Error::io(out))
}

fn draw(log: &Log) -> Result<String, String> {
    let rows = log.series.len().div_ceil(COLUMNS).max(1);
    let width = COLUMNS as u32 * PANEL.0 + 2 * MARGIN;
    let height = rows as u32 * PANEL.1 + 2 * MARGIN;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
        area.fill(&WHITE).map_err(|e| e.to_string())?;
        let panels = area
            .margin(MARGIN, MARGIN, MARGIN, MARGIN)
            .split_evenly((rows, COLUMNS));
        for (series, panel) in log.series.iter().zip(&panels) {
            panel::draw(panel, series, log).map_err(|e| e.to_string())?;
        }
        area.present().map_err(|e| e.to_string())?;
    }
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(log: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let (metrics, out) = (folder.path().join("m.jsonl"), folder.path().join("c.svg"));
        fs::write(&metrics, log).unwrap();
        curves(&metrics, &out).unwrap();
        fs::read_to_string(out).unwrap()
    }

    #[test]
    fn every_series_has_a_panel_with_its_name_and_a_line() {
        let mut log = String::new();
        for step in 1..=9 {
            let loss = 1.0 / f64::from(step);
            log +=
                &format!("{{\"kind\":\"step\",\"step\":{step},\"stage\":\"a\",\"l1\":{loss}}}\n");
        }
        for step in [3, 9] {
            log += &format!(
                "{{\"kind\":\"validation\",\"step\":{step},\"psnr\":{step},\"best\":true}}\n"
            );
        }
        let svg = drawn(&log);
        for name in ["l1", "psnr"] {
            assert!(svg.contains(&format!("\n{name}\n")), "{name}: {svg}");
        }
        assert!(!svg.contains("best") && !svg.contains("\nstep\n"), "{svg}");
        let points = |line: &str| line.split("points=\"").nth(1).map(|p| p.split(' ').count());
        let lengths: Vec<_> = svg
            .lines()
            .filter(|line| line.starts_with("<polyline") && line.contains("stroke-width=\"2\""))
            .filter_map(points)
            .collect();
        assert!(lengths.iter().any(|n| *n >= 9), "{svg}");
    }

    #[test]
    fn odd_logs_are_drawn_too() {
        // Nothing; one point; a constant; what is no number.
        drawn("");
        drawn("{\"kind\":\"step\",\"step\":1,\"l1\":1}\n");
        let constant =
            "{\"kind\":\"step\",\"step\":1,\"l1\":0}\n{\"kind\":\"step\",\"step\":2,\"l1\":0}\n";
        assert!(drawn(constant).contains("\nl1\n"));
        drawn(
            "{\"kind\":\"step\",\"step\":1,\"l1\":null}\n{\"kind\":\"step\",\"step\":2,\"l1\":\"x\"}\n",
        );
        // A run that was killed in the middle of a line.
        drawn(&format!("{constant}{{\"kind\":\"st"));
    }

    #[test]
    fn another_file_is_refused_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let metrics = folder.path().join("recipe.yaml");
        fs::write(&metrics, "name: quick\nsteps: 1\n").unwrap();
        let error = curves(&metrics, &folder.path().join("c.svg")).unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains("recipe.yaml") && message.contains("line 1"),
            "{message}"
        );
        assert_eq!(message.lines().count(), 1);
    }

    #[test]
    fn what_points_are_worth_is_a_row_of_three_panels() {
        let rows = [
            (0, 23.88, 13.119, 0.411),
            (1, 24.158, 12.635, 0.42),
            (5, 25.054, 11.136, 0.478),
            (20, 26.901, 8.69, 0.602),
            (100, 29.774, 6.049, 0.778),
        ];
        let rows = rows.map(|(points, psnr, ab, object)| WithPoints {
            points,
            figures: Figures {
                psnr,
                ab,
                object,
                ..Figures::mean(&[])
            },
        });
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("points.svg");
        points(&rows, &out).unwrap();
        let svg = fs::read_to_string(out).unwrap();
        for name in ["psnr", "ab", "object"] {
            assert!(svg.contains(&format!("\n{name}\n")), "{name}: {svg}");
        }
    }
}
