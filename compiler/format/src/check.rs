//! The check that a formatted text is the same program: the same tokens but for commas, what was
//! separated still is, and the same comments at the same places.

use wf_grammar::{Lexeme, LexemeKind};

use crate::source::Source;

/// What the printed text has otherwise than the source, if anything. `free` says for each token of
/// the source whether a line end in front of it says nothing.
pub(crate) fn difference(source: &Source<'_>, free: &[bool], printed: &str) -> Option<String> {
    let parsed = wf_grammar::parse(source.file, printed);
    if let Some(error) = parsed.diagnostics.iter().find(|d| d.is_error()) {
        return Some(error.message.clone());
    }
    let other = Source::new(source.file, printed, &parsed.file.comments);
    let (before, after) = (parts(source), parts(&other));
    if before.len() != after.len() {
        return Some("the number of tokens".to_owned());
    }
    let mut pairs = before.iter().zip(&after);
    pairs.find_map(|(a, b)| {
        let what = if !is_same_text(a.text, b.text) {
            "the token"
        } else if a.separated != b.separated && free.get(a.number) != Some(&true) {
            "what separates from"
        } else if !have_same_notes(source, a, &other, b) {
            "the comments of"
        } else {
            return None;
        };
        Some(format!("{what} `{}` (number {})", a.text, a.number))
    })
}

fn have_same_notes(source: &Source<'_>, a: &Part<'_>, other: &Source<'_>, b: &Part<'_>) -> bool {
    let (before, after) = (&source.notes[a.notes.clone()], &other.notes[b.notes.clone()]);
    let mut pairs = before.iter().zip(after);
    before.len() == after.len()
        && pairs.all(|(a, b)| {
            let (a, b) = (source.slice(a.start, a.end), other.slice(b.start, b.end));
            a.lines().map(str::trim).eq(b.lines().map(str::trim))
        })
}

/// A token that is no comma.
struct Part<'a> {
    number: usize,
    text: &'a str,
    /// Its comments, those in front of a comma in front of it included.
    notes: std::ops::Range<usize>,
    /// Whether a comma or a line end separates it from the one before.
    separated: bool,
}

fn parts<'a>(source: &Source<'a>) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'_>> = Vec::with_capacity(source.tokens.len());
    let mut comma = false;
    let mut notes = 0;
    let mut before: Option<Lexeme> = None;
    for (number, token) in source.tokens.iter().enumerate() {
        let lexeme = token.lexeme;
        if lexeme.kind == LexemeKind::Comma {
            comma = true;
            continue;
        }
        let text = source.slice(lexeme.start, lexeme.end);
        // In front of what closes, and at both ends of a file, a separator says nothing.
        let inside = before.is_some() && lexeme.kind != LexemeKind::Close && !text.is_empty();
        let separated = inside && text != ">" && (comma || token.separated);
        parts.push(Part { number, text, notes: notes..token.notes.end, separated });
        notes = token.notes.end;
        comma = false;
        before = Some(lexeme);
    }
    parts
}

/// Whether two tokens are the same; line ends in strings may be written in either way.
fn is_same_text(a: &str, b: &str) -> bool {
    fn lines(text: &str) -> impl Iterator<Item = &str> {
        text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line))
    }
    a == b || lines(a).eq(lines(b))
}
