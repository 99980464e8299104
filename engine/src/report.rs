//! What came of a run.

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value as Json, json};
use uuid::Uuid;
use wf_bytecode::Program;
use wf_diagnostics::{Diagnostic, SourceMap};
use wf_vm::{DataStore, Failure, FailureKind, Mask, PathError, RunResult, Value};

use crate::clock::instant_text;
use crate::data::{Data, DataError};
use crate::diagnose::failure_diagnostic;
use crate::pretty::pretty;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It came to its end.
    Complete,
    /// It failed.
    Failed,
    /// It was cancelled.
    Cancelled,
}

impl Status {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Complete => "Complete",
            Status::Failed => "Failed",
            Status::Cancelled => "Cancelled",
        }
    }
}

/// Why nothing of a type could be read from a store.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The path leads nowhere.
    #[error(transparent)]
    Path(#[from] PathError),
    /// What is there is of another type.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// What came of a run: its result or its failure, and what its store held at the end.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// The run's id.
    pub id: Uuid,
    /// The workflow's name.
    pub workflow: String,
    /// The name of the trigger that started it; none where it has no name.
    pub trigger: Option<String>,
    /// When it began, RFC 3339.
    pub started_at: String,
    /// When it ended, RFC 3339.
    pub finished_at: String,
    /// How it ended.
    pub status: Status,
    /// What it returned; null where it failed.
    pub result: Json,
    /// Why it failed, as JSON with `code`, `message`, `step`, `attempts`, `statusCode`, `details`
    /// and `loops`; null where it did not.
    pub error: Json,
    returned: Option<Value>,
    stored: Arc<DataStore>,
    mask: Mask,
    diagnostic: Option<Diagnostic>,
    texts: Texts,
}

/// The same as JSON texts, which keep the order of fields and of the entries of maps.
#[derive(Clone, Debug)]
struct Texts {
    result: String,
    details: String,
}

impl RunReport {
    /// `mask` has the secrets of the run: none of them is in the report.
    pub(crate) fn new(result: &RunResult, workflow: &str, program: &Program, mask: &Mask) -> Self {
        let written = match &result.outcome {
            Ok(value) => {
                wf_vm::json_text(value, program).map_err(|f| unwritable(f, workflow, program))
            }
            Err(failure) => Err(mask.failure(failure)),
        };
        let failure = written.as_ref().err();
        let status = match failure.map(|failure| failure.kind) {
            None => Status::Complete,
            Some(FailureKind::Cancelled) => Status::Cancelled,
            Some(_) => Status::Failed,
        };
        Self {
            id: result.id,
            workflow: workflow.to_owned(),
            trigger: fired_name(&result.store),
            started_at: instant_text(result.started_at),
            finished_at: instant_text(result.finished_at),
            status,
            result: match (&result.outcome, failure) {
                (Ok(value), None) => mask.json(wf_vm::json_of(value, program)),
                _ => Json::Null,
            },
            error: failure.map_or(Json::Null, |failure| failure_json(failure, program)),
            returned: match (&result.outcome, failure) {
                (Ok(value), None) => Some(mask.value(value)),
                _ => None,
            },
            stored: result.store.clone(),
            mask: mask.clone(),
            diagnostic: failure.map(|failure| failure_diagnostic(failure, program)),
            texts: Texts {
                details: failure
                    .and_then(|failure| wf_vm::json_text(&failure.details, program).ok())
                    .unwrap_or_else(null_text),
                result: written.map_or_else(|_| null_text(), |t| mask.json_text(&t).into_owned()),
            },
        }
    }

    /// Why the run failed, with its place in the source.
    pub fn diagnostic(&self) -> Option<&Diagnostic> {
        self.diagnostic.as_ref()
    }

    /// What the store held at the end: `{"trigger", "steps", "variables"}`. It is made anew with
    /// each call.
    pub fn store(&self) -> Json {
        self.mask.json(self.stored.snapshot_json())
    }

