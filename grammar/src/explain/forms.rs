//! Statements and headers in the form of other languages and tools: steps, loops, blocks, names.

use wf_diagnostics::{Code, Diagnostic, Span, codes::syntax};

use super::Failure;
use crate::grammar::Rule;
use crate::token::Kind;

/// The form behind an error, where it is a known one.
pub(super) fn form(failure: &Failure<'_>) -> Option<Diagnostic> {
    const FORMS: &[fn(&Failure<'_>) -> Option<Diagnostic>] = &[
        quoted_name,
        dashed_name,
        header,
        step_without_name,
        step_with_colon,
        step_as_call,
        step_under_condition,
        loop_in_parentheses,
        loop_of,
        block_with_colon,
        block_without_braces,
        catch_in_parentheses,
        variables_without_braces,
        variable_without_type,
        destructuring,
        two_lets,
    ];
    FORMS.iter().find_map(|form| form(failure))
}

fn told(code: &'static Code, span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(code, span, message)
}

/// Whether a text can be a name as it is.
fn is_plain_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !crate::words::is_reserved(text)
}

/// Whether the name of what begins with this word stands right behind it.
fn is_named(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Step
            | Kind::Workflow
            | Kind::Fn
            | Kind::Type
            | Kind::Entity
            | Kind::Let
            | Kind::Branch
    )
}

/// `step "fetch" = …`, `workflow "greet" {`
fn quoted_name(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let method = failure.kind_before() == Kind::Webhook && failure.expects(b'i');
    let fits = failure.kind() == Kind::Str
        && (method || failure.at == failure.start + 1 && is_named(source.kind(failure.start)));
    if !fits {
        return None;
    }
    let text = failure.text().trim_matches('"');
    let diagnostic = told(&syntax::NAME_FORM, failure.span(), "a name stands without quotes");
    Some(match is_plain_name(text) {
        true => diagnostic.edit(failure.span(), text, format!("write `{text}`")),
        false => diagnostic
            .help(format!("write `{}`: names are ASCII letters, digits and `_`", named_like(text))),
    })
}

/// A name made of a text: other characters become `_`.
fn named_like(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars().take(40) {
        let fits = c.is_ascii_alphanumeric() || c == '_';
        if fits || !name.ends_with('_') {
            name.push(if fits { c } else { '_' });
        }
    }
    let name = name.trim_matches('_').to_owned();
    if is_plain_name(&name) { name } else { format!("my_{name}") }
}

/// `step fetch-user = …`, `workflow greet-lead {`
fn dashed_name(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let first = failure.start + 1;
    let mut last = first;
    while source.kind(last + 1) == Kind::Minus
        && source.token(last).end == source.token(last + 1).start
        && source.token(last + 1).end == source.token(last + 2).start
        && (source.kind(last + 2).is_word() || source.kind(last + 2) == Kind::Int)
    {
        last += 2;
    }
    if last == first || failure.at != first + 1 || !is_named(source.kind(failure.start)) {
        return None;
    }
    let span = source.span(first).to(source.span(last));
    let name = named_like(source.slice(span));
    let message = format!("`{}` is no name: names have no `-`", source.slice(span));
    Some(told(&syntax::NAME_FORM, span, message).edit(span, &name, format!("write `{name}`")))
}

/// `workflow greet(name: string) {`
fn header(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let fits = source.kind(failure.start) == Kind::Workflow
        && failure.at == failure.start + 2
        && matches!(failure.kind(), Kind::LParen | Kind::LambdaParen);
    if !fits {
        return None;
    }
    let close = source.closing(failure.at, source.tokens.len());
    let span = source.span(failure.at).to(source.span(close));
    let message = "what a workflow is given stands in its trigger";
    let help = format!(
        "begin its body with `trigger function{}`, and read `trigger.arguments`",
        failure.short(span)
    );
    Some(told(&syntax::HEADER, span, message).help(help))
}

/// `step http.get { … }`, `step = http.get { … }`
fn step_without_name(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    if source.kind(failure.start) != Kind::Step {
        return None;
    }
    let path = failure.start + 1;
    let direct = source.kind(path).is_word()
        && failure.at == path + 1
        && matches!(failure.kind(), Kind::Dot | Kind::LBrace);
    let equals = failure.at == path && failure.kind() == Kind::Assign;
    if !direct && !equals {
        return None;
    }
    let step = source.span(failure.start);
    let first = if equals { path + 1 } else { path };
    let mut last = first;
    while source.kind(last + 1) == Kind::Dot && source.kind(last + 2).is_word() {
        last += 2;
    }
    let node = source.slice(source.span(first).to(source.span(last)));
    let at = if equals { step.at_end() } else { source.span(first).at_start() };
    let insert = if equals { " NAME" } else { "NAME = " };
    Some(told(&syntax::MISSING_NAME, step, "a step needs a name").edit(
        at,
        insert,
        format!("write `step NAME = {node} {{ … }}`"),
    ))
}

