//! Tests of the checker: whole programs in, diagnostics out.

mod clean;
mod codes;
mod flow;
mod hostile;
mod mistakes;
mod signatures;

use std::collections::BTreeMap;

use wf_types::Registry;

use super::{Checked, check};
use crate::load::{LoadError, Loader};
use crate::registry::build_registry;

/// Files in memory, by their names.
struct Memory(BTreeMap<String, String>);

impl Loader for Memory {
    fn read(&self, path: &str) -> Result<String, LoadError> {
        self.0.get(path).cloned().ok_or_else(|| LoadError::Unreadable("no such file".to_owned()))
    }

    fn resolve(&self, _from: &str, path: &str) -> Result<String, LoadError> {
        Ok(path.to_owned())
    }
}

/// A small set of signatures, enough for the programs of these tests.
fn registry() -> Registry {
    let text = include_str!("tests/signatures.wf");
    build_registry(&[("signatures.wf", text)]).expect("the signatures are right")
}

/// Checks some files; the first one is the entry.
fn check_files(files: &[(&str, &str)]) -> Checked {
    let memory = files.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect();
    check(&[files[0].0], &Memory(memory), &registry())
}

/// Checks one file, which can use itself as `self.wf`, and the schema of the pages of codes.
fn check_text(text: &str) -> Checked {
    let hooks = include_str!("../../diagnostics/examples/hooks.json");
    check_files(&[("self.wf", text), ("hooks.json", hooks)])
}

/// The diagnostics, each as `CODE line:column`.
fn places(checked: &Checked) -> Vec<String> {
    checked
        .diagnostics
        .iter()
        .map(|d| {
            let file = checked.sources.get(d.span.file).expect("the file is known");
            let at = file.line_column(d.span.start);
            format!("{} {}:{}", d.code.id, at.line, at.column)
        })
        .collect()
}

/// The diagnostics with their messages, for failures of tests.
fn told(checked: &Checked) -> String {
    checked
        .diagnostics
        .iter()
        .zip(places(checked))
        .map(|(d, place)| {
            format!("{place} {} [{}]\n", d.message, d.help.as_deref().unwrap_or_default())
        })
        .collect()
}

/// A workflow with a function trigger around some statements; the first statement is on line 3.
fn workflow(arguments: &str, body: &str) -> String {
    format!("workflow w {{\n  trigger function({arguments})\n{body}\n}}\n")
}
