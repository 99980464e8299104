//! What came of a run.

use serde_json::{Value as Json, json};
use uuid::Uuid;
use wf_bytecode::Program;
use wf_diagnostics::{Diagnostic, SourceMap};
use wf_vm::{Failure, FailureKind, Mask, RunResult};

use crate::clock::instant_text;
use crate::diagnose::failure_diagnostic;

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

/// What came of a run: its result or its failure, and what its store held at the end.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// The run's id.
    pub id: Uuid,
    /// The workflow's name.
    pub workflow: String,
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
    /// `{"trigger", "steps", "variables"}` at the end.
    pub store: Json,
    diagnostic: Option<Diagnostic>,
}

impl RunReport {
    /// `mask` has the secrets of the run: none of them is in the report.
    pub(crate) fn new(result: &RunResult, workflow: &str, program: &Program, mask: &Mask) -> Self {
        let failure = result.outcome.as_ref().err().map(|failure| mask.failure(failure));
        let failure = failure.as_ref();
        let status = match failure.map(|failure| failure.kind) {
            None => Status::Complete,
            Some(FailureKind::Cancelled) => Status::Cancelled,
            Some(_) => Status::Failed,
        };
        Self {
            id: result.id,
            workflow: workflow.to_owned(),
            started_at: instant_text(result.started_at),
            finished_at: instant_text(result.finished_at),
            status,
            result: mask
                .json(result.outcome.as_ref().map_or(Json::Null, |v| wf_vm::json_of(v, program))),
            error: failure.map_or(Json::Null, |failure| failure_json(failure, program)),
            store: mask.json(result.store.snapshot_json()),
            diagnostic: failure.map(|failure| failure_diagnostic(failure, program)),
        }
    }

    /// Why the run failed, with its place in the source.
    pub fn diagnostic(&self) -> Option<&Diagnostic> {
        self.diagnostic.as_ref()
    }

    /// The report as one JSON object. `error` says the place besides.
    pub fn to_json(&self, sources: &SourceMap) -> Json {
        let mut error = self.error.clone();
        if let (Some(diagnostic), Json::Object(error)) = (&self.diagnostic, &mut error) {
            error.insert(
                "diagnostic".into(),
                wf_diagnostics::json::diagnostic_json(diagnostic, sources),
            );
        }
        json!({
            "run": {
                "id": self.id.to_string(),
                "workflow": self.workflow,
                "startedAt": self.started_at,
                "finishedAt": self.finished_at,
            },
            "status": self.status.as_str(),
            "result": self.result,
            "error": error,
            "store": self.store,
        })
    }
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
