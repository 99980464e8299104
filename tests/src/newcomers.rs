//! Makes `docs/newcomers.md` of the cases in `suite/check/newcomers_*.wf`, and compares the cases that
//! `docs/elsewhere.md` names with those in `suite/check/elsewhere.wf`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::drive::{self, Sources};
use crate::harness::{Context, Outcome, Test};
use crate::{root, suite};

/// Behind this line the document is made from the cases.
const MADE: &str = "<!-- Made from `tests/suite/check/newcomers_*.wf`; \
    `cargo test -p wf-tests -- --bless newcomers` makes it anew. -->\n";

/// Adds the tests.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    tests.push(Test::new("newcomers are told what to write".to_owned(), habits));
    tests.push(Test::new("newcomers elsewhere: the classes have cases".to_owned(), |_| classes()));
}

/// A row of a table: what is written, what is told, what to write.
struct Row {
    written: String,
    told: String,
    help: String,
}

fn habits(context: &Context) -> Outcome {
    let path = root().join("docs/newcomers.md");
    let mut groups: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    let mut mistakes = 0;
    for case in suite::cases(&mut Vec::new()) {
        let file = case.path.file_name().unwrap_or_default().to_string_lossy();
        if !file.starts_with("newcomers_") {
            continue;
        }
        let checked = drive::check(&Sources::of(&case));
        let [told] = checked.diagnostics.as_slice() else {
            if checked.diagnostics.is_empty() && case.full_name().ends_with("-is-fine") {
                continue;
            }
            let count = checked.diagnostics.len();
            return Err(format!("{}: {count} diagnostics for one mistake", case.full_name()));
        };
        mistakes += 1;
        let file = checked.sources.get(told.span.file).ok_or("a place is in no file")?;
        let line = file.line_range(file.line_of(told.span.start));
        let written = file.text().get(line).unwrap_or_default().trim().to_owned();
        let help = told.help.clone().unwrap_or_default();
        if help.is_empty() && told.code.id != "WF0001" {
            return Err(format!("{}: nothing says what to write", case.full_name()));
        }
        let group = format!("{}: {}", told.code.id, told.code.title);
        groups.entry(group).or_default().push(Row { written, told: told.message.clone(), help });
    }
    if mistakes < 50 {
        return Err(format!("only {mistakes} mistakes"));
    }
    compare(&path, &page(&groups), context)
}

fn page(groups: &BTreeMap<String, Vec<Row>>) -> String {
    let mut out = String::new();
    for (group, rows) in groups {
        let _ = write!(out, "\n## {group}\n\n| written | wf says | write |\n| --- | --- | --- |\n");
        for row in rows {
            let _ = writeln!(
                out,
                "| {} | {} | {} |",
                code(&row.written),
                cell(&row.told),
                cell(&row.help)
            );
        }
    }
    out
}

/// Code of one line in a cell of a table.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn compare(path: &Path, made: &str, context: &Context) -> Outcome {
    let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    let (by_hand, found) = text.split_once(MADE).ok_or("it has no line `Made from …`")?;
    if found == made {
        return Ok(());
    }
    if context.blesses() {
        return std::fs::write(path, format!("{by_hand}{MADE}{made}")).map_err(|e| e.to_string());
    }
    let different = made.lines().zip(found.lines()).find(|(made, found)| made != found);
    Err(format!("docs/newcomers.md is not what is told: {different:?}"))
}

/// Every case that is named there is one, and every case is named.
fn classes() -> Outcome {
    let path = root().join("docs/elsewhere.md");
    let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    let mut cases = 0;
    for case in suite::cases(&mut Vec::new()) {
        if !case.path.ends_with("check/elsewhere.wf") {
            continue;
        }
        cases += 1;
        let name = case.full_name();
        let name = name.rsplit(' ').next().unwrap_or_default();
        if !text.contains(&format!("`{name}`")) {
            return Err(format!("no class has the case `{name}`"));
        }
        for expected in case.files.iter().flat_map(|f| &f.expected) {
            if !text.contains(&expected.code) {
                return Err(format!("{} of `{name}` is not named", expected.code));
            }
        }
    }
    if cases < 50 { Err(format!("only {cases} cases")) } else { Ok(()) }
}
