//! The formatter: from source text to the same program in the one style of the language.
//!
//! The tree says what stands where, the tokens are what is written: every token but commas is
//! printed as it stands, in its order, with the comments in front of it, so that nothing can get
//! lost or change its place. How lines are filled is decided last, by a printer that knows groups,
//! indentations and line ends only (`doc`, `print`).

mod check;
mod comment;
mod doc;
mod expr;
mod item;
mod list;
mod pattern;
mod print;
mod source;
mod stmt;
mod types;
mod walk;
mod workflow;

#[cfg(test)]
mod tests;

use wf_diagnostics::{Diagnostic, Diagnostics, FileId};

use source::Source;

/// How wide a line may be, in columns. Texts and comments are not broken and may be wider.
pub const WIDTH: usize = 100;

/// How many columns a level of indentation has.
pub const INDENT: usize = 2;

/// The text in the one style. A text that is formatted already comes back as it is.
///
/// Line ends are those of the first line, `\n` or `\r\n`; a byte order mark is left out; a text
/// that is not empty ends in exactly one line end.
///
/// # Errors
/// The text has syntax errors; all diagnostics of the parser are given back.
pub fn format(file: FileId, text: &str) -> Result<String, Diagnostics> {
    let parsed = wf_grammar::parse(file, text);
    if parsed.diagnostics.iter().any(Diagnostic::is_error) {
        return Err(parsed.diagnostics);
    }
    let source = Source::new(file, text, &parsed.file.comments);
    let Some(walked) = walk::walk(&source, &parsed.file) else {
        debug_assert!(false, "the tree is not what the tokens say");
        return Ok(text.to_owned());
    };
    let out = print::print(&source, &walked.doc);
    // What can't be printed surely is better left as it is.
    if let Some(what) = check::difference(&source, &walked.free, &out) {
        debug_assert!(false, "the formatter would change {what}:\n{text}\n----\n{out}");
        return Ok(text.to_owned());
    }
    Ok(out)
}
