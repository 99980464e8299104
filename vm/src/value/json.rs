//! Values as JSON: text, `serde_json` trees, and the form that `json` has in the machine.

use std::fmt::Write;

use arcstr::ArcStr;
use serde_json::Value as Tree;
use smol_str::SmolStr;
use wf_bytecode::{Decimal, Program, ShapeIdx};

use super::{Entries, ListRef, MAX_DEPTH, MapRef, Value, corrupt, time, too_deep};
use crate::{Failure, FailureKind};

/// How many values inside each other are written or converted as one.
pub const MAX_NODES: usize = 20_000_000;
/// How long a text may be to which more JSON is appended, in bytes.
pub const MAX_TEXT: usize = 256 << 20;

/// Appends the compact JSON text of a value.
///
/// Instants are RFC 3339 in UTC, durations as the language writes them (`1h30m`), uuids in lower
/// case with hyphens; floats keep a point or an exponent (`2.0`), decimals all of their digits.
/// Missing fields are left out, and so are lists and maps whose items the program does not read.
///
/// # Errors
/// `TooDeep` beyond [`MAX_DEPTH`], `TooLarge` beyond [`MAX_NODES`] and [`MAX_TEXT`]; a value that
/// no JSON has (a lambda) is an internal failure.
pub fn write_json(value: &Value, program: &Program, out: &mut String) -> Result<(), Failure> {
    Walk::new(program).write(value, out, 0)
}

/// The JSON of a value as a tree of `serde_json`, for hosts that show it. What no JSON can hold
/// (a lambda, parts beyond [`MAX_DEPTH`] or [`MAX_NODES`]) is a string in angle brackets that says
/// so. A decimal with more digits than a float is a string of its digits: only the JSON text has it
/// as a number.
pub fn json_of(value: &Value, program: &Program) -> Tree {
    Walk::new(program).tree(value, 0)
}

/// The compact JSON text of a value.
///
/// # Errors
/// As [`write_json`].
pub fn json_text(value: &Value, program: &Program) -> Result<String, Failure> {
    let mut out = String::new();
    write_json(value, program, &mut out)?;
    Ok(out)
}

/// Appends the same; in place of a value that can't be written, a string that says why.
pub(crate) fn push_shown(value: &Value, program: &Program, out: &mut String) {
    let start = out.len();
    if let Err(failure) = write_json(value, program, out) {
        out.truncate(start);
        push_string(&format!("<{}>", failure.message), out);
    }
}

/// A value in the form of `json`: null, bools, numbers, strings, lists and maps. What already has
/// that form is not copied.
///
/// # Errors
/// As [`write_json`].
pub fn to_json(value: Value, program: &Program) -> Result<Value, Failure> {
    Ok(Walk::new(program).converted(&value, 0)?.unwrap_or(value))
}

/// The `json` of a tree of `serde_json`.
///
/// # Errors
/// `Decode` where an integer does not fit in 64 bits; `TooDeep` beyond [`MAX_DEPTH`].
pub fn from_json(tree: &Tree) -> Result<Value, Failure> {
    value_of(tree, 0)
}

/// Appends the text of a value that has no parts, without quotes; `false` for one that has.
pub(super) fn push_bare(value: &Value, out: &mut String) -> Result<bool, Failure> {
    match value {
        Value::Null | Value::Missing => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        // Writing to a string does not fail.
        Value::Int(number) => _ = write!(out, "{number}"),
        // The shortest text that reads back as the same number, with a point or an exponent.
        Value::Float(number) => _ = write!(out, "{number:?}"),
        Value::Decimal(number) => _ = write!(out, "{number}"),
        Value::String(text) => out.push_str(text),
        Value::Uuid(id) => _ = write!(out, "{id}"),
        Value::Instant(micros) => time::push_instant(*micros, out)?,
        Value::Duration(micros) => time::push_duration(*micros, out),
        Value::Member(member) => return push_bare(member.value(), out),
        Value::List(_) | Value::Map(_) | Value::Record(_) | Value::Lambda(_) | Value::Step(_) => {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Appends a string in quotes.
pub(crate) fn push_string(text: &str, out: &mut String) {
    out.push('"');
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..=0x1f => "",
            _ => continue,
        };
        out.push_str(&text[done..at]);
        done = at + 1;
        if escape.is_empty() {
            _ = write!(out, "\\u{byte:04x}");
        } else {
            out.push_str(escape);
        }
    }
    out.push_str(&text[done..]);
    out.push('"');
}

/// The names of a record's fields.
pub(crate) fn names(shape: ShapeIdx, program: &Program) -> Result<&[SmolStr], Failure> {
    match program.shapes.get(usize::from(shape.0)) {
        Some(shape) => Ok(&shape.fields),
        None => Err(corrupt(format!("a record has the unknown shape {}", shape.0))),
    }
}

/// A walk through a whole value. A value that holds another many times over is small in memory
/// and large when it is written, so that its parts are counted.
struct Walk<'p> {
    program: &'p Program,
    nodes: usize,
}

