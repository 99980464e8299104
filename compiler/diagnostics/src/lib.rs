//! Spans, sources, diagnostic codes and diagnostics, and how they are shown.
//!
//! Every stage of wf returns its value together with a list of [`Diagnostic`]s, which are plain
//! data. Rendering them (for a terminal, or as JSON, SARIF or annotations) happens only at the edge, in
//! [`render`], [`json`], [`sarif`] and [`github`].

pub mod codes;
mod diagnostic;
pub mod github;
pub mod json;
pub mod render;
pub mod sarif;
mod source;
mod span;
mod uri;

pub use codes::Code;
pub use diagnostic::{Diagnostic, Diagnostics, Edit, Label, Severity};
pub use source::{LineColumn, SourceFile, SourceMap};
pub use span::{FileId, Span};
