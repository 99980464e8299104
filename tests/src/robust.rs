//! Every case of the suite, cut, with lines missing or doubled and with letters exchanged: nothing
//! may panic, every place must be in its file, and what has no errors must compile.

use std::collections::BTreeMap;

use crate::case::{Case, Stage};
use crate::drive::{self, Sources};
use crate::harness::{Outcome, Test};
use crate::{shown, suite};

/// How many changes of each kind are tried on a case.
const CHANGES: usize = 8;

/// Adds a test for each file of the suite.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    let mut files: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for case in suite::cases(&mut Vec::new()) {
        files.entry(shown(&case.path)).or_default().push(case);
    }
    for (file, cases) in files {
        let file = file.trim_start_matches("tests/suite/").trim_end_matches(".wf");
        tests
            .push(Test::new(format!("robust {file}"), move |_| cases.iter().try_for_each(changed)));
    }
}

/// Tries all changes of a case.
fn changed(case: &Case) -> Outcome {
    let Some(main) = case.files.first() else { return Ok(()) };
    let others = case.files.iter().skip(1).map(|f| (f.name.clone(), f.text.clone()));
    let others: Vec<(String, String)> = others.collect();
    let mut texts = cuts(&main.text);
    texts.extend(lines(&main.text));
    texts.extend(letters(&main.text));
    if case.stage == Stage::Parse {
        texts.push(main.text.clone());
    }
    for text in texts {
        let mut files = vec![(main.name.clone(), text.clone())];
        files.extend(others.iter().cloned());
        sound(&Sources::new(files)).map_err(|e| format!("{}: {e}\n{text}", case.full_name()))?;
    }
    Ok(())
}

/// Checks and, where there are no errors, compiles.
fn sound(sources: &Sources) -> Outcome {
    let checked = drive::check(sources);
    for d in &checked.diagnostics {
        let places = [d.span].into_iter().chain(d.labels.iter().map(|l| l.span));
        for span in places {
            let file = checked.sources.get(span.file).ok_or("a place is in no file")?;
            let text = file.text();
            if span.start > span.end || text.get(span.start as usize..span.end as usize).is_none() {
                return Err(format!("`{}` is at {}..{}", d.message, span.start, span.end));
            }
        }
        if d.message.is_empty() || d.message.contains("{:?}") {
            return Err(format!("{} has the message `{}`", d.code.id, d.message));
        }
    }
    if !checked.diagnostics.iter().any(|d| d.is_error()) {
        drive::compile(sources)?;
    }
    Ok(())
}

/// Cut off at some places.
fn cuts(text: &str) -> Vec<String> {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let step = (places.len() / CHANGES).max(1);
    let cut = places.iter().step_by(step).filter_map(|at| text.get(..*at));
    cut.map(str::to_owned).collect()
}

/// A line missing, a line twice, two lines exchanged.
fn lines(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let step = (lines.len() / CHANGES).max(1);
    let mut found = Vec::new();
    for at in (0..lines.len()).step_by(step) {
        let (mut without, mut twice, mut exchanged) = (lines.clone(), lines.clone(), lines.clone());
        let line = without.remove(at);
        twice.insert(at, line);
        if at + 1 < lines.len() {
            exchanged.swap(at, at + 1);
        }
        found.extend([without, twice, exchanged].map(|lines| lines.join("\n")));
    }
    found
}

/// Letters replaced by others that mean something.
fn letters(text: &str) -> Vec<String> {
    const OTHERS: &[char] = &['{', '}', '(', '"', '.', '?', '|', '\n', '0', 'é', '=', '<'];
    let places: Vec<(usize, char)> = text.char_indices().collect();
    let step = (places.len() / (CHANGES * 2)).max(1);
    let mut others = OTHERS.iter().cycle();
    let mut found = Vec::new();
    for (at, c) in places.iter().skip(step / 2).step_by(step) {
        let (Some(before), Some(after)) = (text.get(..*at), text.get(at + c.len_utf8()..)) else {
            continue;
        };
        found.extend(others.next().map(|other| format!("{before}{other}{after}")));
    }
    found
}
