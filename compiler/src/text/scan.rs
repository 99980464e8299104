//! A text with `{{ }}` becomes a template, whose places are those in the file.

use smol_str::SmolStr;
use wf_diagnostics::codes::texts as codes;
use wf_diagnostics::{Diagnostic, Diagnostics, FileId, Span};
use wf_grammar::ast::{Expr, ExprKind, Template, TemplatePart};

/// A piece of a text, by its bytes.
enum Piece {
    /// As it is.
    Text(usize, usize),
    /// Between `{{` and `}}`.
    Expr(usize, usize),
}

/// The template of a text; `None` where something in it is wrong, which is told. `\{{` is a `{{` that
/// opens nothing; a backslash is a backslash else, and lines end as they do in the file.
pub(super) fn template(file: FileId, text: &str, out: &mut Diagnostics) -> Option<Template> {
    let span = |start: usize, end: usize| Span::new(file, start as u32, end as u32);
    let pieces = match pieces(text) {
        Ok(pieces) => pieces,
        Err(at) => {
            let message = "the `{{` is not closed";
            out.push(
                Diagnostic::new(&codes::TEXT_SYNTAX, span(at, at + 2), message)
                    .help("write `}}` behind the expression, or `\\{{` for a `{{` that is text"),
            );
            return None;
        }
    };
    let mut exprs = expressions(file, text, &pieces, out)?.into_iter();
    let mut parts = Vec::with_capacity(pieces.len());
    for piece in &pieces {
        match *piece {
            Piece::Text(start, end) => {
                let text = SmolStr::new(text.get(start..end).unwrap_or_default());
                parts.push(TemplatePart::Text(text, span(start, end)));
            }
            Piece::Expr(..) => parts.push(TemplatePart::Expr(exprs.next()?)),
        }
    }
    Some(Template { parts, span: span(0, text.len()) })
}

/// The pieces of a text, or where a `{{` is that is not closed.
fn pieces(text: &str) -> Result<Vec<Piece>, usize> {
    let mut pieces = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("{{")).map(|at| from + at) {
        if text.as_bytes().get(..at).is_some_and(|before| before.ends_with(b"\\")) {
            pieces.push(Piece::Text(start, at - 1));
            (start, from) = (at, at + 2);
            continue;
        }
        let end = closed(text.as_bytes(), at + 2).ok_or(at)?;
        pieces.push(Piece::Text(start, at));
        pieces.push(Piece::Expr(at + 2, end));
        (start, from) = (end + 2, end + 2);
    }
    pieces.push(Piece::Text(start, text.len()));
    pieces.retain(|piece| !matches!(piece, Piece::Text(start, end) if start == end));
    Ok(pieces)
}

/// Where the `}}` is that closes an expression which begins here. Brackets and strings in it, with
/// templates of their own, are followed on a stack.
fn closed(text: &[u8], mut at: usize) -> Option<usize> {
    /// What is open around a place.
    #[derive(PartialEq)]
    enum Open {
        Bracket(u8),
        String,
        LongString,
        /// `{{` in a string.
        Template,
    }
    let mut open: Vec<Open> = Vec::new();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let long = rest.starts_with(b"\"\"\"");
        let first = rest.first().copied().unwrap_or_default();
        at += match (open.last(), first) {
            (Some(Open::String | Open::LongString), b'\\') => 2,
            (Some(Open::String | Open::LongString), b'{') if rest.starts_with(b"{{") => {
                open.push(Open::Template);
                2
            }
            (Some(Open::LongString), b'"') if long => {
                open.pop();
                3
            }
            (Some(Open::String), b'"' | b'\n') => {
                open.pop();
                1
            }
            (Some(Open::String | Open::LongString), _) => 1,
            (_, b'"') => {
                open.push(if long { Open::LongString } else { Open::String });
                if long { 3 } else { 1 }
            }
            (_, b'(' | b'[' | b'{') => {
                open.push(Open::Bracket(first));
                1
            }
            (None, b'}') if rest.starts_with(b"}}") => return Some(at),
            (Some(Open::Template), b'}') if rest.starts_with(b"}}") => {
                open.pop();
                2
            }
            (Some(Open::Bracket(b'{')), b'}')
            | (Some(Open::Bracket(b'[')), b']')
            | (Some(Open::Bracket(b'(')), b')') => {
                open.pop();
                1
            }
            _ => 1,
        };
    }
    None
}

