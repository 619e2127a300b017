//! The contract as key and value pairs.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use super::{
    Contract, Distribution, HintsInput, Input, InputKind, Output, OutputKind, SizeRule, Steering,
};
use crate::error::{Error, Result};

/// The newest version of the keys that this crate reads and writes.
const FORMAT: u32 = 2;
/// The version without steering, in which files without it are written, for older programs.
const WITHOUT_STEERING: u32 = 1;

impl InputKind {
    fn word(self) -> &'static str {
        match self {
            InputKind::Lightness => "lightness",
            InputKind::Gray => "gray",
            InputKind::LightnessThrice => "lightness thrice",
            InputKind::GrayThrice => "gray thrice",
            InputKind::RgbBytes => "rgb bytes",
        }
    }
}

impl OutputKind {
    fn word(self) -> &'static str {
        match self {
            OutputKind::Ab => "ab",
            OutputKind::Rgb => "rgb",
            OutputKind::Yuv => "yuv",
            OutputKind::RgbBytes => "rgb bytes",
        }
    }
}

impl Display for SizeRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SizeRule::Fixed { height, width } => write!(f, "{height}x{width}"),
            SizeRule::MultipleOf(n) => write!(f, "multiple of {n}"),
        }
    }
}

fn size_rule(text: &str) -> Option<SizeRule> {
    if let Some(n) = text.strip_prefix("multiple of ") {
        return n.parse().ok().map(SizeRule::MultipleOf);
    }
    let (height, width) = text.split_once('x')?;
    Some(SizeRule::Fixed {
        height: height.parse().ok()?,
        width: width.parse().ok()?,
    })
}

/// A number that is not the usual one.
fn text_unless(usual: u32, number: u32) -> String {
    match number == usual {
        true => String::new(),
        false => number.to_string(),
    }
}

fn zeros_text(zeros: &[(String, usize)]) -> String {
    let each = zeros
        .iter()
        .map(|(name, planes)| format!("{name}:{planes}"));
    each.collect::<Vec<_>>().join(", ")
}

fn zeros(text: &str) -> Option<Vec<(String, usize)>> {
    let each = text.split(',').map(str::trim).filter(|one| !one.is_empty());
    each.map(|one| {
        let (name, planes) = one.rsplit_once(':')?;
        let planes = planes
            .parse()
            .ok()
            .filter(|planes| (1..=1024).contains(planes))?;
        Some((name.to_owned(), planes))
    })
    .collect()
}

impl Contract {
    /// The contract as `metadata_props`: keys that begin with `colorize.`, in a
    /// fixed order. Empty texts are left out.
    pub fn to_metadata(&self) -> Vec<(String, String)> {
        let parity = self.parity.map(|p| format!("{p:e}")).unwrap_or_default();
        let format = match self.steering.is_empty() {
            true => WITHOUT_STEERING,
            false => FORMAT,
        };
        [
            ("contract", format.to_string()),
            ("name", self.name.clone()),
            ("version", self.version.clone()),
            ("input.tensor", self.input.tensor.clone()),
            ("input.kind", self.input.kind.word().to_owned()),
            ("input.scale", self.input.scale.to_string()),
            ("input.offset", self.input.offset.to_string()),
            ("input.zeros", zeros_text(&self.input.zeros)),
            ("output.tensor", self.output.tensor.clone()),
            ("output.kind", self.output.kind.word().to_owned()),
            ("output.scale", self.output.scale.to_string()),
            ("output.offset", self.output.offset.to_string()),
        ]
        .into_iter()
        .chain(self.steering.to_metadata())
        .chain([
            ("size", self.size.to_string()),
            ("working_size", self.working_size.to_string()),
            // Looked at once is what older programs do.
            ("views", text_unless(1, self.views)),
            ("licence", self.licence.clone()),
            ("training_run", self.training_run.clone()),
            ("parity", parity),
        ])
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (format!("colorize.{key}"), value))
        .collect()
    }

    /// Reads what [`to_metadata`](Self::to_metadata) writes; other keys are ignored.
    ///
    /// # Errors
    /// [`Error::Model`] if there is no contract, one of a newer version, or one with
    /// a missing or impossible value, which is named.
    pub fn from_metadata<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let keys = Keys(
            pairs
                .into_iter()
                .filter_map(|(key, value)| Some((key.strip_prefix("colorize.")?, value.trim())))
                .collect(),
        );
        if !keys.0.contains_key("contract") {
            return Err(Error::model(
                "it has no contract (no `colorize.contract` in its metadata)",
                format!(
                    "say what it takes and gives with `--contract`: {}, or a file of such keys",
                    Contract::KNOWN.join(", ")
                ),
            ));
        }
        let format: u32 = keys.number("contract")?;
        if format > FORMAT {
            return Err(Error::model(
                format!(
                    "this colorizer's contract has version {format} and this program knows {FORMAT}"
                ),
                "use a newer colorize-rt, or export the colorizer with the version at hand",
            ));
        }
        let contract = Contract {
            name: keys.text("name").to_owned(),
            version: keys.text("version").to_owned(),
            input: Input {
                tensor: keys.required("input.tensor")?.to_owned(),
                kind: keys.one_of(
                    "input.kind",
                    [
                        InputKind::Lightness,
                        InputKind::Gray,
                        InputKind::LightnessThrice,
                        InputKind::GrayThrice,
                        InputKind::RgbBytes,
                    ],
                    InputKind::word,
                )?,
                scale: keys.number("input.scale")?,
                offset: keys.number("input.offset")?,
                zeros: zeros(keys.text("input.zeros"))
                    .ok_or_else(|| keys.bad("input.zeros", "`NAME:PLANES, …`"))?,
            },
            output: Output {
                tensor: keys.required("output.tensor")?.to_owned(),
                kind: keys.one_of(
                    "output.kind",
                    [
                        OutputKind::Ab,
                        OutputKind::Rgb,
                        OutputKind::Yuv,
                        OutputKind::RgbBytes,
                    ],
                    OutputKind::word,
                )?,
                scale: keys.number("output.scale")?,
                offset: keys.number("output.offset")?,
            },
            steering: Steering::from_keys(&keys)?,
            size: size_rule(keys.required("size")?)
                .ok_or_else(|| keys.bad("size", "`multiple of N` or `HEIGHTxWIDTH`"))?,
            working_size: keys.number("working_size")?,
            views: match keys.text("views") {
                "" => 1,
                _ => keys.number("views")?,
            },
            licence: keys.text("licence").to_owned(),
            training_run: keys.text("training_run").to_owned(),
            parity: match keys.text("parity") {
                "" => None,
                _ => Some(keys.number("parity")?),
            },
        };
        contract.check_values()?;
        Ok(contract)
    }
}

