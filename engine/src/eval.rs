//! Evaluating an expression, or reading a path, against a snapshot of a data store.

mod infer;
mod query;

use std::sync::Arc;

use smol_str::SmolStr;
use wf_diagnostics::{Diagnostic, SourceMap};
use wf_types::Type;

use crate::object::Object;
use crate::pretty::pretty;
use crate::report::Status;
use crate::{Engine, RunOptions};

pub use query::query;

/// The roots of the data store, in the order of the documentation.
const ROOTS: [&str; 6] = ["trigger", "steps", "loop", "variables", "run", "config"];

/// The name that diagnostics show for the expression's text.
const NAME: &str = "expression";

/// What a store held: JSON for each root. Its types are those of what is there.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    roots: Vec<(SmolStr, String)>,
}

/// Why a text is no snapshot of a store.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SnapshotError(String);

/// What came of an expression.
#[derive(Debug)]
pub struct Evaluation {
    /// Its mistakes, or why it could not be evaluated.
    pub diagnostics: Vec<Diagnostic>,
    /// The text that they point into.
    pub sources: SourceMap,
    /// Its value as JSON text on one line; `None` where it has mistakes or failed.
    pub value: Option<String>,
    /// Whether it has no mistakes, but failed.
    pub failed: bool,
}

impl Evaluation {
    /// The value as JSON text for people: indented, fields in their order.
    pub fn value_text(&self) -> Option<String> {
        self.value.as_deref().map(pretty)
    }
}

impl Snapshot {
    /// Reads a snapshot from JSON: an object with the roots of the store (`trigger`, `steps`,
    /// `variables`, `loop`, `run`, `config`), each of which may be left out, or the report of a run,
    /// which has it in `store`.
    ///
    /// # Errors
    /// The text is no JSON object, or has members that are no roots of a store.
    pub fn parse(text: &str) -> Result<Self, SnapshotError> {
        let object = |text: &str| {
            Object::parse(text).map_err(|e| SnapshotError(format!("it is no JSON object: {e}")))
        };
        let mut whole = object(text)?;
        let mut snapshot = Self::default();
        if let Some(store) = whole.get("store") {
            let run = whole.get("run").map(str::to_owned);
            whole = object(store)?;
            if let Some(run) = run.filter(|_| whole.get("run").is_none()) {
                snapshot.set("run", run);
            }
        }
        for (name, json) in whole.iter() {
            if !ROOTS.contains(&name) {
                let roots = ROOTS.map(|root| format!("`{root}`")).join(", ");
                let message = format!("a store has no `{name}`; it has {roots}");
                return Err(SnapshotError(message));
            }
            snapshot.set(name, json.to_owned());
        }
        Ok(snapshot)
    }

    /// Gives `trigger` another value, as JSON text.
    ///
    /// # Errors
    /// The text is no JSON.
    pub fn set_trigger(&mut self, json: &str) -> Result<(), SnapshotError> {
        infer::root("trigger", json).map_err(|e| SnapshotError(e.to_string()))?;
        self.set("trigger", json.to_owned());
        Ok(())
    }

    /// The snapshot as one JSON document, with the roots that are there.
    pub fn to_json(&self) -> String {
        let members: Vec<String> =
            self.roots.iter().map(|(name, json)| format!("\"{name}\":{json}")).collect();
        format!("{{{}}}", members.join(","))
    }

    fn set(&mut self, name: &str, json: String) {
        self.roots.retain(|(known, _)| known != name);
        self.roots.push((name.into(), json));
    }

    /// The roots with their types and JSON texts; one that is not there has no fields.
    fn typed(&self) -> Result<Vec<(SmolStr, Type, &str)>, SnapshotError> {
        let root = |name: &str| {
            let json = self.roots.iter().find(|(known, _)| known == name);
            let json = json.map_or("{}", |(_, json)| json.as_str());
            let ty = infer::root(name, json)
                .map_err(|e| SnapshotError(format!("`{name}` can't be read: {e}")))?;
            Ok((SmolStr::from(name), ty, json))
        };
        ROOTS.into_iter().map(root).collect()
    }
}

impl Engine {
    /// Evaluates an expression over a snapshot: checked against the types of what is there, then
    /// run. Nothing is written, and no node is called.
    ///
    /// # Errors
    /// A part of the snapshot is no JSON that values can be made of.
    pub fn evaluate(
        &self,
        expression: &str,
        snapshot: &Snapshot,
    ) -> Result<Evaluation, SnapshotError> {
        let roots = snapshot.typed()?;
        let types: Vec<_> = roots.iter().map(|(name, ty, _)| (name.clone(), ty.clone())).collect();
        let made = wf_compiler::compile_expression(NAME, expression, &types, self.registry());
        let mut evaluation = Evaluation {
            diagnostics: made.diagnostics,
            sources: made.sources,
            value: None,
            failed: false,
        };
        let Some(program) = made.program.map(Arc::new) else { return Ok(evaluation) };
        let members: Vec<String> =
            roots.iter().map(|(name, _, json)| format!("\"{name}\":{json}")).collect();
        let trigger = Some(format!("{{\"arguments\":{{{}}}}}", members.join(",")));
        match self.run(&program, RunOptions { trigger, ..RunOptions::default() }) {
            Ok(report) if report.status == Status::Complete => {
                evaluation.value = Some(report.result_json().to_owned());
            }
            Ok(report) => {
                evaluation.failed = true;
                evaluation.diagnostics.extend(report.diagnostic().cloned());
            }
            Err(start) => {
                evaluation.failed = true;
                evaluation.diagnostics.extend(start.diagnostics);
            }
        }
        Ok(evaluation)
    }
}
