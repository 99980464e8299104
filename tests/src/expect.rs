//! Compares the diagnostics that came with those that are expected.

use wf_diagnostics::{Diagnostic, Severity, SourceMap};

use crate::case::{Case, Columns, Expectation};
use crate::shown;

/// A diagnostic that came, with its place as the suite writes it.
#[derive(Clone, Debug)]
pub(crate) struct Actual {
    /// The name of the file.
    pub(crate) file: String,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The columns.
    pub(crate) columns: Columns,
    /// The diagnostic.
    pub(crate) diagnostic: Diagnostic,
}

impl Actual {
    /// The diagnostic with its place.
    pub(crate) fn new(diagnostic: &Diagnostic, sources: &SourceMap) -> Self {
        let span = diagnostic.span;
        let Some(file) = sources.get(span.file) else {
            let columns = Columns { start: 0, lines: 0, end: 0 };
            let file = "(no file)".to_owned();
            return Self { file, line: 0, columns, diagnostic: diagnostic.clone() };
        };
        let (start, end) = (file.line_column(span.start), file.line_column(span.end));
        let lines = end.line.saturating_sub(start.line) as usize;
        Self {
            file: file.name().to_owned(),
            line: start.line as usize,
            columns: Columns { start: start.column as usize, lines, end: end.column as usize },
            diagnostic: diagnostic.clone(),
        }
    }

    /// Whether it is what is expected.
    pub(crate) fn fits(&self, file: &str, expected: &Expectation) -> bool {
        self.file == file
            && self.line == expected.line
            && expected.columns.is_none_or(|columns| columns == self.columns)
            && expected.severity.is_none_or(|severity| severity == self.diagnostic.severity())
            && fits_code(self.diagnostic.code.id, &expected.code)
            && self.says(&expected.fragment)
    }

    /// Whether the message, a label or the help contains the text.
    pub(crate) fn says(&self, fragment: &str) -> bool {
        let d = &self.diagnostic;
        d.message.contains(fragment)
            || d.help.as_ref().is_some_and(|help| help.contains(fragment))
            || d.label.contains(fragment)
            || d.labels.iter().any(|label| label.message.contains(fragment))
    }

    /// What would have to be written for it.
    pub(crate) fn as_expectation(&self, severity: Option<Severity>) -> Expectation {
        Expectation {
            severity,
            line: self.line,
            columns: Some(self.columns),
            code: self.diagnostic.code.id.to_owned(),
            fragment: String::new(),
        }
    }
}

/// Whether a code fits one that may have `?` for digits.
pub(crate) fn fits_code(code: &str, expected: &str) -> bool {
    code.len() == expected.len()
        && code.bytes().zip(expected.bytes()).all(|(c, e)| e == b'?' || c == e)
}

/// What is missing and what is too much, as text for people; `None` where all fits.
pub(crate) fn compare(case: &Case, actual: &[Actual]) -> Option<String> {
    let mut left: Vec<&Actual> = actual.iter().collect();
    let mut report = Vec::new();
    for file in &case.files {
        for expected in file.expected.iter().filter(|e| e.severity.is_some()) {
            match left.iter().position(|a| a.fits(&file.name, expected)) {
                Some(position) => {
                    left.remove(position);
                }
                None => report.push(format!(
                    "missing:    {}:{}: {}",
                    shown(&case.path),
                    file.first_line + expected.line,
                    expected.comment()
                )),
            }
        }
    }
    report.extend(left.into_iter().map(|a| unexpected(case, a)));
    if report.is_empty() { None } else { Some(report.join("\n")) }
}

/// A diagnostic that nobody expects, with its message and help.
pub(crate) fn unexpected(case: &Case, actual: &Actual) -> String {
    let diagnostic = &actual.diagnostic;
    let place = match case.files.iter().find(|f| f.name == actual.file) {
        Some(file) => format!("{}:{}", shown(&case.path), file.first_line + actual.line),
        None => format!("{}:{}", actual.file, actual.line),
    };
    let mut text = format!(
        "unexpected: {place}: {} {}",
        actual.as_expectation(Some(diagnostic.severity())).comment(),
        diagnostic.message
    );
    if !diagnostic.label.is_empty() {
        text.push_str(&format!("\n            label: {}", diagnostic.label));
    }
    for label in &diagnostic.labels {
        text.push_str(&format!("\n            label: {}", label.message));
    }
    if let Some(help) = &diagnostic.help {
        text.push_str(&format!("\n            help: {}", help.replace('\n', "\n            ")));
    }
    text
}