impl Steering {
    fn to_metadata(&self) -> Vec<(&'static str, String)> {
        let text = |name: &Option<String>| name.clone().unwrap_or_default();
        let mut pairs = Vec::new();
        if let Some(hints) = &self.hints {
            pairs.extend([
                ("hints.tensor", hints.tensor.clone()),
                ("hints.scale", hints.scale.to_string()),
                ("hints.mask", text(&hints.mask)),
            ]);
        }
        pairs.extend([
            ("palette.tensor", text(&self.palette)),
            ("confidence.tensor", text(&self.confidence)),
        ]);
        if let Some(distribution) = &self.distribution {
            pairs.extend([
                ("distribution.tensor", distribution.tensor.clone()),
                (
                    "distribution.temperature",
                    distribution.temperature.to_string(),
                ),
            ]);
        }
        let bins = self.bins.as_ref();
        pairs.push(("bins", bins.map(ToString::to_string).unwrap_or_default()));
        pairs
    }

    fn from_keys(keys: &Keys<'_>) -> Result<Self> {
        let name = |key| Some(keys.text(key)).filter(|name| !name.is_empty());
        let name = |key| name(key).map(str::to_owned);
        Ok(Steering {
            hints: match name("hints.tensor") {
                None => None,
                Some(tensor) => Some(HintsInput {
                    tensor,
                    scale: keys.number("hints.scale")?,
                    mask: name("hints.mask"),
                }),
            },
            palette: name("palette.tensor"),
            confidence: name("confidence.tensor"),
            distribution: match name("distribution.tensor") {
                None => None,
                Some(tensor) => Some(Distribution {
                    tensor,
                    temperature: keys.number("distribution.temperature")?,
                }),
            },
            bins: match keys.text("bins") {
                "" => None,
                text => Some(
                    text.parse()
                        .map_err(|()| keys.bad("bins", "`STEP: A FIRST LAST, …`"))?,
                ),
            },
        })
    }
}

/// The values by key, without the prefix.
struct Keys<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Keys<'a> {
    fn text(&self, key: &str) -> &'a str {
        self.0.get(key).copied().unwrap_or_default()
    }

    fn required(&self, key: &str) -> Result<&'a str> {
        match self.text(key) {
            "" => Err(self.bad(key, "a value")),
            value => Ok(value),
        }
    }

    fn number<T: FromStr>(&self, key: &str) -> Result<T> {
        self.required(key)?
            .parse()
            .map_err(|_| self.bad(key, "a number"))
    }

    fn one_of<T: Copy, const N: usize>(
        &self,
        key: &str,
        kinds: [T; N],
        word: fn(T) -> &'static str,
    ) -> Result<T> {
        let value = self.required(key)?;
        let known = kinds.into_iter().find(|kind| word(*kind) == value);
        known.ok_or_else(|| self.bad(key, &kinds.map(word).join(" or ")))
    }

    fn bad(&self, key: &str, expected: &str) -> Error {
        super::check::broken(format!(
            "`colorize.{key}` should be {expected} and is `{}`",
            self.text(key)
        ))
    }
}
