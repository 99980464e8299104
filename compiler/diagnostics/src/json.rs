//! Diagnostics as JSON.
//!
//! Lines and columns count from 1, columns in characters; offsets are in bytes; `end` is exclusive.

use serde_json::{Value, json};

use crate::{Diagnostic, Edit, FileId, Label, Severity, SourceMap, Span};

/// The machine format of a whole list, in its order: one object with the `diagnostics` and the
/// numbers of `errors` and `warnings`.
pub fn to_json(diagnostics: &[Diagnostic], sources: &SourceMap) -> Value {
    let count = |severity| diagnostics.iter().filter(|d| d.severity() == severity).count();
    json!({
        "diagnostics": diagnostics.iter().map(|d| diagnostic_json(d, sources)).collect::<Vec<_>>(),
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
    })
}

/// One diagnostic in the machine format.
///
/// `label` is the text at the span itself, and left out where there is none. `edits`, there only
/// where the help is an exact change, are to be made together. Labels and edits in another file
/// carry their own `file`. A file that `sources` does not have is `null`.
pub fn diagnostic_json(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    let home = diagnostic.span.file;
    let mut value = json!({
        "code": diagnostic.code.id,
        "severity": diagnostic.severity().as_str(),
        "message": diagnostic.message,
        "help": diagnostic.help,
        "file": file_json(home, sources),
        "span": span_json(diagnostic.span, sources),
        "labels": diagnostic.labels.iter().map(|l| label_json(l, home, sources)).collect::<Vec<_>>(),
    });
    if let (Some(object), false) = (value.as_object_mut(), diagnostic.label.is_empty()) {
        object.insert("label".to_owned(), Value::from(diagnostic.label.as_str()));
    }
    if let (Some(object), false) = (value.as_object_mut(), diagnostic.edits.is_empty()) {
        let edits = diagnostic.edits.iter().map(|edit| edit_json(edit, home, sources));
        object.insert("edits".to_owned(), edits.collect());
    }
    value
}

/// The beginning and the end of a span, as far as its file has them.
pub fn span_json(span: Span, sources: &SourceMap) -> Value {
    let range = match sources.get(span.file) {
        Some(file) => file.clamp(span),
        None => 0..0,
    };
    json!({
        "start": place_json(span.file, range.start, sources),
        "end": place_json(span.file, range.end, sources),
    })
}

fn place_json(file: FileId, offset: usize, sources: &SourceMap) -> Value {
    let (line, column) = match sources.get(file).map(|f| f.line_column(offset as u32)) {
        Some(at) => (at.line, at.column),
        None => (1, 1),
    };
    json!({ "line": line, "column": column, "offset": offset })
}

fn label_json(label: &Label, home: FileId, sources: &SourceMap) -> Value {
    let mut value = json!({ "span": span_json(label.span, sources), "message": label.message });
    if let (Some(object), true) = (value.as_object_mut(), label.span.file != home) {
        object.insert("file".to_owned(), file_json(label.span.file, sources));
    }
    value
}

fn edit_json(edit: &Edit, home: FileId, sources: &SourceMap) -> Value {
    let mut value = json!({ "span": span_json(edit.span, sources), "text": edit.text });
    if let (Some(object), true) = (value.as_object_mut(), edit.span.file != home) {
        object.insert("file".to_owned(), file_json(edit.span.file, sources));
    }
    value
}

fn file_json(file: FileId, sources: &SourceMap) -> Value {
    sources.get(file).map_or(Value::Null, |f| Value::from(f.name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Code, FileId, SourceFile};

    /// A declared code; its name in Rust does not matter here.
    fn code(id: &str) -> &'static Code {
        crate::codes::find(id).expect("the code is declared")
    }

    #[test]
    fn the_form_is_exact() {
        let mut sources = SourceMap::new();
        let a = sources.add(SourceFile::new("a.wf", "let 名 = 1\r\nlet b = x\r\n"));
        let b = sources.add(SourceFile::new("lib/b.wf", "type T = int\n"));
        let error = Diagnostic::new(code("WF0101"), Span::new(a, 21, 22), "no `x`")
            .label("not found")
            .with(Span::new(a, 4, 7), "near")
            .with(Span::new(b, 5, 6), "other")
            .help("write `名`");
        let warning = Diagnostic::new(code("WF0901"), Span::new(b, 13, 99), "unused");
        let place =
            |line, column, offset| json!({"line": line, "column": column, "offset": offset});
        let expected = json!({
            "diagnostics": [
                {
                    "code": "WF0101", "severity": "error", "message": "no `x`",
                    "help": "write `名`", "label": "not found", "file": "a.wf",
                    "span": { "start": place(2, 9, 21), "end": place(2, 10, 22) },
                    "labels": [
                        {
                            "span": { "start": place(1, 5, 4), "end": place(1, 6, 7) },
                            "message": "near"
                        },
                        {
                            "span": { "start": place(1, 6, 5), "end": place(1, 7, 6) },
                            "message": "other", "file": "lib/b.wf"
                        },
                    ],
                },
                {
                    "code": "WF0901", "severity": "warning", "message": "unused", "help": null,
                    "file": "lib/b.wf",
                    "span": { "start": place(2, 1, 13), "end": place(2, 1, 13) },
                    "labels": [],
                },
            ],
            "errors": 1,
            "warnings": 1,
        });
        assert_eq!(to_json(&[error, warning], &sources), expected);
    }

    #[test]
    fn exact_mends_are_edits() {
        let mut sources = SourceMap::new();
        let a = sources.add(SourceFile::new("a.wf", "a && b"));
        let span = Span::new(a, 2, 4);
        let error = Diagnostic::new(code("WF0013"), span, "no").edit(span, "and", "write `and`");
        let value = diagnostic_json(&error, &sources);
        let edits = json!([{ "span": span_json(span, &sources), "text": "and" }]);
        assert_eq!((&value["edits"], &value["help"]), (&edits, &json!("write `and`")));
    }

    #[test]
    fn nothing_is_an_empty_list() {
        let expected = json!({ "diagnostics": [], "errors": 0, "warnings": 0 });
        assert_eq!(to_json(&[], &SourceMap::new()), expected);
    }

    #[test]
    fn an_unknown_file_is_null() {
        let lost = Diagnostic::new(code("WF0301"), Span::new(FileId(7), 3, 9), "lost");
        let value = diagnostic_json(&lost, &SourceMap::new());
        assert_eq!(value["file"], Value::Null);
        assert_eq!(value["span"]["start"], json!({ "line": 1, "column": 1, "offset": 0 }));
    }
}
