//! Why a value is none of a Rust type, or the reverse.

use std::fmt;

use wf_vm::Value;

use super::{Data, Types};

/// Why a value does not fit a Rust type, or something of Rust is no value of wf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataError {
    /// The path from the root: `$.items[3].name`.
    pub path: String,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl DataError {
    /// An error at the root.
    pub fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { path: "$".to_owned(), expected: expected.into(), found: found.into() }
    }

    /// The same where the value is this field of another one.
    #[must_use]
    pub fn under(mut self, field: &str) -> Self {
        let plain = field.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && field.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let part = if plain { format!(".{field}") } else { format!("[{field:?}]") };
        self.path.insert_str(1, &part);
        self
    }

    /// The same where the value is this item of a list.
    #[must_use]
    pub fn at(mut self, index: usize) -> Self {
        self.path.insert_str(1, &format!("[{index}]"));
        self
    }

    /// A field that has to be there is not.
    pub fn missing(field: &str) -> Self {
        Self::new("a value", "missing").under(field)
    }

    /// A value of another kind.
    pub(super) fn kind(expected: &str, found: &Value) -> Self {
        let found = match found.plain() {
            Value::Int(number) => format!("the int {number}"),
            Value::Float(number) => format!("the float {number}"),
            Value::Bool(truth) => format!("the bool {truth}"),
            other => other.kind_name().to_owned(),
        };
        Self::new(expected, found)
    }

    /// A text that is none of the literals.
    pub fn no_literal(found: &str, known: &[&str]) -> Self {
        let known: Vec<String> = known.iter().map(|text| format!("{text:?}")).collect();
        let short: String = found.chars().take(40).collect();
        Self::new(known.join(" | "), format!("the string {short:?}"))
    }

    /// A value that none of the variants of `T` can hold.
    pub fn no_member<T: Data>(found: &Value) -> Self {
        Self::kind(&format!("`{}`", T::wf_type(&mut Types::default())), found)
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, expected, found } = self;
        write!(f, "`{path}` should be {expected}, but is {found}")
    }
}

impl std::error::Error for DataError {}
