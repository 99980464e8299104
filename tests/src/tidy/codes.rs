//! Every diagnostic code has its page and a case that fails with it.

use std::collections::BTreeSet;

use wf_diagnostics::codes;

use crate::case::Case;
use crate::explain;
use crate::{root, suite};

pub(super) fn check() -> Vec<String> {
    let mut problems = Vec::new();
    let cases = suite::cases(&mut problems);
    let expected: BTreeSet<&str> = cases.iter().flat_map(codes_of).collect();
    let mut declared = BTreeSet::new();
    for code in codes::all() {
        if !declared.insert(code.id) {
            problems.push(format!("{} is declared twice", code.id));
        }
        let has_example = explain::examples(code.explain).is_some();
        if !has_example && !expected.contains(code.id) && !code.id.starts_with("WF07") {
            problems.push(format!("{} ({}) has no case", code.id, code.title));
        }
    }
    for code in expected {
        if !declared.contains(code) {
            problems.push(format!("the suite expects {code}, which is not declared"));
        }
    }
    let pages = std::fs::read_dir(root().join("compiler/diagnostics/explain"));
    for page in pages.into_iter().flatten().flatten() {
        let name = page.file_name().to_string_lossy().into_owned();
        if !declared.contains(name.trim_end_matches(".md")) {
            problems.push(format!("explain/{name} is the page of no code"));
        }
    }
    problems
}

fn codes_of(case: &Case) -> impl Iterator<Item = &str> {
    case.files.iter().flat_map(|file| &file.expected).map(|e| e.code.as_str())
}
