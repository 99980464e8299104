//! Where items, statements, cases, branches and fields begin, judged by tokens alone. Only files
//! with mistakes are split below items, so a wrong guess costs a worse message and no program.

use super::chunk_of;
use crate::grammar::Chunk;
use crate::source::Source;
use crate::token::Kind;

/// A range of tokens.
type Part = (usize, usize);

/// Whether an item begins here.
pub(super) fn begins_item(source: &Source<'_>, at: usize) -> bool {
    let kind = source.kind(at);
    kind.begins_item() || (kind == Kind::Config && source.kind(at + 1) == Kind::LBrace)
}

/// The parts of a file: an item each, or something that is none.
pub(super) fn items(source: &Source<'_>) -> Vec<Part> {
    let mut depth = 0_usize;
    let mut starts = Vec::new();
    for (at, token) in source.tokens.iter().enumerate() {
        if depth == 0 {
            let after_line = at == 0 || source.kind(at - 1) == Kind::Newline;
            let starts_line = after_line
                && !(token.kind == Kind::Newline
                    || token.kind == Kind::From && goes_on(source, at));
            // `node entity.get<E: entity>` is one item.
            let is_name = at > 0 && matches!(source.kind(at - 1), Kind::Node | Kind::Colon);
            if (begins_item(source, at) && !is_name) || starts_line {
                starts.push(at);
            }
        }
        depth = step(depth, token.kind);
    }
    parts(source, &starts, source.tokens.len())
}

/// Whether a `from` goes on with the `use { … }` before it.
fn goes_on(source: &Source<'_>, at: usize) -> bool {
    at >= 2 && source.kind(at - 1) == Kind::Newline && source.kind(at - 2) == Kind::RBrace
}

fn step(depth: usize, kind: Kind) -> usize {
    if kind.opens() {
        depth + 1
    } else if kind.closes() {
        depth.saturating_sub(1)
    } else {
        depth
    }
}

/// From beginnings to parts, without line ends behind them.
fn parts(source: &Source<'_>, starts: &[usize], end: usize) -> Vec<Part> {
    let ends = starts.iter().skip(1).copied().chain([end]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, mut end)| {
            while end > start + 1 && source.kind(end - 1) == Kind::Newline {
                end -= 1;
            }
            (*start, end)
        })
        .collect()
}

/// The `{` of the body of an item: the first one outside of brackets that is no type.
pub(super) fn body(source: &Source<'_>, start: usize, end: usize) -> Option<usize> {
    let mut at = start;
    while at < end {
        let kind = source.kind(at);
        let in_type = at > start && matches!(source.kind(at - 1), Kind::Arrow | Kind::Pipe);
        if kind == Kind::LBrace && !in_type {
            return Some(at);
        }
        at = if kind.opens() { source.closing(at, end) + 1 } else { at + 1 };
    }
    None
}

/// Whether the trigger clause of a workflow begins here.
pub(super) fn begins_trigger(source: &Source<'_>, at: usize) -> bool {
    source.kind(at) == Kind::Trigger
        && !matches!(source.kind(at + 1), Kind::Dot | Kind::SafeDot | Kind::Assign)
}

/// The statements between two braces.
pub(super) fn stmts(source: &Source<'_>, start: usize, end: usize) -> Vec<Part> {
    let mut starts: Vec<usize> = Vec::new();
    let mut at = start;
    while at < end {
        let kind = source.kind(at);
        if kind == Kind::Newline {
            at += 1;
            continue;
        }
        let fresh = at == start || source.kind(at - 1) == Kind::Newline;
        let begun = starts.last().map(|first| source.kind(*first));
        if (fresh && !continues(source, at, begun)) || begins_amid(source, at, start, begun) {
            starts.push(at);
        }
        at = if kind.opens() { source.closing(at, end) + 1 } else { at + 1 };
    }
    parts(source, &starts, end)
}

/// Whether a line that begins with this word goes on with the statement before.
fn continues(source: &Source<'_>, at: usize, begun: Option<Kind>) -> bool {
    match source.kind(at) {
        Kind::Max => begun == Some(Kind::While),
        Kind::Parallel => begun == Some(Kind::For) && source.kind(at + 1) != Kind::As,
        Kind::On | Kind::Where | Kind::Including => begun == Some(Kind::Trigger),
        _ => false,
    }
}

