//! Patterns of other languages: those that take a value apart, and words in front of them.

use wf_diagnostics::{Diagnostic, codes::syntax};

use super::Failure;
use crate::token::Kind;

/// The pattern behind an error, where it is one that other languages have.
pub(super) fn pattern(failure: &Failure<'_>) -> Option<Diagnostic> {
    let in_pattern = failure.expects(b'5') && failure.expects(b'|') && failure.expects(b'?');
    if !in_pattern || !failure.kind_before().is_name() {
        return None;
    }
    word_in_front(failure).or_else(|| taken_apart(failure))
}

/// `case "a":`, `when "a" =>`
fn word_in_front(failure: &Failure<'_>) -> Option<Diagnostic> {
    let word = failure.source.token_text(failure.before);
    if !matches!(word, "case" | "when" | "is") || failure.kind() == Kind::LBrace {
        return None;
    }
    let span = failure.source.span(failure.before);
    let message = format!("an arm of a `match` begins with its pattern, not with `{word}`");
    let help = format!("write `{} => …`", failure.text());
    Some(Diagnostic::new(&syntax::EXPECTED, span, message).help(help))
}

/// `Circle { radius } => …`, `Circle(c) => …`
fn taken_apart(failure: &Failure<'_>) -> Option<Diagnostic> {
    if !matches!(failure.kind(), Kind::LBrace | Kind::LParen | Kind::LambdaParen) {
        return None;
    }
    let ty = failure.source.token_text(failure.before);
    let close = failure.source.closing(failure.at, failure.end);
    let span = failure.span().to(failure.source.span(close));
    let message = "a pattern names the value, and takes nothing apart";
    let help = format!("write `{ty} value => …`, and read its fields as `value.name`");
    Some(Diagnostic::new(&syntax::EXPECTED, span, message).help(help))
}

/// What stands where a pattern ends, where it is something of other languages.
pub(super) fn help(failure: &Failure<'_>) -> Option<&'static str> {
    if !failure.expects(b'5') {
        return None;
    }
    Some(match failure.text() {
        "," => "several patterns of one arm stand with `|` between them: `\"a\" | \"b\" => …`",
        "<" | "<=" | ">" | ">=" | "==" | "!=" | "and" | "or" | "in" => {
            "an arm begins with a literal, a type or `_`; conditions are asked by `if a { … } else if b { … }`"
        }
        _ => return None,
    })
}
