//! Rows of a part of the matrix put into the report of the whole.

/// The report with the rows of `part` in place of its own.
///
/// Both are what `conformance/examples/report/text.rs` prints. A row is known by its section and by the
/// cells before `allowed`. Only like goes with like: both must name the same engines of the same
/// versions, and every row must have one to replace.
pub fn merge(report: &str, part: &str) -> Result<String, String> {
    const WHOLE: &str = "run the matrix without --only";
    if engines(report).ne(engines(part)) {
        return Err(format!("the report has other engines; {WHOLE}"));
    }
    // They are numbered, each report by itself.
    if [report, part].iter().any(|text| text.contains(NOTES)) {
        return Err(format!(
            "what an engine cannot do is numbered in the report; {WHOLE}"
        ));
    }
    let mut lines: Vec<String> = report.lines().map(str::to_owned).collect();
    let places: Vec<Row> = rows(report).collect();
    for new in rows(part) {
        let place = places.iter().find(|old| old.names == new.names);
        let place = place.ok_or_else(|| format!("a row is new: {}; {WHOLE}", new.names))?;
        lines[place.line] = new.text.to_owned();
    }
    Ok(lines.join("\n") + "\n")
}

const NOTES: &str = "\n## What an engine cannot do\n";

/// The list of engines at the beginning, without what each of them left out, which depends on the rows.
fn engines(report: &str) -> impl Iterator<Item = &str> {
    let head = report.lines().take_while(|line| !line.starts_with("## "));
    head.filter(|line| line.starts_with("- "))
        .map(|line| line.split(", without").next().unwrap_or(line))
}

/// A row of a table, and the line that it stands in.
struct Row<'a> {
    line: usize,
    text: &'a str,
    /// Its section and first cells, and the table's titles.
    names: String,
}

fn rows(report: &str) -> impl Iterator<Item = Row<'_>> {
    let (mut section, mut titles, mut known_by) = ("", "", 0);
    report.lines().enumerate().filter_map(move |(line, text)| {
        if let Some(title) = text.strip_prefix("## ") {
            (section, titles) = (title, "");
        }
        if !text.starts_with("| ") {
            return None;
        }
        if titles.is_empty() {
            let allowed = text.split('|').position(|cell| cell.trim() == "allowed");
            (titles, known_by) = (text, allowed.unwrap_or(0));
            return None;
        }
        let cells: Vec<&str> = text.split('|').take(known_by).collect();
        // `| --- | --- |` has no row's names; a table without `allowed` is only written whole.
        (known_by > 0 && !text.starts_with("| ---")).then(|| Row {
            line,
            text,
            names: format!("{section}{}(of {titles})", cells.join("|")),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(engine: &str, rows: &[&str]) -> String {
        let head = "| network | precision | allowed | built-in |\n|  --- | --- | --- | --- |";
        let rows = rows.join("\n");
        format!(
            "# Conformance\n\n- built-in: {engine}\n\n## Networks\n\nOn [-1, 1].\n\n{head}\n{rows}\n"
        )
    }

    #[test]
    fn rows_are_replaced_where_they_stand() {
        let old = report(
            "rten 1, without the larger inputs",
            &[
                "| one | f32 | 1e-5 | 1e-6 |",
                "| two | f32 | 1e-5 | 1e-6 |",
                "| two | f16 | 5e-2 | 1e-3 |",
            ],
        );
        let part = report("rten 1", &["| two | f32 | 1e-5 | 9e-6 |"]);
        let merged = merge(&old, &part).unwrap();
        assert_eq!(
            merged,
            old.replace("| two | f32 | 1e-5 | 1e-6 |", "| two | f32 | 1e-5 | 9e-6 |")
        );
        assert_ne!(merged, old);
    }

    #[test]
    fn the_report_that_there_is_merges_with_itself() {
        let report = include_str!("../../../conformance/REPORT.md");
        assert_eq!(merge(report, report).unwrap(), report);
        let shipped = "Photographs| f32 (of | precision";
        assert!(rows(report).any(|row| row.names.starts_with(shipped)));
    }

    #[test]
    fn only_like_goes_with_like() {
        let old = report("rten 1", &["| one | f32 | 1e-5 | 1e-6 |"]);
        let merged = |part: &str| merge(&old, part).unwrap_err();
        let other = report("rten 2", &["| one | f32 | 1e-5 | 1e-6 |"]);
        assert!(merged(&other).contains("other engines"));
        let new = report("rten 1", &["| three | f32 | 1e-5 | 1e-6 |"]);
        assert!(merged(&new).contains("three | f32"), "{}", merged(&new));
        let columns = old.replace("built-in |", "tract |");
        assert!(merged(&columns).contains("a row is new"));
        let notes = format!("{old}{NOTES}\n1. built-in: no such operator\n");
        assert!(merged(&notes).contains("numbered"));
    }
}
