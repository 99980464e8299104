//! The border: JSON becomes values of a type, checked in one pass that the type drives.
//!
//! The text is read by a scanner of our own and not by `serde_json`, whose visitors get a number
//! as `f64` without its text: an integer that does not fit has to be told from a float, and a
//! float has to be the nearest one. `serde_json` undoes the escapes of strings.

mod fault;
mod names;
#[cfg(test)]
mod properties;
mod record;
mod scalar;
mod scan;
mod special;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod union;

use wf_bytecode::{Program, TypeIdx};

pub use fault::DecodeError;
pub use names::type_name;

use super::Value;

/// How deep lists and objects may be nested in what is decoded. What is skipped may be deeper.
pub const MAX_NESTING: u16 = 128;

/// Decodes JSON text to a value of a type.
///
/// Fields that the type does not name, or that the program does not demand, are skipped: they are
/// not checked beyond being JSON, and in no value. A name that is demanded may be given once only.
///
/// # Errors
/// Where the text is no JSON, or does not fit the type.
pub fn decode_text(text: &str, ty: TypeIdx, program: &Program) -> Result<Value, DecodeError> {
    text::decode(text, ty, program, usize::MAX)
}

/// The same where the value may take about so many bytes of memory at most.
///
/// # Errors
/// As [`decode_text`], and where the value is larger.
pub fn decode_text_within(
    text: &str,
    ty: TypeIdx,
    program: &Program,
    bytes: usize,
) -> Result<Value, DecodeError> {
    text::decode(text, ty, program, bytes)
}

/// Decodes any JSON text to the form of `json`.
///
/// # Errors
/// Where the text is no JSON, holds a whole number that neither 64 bits nor a decimal hold or a
/// number too large for both float and decimal, or gives a name twice in one object.
pub fn decode_json(text: &str) -> Result<Value, DecodeError> {
    text::decode_json(text)
}

/// Decodes a value in the form of `json` (or one that is typed already) to a value of a type.
///
/// # Errors
/// Where it does not fit the type.
pub fn decode_value(value: &Value, ty: TypeIdx, program: &Program) -> Result<Value, DecodeError> {
    tree::decode(value, ty, program)
}
