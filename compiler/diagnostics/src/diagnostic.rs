//! What is told to the user: a code, a message, labels in the source and the mend.

use crate::{Code, Span};

/// How bad it is: an error makes the program invalid, a warning does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The program is invalid.
    Error,
    /// The program is valid but suspicious.
    Warning,
}

impl Severity {
    /// The name in machine formats.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// A second place that helps to understand, with what it has to do with the matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The characters meant.
    pub span: Span,
    /// What is there.
    pub message: String,
}

/// A change of the source that mends what is told, as a tool can make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The characters that are replaced; empty where something is put in.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// One thing to tell the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code, which also says the severity.
    pub code: &'static Code,
    /// One sentence in lower case that names the user's things.
    pub message: String,
    /// The exact characters at fault.
    pub span: Span,
    /// What is written at `span`, for the terminal; may be empty.
    pub label: String,
    /// Further places.
    pub labels: Vec<Label>,
    /// How to mend it.
    pub help: Option<String>,
    /// The same mend as changes of the source, where it is exact; all of them are made together.
    pub edits: Vec<Edit>,
}

/// The diagnostics of a stage.
pub type Diagnostics = Vec<Diagnostic>;

impl Diagnostic {
    /// A diagnostic of this code at these characters.
    pub fn new(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        let (message, label) = (message.into(), String::new());
        Self { code, message, span, label, labels: Vec::new(), help: None, edits: Vec::new() }
    }

    /// Sets what is written at the characters at fault.
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// Adds a second place.
    pub fn with(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into() });
        self
    }

    /// Sets the mend; several become one text of several sentences.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        self.help = Some(match self.help.take() {
            Some(before) => format!("{before}\n{text}"),
            None => text,
        });
        self
    }

    /// Sets the mend, and adds the change of the source that it is.
    pub fn edit(mut self, span: Span, text: impl Into<String>, help: impl Into<String>) -> Self {
        self.edits.push(Edit { span, text: text.into() });
        self.help(help)
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.code.severity
    }

    /// Whether it makes the program invalid.
    pub fn is_error(&self) -> bool {
        self.severity() == Severity::Error
    }
}
