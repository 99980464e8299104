//! Keeps the secrets of a run out of all that is shown: `***` stands in their place.

mod forms;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::Value as Tree;
use wf_bytecode::{Program, TypeDesc, TypeIdx};

use crate::value::MAX_DEPTH;
use crate::{Event, EventKind, Failure, Value};
use forms::Needle;

/// What stands in the place of a secret.
const STARS: &str = "***";

/// How many bytes a secret must have to be masked: shorter ones stand in ordinary text by chance,
/// which would become unreadable without hiding anything.
const MIN_BYTES: usize = 4;

/// How many digits a secret must have for a number in JSON to be taken for it.
const MIN_DIGITS: usize = 6;

/// The secrets of a run, as they are found in text: as they are, escaped as in JSON, encoded as in
/// URLs and forms, and in base64.
///
/// Programs can't show a secret: that is checked before they run. What is masked here is what comes
/// back from outside, as the body of an error that repeats the token that was sent.
#[derive(Clone, Default)]
pub struct Mask {
    needles: Vec<Needle>,
}

impl fmt::Debug for Mask {
    /// The number of secrets' forms only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask({})", self.needles.len())
    }
}

impl Mask {
    /// A mask for these secrets. Those shorter than four bytes are not masked.
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let mut needles: Vec<Needle> = Vec::new();
        for secret in secrets {
            if secret.as_ref().len() >= MIN_BYTES {
                needles.extend(forms::of(secret.as_ref(), MIN_BYTES));
            }
        }
        needles.sort();
        needles.dedup();
        Self { needles }
    }

    /// The mask for the values of `config` of a program, in the order of its table.
    pub fn of_config(program: &Program, config: &[Value]) -> Self {
        let mut secrets = Vec::new();
        for (field, value) in program.config.iter().zip(config) {
            collect(program, field.ty, value, 0, &mut secrets);
        }
        Self::new(secrets)
    }

    /// Whether nothing is masked.
    pub fn is_empty(&self) -> bool {
        self.needles.is_empty()
    }

    /// Whether a secret stands in a text.
    pub fn finds(&self, text: &str) -> bool {
        self.needles.iter().any(|needle| text.contains(needle.text()))
    }

    /// A text without secrets.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut found: Vec<(usize, usize)> =
            self.needles.iter().flat_map(|needle| needle.places(text)).collect();
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        found.sort_unstable();
        let (mut out, mut done, mut masked) = (String::with_capacity(text.len()), 0, None);
        for (start, end) in found {
            // Places that touch are one: how many secrets stand there is nobody's business.
            if masked.is_none_or(|end| start > end) {
                out.push_str(&text[done..start]);
                out.push_str(STARS);
            }
            done = done.max(end);
            masked = Some(done);
        }
        out.push_str(&text[done..]);
        Cow::Owned(out)
    }

    /// A text of JSON without secrets, which is JSON still.
    pub fn json_text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let masked = self.text(text);
        let is_json = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        if matches!(masked, Cow::Borrowed(_)) || is_json(&masked) {
            return masked;
        }
        match serde_json::from_str(text) {
            Ok(tree) => Cow::Owned(self.json(tree).to_string()),
            Err(_) => masked,
        }
    }

    /// A tree of JSON without secrets, in names of members too.
    pub fn json(&self, tree: Tree) -> Tree {
        if self.is_empty() {
            return tree;
        }
        match tree {
            Tree::String(text) => Tree::String(self.text(&text).into_owned()),
            Tree::Number(number) if self.is_number(&number.to_string()) => {
                Tree::String(STARS.to_owned())
            }
            Tree::Array(items) => items.into_iter().map(|item| self.json(item)).collect(),
            Tree::Object(members) => {
                let masked = |(name, value): (String, Tree)| {
                    (self.text(&name).into_owned(), self.json(value))
                };
                members.into_iter().map(masked).collect()
            }
            other => other,
        }
    }

    /// A value without secrets. Parts that are nested too deeply to be shown are masked as a whole.
    pub fn value(&self, value: &Value) -> Value {
        if self.is_empty() { value.clone() } else { self.value_at(value, 0) }
    }

    /// A failure without secrets.
    pub fn failure(&self, failure: &Failure) -> Failure {
        let mut failure = failure.clone();
        if !self.is_empty() {
            failure.code = self.text(&failure.code).into_owned();
            failure.message = self.text(&failure.message).into_owned();
            failure.details = self.value(&failure.details);
        }
        failure
    }

    /// An event without secrets.
    pub(crate) fn event(&self, mut event: Event) -> Event {
        if self.is_empty() {
            return event;
        }
        match &mut event.kind {
            EventKind::RunEnded { failure: Some(failure) }
            | EventKind::StepFailed { failure, .. }
            | EventKind::StepRetried { failure, .. } => *failure = Arc::new(self.failure(failure)),
            EventKind::Logged { message, data, .. } => {
                *message = self.text(message).into_owned();
                *data = data.as_ref().map(|data| self.json_text(data).into_owned());
            }
            EventKind::Returned { value } => *value = self.value(value),
            EventKind::RunStarted { .. }
            | EventKind::RunEnded { failure: None }
            | EventKind::StepStarted { .. }
            | EventKind::StepCompleted { .. }
            | EventKind::StepWaits { .. }
            | EventKind::StepResumed { .. }
            | EventKind::Worked { .. }
            | EventKind::IterationEnded { .. } => {}
        }
        event
    }

    fn value_at(&self, value: &Value, depth: u32) -> Value {
        if depth > MAX_DEPTH && value.is_container() {
            return Value::string(STARS);
        }
        let part = |part: &Value| self.value_at(part, depth + 1);
        match value {
            Value::String(text) => match self.text(text) {
                Cow::Borrowed(_) => value.clone(),
                Cow::Owned(masked) => Value::string(masked),
            },
            Value::Int(number) if self.is_number(&number.to_string()) => Value::string(STARS),
            Value::List(items) => Value::list(items.as_slice().iter().map(part).collect()),
            Value::Map(map) => Value::map(
                map.entries().iter().map(|(key, value)| (self.text(key).into_owned(), part(value))),
            ),
            Value::Record(record) => {
                Value::record(record.shape(), record.fields().iter().map(part).collect())
            }
            Value::Member(member) => {
                Value::member(member.ty(), self.value_at(member.value(), depth + 1))
            }
            _ => value.clone(),
        }
    }

    fn is_number(&self, digits: &str) -> bool {
        digits.len() >= MIN_DIGITS && self.needles.iter().any(|needle| needle.text() == digits)
    }
}

/// The texts of a value that are of the type `secret`.
fn collect(program: &Program, ty: TypeIdx, value: &Value, depth: u32, out: &mut Vec<String>) {
    if depth > MAX_DEPTH {
        return;
    }
    let again = |ty: TypeIdx, value: &Value, out: &mut Vec<String>| {
        collect(program, ty, value, depth + 1, out);
    };
    match (program.types.get(usize::from(ty.0)), value) {
        (Some(TypeDesc::Secret), Value::String(text)) => out.push(text.to_string()),
        (_, Value::Member(member)) => again(member.ty(), member.value(), out),
        (Some(TypeDesc::Optional(inner)), _) => again(*inner, value, out),
        (Some(TypeDesc::List(item)), Value::List(items)) => {
            items.as_slice().iter().for_each(|value| again(*item, value, out));
        }
        (Some(TypeDesc::Map(item)), Value::Map(map)) => {
            map.entries().values().for_each(|value| again(*item, value, out));
        }
        (Some(TypeDesc::Record { fields, .. }), Value::Record(record)) => {
            for (field, value) in fields.iter().zip(record.fields()) {
                again(field.ty, value, out);
            }
        }
        _ => {}
    }
}
