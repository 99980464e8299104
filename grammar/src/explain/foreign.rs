//! Expressions and types in the form of other languages.

use wf_diagnostics::{Diagnostic, codes::syntax};

use super::Failure;
use crate::token::Kind;

/// The form behind an error, where it is a known one.
pub(super) fn form(failure: &Failure<'_>) -> Option<Diagnostic> {
    const FORMS: &[fn(&Failure<'_>) -> Option<Diagnostic>] = &[
        value_if,
        if_then,
        ternary,
        is_operator,
        word_before,
        unit,
        number_comma,
        filter_colon,
        lambda_word,
        lambda_bars,
        lambda_block,
        comprehension,
        power,
        leading_equals,
        record_without_braces,
        case_word,
        case_sign,
        list_type,
        optional_type,
        optional_field,
        safe_index,
    ];
    FORMS.iter().find_map(|form| form(failure))
}

fn operator(failure: &Failure<'_>, message: &str, help: &str) -> Option<Diagnostic> {
    Some(Diagnostic::new(&syntax::FOREIGN_OPERATOR, failure.span(), message).help(help))
}

/// `a if c else b`
fn value_if(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let amid = source.kind(failure.start) == Kind::If && !source.token(failure.start).first;
    if failure.kind() != Kind::Else || !amid || failure.start == 0 {
        return None;
    }
    let condition = failure.slice(failure.start + 1, failure.before);
    let value = source.token_text(failure.start - 1);
    let other = failure.slice(failure.at + 1, failure.end - 1);
    let span = source.span(failure.start).to(source.span(failure.at));
    let message = "a value that depends on a condition stands behind it, in braces";
    let help = format!("write `if {condition} {{ {value} }} else {{ {other} }}`");
    Some(Diagnostic::new(&syntax::TERNARY, span, message).help(help))
}

/// `if c then a else b` as a value
fn if_then(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let is_value = source.kind(failure.start) != Kind::If;
    if failure.text() != "then" || !failure.expects(b'{') || !is_value {
        return None;
    }
    let start = (failure.start..failure.at).rev().find(|at| source.kind(*at) == Kind::If)?;
    let condition = failure.slice(start + 1, failure.before);
    let otherwise = (failure.at..failure.end).find(|at| source.kind(*at) == Kind::Else);
    let help = match otherwise {
        Some(at) if at + 1 < failure.end && at > failure.at + 1 => format!(
            "write `if {condition} {{ {} }} else {{ {} }}`",
            failure.slice(failure.at + 1, at - 1),
            failure.slice(at + 1, failure.end - 1)
        ),
        _ => format!("write `if {condition} {{ a }} else {{ b }}`"),
    };
    let message = "the values of an `if` stand in braces, without `then`";
    Some(Diagnostic::new(&syntax::TERNARY, failure.span(), message).help(help))
}

/// `a ? b : c`, with its exact mend where the condition begins the value; `a ?: b`
fn ternary(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    if failure.kind() != Kind::Question || !failure.expects_operator() {
        return None;
    }
    let next = source.token(failure.at + 1);
    if next.kind == Kind::Colon && next.start == source.token(failure.at).end {
        let span = failure.span().to(source.span(failure.at + 1));
        return Some(
            Diagnostic::new(&syntax::TERNARY, span, "`?:` is no operator of the language").edit(
                span,
                "??",
                "write `??`: it gives a value for null",
            ),
        );
    }
    let begin = match source.kind(failure.start) {
        Kind::Return | Kind::Yield | Kind::Fail => failure.start + 1,
        Kind::Let => (failure.start..failure.at).find(|at| source.kind(*at) == Kind::Assign)? + 1,
        _ => return None,
    };
    // In brackets or in a template only what is inside of them is meant.
    let mut inside = 0_usize;
    let opened = (begin..failure.at).rev().find(|at| {
        let kind = source.kind(*at);
        inside += usize::from(kind.closes());
        let opens = kind.opens() || kind == Kind::Middle;
        if opens && inside > 0 && kind != Kind::Middle {
            inside -= 1;
            return false;
        }
        opens && inside == 0
    });
    let begin = opened.map_or(begin, |at| at + 1);
    let mut depth = 0_usize;
    let mut colon = None;
    let mut end = failure.end;
    for at in failure.at + 1..failure.end {
        let kind = source.kind(at);
        if depth == 0 && (kind.closes() || kind == Kind::Middle) {
            end = at;
            break;
        } else if kind.opens() {
            depth += 1;
        } else if kind.closes() {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && kind == Kind::Question {
            return None;
        } else if depth == 0 && kind == Kind::Colon && colon.is_none() {
            colon = Some(at);
        }
    }
    let colon = colon.filter(|at| *at > failure.at + 1 && *at + 1 < end)?;
    let mend = format!(
        "if {} {{ {} }} else {{ {} }}",
        failure.slice(begin, failure.before),
        failure.slice(failure.at + 1, colon - 1),
        failure.slice(colon + 1, end - 1)
    );
    if mend.len() > 120 {
        return None;
    }
    let whole = source.span(begin).to(source.span(end - 1));
    let help = format!("write `{mend}`");
    let message = "`a ? b : c` is no expression of the language";
    Some(Diagnostic::new(&syntax::TERNARY, failure.span(), message).edit(whole, mend, help))
}

/// `x is null`, `x instanceof T`, `x mod y`
fn is_operator(failure: &Failure<'_>) -> Option<Diagnostic> {
    if !failure.expects_operator() || !failure.kind().is_word() {
        return None;
    }
    let source = failure.source;
    let word = failure.text();
    let left = failure.slice(failure.path_start(failure.before), failure.before);
    let (not, next) = match source.kind(failure.at + 1) {
        Kind::Not => (true, failure.at + 2),
        _ => (false, failure.at + 1),
    };
    let help = match word {
        "is" | "instanceof" | "typeof" => {
            let value = source.token_text(next);
            match (source.kind(next), value) {
                (_, "empty") => {
                    format!("write `length({left}) {} 0`", if not { "!=" } else { "==" })
                }
                (Kind::Null, _) | (_, "None" | "nil" | "undefined" | "NULL" | "defined") => {
                    let sign = if not != (value == "defined") { "!=" } else { "==" };
                    format!("write `{left} {sign} null`")
                }
                (Kind::Str | Kind::Int | Kind::True | Kind::False, _) => {
                    format!("write `{left} {} {value}`", if not { "!=" } else { "==" })
                }
                _ => "the types are known: what may be several is taken apart by `match`, and \
                      `json` is read by `value as T?`"
                    .to_owned(),
            }
        }
        "eq" | "equals" => "write `==`".to_owned(),
        "ne" => "write `!=`".to_owned(),
        "lt" => "write `<`".to_owned(),
        "le" | "lte" => "write `<=`".to_owned(),
        "gt" => "write `>`".to_owned(),
        "ge" | "gte" => "write `>=`".to_owned(),
        "mod" => "write `%`".to_owned(),
        "div" => "write `/`".to_owned(),
        "xor" => "write `!=` between two conditions".to_owned(),
        "AND" | "OR" | "IN" => format!("write `{}`", word.to_lowercase()),
        "contains" | "startsWith" | "endsWith" | "matches" | "like" | "LIKE" => {
            let name = if word.eq_ignore_ascii_case("like") { "contains" } else { word };
            format!("it is a function: write `{name}({left}, …)`")
        }
        "between" | "BETWEEN" => format!("write `{left} >= a and {left} <= b`"),
        "unless" => "write `if not c { … }` around it".to_owned(),
        _ => return None,
    };
    operator(failure, &format!("`{word}` is no operator of the language"), &help)
}

/// `await f()`, `new Date()`, `typeof x`
fn word_before(failure: &Failure<'_>) -> Option<Diagnostic> {
    let begins = failure.kind().begins_operand() || failure.kind() == Kind::LBrace;
    if !begins || !failure.expects_operator() || !failure.kind_before().is_name() {
        return None;
    }
    let source = failure.source;
    let word = source.token_text(failure.before);
    let name = match source.kind(failure.start) {
        Kind::Let => source.token_text(failure.start + 1),
        _ => "NAME",
    };
    let help = match word {
        "await" | "async" => format!(
            "a step waits by itself: write `step {name} = node {{ … }}`, and read `steps.{name}.output`"
        ),
        "new" if failure.text() == "Date" => {
            format!("the time is read by a step: `step {name} = time.now {{ }}`")
        }
        "new" => "values are written as they are: `{ a: 1 }`, `[1, 2]`".to_owned(),
        "typeof" => "the type of every value is known; `json` is read by `value as T?`".to_owned(),
        "delete" | "void" | "yield" => "leave it out".to_owned(),
        _ => return None,
    };
    let message = format!("`{word}` is no word of the language");
    let span = source.span(failure.before);
    Some(Diagnostic::new(&syntax::FOREIGN_WORD, span, message).help(help))
}

/// `5 seconds`
fn unit(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    if source.kind(failure.before) != Kind::Int || !failure.kind().is_word() {
        return None;
    }
    let unit = match failure.text().trim_end_matches('s') {
        "" | "sec" | "second" => "s",
        "m" | "min" | "minute" => "m",
        "h" | "hour" | "hr" => "h",
        "d" | "day" => "d",
        "milli" | "millisecond" | "msec" => "ms",
        _ => return None,
    };
    let span = source.span(failure.before).to(failure.span());
    let mend = format!("{}{unit}", source.token_text(failure.before));
    let message = "a duration is written without a blank";
    let help = format!("write `{mend}`; the units are `ms`, `s`, `m`, `h` and `d`");
    Some(Diagnostic::new(&syntax::BAD_NUMBER, span, message).edit(span, mend, help))
}

/// `12,5`, `1,000`
fn number_comma(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let (before, comma, after) =
        (source.token(failure.before), source.token(failure.at), source.token(failure.at + 1));
    let fits = comma.kind == Kind::Comma
        && before.kind == Kind::Int
        && matches!(after.kind, Kind::Int | Kind::Float)
        && before.end == comma.start
        && comma.end == after.start;
    if !fits {
        return None;
    }
    let span = source.span(failure.before).to(source.span(failure.at + 1));
    let (whole, rest) = (source.token_text(failure.before), source.token_text(failure.at + 1));
    let diagnostic = Diagnostic::new(&syntax::NUMBER_COMMA, span, "a number has no comma");
    Some(match rest.len() == 3 || after.kind == Kind::Float {
        true => diagnostic
            .help(format!("for thousands write `{whole}_{rest}`, for a fraction `{whole}.{rest}`")),
        false => {
            let mend = format!("{whole}.{rest}");
            diagnostic.edit(span, mend.clone(), format!("write `{mend}`"))
        }
    })
}

/// `x | replace: "a", "b"`
fn filter_colon(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let fits = failure.kind() == Kind::Colon
        && failure.at >= 2
        && source.kind(failure.at - 1) == Kind::Key
        && source.kind(failure.at - 2) == Kind::Pipe;
    if !fits {
        return None;
    }
    let name = source.token_text(failure.at - 1);
    let end = (failure.at + 1..source.tokens.len()).find(|at| {
        matches!(source.kind(*at), Kind::Tail | Kind::Middle | Kind::Newline | Kind::Pipe)
    });
    let args = failure.slice(failure.at + 1, end.unwrap_or(failure.at + 2) - 1);
    let message = format!("what `{name}` is given stands in parentheses");
    let help = format!("write `{name}({args})`");
    Some(Diagnostic::new(&syntax::FILTER_FORM, failure.span(), message).help(help))
}

/// `lambda x: e`
fn lambda_word(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let at = [failure.before, failure.at]
        .into_iter()
        .find(|at| matches!(source.token_text(*at), "lambda" | "fn" | "function" | "func"))?;
    let is_lambda = source.token_text(at) == "lambda" || failure.expects_operand();
    if !is_lambda || at == failure.start {
        return None;
    }
    let message = format!("a lambda is written without `{}`", source.token_text(at));
    let help = "write `x => e`, or `(x, y) => e`";
    Some(Diagnostic::new(&syntax::LAMBDA_FORM, source.span(at), message).help(help))
}

/// `|x| e`
fn lambda_bars(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let at = failure.at;
    let fits = failure.kind() == Kind::Pipe
        && failure.expects_operand()
        && source.kind(at + 1).is_name()
        && source.kind(at + 2) == Kind::Pipe;
    if !fits {
        return None;
    }
    let span = source.span(at).to(source.span(at + 2));
    let mend = format!("{} =>", source.token_text(at + 1));
    let help = format!("write `{mend} …`");
    let message = "the parameter of a lambda stands in front of `=>`";
    Some(Diagnostic::new(&syntax::LAMBDA_FORM, span, message).edit(span, mend, help))
}

/// `x => { return e }`
fn lambda_block(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let at = failure.at;
    let statement = matches!(failure.kind(), Kind::Return | Kind::Let | Kind::If | Kind::For);
    let in_lambda =
        at >= 2 && source.kind(at - 1) == Kind::LBrace && source.kind(at - 2) == Kind::FatArrow;
    if !statement || !in_lambda {
        return None;
    }
    let message = "a lambda holds one expression, without braces and `return`";
    let help = "write `x => e`; what needs statements is a function of its own: `fn name(x: T) -> R { … }`";
    Some(Diagnostic::new(&syntax::LAMBDA_FORM, failure.span(), message).help(help))
}

/// `[x + 1 for x in xs]`
fn comprehension(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let at = failure.at;
    if failure.kind() != Kind::For || !failure.expects(b']') {
        return None;
    }
    let open = (failure.start..at).rev().find(|at| source.kind(*at) == Kind::LBracket)?;
    let close = source.closing(open, source.tokens.len());
    let span = source.span(at);
    let message = "lists are made by `map` and `filter`";
    let diagnostic = Diagnostic::new(&syntax::COMPREHENSION, span, message);
    let plain = source.kind(at + 2) == Kind::In && source.kind(at + 1).is_name() && at > open + 1;
    if !plain {
        return Some(diagnostic.help("write `xs | map(x => …)`"));
    }
    let name = source.token_text(at + 1);
    let given = failure.slice(open + 1, at - 1);
    let condition = (at + 3..close).find(|at| source.kind(*at) == Kind::If);
    let list = failure.slice(at + 3, condition.unwrap_or(close) - 1);
    let filter = condition.map_or(String::new(), |at| {
        format!(" | filter({name} => {})", failure.slice(at + 1, close - 1))
    });
    Some(diagnostic.help(format!("write `{list}{filter} | map({name} => {given})`")))
}

/// `n ** 2`
fn power(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let doubled = failure.kind() == Kind::Star
        && (source.kind(failure.before) == Kind::Star || source.kind(failure.at + 1) == Kind::Star);
    if !doubled {
        return None;
    }
    let at = if source.kind(failure.before) == Kind::Star { failure.before } else { failure.at };
    let span = source.span(at).to(source.span(at + 1));
    let spread = failure.kind_before() != Kind::Star;
    let message = "`**` is no operator of the language";
    let help = match spread {
        true => "to spread a record write `...r`",
        false => "multiply: `n * n`",
    };
    Some(Diagnostic::new(&syntax::FOREIGN_OPERATOR, span, message).help(help))
}

/// `= a + 1` as a value
fn leading_equals(failure: &Failure<'_>) -> Option<Diagnostic> {
    if failure.kind() != Kind::Assign || !failure.expects_operand() {
        return None;
    }
    Some(
        Diagnostic::new(
            &syntax::FOREIGN_OPERATOR,
            failure.span(),
            "an expression stands here without an `=` in front of it",
        )
        .edit(failure.span(), "", "leave it out"),
    )
}

/// `return a: 1, b: 2`
fn record_without_braces(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let gives = matches!(source.kind(failure.start), Kind::Return | Kind::Yield);
    let fits = failure.kind() == Kind::Colon && failure.at == failure.start + 2;
    if !gives || !fits || source.kind(failure.start + 1) != Kind::Key {
        return None;
    }
    let word = source.token_text(failure.start);
    let span = source.span(failure.start + 1).to(source.span(failure.end - 1));
    let record = format!("{{ {} }}", source.slice(span));
    let help = format!("write `{word} {{ {} }}`", failure.short(span));
    let message = "a record stands in braces";
    Some(Diagnostic::new(&syntax::FIELD, failure.span(), message).edit(span, record, help))
}

/// `case 1 => { … }`
fn case_word(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let word = source.token_text(failure.start);
    let fits = matches!(word, "case" | "when") && failure.at == failure.start + 1;
    if !fits || !failure.expects(b'5') {
        return None;
    }
    let span = source.span(failure.start);
    let message = format!("an arm of a `match` begins with its pattern, not with `{word}`");
    Some(Diagnostic::new(&syntax::FOREIGN_WORD, span, message).edit(
        span,
        "",
        "leave it out; the arm for everything else is `_ => { … }`",
    ))
}

/// `1: { … }`, `1 => return 2`
fn case_sign(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    let in_match = failure.rule == crate::grammar::Rule::case_chunk;
    if failure.kind() == Kind::Colon && failure.expects(b'5') && in_match {
        let message = "the arms of a `match` are written with `=>`";
        let diagnostic = Diagnostic::new(&syntax::WRONG_ARROW, failure.span(), message);
        return Some(diagnostic.edit(failure.span(), " =>", "write `=>`"));
    }
    let behind = failure.kind_before() == Kind::FatArrow && failure.expects(b'{');
    if !behind || !failure.kind().begins_statement() {
        return None;
    }
    let message = "the statements of an arm stand in braces";
    let span = source.span(failure.at).to(source.span(failure.end - 1));
    let statement = failure.short(span);
    Some(Diagnostic::new(&syntax::BLOCK_FORM, failure.span(), message).edit(
        span,
        format!("{{ {} }}", source.slice(span)),
        format!("write `=> {{ {statement} }}`"),
    ))
}

/// `int[]`, `list[int]`, `[int]`
fn list_type(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    if failure.kind() != Kind::LBracket {
        return None;
    }
    let close = source.closing(failure.at, source.tokens.len());
    let inner = match close > failure.at + 1 {
        true => failure.slice(failure.at + 1, close - 1),
        false => String::new(),
    };
    let in_type = failure.expects(b'<') && failure.expects(b'?') && !failure.expects_operator();
    let name = source.token_text(failure.before);
    let (span, mend) = if in_type && inner.is_empty() {
        let span = source.span(failure.before).to(source.span(close));
        (span, format!("list<{name}>"))
    } else if in_type && matches!(name, "list" | "List" | "Array" | "array") {
        (source.span(failure.before).to(source.span(close)), format!("list<{inner}>"))
    } else if in_type && matches!(name, "map" | "dict" | "Dict" | "Map" | "Record") {
        let value = inner.split_once(',').map_or(inner.as_str(), |(_, value)| value.trim());
        (source.span(failure.before).to(source.span(close)), format!("map<{value}>"))
    } else if failure.expects(b'Q') && failure.expects(b'(') && !failure.expects_operand() {
        (source.span(failure.at).to(source.span(close)), format!("list<{inner}>"))
    } else {
        return None;
    };
    let message = "the type of a list is written `list<T>`";
    let message =
        if mend.starts_with("map") { "the type of a map is written `map<T>`" } else { message };
    let help = format!("write `{mend}`");
    Some(Diagnostic::new(&syntax::TYPE_FORM, span, message).edit(span, mend, help))
}

/// `?string`
fn optional_type(failure: &Failure<'_>) -> Option<Diagnostic> {
    let in_type = failure.expects(b'Q') && failure.expects(b'(') && !failure.expects_operand();
    if failure.kind() != Kind::Question || !in_type {
        return None;
    }
    let source = failure.source;
    let name = source.token_text(failure.at + 1);
    let span = failure.span().to(source.span(failure.at + 1));
    let mend = format!("{name}?");
    let help = format!("write `{mend}`");
    let message = "the `?` of a type that may be null stands behind it";
    Some(Diagnostic::new(&syntax::TYPE_FORM, span, message).edit(span, mend, help))
}

/// `a?: string`
fn optional_field(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    // Where a name alone can stand, the `?` behind it is what is told.
    let question = match failure.kind() {
        Kind::Question => failure.at,
        kind if kind.is_word() && failure.expects(b'k') => failure.at + 1,
        _ => return None,
    };
    let fits = source.kind(question) == Kind::Question && source.kind(question + 1) == Kind::Colon;
    if !fits || question == 0 || failure.expects_operator() {
        return None;
    }
    let name = source.token_text(question - 1);
    let ty = source.token_text(question + 2);
    let message = "the `?` of a field that may be missing stands behind its type";
    let help = format!("write `{name}: {ty}?`");
    Some(Diagnostic::new(&syntax::TYPE_FORM, source.span(question), message).help(help))
}

/// `xs?.[0]`
fn safe_index(failure: &Failure<'_>) -> Option<Diagnostic> {
    let source = failure.source;
    if failure.kind() != Kind::LBracket || source.kind(failure.before) != Kind::SafeDot {
        return None;
    }
    let span = source.span(failure.before).to(failure.span());
    let help = "give a value for null first, as in `(xs ?? [])[0]`";
    Some(Diagnostic::new(&syntax::TERNARY, span, "there is no `?.[`").help(help))
}