impl<'p> Walk<'p> {
    fn new(program: &'p Program) -> Self {
        Self { program, nodes: 0 }
    }

    /// Notes a part at this depth.
    fn enter(&mut self, depth: u32) -> Result<(), Failure> {
        self.nodes += 1;
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        if self.nodes > MAX_NODES { Err(too_large()) } else { Ok(()) }
    }

    fn write(&mut self, value: &Value, out: &mut String, depth: u32) -> Result<(), Failure> {
        self.enter(depth)?;
        if out.len() > MAX_TEXT {
            return Err(too_large());
        }
        match value.plain() {
            Value::String(text) => push_string(text, out),
            Value::Uuid(_) | Value::Instant(_) | Value::Duration(_) => {
                out.push('"');
                push_bare(value, out)?;
                out.push('"');
            }
            Value::List(items) => {
                out.push('[');
                for (index, item) in items.as_slice().iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    self.write(item, out, depth + 1)?;
                }
                out.push(']');
            }
            Value::Map(map) => {
                let entries = map.entries().iter().map(|(key, value)| (key.as_str(), value));
                self.write_object(entries, out, depth)?;
            }
            Value::Record(record) => {
                let names = names(record.shape(), self.program)?.iter().map(SmolStr::as_str);
                self.write_object(names.zip(record.fields()), out, depth)?;
            }
            Value::Step(step) => {
                let entries = step.entries(self.program);
                let entries = entries.iter().map(|(name, value)| (*name, value));
                self.write_object(entries, out, depth)?;
            }
            Value::Lambda(_) => return Err(corrupt("a lambda has no JSON")),
            value => _ = push_bare(value, out)?,
        }
        Ok(())
    }

    fn write_object<'a>(
        &mut self,
        entries: impl Iterator<Item = (&'a str, &'a Value)>,
        out: &mut String,
        depth: u32,
    ) -> Result<(), Failure> {
        out.push('{');
        let present = entries.filter(|(_, value)| !value.is_unread());
        for (index, (name, value)) in present.enumerate() {
            if index > 0 {
                out.push(',');
            }
            push_string(name, out);
            out.push(':');
            self.write(value, out, depth + 1)?;
        }
        out.push('}');
        Ok(())
    }

    fn tree(&mut self, value: &Value, depth: u32) -> Tree {
        if let Err(failure) = self.enter(depth) {
            return instead(&failure);
        }
        match value {
            Value::Null | Value::Missing => Tree::Null,
            Value::Bool(truth) => Tree::from(*truth),
            Value::Int(number) => Tree::from(*number),
            Value::Float(number) => Tree::from(*number),
            Value::Decimal(number) => decimal_tree(**number),
            Value::String(text) => Tree::from(text.as_str()),
            Value::Uuid(_) | Value::Instant(_) | Value::Duration(_) => {
                let mut text = String::new();
                match push_bare(value, &mut text) {
                    Ok(_) => Tree::from(text),
                    Err(failure) => instead(&failure),
                }
            }
            Value::List(items) => {
                items.as_slice().iter().map(|item| self.tree(item, depth + 1)).collect()
            }
            Value::Map(map) => {
                let entries = map.entries().iter().map(|(key, value)| (key.as_str(), value));
                self.object_tree(entries, depth)
            }
            Value::Record(record) => match names(record.shape(), self.program) {
                Ok(names) => {
                    let names = names.iter().map(SmolStr::as_str);
                    self.object_tree(names.zip(record.fields()), depth)
                }
                Err(failure) => instead(&failure),
            },
            Value::Step(step) => {
                let entries = step.entries(self.program);
                self.object_tree(entries.iter().map(|(name, value)| (*name, value)), depth)
            }
            Value::Lambda(_) => Tree::from("<lambda>"),
            Value::Member(member) => self.tree(member.value(), depth),
        }
    }

    fn object_tree<'a>(
        &mut self,
        entries: impl Iterator<Item = (&'a str, &'a Value)>,
        depth: u32,
    ) -> Tree {
        let present = entries.filter(|(_, value)| !value.is_unread());
        present.map(|(name, value)| (name.to_owned(), self.tree(value, depth + 1))).collect()
    }

    /// The form of `json` where it differs from the value.
    fn converted(&mut self, value: &Value, depth: u32) -> Result<Option<Value>, Failure> {
        self.enter(depth)?;
        Ok(match value {
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Decimal(_)
            | Value::String(_) => None,
            Value::Missing => Some(Value::Null),
            Value::Uuid(_) | Value::Instant(_) | Value::Duration(_) => {
                let mut text = String::new();
                push_bare(value, &mut text)?;
                Some(Value::string(text))
            }
            Value::List(items) => {
                let items = items.as_slice();
                let mut changed: Option<Vec<Value>> = None;
                for (index, item) in items.iter().enumerate() {
                    if let Some(new) = self.converted(item, depth + 1)? {
                        changed.get_or_insert_with(|| items.to_vec())[index] = new;
                    }
                }
                changed.map(|items| Value::List(ListRef::new(items)))
            }
            Value::Map(map) => {
                let mut changed: Option<MapRef> = None;
                for (index, item) in map.entries().values().enumerate() {
                    if let Some(new) = self.converted(item, depth + 1)? {
                        changed.get_or_insert_with(|| map.clone()).make_mut()[index] = new;
                    }
                }
                changed.map(Value::Map)
            }
            Value::Record(record) => {
                let names = names(record.shape(), self.program)?.iter().map(SmolStr::as_str);
                Some(self.object(names.zip(record.fields()), depth)?)
            }
            Value::Step(step) => {
                let entries = step.entries(self.program);
                let entries = entries.iter().map(|(name, value)| (*name, value));
                Some(self.object(entries, depth)?)
            }
            Value::Lambda(_) => return Err(corrupt("a lambda has no JSON")),
            Value::Member(member) => {
                let value = member.value();
                Some(self.converted(value, depth)?.unwrap_or_else(|| value.clone()))
            }
        })
    }

    /// The map of the fields that are present.
    fn object<'a>(
        &mut self,
        fields: impl Iterator<Item = (&'a str, &'a Value)>,
        depth: u32,
    ) -> Result<Value, Failure> {
        let (count, _) = fields.size_hint();
        let mut entries = Entries::with_capacity_and_hasher(count, Default::default());
        for (name, value) in fields {
            if !value.is_unread() {
                let new = self.converted(value, depth + 1)?;
                entries.insert(ArcStr::from(name), new.unwrap_or_else(|| value.clone()));
            }
        }
        Ok(Value::Map(MapRef::new(entries)))
    }
}

