use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use plotters::prelude::*;

use super::scans::scans;
use super::{colorize_rt, empty_folder, median};
use crate::places::{because, root};

/// Between two looks at how much memory a process has had.
const LOOK: Duration = Duration::from_millis(5);

#[derive(Args)]
pub struct Options {
    /// The engine
    #[arg(long, default_value = "builtin")]
    provider: String,
    /// How often each is measured; the median counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Megapixels of one photograph
    #[arg(long, value_delimiter = ',', default_value = "1,4,12,25,50,100")]
    pixels: Vec<f64>,
    /// How many small photographs, at a working size of 32
    #[arg(long, value_delimiter = ',', default_value = "10,100,1000,10000")]
    files: Vec<usize>,
    /// Threads
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    threads: Vec<usize>,
}

/// Seconds, and the most memory in MiB where the system says.
#[derive(Clone, Copy)]
struct Cost {
    seconds: f64,
    memory: Option<f64>,
}

/// A line of a plot: its name, and its points.
type Line = (String, Vec<(f64, Cost)>);

/// Prints tables; writes plots to `docs/figures`.
pub fn run(options: &Options) -> Result<ExitCode, String> {
    let program = colorize_rt()?;
    let measure = |input: &Path, size: &str, threads: usize| {
        let costs: Result<Vec<Cost>, String> = (0..options.rounds.max(1))
            .map(|_| cost(&program, input, size, threads, &options.provider))
            .collect();
        costs.map(|costs| Cost {
            seconds: median(costs.iter().map(|cost| cost.seconds)).unwrap_or(f64::NAN),
            memory: median(costs.iter().filter_map(|cost| cost.memory)),
        })
    };
    let (mut pixels, mut files): (Vec<Line>, Vec<Line>) = (Vec::new(), Vec::new());
    for &threads in &options.threads {
        let name = format!("{threads} thread{}", if threads == 1 { "" } else { "s" });
        let mut line = Vec::new();
        for &megapixels in &options.pixels {
            let input = scans(1, megapixels, megapixels)?;
            line.push((megapixels, measure(&input, "auto", threads)?));
        }
        pixels.push((name.clone(), line));
        let mut line = Vec::new();
        for &count in &options.files {
            line.push((
                count as f64,
                measure(&scans(count, 0.01, 0.02)?, "32", threads)?,
            ));
        }
        files.push((name, line));
    }
    for (what, file, lines) in [
        (
            "megapixels of one photograph",
            "scaling-pixels.svg",
            &pixels,
        ),
        (
            "files of 0.01 to 0.02 megapixels",
            "scaling-files.svg",
            &files,
        ),
    ] {
        println!("{}", table(what, lines));
        let path = root().join("docs/figures").join(file);
        plot(&path, what, lines).map_err(because(&path))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// One run over a folder.
fn cost(
    program: &Path,
    input: &Path,
    size: &str,
    threads: usize,
    provider: &str,
) -> Result<Cost, String> {
    let out = empty_folder()?;
    let mut command = Command::new(program);
    command.arg(input).arg("-o").arg(&out);
    command.args(["--quiet", "--size", size, "--provider", provider]);
    command.env("RAYON_NUM_THREADS", threads.to_string());
    command.args(["--jobs", &threads.to_string()]);
    command.stdout(Stdio::null());
    let started = Instant::now();
    let mut child = command.spawn().map_err(because(program))?;
    let mut memory = None;
    let status = loop {
        memory = peak_memory(child.id()).or(memory);
        match child.try_wait().map_err(because(program))? {
            Some(status) => break status,
            None => std::thread::sleep(LOOK),
        }
    };
    match status.success() {
        true => Ok(Cost {
            seconds: started.elapsed().as_secs_f64(),
            memory,
        }),
        false => Err(format!("colorize-rt failed on {}", input.display())),
    }
}

/// The most memory that a process has had so far, in MiB, where `/proc` says.
fn peak_memory(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

fn table(what: &str, lines: &[Line]) -> String {
    let mut text = format!("| {what} |");
    for (name, _) in lines {
        text += &format!(" s, {name} | MiB, {name} |");
    }
    text += &format!("\n|{}\n", " --- |".repeat(1 + 2 * lines.len()));
    let rows = lines.first().map_or(0, |(_, points)| points.len());
    for row in 0..rows {
        text += &format!("| {} |", lines[0].1[row].0);
        for (_, points) in lines {
            let Cost { seconds, memory } = points[row].1;
            let memory = memory.map_or("–".to_owned(), |mib| format!("{mib:.0}"));
            text += &format!(" {seconds:.2} | {memory} |");
        }
        text += "\n";
    }
    text
}

/// Time on the left, memory on the right, both axes in powers of ten.
fn plot(path: &Path, what: &str, lines: &[Line]) -> Result<(), Box<dyn std::error::Error>> {
    let canvas = SVGBackend::new(path, (900, 360)).into_drawing_area();
    canvas.fill(&WHITE)?;
    let seconds = |cost: Cost| Some(cost.seconds);
    let memory = |cost: Cost| cost.memory;
    let (left, right) = canvas.split_horizontally(450);
    one(&left, what, "s", lines, seconds)?;
    one(&right, what, "MiB", lines, memory)?;
    canvas.present()?;
    Ok(())
}

fn one(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    what: &str,
    unit: &str,
    lines: &[Line],
    of: impl Fn(Cost) -> Option<f64>,
) -> Result<(), Box<dyn std::error::Error>> {
    let points = |line: &Line| -> Vec<(f64, f64)> {
        let points = line.1.iter();
        points
            .filter_map(|(x, cost)| Some((*x, of(*cost)?)))
            .collect()
    };
    let all: Vec<(f64, f64)> = lines.iter().flat_map(&points).collect();
    let range = |values: &dyn Fn(&(f64, f64)) -> f64| {
        let least = all.iter().map(values).fold(f64::INFINITY, f64::min);
        let most = all.iter().map(values).fold(0.0, f64::max);
        (least / 1.5)..(most * 1.5)
    };
    if all.is_empty() {
        return Ok(());
    }
    let (x, y) = (range(&|point| point.0), range(&|point| point.1));
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(56)
        .build_cartesian_2d(x.log_scale(), y.log_scale())?;
    chart.configure_mesh().x_desc(what).y_desc(unit).draw()?;
    for (index, line) in lines.iter().enumerate() {
        let colour = [BLUE, RED, GREEN, MAGENTA][index % 4];
        chart
            .draw_series(LineSeries::new(points(line), colour.stroke_width(2)).point_size(3))?
            .label(&line.0)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour));
    }
    chart
        .configure_series_labels()
        .border_style(BLACK)
        .background_style(WHITE)
        .position(SeriesLabelPosition::UpperLeft)
        .draw()?;
    Ok(())
}
