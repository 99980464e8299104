//! Mistakes that people bring from other languages or make again and again, each with its mend.

use wf_diagnostics::{Code, Diagnostic, codes::syntax};

use super::{Failure, foreign_statements as foreign};
use crate::grammar::{Expected, Rule};
use crate::parser::reserved_word;
use crate::token::Kind;

/// The habit behind an error, where it is a known one.
pub(super) fn habit(failure: &Failure<'_>) -> Option<Diagnostic> {
    const HABITS: &[fn(&Failure<'_>) -> Option<Diagnostic>] = &[
        template_outside,
        super::tools::habit,
        reserved,
        stray_word,
        field_default,
        equals,
        arrow,
        ternary,
        not_in,
        new_line,
        cast,
        field_sign,
        node_value,
        unused,
        trigger_kind,
        catch_name,
        comma,
        if_value,
        empty_template,
    ];
    HABITS.iter().find_map(|habit| habit(failure))
}

fn told(
    failure: &Failure<'_>,
    code: &'static Code,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Option<Diagnostic> {
    Some(Diagnostic::new(code, failure.span(), message).help(help))
}

/// `{{ x }}` outside of a string.
fn template_outside(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let adjacent = |open: usize| {
        let (first, second) = (source.token(open), source.token(open + 1));
        first.kind == Kind::LBrace && second.kind == Kind::LBrace && first.end == second.start
    };
    let open = [failure.before, failure.at].into_iter().find(|at| adjacent(*at))?;
    let span = source.span(open).to(source.span(open + 1));
    let inside = open > 0 && matches!(source.kind(open - 1), Kind::Head | Kind::Middle);
    let close = source.closing(open, source.tokens.len());
    let whole = span.to(source.span(close));
    let inner = match close > open + 3 {
        true => failure.slice(open + 2, close - 2),
        false => "…".to_owned(),
    };
    let message = match inside {
        true => "a template is opened inside of a template",
        false => "`{{ }}` stands in strings only",
    };
    Some(Diagnostic::new(&syntax::TEMPLATE_OUTSIDE, span, message).edit(
        whole,
        inner.clone(),
        format!("write the expression itself: `{inner}`"),
    ))
}

/// `let type = 1`
fn reserved(failure: &Failure<'_>) -> Option<Diagnostic> {
    let kind = failure.kind();
    let name_only = failure.expected.contains(&Expected::Name) && !failure.expects_operand();
    let later = kind == Kind::Later;
    let fits = kind.is_reserved() && name_only && failure.at > failure.start;
    let alias = kind.is_reserved() && failure.kind_before() == Kind::As;
    if alias {
        return Some(reserved_word(failure.text(), failure.span()));
    }
    if !(fits || (later && failure.at >= failure.start)) || failure.expects(b'Q') && !later {
        return None;
    }
    Some(reserved_word(failure.text(), failure.span()))
}

/// `type P = { a: int = 0 }`
fn field_default(failure: &Failure<'_>) -> Option<Diagnostic> {
    let in_type = failure.source.kind(failure.start) == Kind::Type;
    if !in_type || failure.kind() != Kind::Assign || failure.at < failure.start + 3 {
        return None;
    }
    let help = "let it be left out, `name: T?`, and give the value where it is read: `x.name ?? …`";
    told(failure, &syntax::EXPECTED, "a field of a `type` has no default", help)
}

/// `else` without its `if`, `catch` without its `try`.
fn stray_word(failure: &Failure<'_>) -> Option<Diagnostic> {
    let help = match failure.kind() {
        Kind::Else
            if matches!(failure.source.kind(failure.at + 1), Kind::FatArrow | Kind::Colon)
                || failure.expects(b'_') =>
        {
            "in a `match` the pattern for everything else is `_`"
        }
        Kind::Else => "it follows the `}` of an `if`",
        Kind::Catch | Kind::Finally => "it follows the `}` of a `try`",
        _ => return None,
    };
    told(
        failure,
        &syntax::STRAY_ELSE,
        format!("this `{}` belongs to nothing", failure.text()),
        help,
    )
}

/// `=` where `==` is meant.
fn equals(failure: &Failure<'_>) -> Option<Diagnostic> {
    if failure.kind() != Kind::Assign || !failure.expects_operator() || failure.expects(b'=') {
        return None;
    }
    if names_argument(failure) {
        let help = "arguments are given in their order: leave the name out";
        return told(failure, &syntax::ASSIGN_FOR_EQUALS, "arguments have no names", help);
    }
    told(
        failure,
        &syntax::ASSIGN_FOR_EQUALS,
        "`=` assigns and is no comparison",
        "compare with `==`",
    )
}

/// `f(x, key = …)`
fn names_argument(failure: &Failure<'_>) -> bool {
    let source = failure.source;
    let back = |by: usize| failure.before.checked_sub(by).map(|at| source.kind(at));
    let is_call = match back(1) {
        Some(Kind::Comma) => true,
        Some(Kind::LParen) => back(2).is_some_and(Kind::is_name),
        _ => false,
    };
    is_call && source.kind(failure.before).is_name()
}

/// `(x: T) => …`, `x: T => …`
fn typed_parameter(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let opened = source.kind(failure.before.checked_sub(1)?);
    if failure.kind() != Kind::Colon
        || !failure.kind_before().is_word()
        || !matches!(opened, Kind::LParen | Kind::LambdaParen | Kind::Comma)
    {
        return None;
    }
    // The type is short: a name, or one with an argument.
    let end = (failure.at + 1..failure.at + 6).find(|at| {
        let kind = source.kind(*at);
        !(kind.is_word() || matches!(kind, Kind::Lt | Kind::Gt | Kind::Question))
    })?;
    let arrow = if source.kind(end) == Kind::RParen { end + 1 } else { end };
    if source.kind(arrow) != Kind::FatArrow {
        return None;
    }
    let name = source.token_text(failure.before);
    let message = format!("the parameter `{name}` of a lambda has a type");
    let help = format!("leave it out: it is that of the items, `{name} => …`");
    told(failure, &syntax::WRONG_ARROW, message, help)
}

/// `f(name: value)`, and not `f(x: int => …)`.
fn is_argument(failure: &Failure<'_>) -> bool {
    let source = failure.source;
    let opened = failure.before.checked_sub(1).map(|at| source.kind(at));
    matches!(opened, Some(Kind::LParen | Kind::Comma))
        && failure.kind_before().is_word()
        && source.kind(failure.at + 2) != Kind::FatArrow
}

/// `=>`, `->` and `:` mixed up.
fn arrow(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    if failure.kind() == Kind::LambdaParen && failure.expects(b'(') {
        // `fn f(x: int) => int` has a `(` that looks like that of a lambda.
        let arrow = source.closing(failure.at, source.tokens.len()) + 1;
        let message = "the type of a result stands behind `->`";
        let diagnostic = Diagnostic::new(&syntax::WRONG_ARROW, source.span(arrow), message);
        return Some(diagnostic.help("write `-> T`"));
    }
    if let Some(told) = typed_parameter(failure) {
        return Some(told);
    }
    let (message, help) = match failure.kind() {
        Kind::FatArrow | Kind::Colon if failure.expects(b'6') => {
            ("the type of a result stands behind `->`", "write `-> T`")
        }
        Kind::Colon if failure.expects(b'5') && is_argument(failure) => {
            let name = source.token_text(failure.before);
            let message = format!("`{name}:` gives an argument a name, and arguments have none");
            let help = "give the arguments in their order, without names";
            return told(failure, &syntax::FOREIGN_OPERATOR, message, help);
        }
        Kind::Arrow | Kind::Colon if failure.expects(b'5') => {
            ("lambdas and the arms of a `match` are written with `=>`", "write `=>`")
        }
        _ => return None,
    };
    told(failure, &syntax::WRONG_ARROW, message, help)
}

/// `a ? b : c`
fn ternary(failure: &Failure<'_>) -> Option<Diagnostic> {
    if failure.kind() != Kind::Question || !failure.expects_operator() {
        return None;
    }
    if failure.source.kind(failure.at + 1) == Kind::LBracket {
        let help = "give a value for null first, as in `(xs ?? [])[0]`";
        return told(failure, &syntax::TERNARY, "there is no `?[`", help);
    }
    told(
        failure,
        &syntax::TERNARY,
        "`?` is no operator of the language",
        "write `if c { a } else { b }`; a default for null is `a ?? b`",
    )
}

/// `x not in xs`
fn not_in(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let negated = failure.kind() == Kind::Not && source.kind(failure.at + 1) == Kind::In;
    if !negated || !failure.expects_operator() {
        return None;
    }
    let span = source.span(failure.at).to(source.span(failure.at + 1));
    Some(
        Diagnostic::new(&syntax::FOREIGN_OPERATOR, span, "`not in` is no operator of the language")
            .help("write `not (x in xs)`"),
    )
}

/// A line that begins with `-`, `(`, `[` or `...`.
fn new_line(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let at = match failure.kind() {
        Kind::Newline => failure.at + 1,
        _ if failure.kind_before() == Kind::Newline || failure.at == failure.start => failure.at,
        _ => return None,
    };
    let kind = source.kind(at);
    let starts = matches!(
        kind,
        Kind::Minus | Kind::LParen | Kind::LambdaParen | Kind::LBracket | Kind::Spread
    );
    let has_line_before = at > 1 && source.kind(at - 1) == Kind::Newline;
    if !starts || !has_line_before {
        return None;
    }
    let text = source.token_text(at);
    Some(
        Diagnostic::new(
            &syntax::NEW_LINE,
            source.span(at),
            format!("a line that begins with `{text}` begins something new"),
        )
        .help(format!("to go on with the line before, put the `{text}` at its end")),
    )
}

/// `x as int` without `?`
fn cast(failure: &Failure<'_>) -> Option<Diagnostic> {
    if !failure.expects(b'?') || failure.expects(b'{') || failure.before < 2 {
        return None;
    }
    let source = failure.source;
    let from = failure.before.saturating_sub(8);
    let cast = (from..failure.before).rev().find(|at| source.kind(*at) == Kind::As)?;
    if cast < failure.start {
        return None;
    }
    let span = source.span(cast).to(source.span(failure.before));
    let text = source.slice(span).to_owned();
    Some(
        Diagnostic::new(
            &syntax::CAST,
            span,
            format!("the cast `{text}` may fail, so it ends in `?`"),
        )
        .help(format!(
            "write `{text}?`: it is null where the value does not fit; `decode<T>(x)` fails instead"
        )),
    )
}

/// `{ url = "x" }`, `{ url "x" }`, `{ url }`
fn field_sign(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    if !failure.expects(b'k') || failure.at == failure.start && failure.rule != Rule::field_chunk {
        return None;
    }
    let next = source.kind(failure.at + 1);
    let word = failure.kind().is_word();
    let quoted = failure.kind() == Kind::Str;
    if !word && !quoted || failure.kind() == Kind::Key {
        return None;
    }
    let text = failure.text();
    if next == Kind::Assign {
        let span = source.span(failure.at + 1);
        return Some(
            Diagnostic::new(&syntax::FIELD, span, format!("the field `{text}` is given with `=`"))
                .edit(source.span(failure.at).at_end().to(span), ":", format!("write `{text}: …`")),
        );
    }
    let alone = matches!(next, Kind::Comma | Kind::RBrace | Kind::Newline)
        && !matches!(failure.rule, Rule::field_chunk | Rule::item_chunk)
        && word;
    let message = format!("the field `{text}` has no `:`");
    if alone {
        let mend = format!("{text}: {text}");
        let help = format!("write `{mend}`: a field is named also where its value has that name");
        let diagnostic = Diagnostic::new(&syntax::FIELD, failure.span(), message);
        return Some(diagnostic.edit(failure.span(), mend, help));
    }
    let opened = failure.at.checked_sub(2).map(|at| (source.kind(at), source.kind(at + 1)));
    if opened == Some((Kind::FatArrow, Kind::LBrace)) && next == Kind::Dot {
        let help = "behind `=>` stands one expression: leave the braces out";
        return told(failure, &syntax::FIELD, message, help);
    }
    told(failure, &syntax::FIELD, message, format!("a field is `{text}: …`"))
}

/// The word that begins a statement and is written nearly like this one.
pub(super) fn statement_like(word: &str) -> Option<&'static str> {
    const WORDS: [&str; 11] = [
        "step", "let", "if", "for", "while", "match", "parallel", "try", "yield", "fail", "return",
    ];
    let is_near = |known: &&str| {
        let most = if known.len() < 4 { 0 } else { known.len().div_ceil(4) };
        let distance = strsim::damerau_levenshtein(known, word);
        word.len() <= 16 && (1..=most).contains(&distance)
    };
    WORDS.into_iter().find(is_near)
}

