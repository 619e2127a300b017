use plotters::backend::DrawingBackend;
use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::Circle;
use plotters::series::{DashedLineSeries, LineSeries};
use plotters::style::{Color, RGBColor, ShapeStyle};

use super::series::{Log, Series};

const INK: RGBColor = RGBColor(40, 40, 40);
const GRID: RGBColor = RGBColor(228, 228, 228);
const STAGE: RGBColor = RGBColor(150, 150, 150);
const LINE: RGBColor = RGBColor(31, 98, 170);
const FONT: &str = "sans-serif";
/// With no more points than this, each is marked.
const MARKED: usize = 30;

/// Draws one series of a log with its name and its axes; that of the steps is the same in all.
pub fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    series: &Series,
    log: &Log,
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let (least, most) = padded(extent(series.points.iter().map(|p| p.1)));
    let mut chart = ChartBuilder::on(area)
        .margin(6)
        .margin_right(14)
        .caption(&series.name, (FONT, 15, &INK))
        .x_label_area_size(22)
        .y_label_area_size(52)
        .build_cartesian_2d(0.0..log.end.max(1.0), least..most)?;
    chart
        .configure_mesh()
        .x_labels(5)
        .y_labels(5)
        .max_light_lines(0)
        .bold_line_style(GRID)
        .axis_style(STAGE)
        .label_style((FONT, 11, &INK))
        .x_label_formatter(&|step| number(*step))
        .y_label_formatter(&|value| number(*value))
        .draw()?;
    for &stage in &log.stages {
        let ends = [(stage, least), (stage, most)];
        chart.draw_series(DashedLineSeries::new(ends, 3, 3, STAGE.into()))?;
    }
    let thick = ShapeStyle::from(LINE).stroke_width(2);
    let points = series.points.iter().copied();
    chart.draw_series(LineSeries::new(points.clone(), thick))?;
    if series.points.len() <= MARKED {
        chart.draw_series(points.map(|point| Circle::new(point, 2, LINE.filled())))?;
    }
    Ok(())
}

fn extent(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let least = values.clone().fold(f64::INFINITY, f64::min);
    (least, values.fold(f64::NEG_INFINITY, f64::max))
}

/// Room above and below; some even for a constant.
fn padded((least, most): (f64, f64)) -> (f64, f64) {
    let room = match most - least {
        0.0 => least.abs().max(1.0) * 0.1,
        height => 0.05 * height,
    };
    (least - room, most + room)
}

/// In few characters: 12000 as 12k, 0.00012 as 1.2e-4.
fn number(value: f64) -> String {
    let size = value.abs();
    let text = |value: f64, digits: usize| {
        let text = format!("{value:.digits$}");
        match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => text,
        }
    };
    if size >= 1e6 {
        text(value / 1e6, 2) + "M"
    } else if size >= 1e4 {
        text(value / 1e3, 1) + "k"
    } else if size >= 100.0 {
        text(value, 1)
    } else if !(1e-12..0.01).contains(&size) {
        text(value, 4)
    } else {
        format!("{value:.1e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.25, "-0.25"),
            (1200.0, "1200"),
            (12_500.0, "12.5k"),
            (2_000_000.0, "2M"),
            (0.000_12, "1.2e-4"),
            (50.0, "50"),
        ] {
            assert_eq!(number(value), expected);
        }
    }

    #[test]
    fn a_constant_has_room_too() {
        for value in [0.0, 5.0, -5.0] {
            let (least, most) = padded((value, value));
            assert!(least < value && value < most);
        }
    }
}