/// `step fetch: http.get { … }`
fn step_with_colon(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let fits = source.kind(failure.start) == Kind::Step
        && failure.at == failure.start + 2
        && failure.kind() == Kind::Colon;
    if !fits {
        return None;
    }
    let name = source.token_text(failure.start + 1);
    Some(told(&syntax::STEP_FORM, failure.span(), "the node of a step stands behind `=`").edit(
        failure.span(),
        " =",
        format!("write `step {name} = …`"),
    ))
}

/// `step fetch = http.get(url: "…")`
fn step_as_call(failure: &Failure<'_>) -> Option<Diagnostic> {
    let paren = matches!(failure.kind(), Kind::LParen | Kind::LambdaParen);
    if failure.source.kind(failure.start) != Kind::Step || !paren || !failure.expects(b'{') {
        return None;
    }
    let message = "the inputs of a step stand in braces";
    Some(
        told(&syntax::STEP_FORM, failure.span(), message)
            .help("write `step NAME = node { input: value }`"),
    )
}

/// `step a = node { … } if c`
fn step_under_condition(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let fits = source.kind(failure.start) == Kind::If
        && !source.token(failure.start).first
        && failure.start > 0
        && source.kind(failure.start - 1) == Kind::RBrace
        && failure.kind() == Kind::Newline;
    if !fits {
        return None;
    }
    let message = "a condition stands in front of what it decides on";
    let condition = source.slice(source.span(failure.start).to(source.span(failure.before)));
    Some(
        told(&syntax::STEP_FORM, source.span(failure.start), message)
            .help(format!("write `{condition} {{ step … }}`")),
    )
}

/// `for (const x of xs) {`, `for (x in xs) {`
fn loop_in_parentheses(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let open = failure.start + 1;
    let fits = source.kind(failure.start) == Kind::For
        && matches!(source.kind(open), Kind::LParen | Kind::LambdaParen);
    if !fits || failure.at != open {
        return None;
    }
    let close = source.closing(open, source.tokens.len());
    let message = "a loop is written without parentheses";
    let span = source.span(open).to(source.span(close));
    let diagnostic = told(&syntax::LOOP_FORM, span, message);
    let Some((name, list)) = loop_head(failure, open, close) else {
        return Some(diagnostic.help("write `for x in xs as NAME { … }`"));
    };
    let behind = if source.kind(close + 1) == Kind::As { "" } else { " as NAME" };
    Some(diagnostic.edit(
        span,
        format!("{name} in {list}{behind}"),
        format!("write `for {name} in {list} as NAME {{`"),
    ))
}

/// The name and the list of `(const x of xs)`.
fn loop_head<'a>(failure: &Failure<'a>, open: usize, close: usize) -> Option<(&'a str, &'a str)> {
    let source = failure.source;
    let sign = (open + 1..close)
        .find(|at| source.kind(*at) == Kind::In || source.token_text(*at) == "of")?;
    let name = sign.checked_sub(1).filter(|at| source.kind(*at).is_name())?;
    if sign + 1 >= close {
        return None;
    }
    let list = source.slice(source.span(sign + 1).to(source.span(close - 1)));
    (list.len() <= 60).then_some((source.token_text(name), list))
}

/// `for x of xs as l {`
fn loop_of(failure: &Failure<'_>) -> Option<Diagnostic> {
    let fits = failure.source.kind(failure.start) == Kind::For
        && failure.expects(b'^')
        && failure.at == failure.start + 2;
    let word = failure.text();
    if fits && word == "," {
        let message = "a loop gives one name: that of its item";
        let help = "write `for x in xs as NAME { … }`, and read the index as `loop.NAME.index`";
        return Some(told(&syntax::LOOP_FORM, failure.span(), message).help(help));
    }
    if !fits || !matches!(word, "of" | "over" | "from" | ":" | "=") {
        return None;
    }
    let message = format!("a loop goes over what stands behind `in`, not `{word}`");
    Some(told(&syntax::LOOP_FORM, failure.span(), message).edit(
        failure.span(),
        "in",
        "write `for x in xs as NAME { … }`",
    ))
}

/// `if c:`, `for x in xs:`, `else:`
fn block_with_colon(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    // The word in front of a colon is one token with another letter.
    let colon = match (failure.kind(), source.kind(failure.at + 1)) {
        (Kind::Colon, _) => failure.at,
        (Kind::Key, Kind::Colon) => failure.at + 1,
        _ => return None,
    };
    let opens =
        matches!(source.kind(failure.start), Kind::If | Kind::For | Kind::While | Kind::Try)
            || matches!(failure.text(), "else" | "try" | "finally");
    let last = source.token(colon + 1).first || source.kind(colon + 1) == Kind::LBrace;
    if !opens || !last || failure.rule != Rule::stmt_chunk {
        return None;
    }
    let diagnostic =
        told(&syntax::BLOCK_FORM, source.span(colon), "a block stands in braces, without a colon");
    Some(match source.kind(colon + 1) == Kind::LBrace {
        true => diagnostic.edit(source.span(colon), "", "leave out the `:`"),
        false => diagnostic.help("write `{` for the `:`, and `}` behind the last statement of it"),
    })
}

