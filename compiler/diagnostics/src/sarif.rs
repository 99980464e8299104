//! Diagnostics as SARIF 2.1.0, the format that code hosts and editors take from analysers.
//!
//! Columns count UTF-16 units from 1, as `columnKind` says and as most readers assume; the end is
//! exclusive. A byte order mark counts for nothing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::uri::uri;
use crate::{Code, Diagnostic, FileId, Severity, SourceMap, Span};

/// The name that artifact URIs are relative to: the folder that the compiler ran in.
const ROOT: &str = "%SRCROOT%";

/// A whole log with one run, in which each code that is told is a rule with its page as help.
pub fn to_sarif(diagnostics: &[Diagnostic], sources: &SourceMap) -> Value {
    let codes: BTreeMap<&str, &Code> = diagnostics.iter().map(|d| (d.code.id, d.code)).collect();
    let places: BTreeMap<&str, usize> = codes.keys().enumerate().map(|(i, id)| (*id, i)).collect();
    let results: Vec<Value> = diagnostics
        .iter()
        .map(|d| result(d, places.get(d.code.id).copied().unwrap_or(0), sources))
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "wf",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": codes.values().map(|code| rule(code)).collect::<Vec<_>>(),
            } },
            "invocations": [{ "executionSuccessful": true }],
            "originalUriBaseIds": {
                ROOT: { "description": { "text": "the folder in which wf was started" } },
            },
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    // The words are the same in both.
    severity.as_str()
}

fn rule(code: &Code) -> Value {
    let mut paragraphs = code.explain.split("\n\n");
    let about = paragraphs.nth(1).unwrap_or(code.title).replace('\n', " ");
    json!({
        "id": code.id,
        "shortDescription": { "text": code.title },
        "fullDescription": { "text": about.trim() },
        "help": { "text": code.explain, "markdown": code.explain },
        "defaultConfiguration": { "level": level(code.severity) },
    })
}

fn result(d: &Diagnostic, rule: usize, sources: &SourceMap) -> Value {
    let mut text = d.message.clone();
    if !d.label.is_empty() {
        text = format!("{text} ({})", d.label);
    }
    if let Some(help) = &d.help {
        text = format!("{text}\nhelp: {help}");
    }
    let mut value = json!({
        "ruleId": d.code.id,
        "ruleIndex": rule,
        "level": level(d.severity()),
        "message": { "text": text },
        "locations": place(d.span, sources)
            .map(|physical| json!({ "physicalLocation": physical }))
            .into_iter()
            .collect::<Vec<_>>(),
    });
    let related: Vec<Value> = d
        .labels
        .iter()
        .filter_map(|label| Some((place(label.span, sources)?, &label.message)))
        .enumerate()
        .map(|(id, (physical, message))| {
            json!({ "id": id, "physicalLocation": physical, "message": { "text": message } })
        })
        .collect();
    let Some(object) = value.as_object_mut() else { return value };
    if !related.is_empty() {
        object.insert("relatedLocations".to_owned(), Value::from(related));
    }
    if let Some(fix) = fix(d, sources) {
        object.insert("fixes".to_owned(), json!([fix]));
    }
    value
}

/// The edits of a diagnostic as one fix, file by file.
fn fix(d: &Diagnostic, sources: &SourceMap) -> Option<Value> {
    let mut files: BTreeMap<FileId, Vec<Value>> = BTreeMap::new();
    for edit in &d.edits {
        let replacement = json!({
            "deletedRegion": region(edit.span, sources)?,
            "insertedContent": { "text": edit.text },
        });
        files.entry(edit.span.file).or_default().push(replacement);
    }
    let mut changes = Vec::new();
    for (file, replacements) in files {
        let location = artifact(file, sources)?;
        changes.push(json!({ "artifactLocation": location, "replacements": replacements }));
    }
    let what = d.help.as_deref().unwrap_or(&d.message);
    (!changes.is_empty())
        .then(|| json!({ "description": { "text": what }, "artifactChanges": changes }))
}

/// Where a span is; nothing for a file that `sources` does not have.
fn place(span: Span, sources: &SourceMap) -> Option<Value> {
    Some(json!({
        "artifactLocation": artifact(span.file, sources)?,
        "region": region(span, sources)?,
    }))
}

