//! What a generator takes and gives, for whoever runs it.

use colorize_models::{GeneratorConfig, Head};
use colorize_rt::{Contract, Input, InputKind, Output, OutputKind, SizeRule};

/// The contract of a generator with these figures; its working size is the resolution that it was
/// made for.
pub fn contract(config: &GeneratorConfig) -> Contract {
    let (input, output) = match config.head {
        Head::Chroma | Head::Distribution => (
            Input {
                tensor: "lightness".to_owned(),
                kind: InputKind::Lightness,
                scale: (1.0_f32 / 50.0).into(),
                offset: (-1.0_f32).into(),
                zeros: Vec::new(),
            },
            Output {
                tensor: "chroma".to_owned(),
                kind: OutputKind::Ab,
                scale: (Head::CHROMA_SCALE as f32).into(),
                offset: 0.0_f32.into(),
            },
        ),
        Head::Rgb => (
            Input {
                tensor: "gray".to_owned(),
                kind: InputKind::Gray,
                scale: (1.0_f32 / 127.5).into(),
                offset: (-1.0_f32).into(),
                zeros: Vec::new(),
            },
            Output {
                tensor: "rgb".to_owned(),
                kind: OutputKind::Rgb,
                scale: 127.5_f32.into(),
                offset: 127.5_f32.into(),
            },
        ),
    };
    let size = SizeRule::MultipleOf(config.multiple() as u32);
    Contract::new(input, output, size, config.resolution as u32)
}
