//! Failures: why a step or a run failed.

use wf_bytecode::Program;
use wf_diagnostics::Span;

use crate::value::json;
use crate::{LoopPlace, Value};

/// Why a step or a run failed, with the place in the source.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What went wrong.
    pub kind: FailureKind,
    /// The `code` that programs see: `Timeout`, `Http404`, `Decode`, `Overflow`, `Failed` …
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// The step that failed; `None` for pure code and `fail` outside of a step.
    pub step: Option<String>,
    /// How often the node was called.
    pub attempts: u32,
    /// The status of the answer, for nodes over HTTP.
    pub status_code: Option<i64>,
    /// The rest, as `json`; null where there is none.
    pub details: Value,
    /// The characters at fault: the step's node, the operator, the `fail`.
    pub span: Option<Span>,
    /// The loops around the place, outermost first, with the indices it happened at.
    pub loops: Vec<LoopPlace>,
}

/// What kind of failure it is. Which kinds `try` and `catch` take follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// A node failed.
    Node,
    /// Data did not fit its type at a border.
    Decode,
    /// Arithmetic, or a limit of one value or call: recursion depth, size of a collection.
    Pure,
    /// `fail` was reached.
    Fail,
    /// A limit of the whole run: can't be caught.
    Limit,
    /// The run was cancelled: can't be caught.
    Cancelled,
    /// The program is corrupt, or the machine wrong: can't be caught.
    Internal,
}

impl FailureKind {
    /// Whether `try` and `catch` take it.
    pub fn is_catchable(self) -> bool {
        matches!(self, Self::Node | Self::Decode | Self::Pure | Self::Fail)
    }
}

impl Failure {
    /// A failure of this kind without step and place, which the machine fills in.
    pub fn new(kind: FailureKind, code: impl Into<String>, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        let (step, span, status_code) = (None, None, None);
        let (attempts, details, loops) = (0, Value::Null, Vec::new());
        Self { kind, code, message, step, attempts, status_code, details, span, loops }
    }

    /// The `Failure` that programs see: a record of the program's failure shape. A program without
    /// one, which reads no failure, gets a map of the same fields.
    pub fn to_value(&self, program: &Program) -> Value {
        let field = |name: &str| match name {
            "code" => Value::string(&self.code),
            "message" => Value::string(&self.message),
            "step" => self.step.as_ref().map_or(Value::Null, Value::string),
            "attempts" => Value::Int(i64::from(self.attempts)),
            "statusCode" => self.status_code.map_or(Value::Null, Value::Int),
            "details" => self.details.clone(),
            _ => Value::Missing,
        };
        let shape = program.failure_shape;
        match shape.and_then(|shape| program.shapes.get(usize::from(shape.0)).zip(Some(shape))) {
            Some((names, shape)) => {
                Value::record(shape, names.fields.iter().map(|name| field(name)).collect())
            }
            None => Value::map(FIELDS.map(|name| (name, field(name)))),
        }
    }

    /// What `fail` raises: a string is the message of a failure with the code `Failed`, a
    /// `Failure` is passed on. The kind is [`FailureKind::Fail`] in both cases, and the place is
    /// the machine's to fill in.
    pub fn from_value(value: &Value, program: &Program) -> Self {
        if let Value::String(message) = value {
            return Self::new(FailureKind::Fail, "Failed", message.as_str());
        }
        let field = |name: &str| match value {
            Value::Map(map) => map.entries().get(name).cloned().unwrap_or_default(),
            Value::Record(record) => {
                let names = json::names(record.shape(), program).unwrap_or_default();
                let slot = names.iter().position(|n| n == name);
                slot.map(|slot| record.get(slot)).unwrap_or_default()
            }
            _ => Value::Null,
        };
        let text = |name: &str| field(name).as_str().map(str::to_owned);
        let code = text("code").unwrap_or_else(|| "Failed".into());
        let message = text("message").unwrap_or_else(|| "the workflow failed".into());
        let mut failure = Self::new(FailureKind::Fail, code, message);
        failure.step = text("step");
        let attempts = field("attempts").as_int().unwrap_or_default();
        failure.attempts = u32::try_from(attempts.max(0)).unwrap_or(u32::MAX);
        failure.status_code = field("statusCode").as_int();
        failure.details = field("details");
        failure
    }
}

/// The fields of `Failure`, in the order of its slots.
const FIELDS: [&str; 6] = ["code", "message", "step", "attempts", "statusCode", "details"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::samples::Types;

    fn assert_same(a: &Failure, b: &Failure) {
        assert_eq!((&a.code, &a.message, &a.step), (&b.code, &b.message, &b.step));
        assert_eq!((a.attempts, a.status_code), (b.attempts, b.status_code));
        assert!(a.details.equal(&b.details));
    }

    #[test]
    fn a_failure_becomes_a_value_and_back() {
        let mut types = Types::new();
        // The order of the slots is the program's.
        let names = ["code", "message", "step", "attempts", "statusCode", "details"];
        let without = types.program.clone();
        types.program.failure_shape = Some(types.shape(&names));
        let with = types.program;

        let bare = Failure::new(FailureKind::Node, "timeout", "it took too long");
        let mut full = Failure::new(FailureKind::Node, "Http404", "not found");
        full.step = Some("enrich".into());
        full.attempts = 3;
        full.status_code = Some(404);
        full.details = Value::map([("a", Value::Int(1))]);
        for failure in [bare, full] {
            for program in [&with, &without] {
                let back = Failure::from_value(&failure.to_value(program), program);
                assert_same(&failure, &back);
                assert_eq!(back.kind, FailureKind::Fail);
            }
        }
        let Value::Record(record) = Failure::new(FailureKind::Fail, "A", "b").to_value(&with)
        else {
            panic!("a record")
        };
        assert_eq!(record.fields().len(), 6);
        assert!(record.fields().iter().all(|field| !matches!(field, Value::Missing)));
    }

    #[test]
    fn a_string_is_a_message() {
        let failure = Failure::from_value(&Value::string("no"), &Program::default());
        assert_eq!((failure.code.as_str(), failure.message.as_str()), ("Failed", "no"));
        assert!(failure.step.is_none() && failure.details.is_null());
    }

    #[test]
    fn values_that_are_no_failure_do_not_hurt() {
        let odd = Value::map([("attempts", Value::Int(-5)), ("code", Value::Int(1))]);
        for value in [Value::Null, Value::Int(1), odd] {
            let failure = Failure::from_value(&value, &Program::default());
            assert_eq!((failure.code.as_str(), failure.attempts), ("Failed", 0));
        }
    }
}
