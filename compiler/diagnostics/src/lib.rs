//! Spans, sources, diagnostic codes and diagnostics, and how they are shown.
//!
//! Every stage of wf returns its value together with a list of [`Diagnostic`]s, which are plain
//! data. Rendering them (for a terminal or as JSON) happens only at the edge, in [`render`] and
//! [`json`].

pub mod codes;
mod diagnostic;
pub mod json;
pub mod render;
mod source;
mod span;

pub use codes::Code;
pub use diagnostic::{Diagnostic, Diagnostics, Label, Severity};
pub use source::{LineColumn, SourceFile, SourceMap};
pub use span::{FileId, Span};
