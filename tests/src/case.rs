//! The format of the suite's files: many small named cases, each with its expectations.

use std::path::{Path, PathBuf};

use serde_json::Value;
use wf_diagnostics::Severity;

use crate::shown;

/// What is done with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Parsed: only syntax errors (`WF00..`) count.
    Parse,
    /// Checked.
    Check,
    /// Checked without errors and run on every scheduler.
    Run,
}

/// One case.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Its name, unique in its file.
    pub(crate) name: String,
    /// What is done.
    pub(crate) stage: Stage,
    /// The suite's file that it stands in.
    pub(crate) path: PathBuf,
    /// Its sources: `main.wf` first.
    pub(crate) files: Vec<CaseFile>,
    /// What stands right behind the header.
    pub(crate) options: Vec<CaseOption>,
}

/// A source of a case.
#[derive(Clone, Debug)]
pub(crate) struct CaseFile {
    /// Its name, as the case's programs use it.
    pub(crate) name: String,
    /// Its text, expectations included.
    pub(crate) text: String,
    /// The line (from 0) of the suite's file that its first line is.
    pub(crate) first_line: usize,
    /// What is expected to be told about it.
    pub(crate) expected: Vec<Expectation>,
}

/// `// key: value` right behind a header.
#[derive(Clone, Debug)]
pub(crate) struct CaseOption {
    /// What is set.
    pub(crate) key: String,
    /// To what.
    pub(crate) value: String,
}

/// A diagnostic that is expected, or the failure of a run.
#[derive(Clone, Debug)]
pub(crate) struct Expectation {
    /// `None` for the failure of a run.
    pub(crate) severity: Option<Severity>,
    /// The line (from 1) of the file that it is about.
    pub(crate) line: usize,
    /// Where on that line; `None` says nothing about the place.
    pub(crate) columns: Option<Columns>,
    /// The code; a `?` stands for any digit.
    pub(crate) code: String,
    /// What the message or the help contains.
    pub(crate) fragment: String,
}

/// Columns in characters, from 1; the end is exclusive and may be some lines below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Columns {
    /// The first column.
    pub(crate) start: usize,
    /// The number of lines between start and end.
    pub(crate) lines: usize,
    /// The column behind the last.
    pub(crate) end: usize,
}

impl std::fmt::Display for Columns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.lines {
            0 => write!(f, "{}-{}", self.start, self.end),
            lines => write!(f, "{}-+{lines}:{}", self.start, self.end),
        }
    }
}

impl Columns {
    fn parse(text: &str) -> Option<Self> {
        let (start, end) = text.split_once('-')?;
        let start = start.parse().ok()?;
        match end.strip_prefix('+').and_then(|rest| rest.split_once(':')) {
            Some((lines, end)) => {
                Some(Self { start, lines: lines.parse().ok()?, end: end.parse().ok()? })
            }
            None => Some(Self { start, lines: 0, end: end.parse().ok()? }),
        }
    }
}

impl Expectation {
    /// The comment that says so, without indentation.
    pub(crate) fn comment(&self) -> String {
        let columns = self.columns.map(|c| format!("{c} ")).unwrap_or_default();
        let word = match self.severity {
            Some(severity) => severity.as_str(),
            None => "fails",
        };
        let text = format!("// {word}: {columns}{} {}", self.code, self.fragment);
        text.trim_end().to_owned()
    }

    /// Reads a line that is an expectation; its line is set later.
    fn parse(line: &str) -> Option<Self> {
        let (word, rest) = line.trim().strip_prefix("// ")?.split_once(": ")?;
        let severity = match word {
            "error" => Some(Severity::Error),
            "warning" => Some(Severity::Warning),
            "fails" => None,
            _ => return None,
        };
        let (first, more) = rest.split_once(' ').unwrap_or((rest, ""));
        let (columns, rest) = match Columns::parse(first) {
            Some(columns) => (Some(columns), more),
            None => (None, rest),
        };
        let (code, fragment) = rest.split_once(' ').unwrap_or((rest, ""));
        let (code, fragment) = (code.to_owned(), fragment.trim().to_owned());
        Some(Self { severity, line: 0, columns, code, fragment })
    }
}

/// Whether a line of a suite's file is an expectation.
pub(crate) fn is_expectation(line: &str) -> bool {
    Expectation::parse(line).is_some()
}

impl Case {
    /// The name with the file, as the harness shows it.
    pub(crate) fn full_name(&self) -> String {
        let file = shown(&self.path);
        let file = file.strip_prefix("tests/suite/").unwrap_or(&file).to_owned();
        format!("{} {}", file.trim_end_matches(".wf"), self.name)
    }

