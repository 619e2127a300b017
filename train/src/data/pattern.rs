//! Paths with braces (`{000..008}`, `{a,b}`) and wildcards (`*`, `?`, `[…]`).
//!
//! The crate `bracoxide` expands braces too, but panics on letters beyond ASCII and refuses commas
//! outside braces, both of which paths have.

use std::path::{Path, PathBuf};

use crate::error::Error;

/// More than any set of shards; a mistyped range would fill the memory.
const MOST: usize = 1 << 20;

/// The files that `pattern` names, in the order of the braces and alphabetical within each
/// wildcard. Relative ones start at `root`.
///
/// # Errors
/// The pattern is no pattern, or a part of it names no file.
pub(super) fn files(root: &Path, pattern: &str) -> crate::Result<Vec<PathBuf>> {
    let shown = || root.join(pattern);
    let mut found = Vec::new();
    for path in expand(pattern).map_err(|message| Error::data(&shown(), message))? {
        if !path.contains(['*', '?', '[']) {
            let path = root.join(path);
            if !path.is_file() {
                return Err(Error::data(
                    &path,
                    "no such file; it is one that the pattern names",
                ));
            }
            found.push(path);
            continue;
        }
        let escaped = PathBuf::from(glob::Pattern::escape(&root.to_string_lossy()));
        let paths = glob::glob(&escaped.join(&path).to_string_lossy())
            .map_err(|e| Error::data(&root.join(&path), format!("no pattern of paths: {e}")))?;
        let before = found.len();
        found.extend(paths.filter_map(Result::ok).filter(|path| path.is_file()));
        if found.len() == before {
            return Err(Error::data(&root.join(&path), "this pattern names no file"));
        }
    }
    // Two parts of a pattern may name the same file.
    let mut seen = std::collections::HashSet::new();
    found.retain(|path| seen.insert(path.clone()));
    Ok(found)
}

/// Expands braces as a shell does: lists and ranges of numbers, nested, as many as there are. A
/// range keeps its zeros: `{08..10}` is 08, 09, 10.
fn expand(pattern: &str) -> Result<Vec<String>, String> {
    let Some(open) = pattern.find('{') else {
        if pattern.contains('}') {
            return Err("a brace is closed that was not opened".to_owned());
        }
        return Ok(vec![pattern.to_owned()]);
    };
    let (before, rest) = (&pattern[..open], &pattern[open + 1..]);
    if before.contains('}') {
        return Err("a brace is closed that was not opened".to_owned());
    }
    let close = closing(rest).ok_or("a brace is opened and not closed")?;
    let (inside, after) = (&rest[..close], &rest[close + 1..]);
    let alternatives = match range(inside) {
        Some(numbers) => numbers?,
        None => {
            let mut all = Vec::new();
            for part in split(inside) {
                all.extend(expand(part)?);
            }
            all
        }
    };
    let tails = expand(after)?;
    if alternatives.len().saturating_mul(tails.len()) > MOST {
        return Err(format!("these braces name more than {MOST} files"));
    }
    let mut all = Vec::with_capacity(alternatives.len() * tails.len());
    for middle in &alternatives {
        all.extend(tails.iter().map(|tail| format!("{before}{middle}{tail}")));
    }
    Ok(all)
}

/// Where the brace that is open at the beginning of `text` is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The alternatives of a list, at commas outside further braces.
fn split(inside: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, character) in inside.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&inside[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inside[start..]);
    parts
}

/// `a..b`, if it is that and not a list.
fn range(inside: &str) -> Option<Result<Vec<String>, String>> {
    let (from, to) = inside.split_once("..")?;
    if inside.contains([',', '{']) {
        return None;
    }
    let number = |text: &str| -> Option<u64> {
        text.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| text.parse().ok())?
    };
    let (Some(first), Some(last)) = (number(from), number(to)) else {
        return Some(Err(format!("`{{{inside}}}`: a range is of whole numbers")));
    };
    if first.abs_diff(last) >= MOST as u64 {
        return Some(Err(format!("`{{{inside}}}` names more than {MOST} files")));
    }
    let padded = [from, to]
        .iter()
        .any(|text| text.len() > 1 && text.starts_with('0'));
    let width = if padded { from.len().max(to.len()) } else { 0 };
    let text = |value: u64| format!("{value:0width$}");
    Some(Ok(if first <= last {
        (first..=last).map(text).collect()
    } else {
        (last..=first).rev().map(text).collect()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_expand_as_in_a_shell() {
        // Each line as `bash -c 'echo PATTERN'` prints it.
        for (pattern, expected) in [
            ("train.tar", "train.tar"),
            (
                "t-{000..003}.tar",
                "t-000.tar t-001.tar t-002.tar t-003.tar",
            ),
            ("b_{8..11}", "b_8 b_9 b_10 b_11"),
            ("b_{08..11}", "b_08 b_09 b_10 b_11"),
            ("{3..1}", "3 2 1"),
            ("{a,b}/{0..1}.tar", "a/0.tar a/1.tar b/0.tar b/1.tar"),
            ("x{a,{1..2},{b,c}d}y", "xay x1y x2y xbdy xcdy"),
            ("é{1,ü}", "é1 éü"),
            ("x{,y}", "x xy"),
            ("a..b/c,d", "a..b/c,d"),
        ] {
            assert_eq!(expand(pattern).unwrap().join(" "), expected, "{pattern}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for pattern in [
            "{a",
            "a}",
            "{1..x}",
            "{0..99999999}",
            "{0..999999}{0..999999}",
        ] {
            assert!(expand(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn wildcards_and_braces_together_find_each_file_once() {
        let folder = tempfile::tempdir().unwrap();
        // A root whose own name looks like a pattern.
        let root = folder.path().join("[photos]");
        std::fs::create_dir(&root).unwrap();
        for name in ["a-0.tar", "a-1.tar", "b-0.tar", "b-0.txt"] {
            std::fs::write(root.join(name), b"").unwrap();
        }
        let names = |pattern: &str| -> Vec<String> {
            let found = files(&root, pattern).unwrap();
            let names = found.iter().map(|path| path.file_name().unwrap());
            names
                .map(|name| name.to_string_lossy().into_owned())
                .collect()
        };
        assert_eq!(names("{b,a}-*.tar"), ["b-0.tar", "a-0.tar", "a-1.tar"]);
        assert_eq!(names("a-{0..1}.tar"), ["a-0.tar", "a-1.tar"]);
        assert_eq!(names("{a,?}-0.tar"), ["a-0.tar", "b-0.tar"]);
        for missing in ["a-{0..2}.tar", "c-*.tar"] {
            let error = files(&root, missing).unwrap_err().to_string();
            assert!(error.contains("no "), "{error}");
        }
    }
}
