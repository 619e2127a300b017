//! The tables of an [`Inspection`](super::Inspection), aligned for a terminal.

use std::fmt::{self, Formatter};

use colorize_models::Layer;

use super::memory::Memory;
use crate::config::{Config, Stage, Train};

/// Every layer with its figures, and their sums.
pub(super) fn network(f: &mut Formatter<'_>, name: &str, layers: &[Layer]) -> fmt::Result {
    let mut rows =
        vec![["layer", "computes", "output", "parameters", "multiply-adds"].map(String::from)];
    for layer in layers {
        let [channels, height, width] = layer.output;
        let joined = layer.skip.as_ref();
        rows.push([
            layer.path.clone(),
            match joined {
                Some(skip) => format!("{}, with {skip}", layer.kind),
                None => layer.kind.clone(),
            },
            format!("{channels} x {height} x {width}"),
            thousands(layer.parameters as u64),
            thousands(layer.multiply_adds),
        ]);
    }
    let parameters = layers.iter().map(|layer| layer.parameters as u64).sum();
    let multiply_adds = layers.iter().map(|layer| layer.multiply_adds).sum();
    rows.push([
        "all".to_owned(),
        String::new(),
        String::new(),
        thousands(parameters),
        thousands(multiply_adds),
    ]);
    writeln!(f, "{name}")?;
    aligned(f, &rows, 2)
}

/// Every stage with what it needs.
pub(super) fn stages(f: &mut Formatter<'_>, stages: &[(&Stage, Memory)]) -> fmt::Result {
    let mut rows = vec![
        [
            "stage",
            "from",
            "trains",
            "length",
            "side",
            "batch",
            "networks",
            "activations",
        ]
        .map(String::from),
    ];
    for (stage, memory) in stages {
        let length = match (stage.steps, stage.epochs) {
            (Some(steps), _) => format!("{} steps", thousands(steps)),
            (None, epochs) => format!("{} epochs", epochs.unwrap_or(1.0)),
        };
        let trains = match stage.train {
            Train::Both if stage.loss.adversarial.weight > 0.0 => "both",
            Train::Both | Train::Generator => "generator",
            Train::Discriminator => "discriminator",
        };
        let batch = match stage.accumulate {
            1 => stage.batch.to_string(),
            passes => format!("{} x {passes}", stage.batch),
        };
        rows.push([
            stage.name.clone(),
            stage.from.join(", "),
            trains.to_owned(),
            length,
            stage.resolution.to_string(),
            batch,
            megabytes(memory.networks),
            megabytes(memory.activations),
        ]);
    }
    writeln!(f, "stages, with the memory of a step on one device")?;
    aligned(f, &rows, 3)
}

/// The means of weights that stages and the result begin from.
pub(super) fn means(f: &mut Formatter<'_>, config: &Config) -> fmt::Result {
    let means = config.means.iter().map(|(name, of)| (&**name, of));
    let result = config.result.iter().map(|result| ("result", &result.from));
    let rows: Vec<_> = means
        .chain(result)
        .map(|(name, of)| [name.to_owned(), of.join(", ")])
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(f, "\nmeans of the weights that stages ended with")?;
    aligned(f, &rows, 2)
}

/// Every source with what it holds.
pub(super) fn photographs(
    f: &mut Formatter<'_>,
    sources: &[(String, usize)],
    held_back: usize,
) -> fmt::Result {
    if sources.is_empty() {
        return writeln!(f, "photographs: none found yet");
    }
    writeln!(
        f,
        "photographs, of which {held_back} are held back to measure on"
    )?;
    let row = |(name, count): &(String, usize)| [name.clone(), thousands(*count as u64)];
    let rows: Vec<_> = sources.iter().map(row).collect();
    aligned(f, &rows, 1)
}

/// Columns of equal width: the first `left` to the left, figures to the right.
fn aligned<const N: usize>(
    f: &mut Formatter<'_>,
    rows: &[[String; N]],
    left: usize,
) -> fmt::Result {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; N] = std::array::from_fn(|column| width(column).unwrap_or(0));
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            line.push_str("  ");
            line.push_str(&match column < left {
                true => format!("{cell:<width$}"),
                false => format!("{cell:>width$}"),
            });
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", thousands(bytes.div_ceil(1_000_000)))
}

/// With a comma between groups of three digits.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_from_the_right() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(thousands(number), expected);
        }
    }
}
