//! The built-in engine against ONNX Runtime on the colorizer inside: one picture; all looks at a
//! photograph that the file asks for; and eight pictures at once against one by one. Alternating:
//! medians, and in brackets the best, which says more where other programs are at work.
//!
//! `cargo run --release -p colorize-rt --example engines -- [--rounds N] [--onnxruntime LIBRARY]`

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use colorize_rt::engine::{Builtin, Engine, OnnxRuntime, Provider, find_library};
use colorize_rt::{Builder, Colorizer, Error, Model};
use ndarray::{Array2, Array4};

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let (mut rounds, mut library) = (21, None);
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next()) {
            ("--rounds", Some(n)) => rounds = n.parse().unwrap_or(rounds),
            ("--onnxruntime", Some(path)) => library = Some(PathBuf::from(path)),
            _ => return Err(Error::Request(format!("`{argument}` is not understood"))),
        }
    }
    let library = find_library(library.as_deref())?;
    let library = library.ok_or_else(|| Error::Engine("there is no ONNX Runtime".to_owned()))?;
    let model = Model::embedded()?;

    let open = |threads: usize| {
        let wanted = NonZeroUsize::new(threads);
        let theirs = OnnxRuntime::from_model(&model, &library, Provider::Cpu, wanted)?;
        Ok((threads, theirs, Builtin::from_model(&model, wanted)?))
    };
    let engines: Vec<_> = [1, 2].map(open).into_iter().collect::<Result<_, Error>>()?;

    println!("| size | threads | ONNX Runtime, ms | built in, ms | ratio |");
    println!("| --- | --- | --- | --- | --- |");
    for (threads, theirs, ours) in &engines {
        for side in [192, 256] {
            let [theirs, ours] =
                alternating(rounds, [&|| time(theirs, 1, side), &|| time(ours, 1, side)])?;
            println!(
                "| {side}x{side} | {threads} | {theirs} | {ours} | {} |",
                ours.over(&theirs)
            );
        }
    }
    println!("\n| photograph | looks | threads | ONNX Runtime, ms | built in, ms | ratio |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for threads in [1, 2].into_iter().filter_map(NonZeroUsize::new) {
        let builder = || Colorizer::builder().threads(threads);
        let theirs = builder().provider(Provider::Cpu).onnxruntime(&library);
        let [theirs, ours] = [theirs, builder().provider(Provider::Builtin)].map(Builder::build);
        let (theirs, ours) = (theirs?, ours?);
        let (side, looks) = (ours.contract().working_size, ours.contract().views);
        let [theirs, ours] = alternating(rounds, [&|| look(&theirs, side), &|| look(&ours, side)])?;
        println!(
            "| {side}x{side} | {looks} | {threads} | {theirs} | {ours} | {} |",
            ours.over(&theirs)
        );
    }
    println!("\n| eight of 192x192 | threads | one by one, ms | at once, ms | ratio |");
    println!("| --- | --- | --- | --- | --- |");
    for (threads, theirs, ours) in &engines {
        let engines: [(&str, &dyn Engine); 2] = [("ONNX Runtime", theirs), ("built in", ours)];
        for (name, engine) in engines {
            let singly = || (0..8).map(|_| time(engine, 1, 192)).sum();
            let [singly, at_once] = alternating(rounds, [&singly, &|| time(engine, 8, 192)])?;
            println!(
                "| {name} | {threads} | {singly} | {at_once} | {} |",
                at_once.over(&singly)
            );
        }
    }
    Ok(())
}

/// Milliseconds: the median, and the best.
struct Times(f64, f64);

impl Times {
    fn over(&self, other: &Times) -> String {
        format!("{:.2} ({:.2})", self.0 / other.0, self.1 / other.1)
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1} ({:.1})", self.0, self.1)
    }
}

type Run<'a> = &'a dyn Fn() -> Result<Duration, Error>;

/// Each of both in turn; the first round is the warm-up.
fn alternating(rounds: usize, both: [Run<'_>; 2]) -> Result<[Times; 2], Error> {
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..=rounds {
        for (times, run) in times.iter_mut().zip(both) {
            let took = run()?;
            if round > 0 {
                times.push(took.as_secs_f64() * 1e3);
            }
        }
    }
    Ok(times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        let at = |index: usize| times.get(index).copied().unwrap_or_default();
        Times(at(times.len() / 2), at(0))
    }))
}

/// The network alone, `n` pictures at once.
fn time(engine: &dyn Engine, n: usize, side: usize) -> Result<Duration, Error> {
    let picture = Array4::from_shape_fn((n, 1, side, side), |(_, _, y, x)| {
        ((x * 7 + y * 3) % 200) as f32 / 100.0 - 1.0
    });
    let started = Instant::now();
    engine.run(picture.view())?;
    Ok(started.elapsed())
}

/// All looks at a photograph, as the command takes them.
fn look(colorizer: &Colorizer, side: u32) -> Result<Duration, Error> {
    let side = side as usize;
    let lightness = Array2::from_shape_fn((side, side), |(y, x)| ((x * 7 + y * 3) % 100) as f32);
    let started = Instant::now();
    colorizer.chroma(lightness.view())?;
    Ok(started.elapsed())
}
