//! Strings: their pieces unescaped, and unindented where they have several lines.

use smol_str::SmolStr;
use wf_diagnostics::Span;

use super::Parser;
use crate::ast::{Template, TemplatePart};

/// A piece of text between quotes and templates, as written.
struct Piece<'a> {
    raw: &'a str,
    span: Span,
}

impl Parser<'_> {
    /// A string, with templates or without.
    pub(super) fn text(&mut self) -> Template {
        let start = self.at;
        let at = self.here();
        if self.eat(b'"') {
            return self.plain_text(at);
        }
        self.expect(b'9');
        let multi = self.source.token_text(at).starts_with("\"\"\"");
        let quotes = if multi { 3 } else { 1 };
        let mut spans = vec![self.inside(at, quotes, 2)];
        let mut exprs = Vec::with_capacity(1);
        loop {
            exprs.push(self.expr());
            let behind = self.here();
            let last = !self.eat(b'0');
            spans.push(self.inside(behind, 2, if last { quotes } else { 2 }));
            if last {
                self.expect(b'`');
                break;
            }
        }
        let span = self.span_from(start);
        let pieces: Vec<Piece<'_>> =
            spans.iter().map(|s| Piece { raw: self.source.slice(*s), span: *s }).collect();
        let texts = decode(&pieces, multi);
        let written = texts.iter().filter(|text| !text.0.is_empty()).count();
        let mut parts = Vec::with_capacity(written + exprs.len());
        let mut exprs = exprs.into_iter();
        for text in texts {
            if !text.0.is_empty() {
                parts.push(TemplatePart::Text(text.0, text.1));
            }
            parts.extend(exprs.next().map(TemplatePart::Expr));
        }
        Template { parts, span }
    }

    /// A string without templates, one token.
    pub(super) fn plain_text(&self, at: usize) -> Template {
        let span = self.source.span(at);
        let multi = self.source.token_text(at).starts_with("\"\"\"") && span.end - span.start >= 6;
        let quotes = if multi { 3 } else { 1 };
        let inside = self.inside(at, quotes, quotes);
        let raw = self.source.slice(inside);
        let text = if multi {
            let piece = Piece { raw, span: inside };
            decode(&[piece], true).pop().map(|(text, _)| text).unwrap_or_default()
        } else {
            unescape(raw)
        };
        let mut parts = Vec::with_capacity(usize::from(!text.is_empty()));
        if !text.is_empty() {
            parts.push(TemplatePart::Text(text, inside));
        }
        Template { parts, span }
    }

    /// The characters of a token without so many bytes before and behind.
    fn inside(&self, at: usize, before: u32, behind: u32) -> Span {
        let span = self.source.span(at);
        let start = span.start + before;
        Span { start, end: span.end.saturating_sub(behind).max(start), ..span }
    }
}

fn decode(pieces: &[Piece<'_>], multi: bool) -> Vec<(SmolStr, Span)> {
    if !multi {
        return pieces.iter().map(|p| (unescape(p.raw), p.span)).collect();
    }
    let indent = common_indent(pieces);
    let count = pieces.len();
    pieces
        .iter()
        .enumerate()
        .map(|(i, piece)| {
            let text = unindent(piece.raw, indent, i == 0, i + 1 == count);
            (unescape(&text), piece.span)
        })
        .collect()
}

/// How many bytes of blanks all lines begin with. The line of the opening quotes does not count,
/// nor do blank lines; the line of the closing quotes does.
fn common_indent(pieces: &[Piece<'_>]) -> usize {
    let mut least = usize::MAX;
    for piece in pieces {
        let mut lines = piece.raw.split('\n').skip(1).peekable();
        while let Some(line) = lines.next() {
            let last_of_piece = lines.peek().is_none();
            let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
            let blank = line.trim().is_empty();
            // A blank line is of no account, but behind the end of a piece something goes on: an
            // expression, or the closing quotes.
            if !blank || last_of_piece {
                least = least.min(blanks);
            }
        }
    }
    if least == usize::MAX { 0 } else { least }
}

/// Takes the indentation away, the line of the opening quotes where nothing stands on it, and the
/// line of the closing ones.
fn unindent(raw: &str, indent: usize, first: bool, last: bool) -> String {
    let mut out = String::with_capacity(raw.len());
    let lines: Vec<&str> = raw.split('\n').collect();
    let count = lines.len();
    for (i, line) in lines.iter().enumerate() {
        let line = line.strip_suffix('\r').filter(|_| i + 1 < count).unwrap_or(line);
        if i == 0 {
            if first && count > 1 && line.trim().is_empty() {
                continue;
            }
            out.push_str(line);
            continue;
        }
        let closing = last && i + 1 == count && line.trim().is_empty();
        if closing {
            continue;
        }
        if i > 1 || !(first && lines[0].trim().is_empty()) {
            out.push('\n');
        }
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        out.push_str(line.get(blanks.min(indent)..).unwrap_or(""));
    }
    out
}

/// Resolves escapes. Those that are none were told by the lexer and stay as they are.
fn unescape(raw: &str) -> SmolStr {
    if !raw.contains('\\') {
        return SmolStr::new(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let mut chars = escape.chars();
        let (text, used) = match chars.next() {
            Some('n') => ("\n", 1),
            Some('t') => ("\t", 1),
            Some('r') => ("\r", 1),
            Some('"') => ("\"", 1),
            Some('\\') => ("\\", 1),
            Some('$') => ("$", 1),
            Some('{') if escape.starts_with("{{") => ("{{", 2),
            Some('u') => match unicode(escape) {
                Some((c, used)) => {
                    out.push(c);
                    ("", used)
                }
                None => ("\\", 0),
            },
            _ => ("\\", 0),
        };
        out.push_str(text);
        rest = &escape[used..];
    }
    out.push_str(rest);
    SmolStr::from(out)
}

/// The character of `u{…}` and how many bytes that is.
fn unicode(escape: &str) -> Option<(char, usize)> {
    let digits = escape.strip_prefix("u{")?;
    let end = digits.find('}')?;
    let value = u32::from_str_radix(digits.get(..end)?, 16).ok()?;
    Some((char::from_u32(value)?, end + 3))
}
