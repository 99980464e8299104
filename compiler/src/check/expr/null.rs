//! Why a value may be null, for messages.

use smol_str::SmolStr;
use wf_diagnostics::Span;
use wf_types::{DefId, Type};

use crate::check::globals::Globals;

/// Why a value may be null.
#[derive(Clone)]
pub(crate) struct Null {
    /// Where that is decided.
    pub(crate) span: Span,
    /// What is there.
    pub(crate) what: Declared,
    /// Whether it is a step that may have been left out.
    pub(crate) step: bool,
}

/// What is where a value is said to be null. It is written out only where something is wrong.
#[derive(Clone)]
pub(crate) enum Declared {
    /// Something that has no names.
    Plain(&'static str),
    /// What has this name is of this type.
    Type(SmolStr, Type),
    /// This field of a named type is optional.
    Field(SmolStr, DefId),
    /// This field is optional in a schema, whose place this is.
    Schema(SmolStr, String),
    /// This argument of the trigger is optional.
    Argument(SmolStr),
}

impl Declared {
    /// The message.
    pub(crate) fn message(&self, g: &Globals<'_>) -> String {
        match self {
            Self::Plain(text) => (*text).to_owned(),
            Self::Type(name, ty) => format!("`{name}` is `{}`", g.show(ty)),
            Self::Field(name, of) => {
                format!("`{name}` is optional in `{}`", g.defs.get(*of).name)
            }
            Self::Schema(name, place) => format!("`{name}` is optional in `{place}`"),
            Self::Argument(name) => format!("the argument `{name}` may be null"),
        }
    }
}
