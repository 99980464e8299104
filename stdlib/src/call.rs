//! What the nodes share: reading an input by names, making an output, completing exactly once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wf_vm::bytecode::{TypeDesc, TypeIdx};
use wf_vm::{
    Answer, Cancel, Completion, Failure, NodeCall, NodeFailure, RecordRef, Started, Value,
};

use crate::io::Waiting;

/// An input of a call by its name; `None` where it is missing or null.
pub(crate) fn input<'a>(call: &NodeCall<'a>, name: &str) -> Option<&'a Value> {
    let value = record_field(call, call.input, name)?;
    (!matches!(value, Value::Null | Value::Missing)).then_some(value)
}

/// The inputs of these names, which are all that the signature has; `None` where one is missing or
/// null. Quicker than one by one where nodes have little to do.
pub(crate) fn inputs<'a, const N: usize>(
    call: &NodeCall<'a>,
    names: &'static [&'static str; N],
) -> [Option<&'a Value>; N] {
    if let (Value::Record(record), true) = (call.input, call.input_has(names))
        && let fields = record.fields()
        && fields.len() == N
    {
        return std::array::from_fn(|place| fields.get(place).filter(|value| !value.is_null()));
    }
    names.map(|name| input(call, name))
}

/// The output of these fields; quick where the signature has them in this order.
///
/// # Errors
/// Those of [`output`].
pub(crate) fn answer<const N: usize>(
    call: &NodeCall<'_>,
    names: &'static [&'static str; N],
    values: [Value; N],
) -> Outcome {
    if let Some(shape) = call.output_with(names) {
        let record = RecordRef::from_fields(shape, values.into_iter());
        return Ok(Answer::Value(Value::Record(record)));
    }
    let mut values = values.into_iter();
    output(call, names.map(|name| (name, values.next().unwrap_or_default())))
}

fn record_field<'v>(call: &NodeCall<'_>, value: &'v Value, name: &str) -> Option<&'v Value> {
    let Value::Record(record) = value else { return None };
    let shape = call.program.shapes.get(usize::from(record.shape().0))?;
    let slot = shape.fields.iter().position(|field| field == name)?;
    record.fields().get(slot)
}

/// A field of a record by its name; `None` where it is missing or null.
pub(crate) fn field<'v>(call: &NodeCall<'_>, value: &'v Value, name: &str) -> Option<&'v Value> {
    let value = record_field(call, value.plain(), name)?.plain();
    (!matches!(value, Value::Null | Value::Missing)).then_some(value)
}

/// A text among the inputs.
pub(crate) fn text<'a>(call: &NodeCall<'a>, name: &str) -> Option<&'a str> {
    match input(call, name)? {
        Value::String(text) => Some(text.as_str()),
        _ => None,
    }
}

/// An `int` among the inputs.
pub(crate) fn int(call: &NodeCall<'_>, name: &str) -> Option<i64> {
    match input(call, name)? {
        Value::Int(number) => Some(*number),
        _ => None,
    }
}

/// A `bool` among the inputs; false where it is missing.
pub(crate) fn flag(call: &NodeCall<'_>, name: &str) -> bool {
    matches!(input(call, name), Some(Value::Bool(true)))
}

/// The texts of a list among the inputs.
pub(crate) fn texts<'a>(call: &NodeCall<'a>, name: &str) -> Option<Vec<&'a str>> {
    let Some(Value::List(items)) = input(call, name) else { return None };
    let text = |item: &'a Value| match item {
        Value::String(text) => Some(text.as_str()),
        _ => None,
    };
    Some(items.as_slice().iter().filter_map(text).collect())
}

/// Whether a type is `string`, or `string?`.
pub(crate) fn wants_text(call: &NodeCall<'_>, ty: TypeIdx) -> bool {
    let desc = |ty: TypeIdx| call.program.types.get(usize::from(ty.0));
    match desc(ty) {
        Some(TypeDesc::String) => true,
        Some(TypeDesc::Optional(inner)) => matches!(desc(*inner), Some(TypeDesc::String)),
        _ => false,
    }
}

