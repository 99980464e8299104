//! JSON in and out of values, as the machine does it.

use wf_vm::bytecode::{Program, TypeIdx};
use wf_vm::value::{decode, json};
use wf_vm::{DecodeError, Failure, Value};

/// The JSON text of a value.
///
/// # Errors
/// Where the value is nested too deep or holds what has no JSON.
pub(crate) fn write(value: &Value, program: &Program) -> Result<String, Failure> {
    let mut text = String::new();
    json::write_json(value, program, &mut text)?;
    Ok(text)
}

/// The value of a JSON text, checked against a type.
pub(crate) fn decode(text: &str, ty: TypeIdx, program: &Program) -> Result<Value, DecodeError> {
    decode::decode_text(text, ty, program)
}

/// The value of a JSON text of any kind, or nothing where it is none.
pub(crate) fn parse(text: &str) -> Option<Value> {
    decode::decode_json(text).ok()
}
