//! What two implementations say of one run, and whether that is the same.

use std::fmt::Write;

use serde_json::Value as Json;
use wf_diagnostics::Span;
use wf_vm::bytecode::Program;
use wf_vm::{Failure, FailureKind, RunResult, Status, Value};

use super::eval::text::json_text;
use super::eval::value::Val;
use super::eval::{Fault, Kind, StoredStep, UNKNOWN};

/// What came of a run, as texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The result, or the failure.
    pub outcome: String,
    /// The message of the failure, where it is known.
    pub message: Option<String>,
    /// The variables by name; `None` where it is not known.
    pub variables: Vec<(String, Option<String>)>,
    /// The steps by name; `None` where it is not known.
    pub steps: Vec<(String, Option<String>)>,
}

impl Seen {
    /// Forgets the steps of which the other does not know what becomes of them: where a parallel
    /// statement fails, what later regions had begun by then is a matter of time.
    pub fn forget(&mut self, other: &Seen) {
        for (name, said) in &mut self.steps {
            if other.steps.iter().any(|(n, s)| n == name && s.is_none()) {
                *said = None;
            }
        }
    }

    /// Where two differ; what one does not know does not count.
    pub fn difference(&self, other: &Seen) -> Option<String> {
        if !same(&self.outcome, &other.outcome) {
            return Some(format!("{}\n  against {}", self.outcome, other.outcome));
        }
        if let (Some(a), Some(b)) = (&self.message, &other.message)
            && a != b
        {
            return Some(format!("message {a:?} against {b:?}"));
        }
        for (what, mine, others) in
            [("variable", &self.variables, &other.variables), ("step", &self.steps, &other.steps)]
        {
            for (name, value) in mine {
                let found = others.iter().find(|(n, _)| n == name).map(|(_, v)| v);
                match (value, found) {
                    (Some(a), Some(Some(b))) if !same(a, b) && !covers(a, b) => {
                        return Some(format!("{what} {name}: {a}\n  against {b}"));
                    }
                    (_, None) => return Some(format!("{what} {name} is only in one")),
                    _ => {}
                }
            }
        }
        None
    }
}

/// Stands for what is not known.
const ANYTHING: &str = "<anything>";

fn same(a: &str, b: &str) -> bool {
    match a.split_once(ANYTHING) {
        Some((start, end)) => {
            b.len() >= start.len() + end.len() && b.starts_with(start) && b.ends_with(end)
        }
        None => a == b,
    }
}

/// Whether two steps have completed, and the output of the second is that of the first without
/// what the program does not read.
fn covers(a: &str, b: &str) -> bool {
    let output = |text: &str| {
        let (attempts, output) = text.strip_prefix("Complete ")?.split_once(' ')?;
        Some((attempts.to_owned(), serde_json::from_str::<Json>(output).ok()?))
    };
    match (output(a), output(b)) {
        (Some((n, a)), Some((m, b))) => n == m && holds(&a, &b),
        _ => false,
    }
}

fn holds(whole: &Json, part: &Json) -> bool {
    match (whole, part) {
        (Json::Object(whole), Json::Object(part)) => {
            part.iter().all(|(name, part)| whole.get(name).is_some_and(|whole| holds(whole, part)))
        }
        (Json::Array(whole), Json::Array(part)) => {
            // An item that is not read can't be left out.
            let item = |(whole, part): (&Json, &Json)| *part == Json::Null || holds(whole, part);
            whole.len() == part.len() && whole.iter().zip(part).all(item)
        }
        // Ids of what a run makes can't be foretold.
        (Json::String(a), Json::String(b)) if is_id(a) && is_id(b) => true,
        (whole, part) => whole == part,
    }
}