    /// The text of an option.
    pub(crate) fn option(&self, key: &str) -> Option<&str> {
        self.options.iter().find(|o| o.key == key).map(|o| o.value.as_str())
    }

    /// An option as JSON.
    ///
    /// # Errors
    /// The option is no JSON.
    pub(crate) fn json(&self, key: &str) -> Result<Option<Value>, String> {
        let Some(text) = self.option(key) else { return Ok(None) };
        serde_json::from_str(text).map(Some).map_err(|e| format!("option `{key}`: {e}"))
    }

    /// The failure that is expected of the run, and the file it is in.
    pub(crate) fn failure(&self) -> Option<(&CaseFile, &Expectation)> {
        let of_file = |file: &'_ CaseFile| file.expected.iter().position(|e| e.severity.is_none());
        self.files.iter().find_map(|f| of_file(f).and_then(|i| f.expected.get(i).map(|e| (f, e))))
    }
}

/// What may stand behind a header.
const OPTIONS: &[&str] = &[
    "trigger",
    "on",
    "config",
    "http",
    "load",
    "args",
    "workflow",
    "result",
    "variables",
    "steps",
    "schedules",
];

/// Reads a file of the suite.
///
/// # Errors
/// The text is not of the format.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let problem = |what: &str| format!("{}:{}: {what}", shown(path), number + 1);
        if let Some(header) = line.strip_prefix("--- ").and_then(|l| l.strip_suffix(" ---")) {
            let first_line = number + 1;
            if let Some(name) = header.strip_prefix("file: ") {
                let case = cases.last_mut().ok_or_else(|| problem("a file without a case"))?;
                case.files.push(CaseFile::new(name, first_line));
                continue;
            }
            let (name, stage) =
                header.rsplit_once(' ').ok_or_else(|| problem("expected `--- name stage ---`"))?;
            let stage = match stage {
                "parse" => Stage::Parse,
                "check" => Stage::Check,
                "run" => Stage::Run,
                _ => return Err(problem("the stages are parse, check and run")),
            };
            if cases.iter().any(|c| c.name == name) {
                return Err(problem("this name is taken"));
            }
            let files = vec![CaseFile::new("main.wf", first_line)];
            let (name, path) = (name.to_owned(), path.to_owned());
            cases.push(Case { name, stage, path, files, options: Vec::new() });
        } else if let Some(file) = cases.last_mut().and_then(|c| c.files.last_mut()) {
            file.text.push_str(line);
            file.text.push('\n');
        } else if !line.trim().is_empty() && !line.starts_with("//") {
            return Err(problem("expected `--- name stage ---`"));
        }
    }
    for case in &mut cases {
        case.finish()?;
    }
    Ok(cases)
}

impl CaseFile {
    fn new(name: &str, first_line: usize) -> Self {
        let (name, text, expected) = (name.to_owned(), String::new(), Vec::new());
        Self { name, text, first_line, expected }
    }

    /// Finds the expectations: each is about the next line that is none.
    fn read_expectations(&mut self) {
        let mut waiting = Vec::new();
        let mut number = 0;
        for line in self.text.lines() {
            number += 1;
            match Expectation::parse(line) {
                Some(expectation) => waiting.push(expectation),
                None => self.expected.extend(
                    waiting.drain(..).map(|expected| Expectation { line: number, ..expected }),
                ),
            }
        }
        let last = waiting.into_iter().map(|expected| Expectation { line: number + 1, ..expected });
        self.expected.extend(last);
    }
}

impl Case {
    fn finish(&mut self) -> Result<(), String> {
        for file in &mut self.files {
            // The blank lines in front of the next header belong to no program.
            let text = file.text.trim_end_matches('\n').len();
            file.text.truncate(text);
            if !file.text.is_empty() {
                file.text.push('\n');
            }
            if file.name.ends_with(".wf") {
                file.read_expectations();
            }
        }
        let Some(main) = self.files.first() else { return Ok(()) };
        for (number, line) in main.text.lines().enumerate() {
            let Some(comment) = line.strip_prefix("// ") else { break };
            let Some((key, value)) = comment.split_once(": ") else { continue };
            if !key.bytes().all(|b| b.is_ascii_lowercase()) || is_expectation(line) {
                continue;
            }
            if !OPTIONS.contains(&key) {
                let line = main.first_line + number + 1;
                return Err(format!("{}:{line}: no option `{key}`", shown(&self.path)));
            }
            self.options.push(CaseOption { key: key.to_owned(), value: value.to_owned() });
        }
        Ok(())
    }
}