/// `if c then {`, `if c` with its statement on the next line
fn block_without_braces(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let word = source.token_text(failure.start);
    let block = matches!(source.kind(failure.start), Kind::If | Kind::For | Kind::While);
    // Behind `as` a name is missing, behind braces the condition is.
    let named = matches!(failure.kind_before(), Kind::As | Kind::RBrace);
    if !block || named || failure.rule != Rule::stmt_chunk || !failure.expects(b'{') {
        return None;
    }
    if matches!(failure.text(), "then" | "do") && failure.kind() != Kind::Newline {
        let span = failure.span();
        let (word, brace) = (failure.text(), source.kind(failure.at + 1) == Kind::LBrace);
        let message = format!("`{word}` is no word of the language");
        let told = told(&syntax::FOREIGN_WORD, span, message);
        return Some(match brace {
            true => told.edit(span, "", "leave it out"),
            false => told.help("a block stands in braces: `if c { … } else { … }`"),
        });
    }
    let statement = failure.kind() == Kind::Newline || failure.kind().begins_statement();
    if !statement {
        return None;
    }
    let message = format!("the block of this `{word}` has no braces");
    let head = failure.short(source.span(failure.start).to(source.span(failure.before)));
    let help = format!("write `{head} {{ … }}`");
    Some(told(&syntax::BLOCK_FORM, failure.span(), message).help(help))
}

/// `catch (e) {`
fn catch_in_parentheses(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let open = matches!(failure.kind(), Kind::LParen | Kind::LambdaParen);
    if !open || failure.kind_before() != Kind::Catch {
        return None;
    }
    let close = source.closing(failure.at, source.tokens.len());
    let span = source.span(failure.at).to(source.span(close));
    let name = source.token_text(failure.at + 1);
    let name = if is_plain_name(name) { name } else { "err" };
    let message = "the name of a caught failure stands without parentheses";
    Some(told(&syntax::BLOCK_FORM, span, message).edit(
        span,
        name,
        format!("write `catch {name} {{`"),
    ))
}

/// `variables n: int = 0`
fn variables_without_braces(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let fits = matches!(source.kind(failure.start), Kind::Variables | Kind::Config)
        && failure.at == failure.start + 1
        && failure.kind() == Kind::Key;
    if !fits {
        return None;
    }
    let word = source.token_text(failure.start);
    let rest = failure.rest();
    let span = source.span(failure.at).to(source.span(failure.end - 1));
    let message = format!("`{word}` are declared in braces");
    Some(told(&syntax::BLOCK_FORM, source.span(failure.start), message).edit(
        span,
        format!("{{ {rest} }}"),
        format!("write `{word} {{ {} }}`", failure.short(span)),
    ))
}

/// `variables { n = 0 }`
fn variable_without_type(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let declares = matches!(source.kind(failure.start), Kind::Variables | Kind::Config)
        || failure.rule == Rule::field_chunk;
    let fits = failure.kind().is_word()
        && failure.kind() != Kind::Key
        && source.kind(failure.at + 1) == Kind::Assign
        && failure.expects(b'k');
    if !declares || !fits {
        return None;
    }
    let name = failure.text();
    let value = failure.at + 2;
    let ty = match source.kind(value) {
        Kind::Int => "int",
        Kind::Float => "float",
        Kind::Duration => "duration",
        Kind::Str | Kind::Head => "string",
        Kind::True | Kind::False => "bool",
        Kind::LBracket => "list<string>",
        _ => "T",
    };
    let value = failure.short(source.span(value));
    let message = format!("`{name}` is declared without a type");
    Some(told(&syntax::FIELD, failure.span(), message).edit(
        failure.span().at_end(),
        format!(": {ty}"),
        format!("write `{name}: {ty} = {value}`"),
    ))
}

/// `let { name, n } = args`
fn destructuring(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let open = failure.start + 1;
    let fits = source.kind(failure.start) == Kind::Let
        && failure.at == open
        && matches!(failure.kind(), Kind::LBrace | Kind::LBracket | Kind::LParen);
    if !fits {
        return None;
    }
    let close = source.closing(open, failure.end);
    let span = source.span(open).to(source.span(close));
    let first = (open + 1..close).find(|at| source.kind(*at).is_word());
    let name = first.map_or("name", |at| source.token_text(at));
    let value = match close + 2 < failure.end {
        true => failure.slice(close + 2, failure.end - 1),
        false => String::new(),
    };
    let value = if value.is_empty() || value.len() > 60 { "value" } else { &value };
    let help = match failure.kind() {
        Kind::LBrace => format!("write one `let` for each: `let {name} = {value}.{name}`"),
        _ => format!("write one `let` for each: `let {name} = {value}[0]`"),
    };
    Some(told(&syntax::STEP_FORM, span, "a `let` gives one name").help(help))
}

/// `let a = 1, b = 2`
fn two_lets(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let fits = source.kind(failure.start) == Kind::Let
        && failure.kind() == Kind::Comma
        && source.kind(failure.at + 1).is_name()
        && source.kind(failure.at + 2) == Kind::Assign;
    fits.then(|| {
        told(&syntax::STEP_FORM, failure.span(), "a `let` gives one name").edit(
            failure.span(),
            "\n  let",
            "write another `let` on a line of its own",
        )
    })
}
