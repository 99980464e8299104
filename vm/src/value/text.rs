//! What a template shows of a value.

use wf_bytecode::Program;

use super::{Value, json};
use crate::Failure;

/// Appends what a template shows: strings as they are, numbers and bools as in JSON (a float
/// without a fraction as `2.0`), instants as RFC 3339, durations as the language writes them, and
/// lists, maps and records as compact JSON text.
///
/// # Errors
/// As [`json::write_json`].
pub fn push_text(value: &Value, program: &Program, out: &mut String) -> Result<(), Failure> {
    if json::push_bare(value, out)? {
        return Ok(());
    }
    json::write_json(value, program, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_its_text() {
        let id = uuid::Uuid::from_u128(1);
        let table = [
            (Value::string("a \"b\""), "a \"b\""),
            (Value::Int(-3), "-3"),
            (Value::Float(2.0), "2.0"),
            (Value::Float(0.25), "0.25"),
            (Value::Bool(true), "true"),
            (Value::Null, "null"),
            (Value::uuid(id), "00000000-0000-0000-0000-000000000001"),
            (Value::Instant(0), "1970-01-01T00:00:00Z"),
            (Value::Duration(90_000_000), "1m30s"),
            (Value::list(vec![Value::string("a"), Value::Duration(0)]), "[\"a\",\"0s\"]"),
            (Value::map([("k", Value::Null)]), "{\"k\":null}"),
        ];
        for (value, expected) in table {
            let mut out = String::from(">");
            push_text(&value, &Program::default(), &mut out).unwrap();
            assert_eq!(out[1..], *expected);
        }
    }
}