/// An expression or a node where a statement is needed.
fn unused(failure: &Failure<'_>) -> Option<Diagnostic> {
    if failure.rule != Rule::stmt_chunk {
        return None;
    }
    let source = failure.source;
    let first = source.kind(failure.start);
    let place = first.is_name() && failure.expects(b'7');
    let operand = failure.at == failure.start && first.begins_operand() && !first.is_word();
    if !place && !operand {
        return None;
    }
    if let Some(diagnostic) = super::tools::order_of_tasks(failure) {
        return Some(diagnostic);
    }
    if place && let Some(diagnostic) = foreign::statement(failure) {
        return Some(diagnostic);
    }
    if let Some(help) = foreign_statement(source.token_text(failure.start)) {
        let span = source.span(failure.start);
        let message = format!("`{}` begins no statement", source.slice(span));
        return Some(Diagnostic::new(&syntax::NO_STATEMENT, span, message).help(help));
    }
    let text = source.slice(source.span(failure.start).to(source.span(failure.before)));
    if place && matches!(failure.kind(), Kind::LBrace | Kind::Lt) {
        let span = source.span(failure.start).to(source.span(failure.before));
        let message = format!("the node `{text}` is run by a step");
        let help = format!("write `step NAME = {text} {{ … }}`");
        return Some(Diagnostic::new(&syntax::NO_STATEMENT, span, message).help(help));
    }
    let word = source.token_text(failure.start);
    if place && let Some(meant) = statement_like(word) {
        let message = format!("no statement begins with `{word}`");
        let span = source.span(failure.start);
        let help = format!("did you mean `{meant}`?");
        return Some(Diagnostic::new(&syntax::NO_STATEMENT, span, message).help(help));
    }
    let span = source.span(failure.start).to(source.span(failure.before.max(failure.start)));
    if let Some(node) = called_node(failure) {
        let message = format!("the node `{node}` is run by a step");
        let help = format!("write `step NAME = {node} {{ input: value }}`");
        return Some(Diagnostic::new(&syntax::NO_STATEMENT, span, message).help(help));
    }
    Some(
        Diagnostic::new(&syntax::NO_STATEMENT, span, "an expression is no statement")
            .help("give its value a name with `let NAME = …`, assign it, or return it"),
    )
}

