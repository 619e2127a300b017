//! The contract as key and value pairs.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use super::{Contract, Input, InputKind, Output, OutputKind, SizeRule};
use crate::error::{Error, Result};

/// The version of the keys that this crate reads and writes.
const FORMAT: u32 = 1;

impl InputKind {
    fn word(self) -> &'static str {
        match self {
            InputKind::Lightness => "lightness",
            InputKind::Gray => "gray",
            InputKind::LightnessThrice => "lightness thrice",
            InputKind::GrayThrice => "gray thrice",
        }
    }
}

impl OutputKind {
    fn word(self) -> &'static str {
        match self {
            OutputKind::Ab => "ab",
            OutputKind::Rgb => "rgb",
            OutputKind::Yuv => "yuv",
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
        [
            ("contract", FORMAT.to_string()),
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
            ("size", self.size.to_string()),
            ("working_size", self.working_size.to_string()),
            ("licence", self.licence.clone()),
            ("training_run", self.training_run.clone()),
            ("parity", parity),
        ]
        .into_iter()
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
                    [OutputKind::Ab, OutputKind::Rgb, OutputKind::Yuv],
                    OutputKind::word,
                )?,
                scale: keys.number("output.scale")?,
                offset: keys.number("output.offset")?,
            },
            size: size_rule(keys.required("size")?)
                .ok_or_else(|| keys.bad("size", "`multiple of N` or `HEIGHTxWIDTH`"))?,
            working_size: keys.number("working_size")?,
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
