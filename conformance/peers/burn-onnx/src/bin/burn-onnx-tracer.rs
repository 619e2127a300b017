//! burn-onnx's own exporter, which traces, on the network of a checkpoint: for `cargo xtask bench
//! export`.
//!
//!     burn-onnx-tracer CHECKPOINT TO SIDE
//!
//! Writes what it can into the folder TO, for pictures of SIDE x SIDE; prints one line of JSON, which
//! says of each form of the network where it is or what stopped the exporter.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use burn::module::Module;
use burn::store::ModuleRecord;
use burn::tensor::activation::{relu, softmax};
use burn::tensor::{Device, Tensor};
use burn_onnx::export::{AxisSpec, ExportError, InputSpec, OnnxExporter, OnnxModel};
use burn_onnx_peer::encoder_unet::{Words, forward};
use colorize_models::{AbBins, EncoderUnet, Generator, GeneratorConfig, Hints};
use serde::Deserialize;
use serde_json::{Value, json};

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let traced = match arguments.as_slice() {
        [checkpoint, to, side] => trace(checkpoint, to, side),
        _ => Err("burn-onnx-tracer CHECKPOINT TO SIDE".to_owned()),
    };
    match traced {
        Ok(forms) => {
            println!(
                "{}",
                json!({ "exporter": "burn-onnx 0.22.0", "forms": forms })
            );
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("burn-onnx-tracer: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn trace(checkpoint: &Path, to: &Path, side: &Path) -> Result<Vec<Value>, String> {
    let side = side.to_str().and_then(|side| side.parse().ok());
    let side: usize = side.ok_or("SIDE is no number")?;
    let network = open(checkpoint)?;
    let exporter = OnnxExporter::new();
    let generator = Generator::EncoderUnet(network.clone());
    let free = ["batch", "height", "width"].map(AxisSpec::dynamic);
    let with_relu = Words {
        relu6: relu,
        softmax: |x| softmax(x, 1),
    };
    let plain = Words {
        softmax: spelled_softmax,
        ..with_relu
    };
    let traced = [
        (
            "as it is",
            caught(|| exporter.export(&generator, gray(1, side), Generator::forward)),
        ),
        ("ReLU for ReLU6", one_size(&network, side, with_relu)),
        (
            "ReLU for ReLU6, softmax spelled out, any size",
            caught(|| {
                // The second picture tells the exporter what else changes with the free sizes.
                let [one, other] = [(1, side), (2, side + 32)].map(|(n, side)| gray(n, side));
                let [batch, height, width] = free;
                let free = [InputSpec::new([batch, AxisSpec::Static, height, width])];
                let forward = |n: &EncoderUnet, x| forward(n, x, None, plain);
                exporter.export_dynamic(&without_hints(&network), one, other, &free, forward)
            }),
        ),
        (
            "ReLU for ReLU6, softmax spelled out",
            one_size(&network, side, plain),
        ),
        (
            "ReLU6 and softmax spelled out",
            one_size(
                &network,
                side,
                Words {
                    relu6: spelled_relu6,
                    ..plain
                },
            ),
        ),
    ];
    let forms = traced.into_iter().map(|(form, model)| {
        let model = match model {
            Ok(model) => model,
            Err(why) => return Ok(json!({ "form": form, "refused": why })),
        };
        let name = format!(
            "burn-onnx-{}.onnx",
            form.replace(", ", "-").replace(' ', "-")
        );
        model
            .save(to.join(&name))
            .map_err(|error| error.to_string())?;
        Ok(json!({ "form": form, "file": name }))
    });
    forms.collect()
}

/// From operations that the exporter knows.
fn spelled_relu6(x: Tensor<4>) -> Tensor<4> {
    let below = relu(relu(x).sub_scalar(6.0).neg());
    below.neg().add_scalar(6.0)
}

/// Without the largest value taken off first, which the exporter would write as TopK; the network's
/// logits are small.
fn spelled_softmax(x: Tensor<4>) -> Tensor<4> {
    let shares = x.exp();
    shares.clone() / shares.sum_dim(1)
}

fn gray(n: usize, side: usize) -> Tensor<4> {
    Tensor::zeros([n, 1, side, side], &Device::flex())
}

/// For pictures of one size: from gray, points and a palette, or from gray alone where the network
/// takes no hints.
fn one_size(network: &EncoderUnet, side: usize, words: Words) -> Result<OnnxModel, String> {
    let exporter = OnnxExporter::new();
    let device = Device::flex();
    caught(|| match &network.hints {
        None => exporter.export(network, gray(1, side), |n, x| forward(n, x, None, words)),
        Some(_) => {
            let planes = Tensor::<4>::zeros([1, 3, side, side], &device);
            let palette = Tensor::<2>::zeros([1, AbBins::count()], &device);
            let sample = (gray(1, side), planes, palette);
            exporter.export(network, sample, |n, (gray, planes, palette)| {
                forward(n, gray, Some(Hints { planes, palette }), words)
            })
        }
    })
}

/// The network of a checkpoint.
fn open(checkpoint: &Path) -> Result<EncoderUnet, String> {
    #[derive(Deserialize)]
    struct State {
        generator: GeneratorConfig,
    }
    let of = |path: &Path| format!("{}: ", path.display());
    let state = checkpoint.join("state.json");
    let text = fs::read(&state).map_err(|e| of(&state) + &e.to_string())?;
    let read: State = serde_json::from_slice(&text).map_err(|e| of(&state) + &e.to_string())?;
    let generator = read
        .generator
        .init(&Device::flex())
        .map_err(|e| e.to_string())?;
    let weights = checkpoint.join("generator.bpk");
    let record = ModuleRecord::load(&weights).map_err(|e| of(&weights) + &e.to_string())?;
    let generator = generator.try_load_record(record);
    let generator = generator.map_err(|e| of(&weights) + &e.to_string())?;
    let Generator::EncoderUnet(network) = generator else {
        return Err(format!(
            "{}this is for a network with an encoder",
            of(&state)
        ));
    };
    Ok(network)
}

/// The same network on gray alone.
fn without_hints(network: &EncoderUnet) -> EncoderUnet {
    let mut network = network.clone();
    network.hints = None;
    network
}

fn caught(export: impl FnOnce() -> Result<OnnxModel, ExportError>) -> Result<OnnxModel, String> {
    protocol::caught(|| {
        export().map_err(|error| match error {
            // The operation itself is a page of debugging output.
            ExportError::UnsupportedOperation { operation, kind } => {
                let words = kind
                    .split(|c: char| !c.is_alphanumeric())
                    .filter(|w| !w.is_empty());
                let words: Vec<&str> = words.take(3).collect();
                format!(
                    "operation {operation} is not supported: {}",
                    words.join(" ")
                )
            }
            other => other.to_string(),
        })
    })
}