/// Whether a statement begins here though its line does not.
fn begins_amid(source: &Source<'_>, at: usize, start: usize, begun: Option<Kind>) -> bool {
    if at == start {
        return false;
    }
    let before = source.kind(at - 1);
    match source.kind(at) {
        Kind::If | Kind::Match | Kind::Try => {
            !before.wants_more()
                && !matches!(before, Kind::Return | Kind::Yield | Kind::Fail | Kind::Newline)
        }
        Kind::Parallel => source.kind(at + 1) == Kind::As && before.ends_operand(),
        Kind::Variables => {
            before.ends_operand() && matches!(source.kind(at + 1), Kind::Dot | Kind::LBrace)
        }
        Kind::Else => begun != Some(Kind::If) && source.token(at).first,
        Kind::Catch | Kind::Finally => begun != Some(Kind::Try),
        // On a line of its own a statement begins even where the one before wants more.
        kind => {
            let wanted = before.wants_more() && !source.token(at).first;
            kind.begins_statement() && !wanted && before != Kind::Newline
        }
    }
}

/// The blocks of a statement: the braces outside of others that stand behind an operand or a word
/// of the statement.
pub(super) fn blocks(source: &Source<'_>, start: usize, end: usize) -> Vec<Part> {
    let mut found = Vec::new();
    let simple = !matches!(
        source.kind(start),
        Kind::If
            | Kind::For
            | Kind::While
            | Kind::Match
            | Kind::Parallel
            | Kind::Try
            | Kind::Branch
    );
    let case = (start..end).any(|at| source.kind(at) == Kind::FatArrow);
    if simple && !case {
        return found;
    }
    let mut at = start;
    while at < end {
        let kind = source.kind(at);
        if kind.opens() {
            let close = source.closing(at, end);
            let before = source.kind(at.saturating_sub(1));
            let behind_word = matches!(
                before,
                Kind::Else | Kind::Try | Kind::Finally | Kind::Parallel | Kind::Catch
            );
            let of_case = simple && before == Kind::FatArrow;
            let fits = if simple { of_case } else { before.ends_operand() || behind_word };
            if kind == Kind::LBrace && at > start && fits {
                found.push((at, close));
            }
            at = close + 1;
        } else {
            at += 1;
        }
    }
    found
}

/// The tokens of a part without what stands between these brackets.
pub(super) fn without(
    source: &Source<'_>,
    start: usize,
    end: usize,
    blocks: &[Part],
) -> Chunk<'static> {
    let mut tokens = Vec::new();
    let mut at = start;
    for (open, close) in blocks {
        tokens.extend((at..=*open).map(|at| (at, false)));
        at = *close;
    }
    tokens.extend((at..end).map(|at| (at, false)));
    chunk_of(source, &tokens)
}

/// The cases of a `match` statement: they end at line ends, commas and closing braces.
pub(super) fn cases(source: &Source<'_>, start: usize, end: usize) -> Vec<Part> {
    separated(source, start, end, |source, at| {
        let after_block = source.kind(at - 1) == Kind::RBrace;
        after_block && source.kind(at) != Kind::FatArrow
    })
}

/// The entries of a list of fields: they end at line ends and commas.
pub(super) fn entries(source: &Source<'_>, start: usize, end: usize) -> Vec<Part> {
    separated(source, start, end, |_, _| false)
}

fn separated(
    source: &Source<'_>,
    start: usize,
    end: usize,
    begins: fn(&Source<'_>, usize) -> bool,
) -> Vec<Part> {
    let mut found = Vec::new();
    let (mut from, mut at) = (start, start);
    while at < end {
        let kind = source.kind(at);
        if matches!(kind, Kind::Newline | Kind::Comma) {
            if from < at {
                found.push((from, at));
            }
            from = at + 1;
        } else if at > from && begins(source, at) {
            found.push((from, at));
            from = at;
        }
        at = if kind.opens() { source.closing(at, end) + 1 } else { at + 1 };
    }
    if from < end {
        found.push((from, end));
    }
    found
}

/// The branches of a `parallel`.
pub(super) fn branches(source: &Source<'_>, start: usize, end: usize) -> Vec<Part> {
    let mut starts = Vec::new();
    let mut at = start;
    while at < end {
        let kind = source.kind(at);
        let fresh = at == start || source.kind(at - 1) == Kind::Newline;
        if kind == Kind::Branch || (fresh && kind != Kind::Newline) {
            starts.push(at);
        }
        at = if kind.opens() { source.closing(at, end) + 1 } else { at + 1 };
    }
    parts(source, &starts, end)
}
