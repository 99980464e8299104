//! Failures of runs as diagnostics: the place, the cause, the loops around it, the attempts.

use wf_bytecode::Program;
use wf_diagnostics::{Code, Diagnostic, Span, codes::runs};
use wf_vm::{Failure, FailureKind, Value};

/// A failure as a diagnostic.
pub(crate) fn failure_diagnostic(failure: &Failure, program: &Program) -> Diagnostic {
    let message = match (&failure.step, failure.kind) {
        (Some(step), _) => format!("step `{step}` failed: {}", failure.message),
        (None, _) => failure.message.clone(),
    };
    let span = failure.span.unwrap_or_default();
    let mut diagnostic = Diagnostic::new(code_of(failure), span, message).label(label_of(failure));
    if let Some(declared) = declared(failure, program) {
        diagnostic = diagnostic.with(declared, "declared here");
    }
    for place in &failure.loops {
        if let Some(step) = program.steps.get(place.step as usize) {
            let message = format!("in iteration {} of `{}`", place.index, step.name);
            diagnostic = diagnostic.with(step.span, message);
        }
    }
    if failure.attempts > 1 {
        diagnostic = diagnostic.help(format!("the node was called {} times", failure.attempts));
    }
    if failure.kind == FailureKind::Node && failure.code == "NoRecording" {
        diagnostic = diagnostic.help("add the request to the file of recorded answers");
    }
    diagnostic
}

/// Where that is declared which data at a border did not fit.
fn declared(failure: &Failure, program: &Program) -> Option<Span> {
    let (FailureKind::Decode, Value::Map(details)) = (failure.kind, &failure.details) else {
        return None;
    };
    let path = details.entries().get("path")?.as_str()?;
    program.declarations.find(failure.span?, path)
}

fn code_of(failure: &Failure) -> &'static Code {
    match failure.kind {
        FailureKind::Node => &runs::STEP_FAILED,
        FailureKind::Decode => &runs::BORDER_FAILED,
        FailureKind::Pure => &runs::CALCULATION_FAILED,
        FailureKind::Fail => &runs::FAIL_REACHED,
        FailureKind::Limit => &runs::LIMIT_REACHED,
        FailureKind::Cancelled => &runs::CANCELLED,
        FailureKind::Internal => &runs::INTERNAL,
    }
}

fn label_of(failure: &Failure) -> String {
    match failure.kind {
        FailureKind::Fail => "reached here".into(),
        FailureKind::Limit => "the run was here".into(),
        _ => failure.code.clone(),
    }
}
