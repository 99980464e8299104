//! Rewrites expectations to what came.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::case::{Case, CaseFile, Expectation, is_expectation};
use crate::expect::Actual;
use crate::harness::Context;

/// New lines for a range of lines of a file.
pub(crate) struct Edit {
    /// The file.
    pub(crate) path: PathBuf,
    /// The first line, from 0.
    pub(crate) first_line: usize,
    /// How many lines are replaced.
    pub(crate) line_count: usize,
    /// By what.
    pub(crate) text: String,
}

/// Makes all edits and tells how many there were.
pub(crate) fn apply(edits: Vec<Edit>) -> usize {
    let count = edits.len();
    let mut by_file: BTreeMap<PathBuf, Vec<Edit>> = BTreeMap::new();
    for edit in edits {
        by_file.entry(edit.path.clone()).or_default().push(edit);
    }
    for (path, mut edits) in by_file {
        // From the bottom up, so that the lines above keep their numbers.
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.first_line));
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for edit in edits {
            let end = (edit.first_line + edit.line_count).min(lines.len());
            let start = edit.first_line.min(end);
            lines.splice(start..end, edit.text.lines().map(str::to_owned));
        }
        let _ = std::fs::write(&path, lines.join("\n") + "\n");
    }
    count
}

/// Whether an expectation of the case leaves digits of a code open.
pub(crate) fn has_wildcards(case: &Case) -> bool {
    case.files.iter().flat_map(|f| &f.expected).any(|e| e.code.contains('?'))
}

/// Writes the diagnostics that came above their lines.
pub(crate) fn diagnostics(case: &Case, actual: &[Actual], context: &Context) {
    for file in case.files.iter().filter(|f| f.name.ends_with(".wf")) {
        let mut found: Vec<Expectation> = actual
            .iter()
            .filter(|a| a.file == file.name)
            .map(|a| with_old_fragment(a, file))
            .collect();
        found.extend(file.expected.iter().filter(|e| e.severity.is_none()).cloned());
        found.sort_by_key(|e| (e.line, e.columns));
        rewrite(case, file, &found, context);
    }
}

/// Writes the failure that came above its line; other expectations stay.
pub(crate) fn failure(case: &Case, actual: &Actual, context: &Context) {
    for file in case.files.iter().filter(|f| f.name.ends_with(".wf")) {
        let kept = file.expected.iter().filter(|e| e.severity.is_some()).cloned();
        let mut found: Vec<Expectation> = kept.collect();
        if file.name == actual.file {
            let mut new = actual.as_expectation(None);
            let old = case.failure().map(|(_, e)| e.fragment.clone()).unwrap_or_default();
            if actual.says(&old) {
                new.fragment = old;
            }
            found.push(new);
        }
        found.sort_by_key(|e| (e.line, e.columns));
        rewrite(case, file, &found, context);
    }
}

/// The diagnostic as an expectation, with the fragment that was written for it before.
fn with_old_fragment(actual: &Actual, file: &CaseFile) -> Expectation {
    let mut new = actual.as_expectation(Some(actual.diagnostic.severity()));
    let old = file
        .expected
        .iter()
        .find(|e| e.line == actual.line && !e.fragment.is_empty() && actual.says(&e.fragment));
    new.fragment = old.map(|e| e.fragment.clone()).unwrap_or_default();
    new
}

fn rewrite(case: &Case, file: &CaseFile, found: &[Expectation], context: &Context) {
    let mut text = String::new();
    let mut found = found.iter().peekable();
    let mut number = 0;
    for line in file.text.lines() {
        number += 1;
        if is_expectation(line) {
            continue;
        }
        let indent: String = line.chars().take_while(|c| *c == ' ').collect();
        while let Some(expectation) = found.next_if(|e| e.line <= number) {
            text.push_str(&format!("{indent}{}\n", expectation.comment()));
        }
        text.push_str(line);
        text.push('\n');
    }
    for expectation in found {
        text.push_str(&format!("{}\n", expectation.comment()));
    }
    if text != file.text {
        let (path, first_line) = (case.path.clone(), file.first_line);
        context.edit(Edit { path, first_line, line_count: number, text });
    }
}

/// Sets an option of the case.
pub(crate) fn option(case: &Case, key: &str, value: &str, context: &Context) {
    let Some(main) = case.files.first() else { return };
    let prefix = format!("// {key}: ");
    let old = main.text.lines().take_while(|l| l.starts_with("//"));
    let place = old.clone().position(|line| line.starts_with(&prefix));
    let line_count = usize::from(place.is_some());
    let first_line = main.first_line + place.unwrap_or(old.count());
    let text = format!("{prefix}{value}");
    context.edit(Edit { path: case.path.clone(), first_line, line_count, text });
}
