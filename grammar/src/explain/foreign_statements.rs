//! Calls and declarations of other languages where a statement is needed.

use wf_diagnostics::{Diagnostic, codes::syntax};

use super::Failure;
use crate::token::Kind;

/// The mend of a statement that begins with a name, where it is a known one.
pub(super) fn statement(failure: &Failure<'_>) -> Option<Diagnostic> {
    typed_let(failure).or_else(|| short_let(failure)).or_else(|| changing_call(failure))
}

/// `int a = 1`
fn typed_let(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let (ty, name) = (failure.start, failure.start + 1);
    let fits =
        failure.at == name && source.kind(name).is_name() && source.kind(name + 1) == Kind::Assign;
    if !fits || super::habits::statement_like(source.token_text(ty)).is_some() {
        return None;
    }
    let (ty_text, name_text) = (source.token_text(ty), source.token_text(name));
    let ours = match ty_text {
        "String" | "str" => "string",
        "Integer" | "Int" | "long" | "Long" | "number" => "int",
        "double" | "Double" | "Float" => "float",
        "boolean" | "Boolean" | "Bool" => "bool",
        _ => ty_text,
    };
    let span = source.span(ty).to(source.span(name));
    let mend = match ours {
        "val" | "auto" | "dim" | "my" | "local" | "set" | "mut" => format!("let {name_text}"),
        _ => format!("let {name_text}: {ours}"),
    };
    let help = format!("write `{mend} = …`");
    let message = format!("`{name_text}` is declared without `let`");
    Some(Diagnostic::new(&syntax::FOREIGN_WORD, span, message).edit(span, mend, help))
}

/// `a := 1`
fn short_let(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let colon = failure.start + 1;
    let fits = failure.at == colon
        && source.kind(colon) == Kind::Colon
        && source.kind(colon + 1) == Kind::Assign;
    if !fits {
        return None;
    }
    let name = source.token_text(failure.start);
    let sign = source.span(colon).to(source.span(colon + 1));
    let whole = source.span(failure.start).to(sign);
    Some(
        Diagnostic::new(&syntax::FOREIGN_OPERATOR, sign, "`:=` is no operator of the language")
            .edit(whole, format!("let {name} ="), format!("write `let {name} = …`")),
    )
}

/// `xs.push(1)`, `xs.forEach(…)`
fn changing_call(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let first = failure.start;
    let mut open = first + 1;
    while source.kind(open) == Kind::Dot && source.kind(open + 1).is_word() {
        open += 2;
    }
    let call = open > first + 1 && matches!(source.kind(open), Kind::LParen | Kind::LambdaParen);
    if !call {
        return None;
    }
    let name = source.token_text(open - 1);
    let value = failure.slice(first, open - 3);
    let close = source.closing(open, failure.end);
    let args = failure.slice(open + 1, close.saturating_sub(1));
    let help = match name {
        "push" | "append" | "add" | "push_back" if value.starts_with("variables.") => {
            format!("write `{value} += [{args}]`")
        }
        "push" | "append" | "add" | "push_back" => format!(
            "values don't change: declare `variables {{ xs: list<T> = [] }}`, and write `variables.xs += [{args}]`"
        ),
        "forEach" | "each" => format!("write `for x in {value} as NAME {{ … }}`"),
        "pop" | "shift" | "remove" | "sort" | "reverse" | "splice" | "clear" | "insert" => {
            format!(
                "values don't change: give the new one a name, as in `let rest = drop({value}, 1)`"
            )
        }
        _ => return None,
    };
    let span = source.span(open - 1);
    let message = format!("`{name}` is no statement of the language");
    Some(Diagnostic::new(&syntax::NO_STATEMENT, span, message).help(help))
}