/// The node that a statement `log.info(…)` calls.
fn called_node(failure: &Failure<'_>) -> Option<String> {
    const FAMILIES: [&str; 8] =
        ["log", "http", "time", "entity", "random", "workflow", "file", "csv"];
    let (source, first) = (failure.source, failure.start);
    let family = source.token_text(first);
    let is_call = source.token_text(first + 1) == "." && source.token_text(first + 3) == "(";
    (is_call && FAMILIES.contains(&family))
        .then(|| format!("{family}.{}", source.token_text(first + 2)))
}

/// What is written here instead of a statement of another language.
fn foreign_statement(word: &str) -> Option<&'static str> {
    Some(match word {
        "assert" | "check" | "ensure" => "write `if not c { fail \"message\" }`",
        "throw" | "raise" => "write `fail \"message\"`",
        "switch" | "case" => "write `match v { \"a\" => { … } _ => { … } }`",
        "await" => "a step waits by itself: write `step NAME = node { … }`",
        "print" | "println" | "printf" | "echo" | "console" => {
            "write `step NAME = log.info { message: \"…\" }`"
        }
        "foreach" | "forEach" | "each" => "write `for x in xs as NAME { … }`",
        "setp" | "stpe" | "sept" | "stp" | "stepp" => "did you mean `step`?",
        "pass" => "leave it out: a block may be empty",
        "async" => "leave it out: steps wait by themselves, and run at once in `parallel`",
        "unless" => "write `if not c { … }`",
        "until" | "repeat" => "write `while c as NAME max 100 { … }`",
        "do" => {
            "write `while true as NAME max 100 { … }`, and leave it by `if … { break }` at its end"
        }
        "end" | "endif" | "endfor" | "fi" | "done" | "esac" | "begin" => {
            "leave it out: a block begins with `{` and ends with `}`"
        }
        "exit" | "quit" | "stop" | "die" | "goto" => {
            "a workflow is ended by `return`, and failed by `fail \"message\"`"
        }
        "sleep" | "delay" | "pause" => "write `step NAME = time.sleep { for: 5s }`",
        "fetch" | "axios" | "curl" | "requests" => "write `step NAME = http.get<T> { url: \"…\" }`",
        "set" | "assign" | "SET" => "write `variables.x = …`, or `let x = …`",
        "delete" | "del" => "values don't change: leave it out",
        "call" | "run" | "execute" | "do_step" => "write `step NAME = node { … }`",
        "import" | "require" => "write `use \"path.wf\"` at the beginning of the file",
        "def" | "func" | "function" => {
            "functions stand outside of workflows: `fn name(…) -> T { … }`"
        }
        "output" | "outputs" => "what a workflow gives is `return { … }`",
        "elif" | "elsif" | "elseif" => "write `else if` behind the `}` of an `if`",
        "except" | "rescue" => "write `catch err` behind the `}` of a `try`",
        _ => return None,
    })
}

