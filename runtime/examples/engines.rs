//! The built-in engine against ONNX Runtime on the colorizer inside, alternating: medians, and in
//! brackets the best, which says more where other programs are at work.
//!
//! `cargo run --release -p colorize-rt --example engines -- [--rounds N] [--onnxruntime LIBRARY]`

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use colorize_rt::engine::{Builtin, Engine, OnnxRuntime, Provider, find_library};
use colorize_rt::{Error, Model};
use ndarray::Array4;

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

    println!("| size | threads | ONNX Runtime, ms | built in, ms | ratio |");
    println!("| --- | --- | --- | --- | --- |");
    for threads in [1, 2] {
        let threads = NonZeroUsize::new(threads);
        let theirs = OnnxRuntime::from_model(&model, &library, Provider::Cpu, threads)?;
        let ours = Builtin::from_model(&model, threads)?;
        for side in [192, 256] {
            let mut times = [Vec::new(), Vec::new()];
            for round in 0..=rounds {
                let engines: [&dyn Engine; 2] = [&theirs, &ours];
                for (times, engine) in times.iter_mut().zip(engines) {
                    let took = time(engine, side)?;
                    // The first is the warm-up.
                    if round > 0 {
                        times.push(took.as_secs_f64() * 1e3);
                    }
                }
            }
            let [(theirs, their_best), (ours, our_best)] = times.map(median_and_best);
            let threads = threads.map_or(0, NonZeroUsize::get);
            let (ratio, best) = (ours / theirs, our_best / their_best);
            println!(
                "| {side}x{side} | {threads} | {theirs:.1} ({their_best:.1}) | {ours:.1} ({our_best:.1}) | {ratio:.2} ({best:.2}) |"
            );
        }
    }
    Ok(())
}

fn time(engine: &dyn Engine, side: usize) -> Result<Duration, Error> {
    let picture = Array4::from_shape_fn((1, 1, side, side), |(_, _, y, x)| {
        ((x * 7 + y * 3) % 200) as f32 / 100.0 - 1.0
    });
    let started = Instant::now();
    engine.run(picture.view())?;
    Ok(started.elapsed())
}

fn median_and_best(mut times: Vec<f64>) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    let at = |index: usize| times.get(index).copied().unwrap_or_default();
    (at(times.len() / 2), at(0))
}