fn is_id(text: &str) -> bool {
    let hyphens = text.bytes().filter(|b| *b == b'-').count();
    text.len() == 36 && hyphens == 4 && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

fn place(span: Option<Span>) -> String {
    span.map_or_else(|| "nowhere".to_owned(), |s| format!("{}:{}-{}", s.file.0, s.start, s.end))
}

/// What the machine says.
///
/// # Errors
/// What must never be: an internal failure, a value that can't be written.
pub fn of_machine(result: &RunResult, program: &Program) -> Result<Seen, String> {
    let text = |value: &Value| {
        wf_vm::json_text(value, program).map_err(|f| format!("a value can't be written: {f:?}"))
    };
    let (outcome, message) = match &result.outcome {
        Ok(value) => (format!("result {}", text(value)?), None),
        Err(failure) => {
            if failure.kind == FailureKind::Internal {
                return Err(format!("INTERNAL: {failure:?}"));
            }
            (of_failure(failure, program)?, Some(failure.message.clone()))
        }
    };
    let store = &result.store;
    let info = store.workflow().ok_or("the store has no workflow")?;
    let values = store.variables();
    let variables = info.variables.iter().zip(&values);
    let variables: Result<Vec<_>, String> =
        variables.map(|(v, value)| Ok((v.name.to_string(), Some(text(value)?)))).collect();
    let mut steps = Vec::new();
    for (slot, step) in info.steps.iter().enumerate() {
        let name = program.steps.get(usize::from(*step)).map_or("", |s| s.name.as_str());
        let said = match store.step(slot as u16) {
            None => "-".to_owned(),
            Some(step) => {
                let mut said = format!("{:?} {}", step.status, step.attempts);
                match (&step.error, step.status) {
                    (_, Status::Complete) => _ = write!(said, " {}", text(&step.output)?),
                    (Some(error), _) => _ = write!(said, " {}", of_failure(error, program)?),
                    (None, _) => {}
                }
                said
            }
        };
        steps.push((name.to_owned(), Some(said)));
    }
    Ok(Seen { outcome, message, variables: variables?, steps })
}

fn of_failure(failure: &Failure, program: &Program) -> Result<String, String> {
    let details = wf_vm::json_text(&failure.details, program).map_err(|f| format!("{f:?}"))?;
    let loops: Vec<String> = failure
        .loops
        .iter()
        .map(|l| {
            let name = program.steps.get(l.step as usize).map_or("?", |s| s.name.as_str());
            format!("{name}[{}]", l.index)
        })
        .collect();
    Ok(format!(
        "failure {:?} {} step {:?} attempts {} status {:?} details {details} at {} in {loops:?}",
        failure.kind,
        failure.code,
        failure.step,
        failure.attempts,
        failure.status_code,
        place(failure.span),
    ))
}

fn of_fault(fault: &Fault) -> String {
    let kind = match fault.kind {
        Kind::Node => FailureKind::Node,
        Kind::Decode => FailureKind::Decode,
        Kind::Pure => FailureKind::Pure,
        Kind::Fail => FailureKind::Fail,
    };
    let loops: Vec<String> = fault.loops.iter().map(|(name, i)| format!("{name}[{i}]")).collect();
    format!(
        "failure {kind:?} {} step {:?} attempts {} status {:?} details {} at {} in {loops:?}",
        fault.code,
        fault.step,
        fault.attempts,
        fault.status,
        if matches!(&fault.details, Val::Str(text) if **text == *UNKNOWN) {
            ANYTHING.to_owned()
        } else {
            json_text(&fault.details)
        },
        place(Some(fault.span)),
    )
}

/// What the evaluator says.
pub fn of_evaluator(ended: &super::eval::Ended) -> Seen {
    let (outcome, message) = match &ended.outcome {
        Ok(value) => (format!("result {}", json_text(value)), None),
        Err(fault) => (of_fault(fault), fault.message.clone()),
    };
    let variables = ended
        .variables
        .iter()
        .map(|(name, value)| (name.to_string(), value.as_ref().map(json_text)))
        .collect();
    let step = |stored: &Option<StoredStep>| match stored {
        None => "-".to_owned(),
        Some(step) => match &step.error {
            Some(fault) => format!("Failed {} {}", step.attempts, of_fault(fault)),
            None => format!("Complete {} {}", step.attempts, json_text(&step.output)),
        },
    };
    let steps = ended
        .steps
        .iter()
        .map(|(name, stored)| (name.to_string(), stored.as_ref().ok().map(step)))
        .collect();
    Seen { outcome, message, variables, steps }
}
