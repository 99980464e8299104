//! What other workflow tools write: the conditions of FEEL, the order of tasks, parameters of a workflow.

use wf_diagnostics::{Diagnostic, codes::syntax};

use super::Failure;
use crate::token::Kind;

/// The mend of what another tool writes, where it is known.
pub(super) fn habit(failure: &Failure<'_>) -> Option<Diagnostic> {
    quantifier(failure)
        .or_else(|| spaced_name(failure))
        .or_else(|| parameters(failure))
        .or_else(|| times(failure))
}

/// `some x in xs satisfies c`
fn quantifier(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let ours = match source.token_text(failure.before) {
        "some" => "any",
        "every" => "all",
        _ => return None,
    };
    if !failure.expects_operator() || source.token_text(failure.at + 1) != "in" {
        return None;
    }
    let word = (failure.at..failure.end).find(|at| source.token_text(*at) == "satisfies");
    let name = failure.text();
    let (list, test) = match word {
        Some(word) => {
            let last = failure.end.saturating_sub(1);
            let last = last - usize::from(source.kind(last) == Kind::Newline && last > word);
            (
                failure.slice(failure.at + 2, word - 1),
                failure.slice(word + 1, last).replace(" = ", " == "),
            )
        }
        None => ("xs".to_owned(), "…".to_owned()),
    };
    let span = source.span(failure.before);
    let message = format!("`{}` is no word of the language", source.slice(span));
    let help = format!("write `{ours}({list}, {name} => {test})`");
    Some(Diagnostic::new(&syntax::FOREIGN_WORD, span, message).help(help))
}

/// `string length(x)`: names of functions with a blank in them.
fn spaced_name(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    if !failure.expects_operator() || source.token_text(failure.at + 1) != "(" {
        return None;
    }
    let ours = match (source.token_text(failure.before), failure.text()) {
        ("string", "length") => "length",
        ("upper", "case") => "upper",
        ("lower", "case") => "lower",
        ("starts", "with") => "startsWith",
        ("ends", "with") => "endsWith",
        ("list", "contains") => "contains",
        ("distinct", "values") => "distinct",
        _ => return None,
    };
    let span = source.span(failure.before).to(source.span(failure.at));
    let message = "names have no blanks";
    let help = format!("write `{ours}(…)`");
    Some(Diagnostic::new(&syntax::FOREIGN_WORD, span, message).edit(span, ours, help))
}

/// `retry: 3 times`
fn times(failure: &Failure<'_>) -> Option<Diagnostic> {
    let count = failure.source.token_text(failure.before);
    let counted = failure.text() == "times" && count.bytes().all(|b| b.is_ascii_digit());
    (counted && !count.is_empty()).then(|| {
        let help =
            format!("write `retry: {{ attempts: {count} }}`, which counts the first one too");
        Diagnostic::new(&syntax::EXPECTED, failure.span(), "a number of times is a number alone")
            .help(help)
    })
}

/// `workflow.parameters.x`
fn parameters(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let fits = failure.kind() == Kind::Workflow
        && failure.expects_operand()
        && source.kind(failure.at + 1) == Kind::Dot;
    fits.then(|| {
        let help = "what the run was started with is `trigger`";
        Diagnostic::new(&syntax::EXPECTED, failure.span(), "`workflow` begins no path").help(help)
    })
}

/// `a >> b`, `[a, b] >> c` as a statement.
pub(super) fn order_of_tasks(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let sign = |at: &usize| {
        let (first, second) = (source.token_text(*at), source.token_text(at + 1));
        first == second
            && matches!(first, "<" | ">")
            && source.token(*at).end == source.token(at + 1).start
    };
    let at = (failure.start..failure.end.saturating_sub(1)).find(sign)?;
    let span = source.span(at).to(source.span(at + 1));
    let message = format!("`{}` is no operator of the language", source.slice(span));
    let help = "steps run in the order in which they stand; what runs at once stands in \
                `parallel as NAME { branch a { … } branch b { … } }`";
    Some(Diagnostic::new(&syntax::FOREIGN_OPERATOR, span, message).help(help))
}