/// `let x = http.get { … }`
fn node_value(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    if failure.rule != Rule::stmt_chunk || failure.kind() != Kind::LBrace {
        return None;
    }
    let first = failure.before.checked_sub(2).filter(|first| *first > failure.start)?;
    let is_path = source.kind(first).is_word()
        && source.token_text(first + 1) == "."
        && source.kind(failure.before).is_word();
    let before = source.kind(first - 1);
    if !is_path || !matches!(before, Kind::Assign | Kind::Return | Kind::Yield) {
        return None;
    }
    let span = source.span(first).to(source.span(failure.before));
    let node = source.slice(span);
    let name = match source.kind(failure.start) {
        Kind::Let => source.token_text(failure.start + 1),
        _ => "NAME",
    };
    let message = format!("the node `{node}` is run by a step");
    let help = format!("write `step {name} = {node} {{ … }}`, and read `steps.{name}.output`");
    Some(Diagnostic::new(&syntax::NO_STATEMENT, span, message).help(help))
}

/// `trigger cron "…"`
fn trigger_kind(failure: &Failure<'_>) -> Option<Diagnostic> {
    if failure.kind_before() != Kind::Trigger || !failure.kind().is_name() {
        return None;
    }
    let help = match failure.text() {
        "cron" | "timer" | "interval" | "every" => "write `trigger schedule \"0 9 * * *\"`",
        "http" | "hook" | "api" | "request" | "url" => {
            "write `trigger webhook POST \"/path\" { body: T }`"
        }
        "manual" | "call" | "fn" | "args" | "arguments" => "write `trigger function(name: T)`",
        "event" | "on" | "record" | "row" | "db" => "write `trigger entity Name on created`",
        _ => "the kinds are `entity`, `webhook`, `schedule` and `function`",
    };
    let message = format!("`{}` is no kind of trigger", failure.text());
    told(failure, &syntax::BAD_TRIGGER, message, help)
}

