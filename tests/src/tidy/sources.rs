//! The house rules of source files.

use crate::{files_below, root, shown};

/// More lines than this are refused.
const MOST_LINES: usize = 1_000;

pub(super) fn check() -> Vec<String> {
    let mut problems = Vec::new();
    for path in files_below(root(), "rs") {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let file = shown(&path);
        if !text.starts_with("//! ") {
            problems.push(format!("{file} does not open with a `//!` sentence"));
        }
        let lines = text.lines().count();
        if lines > MOST_LINES {
            problems.push(format!("{file} has {lines} lines"));
        }
        if path.file_name().is_some_and(|name| name == "mod.rs") {
            problems.push(format!("{file} should be beside its folder"));
        }
        for (number, line) in text.lines().enumerate() {
            let at = number + 1;
            // Written in two pieces, so that this file does not find itself.
            for word in
                [concat!("#[ig", "nore"), concat!("to", "do!("), concat!("unimple", "mented!(")]
            {
                if line.contains(word) {
                    problems.push(format!("{file}:{at}: `{word}`"));
                }
            }
            if line.trim_start().starts_with(concat!("#[al", "low(")) && !line.contains("reason") {
                problems.push(format!("{file}:{at}: a lint is allowed without a reason"));
            }
        }
    }
    for path in files_below(&root().join("tests/suite"), "wf") {
        let lines = std::fs::read_to_string(&path).unwrap_or_default().lines().count();
        if lines > MOST_LINES {
            problems.push(format!("{} has {lines} lines", shown(&path)));
        }
    }
    problems
}