/// The output of these fields, in the order of the program's output type; quick where they are
/// given in that order. A field that the program does not know is left out.
///
/// # Errors
/// A failure where the program's type has a field that is not given: the program was compiled
/// against another signature.
pub(crate) fn output<'n>(
    call: &NodeCall<'_>,
    mut fields: impl AsMut<[(&'n str, Value)]>,
) -> Outcome {
    let record = call.program.types.get(usize::from(call.output_type.0));
    let Some(TypeDesc::Record { shape, .. }) = record else {
        return Err(internal("the output is no record"));
    };
    let Some(names) = call.program.shapes.get(usize::from(shape.0)) else {
        return Err(internal("the output has no shape"));
    };
    let fields = fields.as_mut();
    for (place, name) in names.fields.iter().enumerate() {
        let here = |field: &(&str, Value)| field.0 == name;
        if fields.get(place).is_some_and(here) {
            continue;
        }
        match fields.iter().skip(place).position(here) {
            Some(behind) => fields.swap(place, place + behind),
            None => return Err(internal(&format!("the output has no field `{name}`"))),
        }
    }
    let values = fields.iter_mut().take(names.fields.len());
    let values = values.map(|(_, value)| std::mem::take(value));
    Ok(Answer::Value(Value::Record(RecordRef::from_fields(*shape, values))))
}

/// What nodes answer.
pub(crate) type Outcome = Result<Answer, NodeFailure>;

/// The failure of a call that its signature does not allow: the compiler keeps it from happening.
pub(crate) fn internal(message: &str) -> NodeFailure {
    NodeFailure::new("Internal", message)
}

/// The failure of an input that is out of its range.
pub(crate) fn invalid(message: impl Into<String>) -> NodeFailure {
    NodeFailure::new("InvalidInput", message)
}

/// A failure of a lambda or of encoding an input, as the failure of the node.
pub(crate) fn from_failure(call: &NodeCall<'_>, failure: Failure) -> NodeFailure {
    let details = match &failure.details {
        Value::Null | Value::Missing => None,
        details => crate::json::write(details, call.program).ok(),
    };
    let status_code = failure.status_code;
    NodeFailure { status_code, details, ..NodeFailure::new(failure.code, failure.message) }
}

/// A completion that is told even where the work for it is dropped: by a panic, or because the
/// runtime ends.
pub struct Promise(Option<Completion>);

impl Promise {
    /// Promises to tell this completion.
    #[must_use]
    pub fn new(completion: Completion) -> Self {
        Self(Some(completion))
    }

    /// Tells what came of the call.
    pub fn keep(mut self, outcome: Result<Answer, NodeFailure>) {
        if let Some(completion) = self.0.take() {
            completion.finish(outcome);
        }
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        if let Some(completion) = self.0.take() {
            completion.finish(Err(NodeFailure::new("Cancelled", "the call was given up")));
        }
    }
}

/// Gives up a task when it is called or dropped.
pub(crate) struct Abort(pub(crate) tokio::task::AbortHandle);

impl Cancel for Abort {
    fn cancel(self: Box<Self>) {}
}

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Tells work on a thread of its own that nobody waits for it any more.
struct GiveUp(Arc<AtomicBool>);

impl Cancel for GiveUp {
    fn cancel(self: Box<Self>) {}
}

impl Drop for GiveUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Does work that may block. It looks now and then whether it was given up.
pub(crate) fn blocking(
    waiting: &Waiting,
    call: &NodeCall<'_>,
    work: impl FnOnce(&AtomicBool) -> Outcome + Send + 'static,
) -> Started {
    let promise = Promise::new(call.completion());
    let cancelled = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&cancelled);
    waiting.block(move || {
        // It may have waited long for a thread.
        if !seen.load(Ordering::Acquire) {
            promise.keep(work(&seen));
        }
    });
    Started::Pending(Box::new(GiveUp(cancelled)))
}
