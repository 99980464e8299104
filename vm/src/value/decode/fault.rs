//! What is wrong with data that does not fit its type.

use std::fmt;

use arcstr::ArcStr;
use wf_bytecode::{Program, TypeDesc, TypeIdx};

use super::scan::{Kind, Scanner, Syntax};
use super::{MAX_NESTING, type_name};
use crate::value::{Entries, MapRef, Value, json};
use crate::{Failure, FailureKind};

/// Why JSON does not fit a type, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// The path from the root: `$.body.items[3].name`.
    pub path: String,
    /// What should be there, in words or as a type in backticks: `` `int` ``, `a value`.
    pub expected: String,
    /// What was there: `the string "abc"`, `missing`.
    pub found: String,
    /// Line and column in characters, from 1, where the text is no JSON.
    pub syntax: Option<(usize, usize)>,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, expected, found, syntax } = self;
        match syntax {
            None => write!(f, "`{path}` should be {expected}, but is {found}"),
            Some((line, column)) => write!(
                f,
                "the text is no JSON: there should be {expected} at line {line}, column {column} \
                 (in `{path}`), but there is {found}"
            ),
        }
    }
}

impl std::error::Error for DecodeError {}

impl DecodeError {
    /// The failure that programs see: code `Decode`; `details` holds path, expected and found.
    pub fn to_failure(&self) -> Failure {
        let mut failure = Failure::new(FailureKind::Decode, "Decode", self.to_string());
        let details = [("path", &self.path), ("expected", &self.expected), ("found", &self.found)];
        let details: Entries = details
            .into_iter()
            .map(|(name, text)| (ArcStr::from(name), Value::string(text)))
            .collect();
        failure.details = Value::Map(MapRef::new(details));
        failure
    }
}

/// A step of a path.
#[derive(Clone, Debug)]
pub(super) enum Segment {
    Field(Box<str>),
    Index(usize),
}

/// An error on its way out: each container that it leaves adds its segment.
#[derive(Debug)]
pub(super) struct Fault {
    /// Innermost first.
    path: Vec<Segment>,
    expected: String,
    found: String,
    /// Where the text is no JSON.
    syntax: Option<usize>,
    /// Whether it ends the whole decoding, so that no other member of a union is tried.
    pub(super) fatal: bool,
}

pub(super) type Decoded<T> = Result<T, Box<Fault>>;

impl Fault {
    /// Something else was expected.
    pub(super) fn new(expected: impl Into<String>, found: impl Into<String>) -> Box<Self> {
        let (expected, found) = (expected.into(), found.into());
        Box::new(Self { path: Vec::new(), expected, found, syntax: None, fatal: false })
    }

    /// A limit is reached, or the program's tables are wrong: ends the whole decoding.
    pub(super) fn fatal(expected: impl Into<String>, found: impl Into<String>) -> Box<Self> {
        let mut fault = Self::new(expected, found);
        fault.fatal = true;
        fault
    }

    /// A value of this type was expected.
    pub(super) fn of_type(ty: TypeIdx, program: &Program, found: impl Into<String>) -> Box<Self> {
        Self::new(quoted_type(ty, program), found)
    }

    /// A field that the type asks for is not there.
    pub(super) fn missing(ty: TypeIdx, program: &Program) -> Box<Self> {
        Self::of_type(ty, program, "missing")
    }

    /// A name stands twice in one object.
    pub(super) fn twice(name: &str) -> Box<Self> {
        Self::new("given once", "given twice").in_field(name)
    }

    pub(super) fn too_large() -> Box<Self> {
        Self::fatal("small enough for the memory of the run", "too large")
    }

    pub(super) fn too_hard() -> Box<Self> {
        Self::fatal("told apart by its kind or by a field of literal type", "ambiguous too often")
    }

    pub(super) fn no_such_type(ty: TypeIdx) -> Box<Self> {
        Self::fatal("a type of the program", format!("of the unknown type {}", ty.0))
    }

    pub(super) fn in_field(mut self: Box<Self>, name: &str) -> Box<Self> {
        self.path.push(Segment::Field(name.into()));
        self
    }

    pub(super) fn at_index(mut self: Box<Self>, index: usize) -> Box<Self> {
        self.path.push(Segment::Index(index));
        self
    }

    /// The error as users see it; `text` is what was decoded, if it was text.
    pub(super) fn finish(self, text: Option<&str>) -> DecodeError {
        let mut path = String::from("$");
        for segment in self.path.iter().rev() {
            match segment {
                Segment::Index(index) => path.push_str(&format!("[{index}]")),
                Segment::Field(name) if is_identifier(name) => {
                    path.push('.');
                    path.push_str(name);
                }
                Segment::Field(name) => {
                    path.push('[');
                    json::push_string(&shortened(name), &mut path);
                    path.push(']');
                }
            }
        }
        let syntax = self.syntax.zip(text);
        let found = match syntax {
            Some((at, text)) => Scanner::found_at(text, at),
            None => self.found,
        };
        let syntax = syntax.map(|(at, text)| Scanner::place_of(text, at));
        DecodeError { path, expected: self.expected, found, syntax }
    }
}

impl From<Syntax> for Box<Fault> {
    fn from(syntax: Syntax) -> Self {
        let mut fault = Fault::fatal(syntax.expected, "");
        fault.syntax = Some(syntax.at);
        fault
    }
}

/// How deep the decoding is: in containers of the data, and in calls of the decoder, which unions
/// and optionals use up as well.
#[derive(Clone, Copy, Default)]
pub(super) struct Depth {
    nesting: u16,
    calls: u16,
}

impl Depth {
    /// The same container seen as another type.
    pub(super) fn same(self) -> Decoded<Self> {
        // Types lead back to themselves only through containers, so that the types of a checked
        // program never come near this.
        const CALLS: u16 = 3 * MAX_NESTING;
        if self.calls >= CALLS {
            return Err(Fault::fatal("of a simpler type", "of a type that is nested too deeply"));
        }
        Ok(Self { calls: self.calls + 1, ..self })
    }

    /// Inside a list or an object.
    pub(super) fn inner(self) -> Decoded<Self> {
        if self.nesting >= MAX_NESTING {
            let expected = format!("nested at most {MAX_NESTING} levels deep");
            return Err(Fault::fatal(expected, "nested deeper"));
        }
        Self { nesting: self.nesting + 1, ..self }.same()
    }
}

/// The description of a type.
pub(super) fn desc(ty: TypeIdx, program: &Program) -> Decoded<&TypeDesc> {
    program.types.get(usize::from(ty.0)).ok_or_else(|| Fault::no_such_type(ty))
}

/// The name of a type as messages show it.
pub(super) fn quoted_type(ty: TypeIdx, program: &Program) -> String {
    format!("`{}`", type_name(ty, program))
}

/// What a container or a constant is called in messages.
pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Bool => "a bool",
        Kind::Number => "a number",
        Kind::String => "a string",
        Kind::List => "a list",
        Kind::Object => "an object",
    }
}

/// A string as messages show it.
pub(super) fn string_found(text: &str) -> String {
    let mut out = String::from("the string ");
    json::push_string(&shortened(text), &mut out);
    out
}

/// A number as messages show it.
pub(super) fn number_found(text: &str) -> String {
    format!("the number {}", shortened(text))
}

/// At most 40 characters of a text.
fn shortened(text: &str) -> std::borrow::Cow<'_, str> {
    const LENGTH: usize = 40;
    match text.char_indices().nth(LENGTH) {
        None => text.into(),
        Some((end, _)) => format!("{}…", &text[..end]).into(),
    }
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
