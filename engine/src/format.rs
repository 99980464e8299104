//! Source text in the one style of the language.

use wf_diagnostics::{Diagnostic, FileId};

/// The text in the one style of the language: the same program, comments included. A text that is
/// formatted already comes back as it is.
///
/// ```
/// let text = wf_engine::format("fn twice(n:int)->int{return n*2}").expect("it has no errors");
/// assert_eq!(text, "fn twice(n: int) -> int { return n * 2 }\n");
/// ```
///
/// # Errors
/// The text has syntax errors. Their places are in a file that has the number 0.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    wf_format::format(FileId(0), text)
}

/// The same for a file of a [`SourceMap`](crate::SourceMap), so that errors can be shown.
///
/// # Errors
/// The text has syntax errors.
pub fn format_file(file: FileId, text: &str) -> Result<String, Vec<Diagnostic>> {
    wf_format::format(file, text)
}
