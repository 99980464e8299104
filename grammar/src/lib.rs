//! From text to the syntax tree. The only user of pest.
//!
//! The lexer reads words, strings and brackets and tells what is wrong with them; the parser makes the
//! tree from its tokens; `wf.pest` is the grammar that the parser is held to, and tells what was expected
//! where a part can't be read; `recover` then reads the parts around it, so that one mistake costs one
//! statement.

pub mod ast;
mod brackets;
mod decode;
mod explain;
mod grammar;
mod layout;
mod lex;
mod lexeme;
mod parser;
mod recover;
mod source;
mod token;
mod words;

#[cfg(test)]
mod tests;

pub use decode::{decode_utf8, not_utf8};
pub use lexeme::{Lexeme, LexemeKind, lexemes};
pub use words::{RESERVED, RESERVED_FOR_LATER, ROOTS, is_reserved};

use wf_diagnostics::{Diagnostic, Diagnostics, FileId, Span, codes::syntax};

use ast::CommentKind;
use recover::Reader;
use source::Source;

/// How deep brackets, templates included, may be nested.
pub const MAX_NESTING: usize = 128;

/// How many operators one expression may have.
pub const MAX_OPERATORS: u32 = 1000;

/// How many bytes a file may have.
pub const MAX_FILE_BYTES: usize = 64 << 20;

/// How many diagnostics one file gives at most; what follows is noise.
const MAX_DIAGNOSTICS: usize = 200;

/// What [`parse`] gives.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// What could be read.
    pub file: ast::File,
    /// All that could not, in the order of the text.
    pub diagnostics: Diagnostics,
}

/// Reads a file. Never fails: what can't be read is told and left out of the tree, or stands in it
/// as an error.
pub fn parse(file: FileId, text: &str) -> Parsed {
    if let Some(diagnostic) = too_large(file, text) {
        return Parsed { file: ast::File::default(), diagnostics: vec![diagnostic] };
    }
    let (source, comments, diagnostics) = prepare(file, text);
    let mut reader = Reader::new(&source, diagnostics);
    let items = reader.items();
    let unread = std::mem::take(&mut reader.unread);
    Parsed { file: ast::File { items, comments, unread }, diagnostics: sorted(reader.diagnostics) }
}

/// Reads a single expression; `None` where nothing could be made of it.
pub fn parse_expression(file: FileId, text: &str) -> (Option<ast::Expr>, Diagnostics) {
    if let Some(diagnostic) = too_large(file, text) {
        return (None, vec![diagnostic]);
    }
    let (source, _, diagnostics) = prepare(file, text);
    let mut reader = Reader::new(&source, diagnostics);
    let expr = reader.expression();
    (expr, sorted(reader.diagnostics))
}

/// Lexes a text and lays it out.
fn prepare(file: FileId, text: &str) -> (Source<'_>, Vec<ast::Comment>, Diagnostics) {
    let lexed = lex::lex(file, text);
    let mut diagnostics = lexed.diagnostics;
    let mut tokens = lexed.tokens;
    brackets::balance(file, text, &mut tokens, lexed.swallowed, &mut diagnostics);
    let layout = layout::lay_out(file, tokens, &mut diagnostics);
    let is_doc = |comment: &&ast::Comment| comment.kind == CommentKind::Doc;
    let docs = lexed.comments.iter().filter(is_doc).map(|comment| comment.span).collect();
    let source = Source { file, text, tokens: layout.tokens, codes: layout.codes, docs };
    (source, lexed.comments, diagnostics)
}

fn too_large(file: FileId, text: &str) -> Option<Diagnostic> {
    (text.len() > MAX_FILE_BYTES).then(|| {
        let message = format!("the file is larger than {} MiB", MAX_FILE_BYTES >> 20);
        Diagnostic::new(&syntax::TOO_DEEP, Span::new(file, 0, 0), message)
            .help("split it into files and join them with `use`")
    })
}

/// The diagnostics in the order of the text, each place told once per code, and not too many.
fn sorted(mut diagnostics: Diagnostics) -> Diagnostics {
    diagnostics.sort_by_key(|d| (d.span.start, d.span.end, d.code.id));
    diagnostics.dedup_by(|a, b| a.span == b.span && a.code.id == b.code.id);
    // A loop in a foreign form is not told to lack a name besides.
    let loops: Vec<Span> =
        diagnostics.iter().filter(|d| d.code == &syntax::LOOP_FORM).map(|d| d.span).collect();
    diagnostics.retain(|d| {
        let holds = |l: &Span| d.span.start <= l.start && l.end <= d.span.end;
        d.code != &syntax::MISSING_NAME || !loops.iter().any(holds)
    });
    diagnostics.truncate(MAX_DIAGNOSTICS);
    diagnostics
}
