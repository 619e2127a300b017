//! A colorizer of somebody else, with a contract of one's own, on a provider that is named.
//!
//! `cargo run --release -p colorize-rt --example own_model -- their.onnx photo.jpg photo.png`

use colorize_rt::{
    Colorizer, Contract, Error, Input, InputKind, Model, Output, OutputKind, Provider, SaveOptions,
    SizeRule, open, save,
};

fn main() -> Result<(), Error> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [model, input, output] = &arguments[..] else {
        return Err(Error::Request(
            "give a model, a photograph and a file to write".to_owned(),
        ));
    };
    // What a file says of itself comes first; this is for one that says nothing.
    let model = Model::from_file(model)?;
    println!(
        "{}",
        model.note().unwrap_or("it says of itself what it takes")
    );
    let mut builder = Colorizer::builder();
    if model.note().is_some() {
        let lightness = Input {
            tensor: model.contract().input.tensor.clone(),
            kind: InputKind::Lightness,
            scale: 1.0.into(),
            offset: 0.0.into(),
            zeros: Vec::new(),
        };
        let ab = Output {
            tensor: model.contract().output.tensor.clone(),
            kind: OutputKind::Ab,
            scale: 1.0.into(),
            offset: 0.0.into(),
        };
        builder = builder.contract(Contract::new(lightness, ab, SizeRule::MultipleOf(32), 256));
    }
    let colorizer = builder.model(model).provider(Provider::Builtin).build()?;
    let colorized = colorizer.colorize(&open(input)?)?;
    save(&colorized.image, output, SaveOptions::default())
}
