//! What a generator takes and gives, for whoever runs it.

use colorize_models::{AbBins, GeneratorConfig, Head};
use colorize_rt::{
    Bins, Contract, Distribution, HintsInput, Input, InputKind, Output, OutputKind, SizeRule,
    Steering,
};

/// The input for points: `[n, 3, h, w]`, a* and b* divided by [`Head::CHROMA_SCALE`], and a mask.
pub const HINTS: &str = "hints";
/// The input for a palette: `[n, bins]`.
pub const PALETTE: &str = "palette";
/// The output that says how sure the colours are: `[n, 1, h, w]`.
pub const CONFIDENCE: &str = "confidence";
/// The output of the distribution: `[n, bins, h / 4, w / 4]`.
pub const LOGITS: &str = "logits";

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
    let mut contract = Contract::new(input, output, size, config.resolution as u32);
    steering(&mut contract.steering, config);
    contract
}

fn steering(steering: &mut Steering, config: &GeneratorConfig) {
    if config.hints {
        steering.hints = Some(HintsInput {
            tensor: HINTS.to_owned(),
            scale: 1.0 / Head::CHROMA_SCALE as f32,
            mask: None,
        });
        steering.palette = Some(PALETTE.to_owned());
    }
    if config.head == Head::Distribution {
        steering.confidence = Some(CONFIDENCE.to_owned());
        steering.distribution = Some(Distribution {
            tensor: LOGITS.to_owned(),
            temperature: config.temperature as f32,
        });
    }
    if steering.palette.is_some() || steering.distribution.is_some() {
        steering.bins = Bins::of_centres(AbBins::STEP, AbBins::centres());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bins_of_the_contract_are_the_networks() {
        let config = GeneratorConfig {
            head: Head::Distribution,
            hints: true,
            ..GeneratorConfig::default()
        };
        let contract = contract(&config);
        let pairs = contract.to_metadata();
        let pairs = pairs.iter().map(|(key, value)| (&**key, &**value));
        let read = Contract::from_metadata(pairs).unwrap();
        assert_eq!(read, contract);
        assert_eq!(read.steering.bins.unwrap().centres(), AbBins::centres());
    }

    #[test]
    fn a_network_that_cannot_be_steered_says_nothing_of_it() {
        let contract = contract(&GeneratorConfig::default());
        assert!(contract.steering.is_empty());
    }
}