/// `catch {`
fn catch_name(failure: &Failure<'_>) -> Option<Diagnostic> {
    if failure.kind_before() != Kind::Catch || failure.kind() != Kind::LBrace {
        return None;
    }
    let message = "a `catch` needs a name for the failure";
    told(failure, &syntax::MISSING_NAME, message, "write `catch err {`")
}

/// Two entries on one line without a comma.
fn comma(failure: &Failure<'_>) -> Option<Diagnostic> {
    let begins = failure.kind().begins_operand() || failure.kind() == Kind::Key;
    let ended = failure.kind_before().ends_operand() || failure.kind_before() == Kind::Gt;
    if !failure.expects(b',') || !begins || !ended {
        return None;
    }
    let found = failure.found();
    told(
        failure,
        &syntax::MISSING_COMMA,
        format!("a comma is missing in front of {found}"),
        "on one line entries are separated by commas; a line end does as well",
    )
}

/// An `if` expression without `else`.
fn if_value(failure: &Failure<'_>) -> Option<Diagnostic> {
    let only_else = failure.expects(b'X') && !failure.expects(b'S');
    let statement =
        failure.rule == Rule::stmt_chunk && failure.source.kind(failure.start) == Kind::If;
    if !only_else || statement || failure.kind_before() != Kind::RBrace {
        return None;
    }
    told(
        failure,
        &syntax::EXPECTED,
        "an `if` that gives a value needs an `else`",
        "write `if c { a } else { b }`, or `else { null }`",
    )
}

/// `"{{ }}"`
fn empty_template(failure: &Failure<'_>) -> Option<Diagnostic> {
    let opened = matches!(failure.kind_before(), Kind::Head | Kind::Middle);
    if !opened || !matches!(failure.kind(), Kind::Middle | Kind::Tail) {
        return None;
    }
    let end = failure.source.span(failure.at).start;
    let span = wf_diagnostics::Span { start: end, end: end + 2, ..failure.span() };
    Some(
        Diagnostic::new(&syntax::EXPECTED, span, "this `{{ }}` holds no expression")
            .help("write an expression in it; a literal `{{` is `\\{{`"),
    )
}