    /// The result as a Rust value.
    ///
    /// # Errors
    /// The run failed, or returned something else.
    ///
    /// ```
    /// # use wf_engine::{Data, Engine, MemoryFiles, RunOptions};
    /// #[derive(Data, Debug, PartialEq)]
    /// struct Sum { total: i64, of: Vec<i64> }
    ///
    /// # let files = MemoryFiles::from([("w.wf", "workflow w { trigger function() return { total: 3, of: [1, 2] } }")]);
    /// # let engine = Engine::builder().workers(1).build()?;
    /// # let program = engine.compile(&["w.wf"], &files).into_program()?;
    /// let report = engine.run(&program, RunOptions::default())?;
    /// assert_eq!(report.result_as::<Sum>()?, Sum { total: 3, of: vec![1, 2] });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn result_as<T: Data>(&self) -> Result<T, DataError> {
        match (&self.returned, &self.diagnostic) {
            (Some(value), _) => T::from_value(value, self.stored.program()),
            (None, Some(failure)) => {
                Err(DataError::new("a result", format!("a failure: {}", failure.message)))
            }
            (None, None) => Err(DataError::new("a result", "none")),
        }
    }

    /// Reads a path of the store as it was at the end, as a Rust value. What the program does not read
    /// is in no value: a field of it that `T` needs is missing then.
    ///
    /// # Errors
    /// As [`RunReport::read`], and where the value is another one.
    pub fn read_as<T: Data>(&self, path: &str) -> Result<T, ReadError> {
        let value = wf_vm::value::json::from_json(&self.read(path)?);
        let value = value.map_err(|failure| DataError::new("a value", failure.message))?;
        Ok(T::from_value(&value, self.stored.program())?)
    }

    /// Reads a path of the store as it was at the end, as `steps.query.output.entities[0].name`.
    ///
    /// # Errors
    /// Where the text is no path or leads nowhere, and where it leads to what the program does not
    /// read: that is in no value.
    pub fn read(&self, path: &str) -> Result<Json, PathError> {
        self.stored.read(path).map(|value| self.mask.json(value))
    }

    /// The result as JSON text for people: indented, fields in the order of their declaration.
    pub fn result_text(&self) -> String {
        pretty(&self.texts.result)
    }

    /// The same on one line.
    pub fn result_json(&self) -> &str {
        &self.texts.result
    }

    /// The report as the text of one JSON object on one line: fields in the order of their
    /// declaration. `error` says the place besides.
    ///
    /// # Errors
    /// None in practice: the parts are JSON.
    pub fn to_json(&self, sources: &SourceMap) -> serde_json::Result<String> {
        let error = match self.error.as_object() {
            Some(error) => Some(ErrorJson {
                code: &error["code"],
                message: &error["message"],
                step: &error["step"],
                attempts: &error["attempts"],
                status_code: &error["statusCode"],
                details: serde_json::from_str(&self.texts.details)?,
                loops: &error["loops"],
                diagnostic: self
                    .diagnostic
                    .as_ref()
                    .map(|diagnostic| wf_diagnostics::json::diagnostic_json(diagnostic, sources)),
            }),
            None => None,
        };
        let store = self.stored.snapshot_text();
        let store = self.mask.json_text(&store);
        serde_json::to_string(&ReportJson {
            run: RunJson {
                id: self.id,
                workflow: &self.workflow,
                trigger: self.trigger.as_deref(),
                started_at: &self.started_at,
                finished_at: &self.finished_at,
            },
            status: self.status.as_str(),
            result: serde_json::from_str(&self.texts.result)?,
            error,
            store: serde_json::from_str(&store)?,
        })
    }
}

#[derive(Serialize)]
struct ReportJson<'a> {
    run: RunJson<'a>,
    status: &'a str,
    result: &'a RawValue,
    error: Option<ErrorJson<'a>>,
    store: &'a RawValue,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunJson<'a> {
    id: Uuid,
    workflow: &'a str,
    trigger: Option<&'a str>,
    started_at: &'a str,
    finished_at: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorJson<'a> {
    code: &'a Json,
    message: &'a Json,
    step: &'a Json,
    attempts: &'a Json,
    status_code: &'a Json,
    details: &'a RawValue,
    loops: &'a Json,
    diagnostic: Option<Json>,
}

fn fired_name(store: &DataStore) -> Option<String> {
    store.fired().map(|t| t.name.to_string()).filter(|name| !name.is_empty())
}

fn null_text() -> String {
    "null".to_owned()
}

/// A result that is too large or too deep to be given to anybody fails the run.
fn unwritable(mut failure: Failure, workflow: &str, program: &Program) -> Failure {
    failure.message = format!("the result can't be written: {}", failure.message);
    failure.span = program.workflows.iter().find(|w| w.name == workflow).map(|w| w.span);
    failure
}

fn failure_json(failure: &Failure, program: &Program) -> Json {
    let loops: Vec<Json> = failure
        .loops
        .iter()
        .map(|place| {
            let name = program.steps.get(place.step as usize).map_or("", |s| s.name.as_str());
            json!({ "loopName": name, "index": place.index })
        })
        .collect();
    json!({
        "code": failure.code,
        "message": failure.message,
        "step": failure.step,
        "attempts": failure.attempts,
        "statusCode": failure.status_code,
        "details": wf_vm::json_of(&failure.details, program),
        "loops": loops,
    })
}