/// A decimal as a number where `serde_json` holds one of the same value, else its digits as a
/// string: a tree holds floats, which would lose them.
fn decimal_tree(number: Decimal) -> Tree {
    if let Some(int) = number.to_int() {
        return Tree::from(int);
    }
    let float = number.to_float().filter(|_| number.is_float());
    float.map_or_else(|| Tree::from(number.to_string()), Tree::from)
}

/// What stands in a tree for a part that can't be shown.
fn instead(failure: &Failure) -> Tree {
    Tree::from(format!("<{}>", failure.message))
}

fn too_large() -> Failure {
    let message = format!("the value has more than {MAX_NODES} parts or {MAX_TEXT} bytes as JSON");
    Failure::new(FailureKind::Pure, "TooLarge", message)
}

fn value_of(tree: &Tree, depth: u32) -> Result<Value, Failure> {
    if depth > MAX_DEPTH {
        return Err(too_deep());
    }
    Ok(match tree {
        Tree::Null => Value::Null,
        Tree::Bool(truth) => Value::Bool(*truth),
        Tree::Number(number) => match (number.as_i64(), number.is_f64(), number.as_f64()) {
            (Some(int), _, _) => Value::Int(int),
            (None, true, Some(float)) if float.is_finite() => Value::float(float),
            _ => {
                let message = format!("the number {number} does not fit in 64 bits");
                return Err(Failure::new(FailureKind::Decode, "Decode", message));
            }
        },
        Tree::String(text) => Value::string(text),
        Tree::Array(items) => {
            let items = items.iter().map(|item| value_of(item, depth + 1));
            Value::list(items.collect::<Result<_, _>>()?)
        }
        Tree::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(name, item)| Ok((ArcStr::from(name), value_of(item, depth + 1)?)));
            Value::Map(MapRef::new(entries.collect::<Result<_, Failure>>()?))
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::value::samples;

    fn text(value: &Value) -> String {
        let mut out = String::new();
        write_json(value, &Program::default(), &mut out).unwrap();
        out
    }

    #[test]
    fn every_type_has_its_text() {
        let sample = samples::one_of_each();
        let mut out = String::new();
        write_json(&sample.value, &sample.program, &mut out).unwrap();
        assert_eq!(out, sample.json);
        let tree: Tree = serde_json::from_str(sample.json).unwrap();
        assert_eq!(json_of(&sample.value, &sample.program), tree);
    }

    #[test]
    fn numbers_keep_their_kind_and_read_back() {
        let table = [
            (Value::Int(i64::MIN), "-9223372036854775808"),
            (Value::Float(2.0), "2.0"),
            (Value::Float(0.1), "0.1"),
            (Value::Float(1e300), "1e300"),
            (Value::Float(-1.5e-9), "-1.5e-9"),
            (Value::Float(f64::MAX), "1.7976931348623157e308"),
            (Value::Float(5e-324), "5e-324"),
        ];
        for (value, expected) in table {
            assert_eq!(text(&value), expected);
            let tree: Tree = serde_json::from_str(expected).unwrap();
            assert_eq!(tree, json_of(&value, &Program::default()));
        }
    }

    #[test]
    fn strings_are_escaped_as_serde_json_does() {
        let all: String = (0..0x300).filter_map(char::from_u32).chain(['\u{2028}', '😀']).collect();
        let ours = text(&Value::string(&all));
        assert_eq!(serde_json::from_str::<String>(&ours).unwrap(), all);
        let plain = "a/b \"c\" \\ ü 😀 \u{1} \u{7f}";
        assert_eq!(text(&Value::string(plain)), serde_json::to_string(plain).unwrap());
    }

    #[test]
    fn missing_fields_are_left_out_and_null_ones_are_not() {
        let mut types = samples::Types::new();
        let shape = types.shape(&["a", "b", "c"]);
        let record = Value::record(shape, vec![Value::Missing, Value::Null, Value::Int(1)]);
        let mut out = String::new();
        write_json(&record, &types.program, &mut out).unwrap();
        assert_eq!(out, r#"{"b":null,"c":1}"#);
        let form = to_json(record, &types.program).unwrap();
        assert!(form.equal(&Value::map([("b", Value::Null), ("c", Value::Int(1))])));
    }

    #[test]
    fn the_json_form_has_no_typed_values_and_is_not_copied_without_need() {
        let sample = samples::one_of_each();
        let form = to_json(sample.value.clone(), &sample.program).unwrap();
        let tree: Tree = serde_json::from_str(sample.json).unwrap();
        assert!(form.equal(&from_json(&tree).unwrap()));

        let Value::List(inner) = Value::list(vec![Value::Int(1)]) else { panic!("a list") };
        let value = Value::map([("a", Value::List(inner.clone())), ("b", Value::Instant(0))]);
        let Value::Map(form) = to_json(value, &sample.program).unwrap() else { panic!("a map") };
        let Value::List(kept) = &form.entries()["a"] else { panic!("a list") };
        assert!(triomphe::Arc::ptr_eq(&kept.0, &inner.0));
        assert_eq!(form.entries()["b"].as_str(), Some("1970-01-01T00:00:00Z"));
    }

    #[test]
    fn integers_beyond_64_bits_are_no_json() {
        assert!(from_json(&json!(9_223_372_036_854_775_808_u64)).is_err());
        assert!(from_json(&json!([i64::MAX, i64::MIN, 1.5])).is_ok());
    }

    #[test]
    fn depth_is_limited() {
        let deep = |levels| (0..levels).fold(Value::Int(1), |value, _| Value::list(vec![value]));
        let (fits, beyond) = (deep(MAX_DEPTH), deep(200_000));
        let program = Program::default();
        assert_eq!(text(&fits).len(), 2 * MAX_DEPTH as usize + 1);
        let failure = write_json(&beyond, &program, &mut String::new()).unwrap_err();
        assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Pure, "TooDeep"));
        assert_eq!(to_json(beyond.clone(), &program).unwrap_err().code, "TooDeep");
        assert!(json_of(&beyond, &program).to_string().contains("nested deeper than 256 levels>"));
    }

    #[test]
    fn a_value_that_holds_itself_many_times_over_does_not_fill_the_memory() {
        let doubled = |value: Value, _| Value::list(vec![value.clone(), value]);
        let value = (0..60).fold(Value::Instant(0), doubled);
        let program = Program::default();
        // A walk that has seen most of what it may.
        let walk = || Walk { program: &program, nodes: MAX_NODES - 1_000 };
        let converted = walk().converted(&value, 0).unwrap_err();
        let written = walk().write(&value, &mut String::new(), 0).unwrap_err();
        for failure in [converted, written] {
            assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Pure, "TooLarge"));
        }
        let tree = walk().tree(&Value::list(vec![Value::Null; 2_000]), 0).to_string();
        assert!(tree.ends_with("as JSON>\"]"));
        let mut full = " ".repeat(MAX_TEXT + 1);
        assert_eq!(write_json(&Value::Null, &program, &mut full).unwrap_err().code, "TooLarge");
    }
}
