//! The table of the rules: each names the tests that fail without it, and they exist.

use std::collections::{BTreeMap, BTreeSet};

use crate::{root, suite};

const TABLE: &str = "tests/RULES.md";

/// What stands in the place of tests where the project does not have what a rule is about yet.
const NOT_YET: &str = "not yet";

/// A row of the table.
struct Rule {
    line: usize,
    name: String,
    tests: Vec<String>,
}

/// Checks the table; `names` are those of all tests of this binary.
pub(super) fn check(names: &BTreeSet<String>) -> Vec<String> {
    let mut problems = Vec::new();
    let text = std::fs::read_to_string(root().join(TABLE)).unwrap_or_default();
    let rules = read(&text, &mut problems);
    let missing = std::fs::read_to_string(root().join("docs/not-yet.md")).unwrap_or_default();
    let mut known: BTreeMap<&str, &Rule> = BTreeMap::new();
    for rule in &rules {
        let at = format!("{TABLE}:{}", rule.line);
        if known.insert(&rule.name, rule).is_some() {
            problems.push(format!("{at}: `{}` stands there twice", rule.name));
        }
        match rule.tests.as_slice() {
            [] => problems.push(format!("{at}: `{}` has no test", rule.name)),
            [one] if one == NOT_YET => {
                if !missing.contains(&rule.name) {
                    problems.push(format!("{at}: docs/not-yet.md says nothing of `{}`", rule.name));
                }
            }
            tests => {
                problems.extend(tests.iter().filter(|test| !exists(test, names)).map(|test| {
                    format!("{at}: `{}` names the test `{test}`, which does not exist", rule.name)
                }))
            }
        }
    }
    if rules.len() < 150 {
        problems.push(format!("{TABLE} has only {} rules", rules.len()));
    }
    problems.extend(comments(&known));
    problems
}

/// The rows whose last cell names tests.
fn read(text: &str, problems: &mut Vec<String>) -> Vec<Rule> {
    let mut rules = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let Some(row) = line.strip_prefix("| ").and_then(|row| row.strip_suffix(" |")) else {
            continue;
        };
        let line = number + 1;
        let cells: Vec<&str> = row.split(" | ").collect();
        let [name, sentence, tests] = cells.as_slice() else {
            problems.push(format!("{TABLE}:{line}: a rule has three cells"));
            continue;
        };
        if *name == "rule" || name.starts_with("---") {
            continue;
        }
        if !sentence.ends_with('.') {
            problems.push(format!("{TABLE}:{line}: `{name}` has no sentence"));
        }
        // Every other part is in backticks; names with a backtick stand in two.
        let named = match *tests {
            NOT_YET => vec![NOT_YET.to_owned()],
            tests => tests.split(", ").filter_map(quoted).collect(),
        };
        rules.push(Rule { line, name: (*name).to_owned(), tests: named });
    }
    rules
}

fn quoted(text: &str) -> Option<String> {
    let double = text.strip_prefix("`` ").and_then(|t| t.strip_suffix(" ``"));
    let inner = double.or_else(|| text.strip_prefix('`').and_then(|t| t.strip_suffix('`')))?;
    Some(inner.to_owned())
}

/// A test of this binary by its name, or `path/file.rs function`.
fn exists(test: &str, names: &BTreeSet<String>) -> bool {
    if names.contains(test) {
        return true;
    }
    let Some((path, function)) = test.split_once(".rs ") else { return false };
    let source = std::fs::read_to_string(root().join(format!("{path}.rs"))).unwrap_or_default();
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let head = format!("fn {function}() {{");
    lines.windows(2).any(|pair| matches!(pair, ["#[test]", at] if *at == head))
}

/// `// Rule: NAME` in a case names a rule that names the case.
fn comments(rules: &BTreeMap<&str, &Rule>) -> Vec<String> {
    let mut problems = Vec::new();
    for case in suite::cases(&mut Vec::new()) {
        let name = case.full_name();
        let lines = case.files.iter().flat_map(|file| file.text.lines());
        for rule in lines.filter_map(|line| line.trim().strip_prefix("// Rule: ")) {
            match rules.get(rule) {
                None => problems.push(format!("{name}: there is no rule `{rule}` in {TABLE}")),
                Some(row) if !row.tests.contains(&name) => {
                    problems.push(format!("{TABLE}: `{rule}` does not name the case `{name}`"));
                }
                Some(_) => {}
            }
        }
    }
    problems
}
