//! Operators of assignment that other languages have: `??=`, `:=`, `=+`, `append=`.

use wf_diagnostics::{Diagnostic, Span, codes::syntax};

use super::Failure;
use crate::grammar::Rule;
use crate::token::Kind;

const OPERATORS: &str = "write `x = …`; only `+=`, `max=`, `min=`, `or=` and `and=` merge, and a list takes `+= [item]`";

/// The operator behind an error, where it is one that other languages have.
pub(super) fn assignment(failure: &Failure<'_>) -> Option<Diagnostic> {
    if failure.rule != Rule::stmt_chunk {
        return None;
    }
    let place = place(failure)?;
    let source = failure.source;
    let (first, second) = (source.token(place.end), source.token(place.end + 1));
    let adjacent = first.end == second.start;
    let span = source.span(place.end).to(source.span(place.end + 1));
    let text = source.slice(span);
    let help = match (first.kind, second.kind) {
        (Kind::Coalesce, Kind::Assign) if adjacent => {
            format!("write `{0} = {0} ?? …`", place.text)
        }
        (Kind::Colon, Kind::Assign) if adjacent => match place.end == failure.start + 1 {
            true => format!("write `let {0} = …`, or `{0} = …` for one that is there", place.text),
            false => format!("write `{} = …`", place.text),
        },
        (Kind::Assign, Kind::Plus) if adjacent => format!("write `{} += …`", place.text),
        (kind, Kind::Assign) if kind.is_name() && adjacent => OPERATORS.to_owned(),
        _ => return None,
    };
    Some(told(span, text, help))
}

fn told(span: Span, text: &str, help: String) -> Diagnostic {
    let message = format!("`{text}` is no operator of the language");
    Diagnostic::new(&syntax::FOREIGN_OPERATOR, span, message).help(help)
}

/// What is assigned: `x`, or `variables.x`, at the beginning of the statement.
struct Place {
    text: String,
    /// The token behind it.
    end: usize,
}

fn place(failure: &Failure<'_>) -> Option<Place> {
    let source = failure.source;
    let kind = |at: usize| source.kind(at);
    let last = match kind(failure.start) {
        Kind::Variables if kind(failure.start + 1) == Kind::Dot => failure.start + 2,
        first if first.is_name() => failure.start,
        _ => return None,
    };
    if !kind(last).is_word() || failure.at > last + 3 {
        return None;
    }
    let text = source.slice(source.span(failure.start).to(source.span(last)));
    Some(Place { text: text.to_owned(), end: last + 1 })
}