fn region(span: Span, sources: &SourceMap) -> Option<Value> {
    let file = sources.get(span.file)?;
    let range = file.clamp(span);
    let (start, end) = (range.start as u32, range.end as u32);
    Some(json!({
        "startLine": file.line_column(start).line,
        "startColumn": file.utf16_column(start),
        "endLine": file.line_column(end).line,
        "endColumn": file.utf16_column(end),
    }))
}

fn artifact(file: FileId, sources: &SourceMap) -> Option<Value> {
    let uri = uri(sources.get(file)?.name());
    Some(match uri.starts_with("file:") {
        true => json!({ "uri": uri }),
        false => json!({ "uri": uri, "uriBaseId": ROOT }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SourceFile, codes};

    fn code(id: &str) -> &'static Code {
        codes::find(id).expect("the code is declared")
    }

    fn at(uri: &str, [a, b, c, d]: [u32; 4]) -> Value {
        json!({
            "artifactLocation": { "uri": uri, "uriBaseId": "%SRCROOT%" },
            "region": { "startLine": a, "startColumn": b, "endLine": c, "endColumn": d },
        })
    }

    #[test]
    fn results_have_exact_regions_rules_labels_and_fixes() {
        let mut sources = SourceMap::new();
        let a =
            sources.add(SourceFile::new("a b.wf", "\u{feff}let 😀 = 1\r\n\tlet b = x && y\r\n"));
        let b = sources.add(SourceFile::new("./lib/b.wf", "type T = int\n"));
        let text = sources.get(a).unwrap().text().clone();
        let find = |s: &str| text.find(s).unwrap() as u32;
        let error =
            Diagnostic::new(code("WF0013"), Span::new(a, find("&&"), find("&&") + 2), "no `&&`")
                .label("here")
                .with(Span::new(a, find("😀"), find("😀") + 4), "near")
                .with(Span::new(b, 5, 6), "other")
                .edit(Span::new(a, find("&&"), find("&&") + 2), "and", "write `and`");
        let warning =
            Diagnostic::new(code("WF0903"), Span::new(a, find("1"), find("1") + 1), "unused");
        let lost = Diagnostic::new(code("WF0013"), Span::new(FileId(9), 0, 1), "lost");
        let log = to_sarif(&[error, warning, lost], &sources);
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let ids: Vec<_> = rules.iter().map(|r| r["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["WF0013", "WF0903"]);
        assert!(rules[0]["help"]["markdown"].as_str().unwrap().starts_with("# WF0013: "));
        assert!(rules[0]["fullDescription"]["text"].as_str().unwrap().starts_with("The language "));
        let expected = json!({
            "ruleId": "WF0013", "ruleIndex": 0, "level": "error",
            "message": { "text": "no `&&` (here)\nhelp: write `and`" },
            "locations": [{ "physicalLocation": at("a%20b.wf", [2, 12, 2, 14]) }],
            "relatedLocations": [
                { "id": 0, "physicalLocation": at("a%20b.wf", [1, 5, 1, 7]), "message": { "text": "near" } },
                { "id": 1, "physicalLocation": at("lib/b.wf", [1, 6, 1, 7]), "message": { "text": "other" } },
            ],
            "fixes": [{
                "description": { "text": "write `and`" },
                "artifactChanges": [{
                    "artifactLocation": { "uri": "a%20b.wf", "uriBaseId": "%SRCROOT%" },
                    "replacements": [{
                        "deletedRegion": { "startLine": 2, "startColumn": 12, "endLine": 2, "endColumn": 14 },
                        "insertedContent": { "text": "and" },
                    }],
                }],
            }],
        });
        assert_eq!(run["results"][0], expected);
        let warned = &run["results"][1];
        assert_eq!((&warned["level"], &warned["ruleIndex"]), (&json!("warning"), &json!(1)));
        assert_eq!(warned["locations"][0]["physicalLocation"]["region"]["startColumn"], 10);
        assert_eq!(run["results"][2]["locations"], json!([]), "a file that nobody knows");
    }

    #[test]
    fn nothing_is_a_run_without_results() {
        let log = to_sarif(&[], &SourceMap::new());
        assert_eq!(log["runs"][0]["results"], json!([]));
        assert_eq!(log["version"], "2.1.0");
        assert_eq!(log["runs"][0]["columnKind"], "utf16CodeUnits");
    }
}