/// The expressions of a text. They are parsed as one list in which all else is blank, so that each
/// keeps its place: `Hi {{ name }}!` is read as `   [( name )] `.
fn expressions(
    file: FileId,
    text: &str,
    pieces: &[Piece],
    out: &mut Diagnostics,
) -> Option<Vec<Expr>> {
    let ranges: Vec<(usize, usize)> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Expr(start, end) => Some((*start, *end)),
            Piece::Text(..) => None,
        })
        .collect();
    let Some(last) = ranges.len().checked_sub(1) else { return Some(Vec::new()) };
    let mut list = String::with_capacity(text.len());
    for (place, (start, end)) in ranges.iter().enumerate() {
        let blanks = (start - 2).saturating_sub(list.len());
        list.extend(std::iter::repeat_n(' ', blanks));
        list.push_str(if place == 0 { "[(" } else { " (" });
        list.push_str(text.get(*start..*end)?);
        list.push_str(if place == last { ")]" } else { ")," });
    }
    let (parsed, mut told) = wf_grammar::parse_expression(file, &list);
    for told in &mut told {
        // What closes an expression in the list is not what closes it in the text.
        if ranges.binary_search_by_key(&(told.span.start as usize), |(_, end)| *end).is_ok() {
            told.message = told.message.replace("`)`", "`}}`");
        }
    }
    let fine = !told.iter().any(Diagnostic::is_error);
    out.extend(told);
    let ExprKind::List(entries) = parsed.filter(|_| fine)?.kind else { return None };
    (entries.len() == ranges.len()).then(|| entries.into_iter().map(|entry| entry.value).collect())
}

#[cfg(test)]
mod tests {
    use super::{Piece, pieces, template};
    use wf_diagnostics::FileId;
    use wf_grammar::ast::TemplatePart;

    fn shown(text: &str) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(start, end) => format!("<{}>", &text[*start..*end]),
            Piece::Expr(start, end) => format!("({})", &text[*start..*end]),
        };
        pieces(text)
            .map_or_else(|at| format!("open at {at}"), |all| all.iter().map(piece).collect())
    }

    #[test]
    fn a_text_is_cut_at_its_expressions() {
        for (text, expected) in [
            ("", ""),
            ("plain } text }}", "<plain } text }}>"),
            ("Hi {{ name }}!", "<Hi >( name )<!>"),
            ("{{a}}{{b}}", "(a)(b)"),
            ("{{ {a: {b: 1}} }}", "( {a: {b: 1}} )"),
            ("{{ \"}}\" }} x", "( \"}}\" )< x>"),
            ("{{ \"a {{ \"}}\" }} \\\"\" }}", "( \"a {{ \"}}\" }} \\\"\" )"),
            ("{{ \"\"\"a \" }}\"\"\" }}", "( \"\"\"a \" }}\"\"\" )"),
            ("a \\{{ b }} {{ c }}", "<a ><{{ b }} >( c )"),
            ("\\n é {{ x }}", "<\\n é >( x )"),
            ("a {{ b", "open at 2"),
            ("a {{ \"b }}", "open at 2"),
            ("{{ (}} }}", "open at 0"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn expressions_keep_their_places() {
        let text = "Grüße, {{ name }}!\n{{ count + 1 }} {{ xs | join(\", \") }}";
        let mut out = Vec::new();
        let template = template(FileId(0), text, &mut out).expect("it is right");
        assert!(out.is_empty(), "{out:?}");
        let exprs: Vec<&str> = template
            .parts
            .iter()
            .filter_map(|part| match part {
                TemplatePart::Expr(expr) => {
                    Some(text[expr.span.start as usize..expr.span.end as usize].trim())
                }
                TemplatePart::Text(..) => None,
            })
            .collect();
        let inner: Vec<&str> =
            exprs.iter().map(|expr| expr.trim_matches(['{', '}', ' '])).collect();
        assert_eq!(inner, ["name", "count + 1", "xs | join(\", \")"]);
    }

    #[test]
    fn hostile_texts_end() {
        for text in [
            "{{".repeat(100_000),
            "{{ \"".repeat(50_000),
            "{{ ( [ {".repeat(50_000),
            "\\{{".repeat(100_000),
            "{{x}}".repeat(50_000),
            "{{ \"{{ ".repeat(50_000),
        ] {
            drop(template(FileId(0), &text, &mut Vec::new()));
        }
    }
}
