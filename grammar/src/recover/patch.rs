//! Statements and items whose mistake is told already, made readable by a hole in the place of the
//! mistake: the tree then keeps their names.

use super::{chunk_of, split};
use crate::grammar::Chunk;
use crate::source::Source;
use crate::token::Kind;

/// A workflow by its name and its body alone.
pub(super) fn item_header(
    source: &Source<'_>,
    start: usize,
    open: usize,
    close: usize,
) -> Option<Chunk<'static>> {
    let fine = source.kind(start) != Kind::Fn && source.kind(start + 1).is_name();
    let close = if source.kind(close) == Kind::RBrace { close } else { return None };
    let tokens = [start, start + 1, open, close].map(|at| (at, false));
    (fine && start + 1 < open).then(|| chunk_of(source, &tokens))
}

/// Readable forms of a statement, best first.
pub(super) fn stmt(source: &Source<'_>, start: usize, end: usize) -> Vec<Chunk<'static>> {
    let forms = match source.kind(start) {
        Kind::Step => vec![braces_as_holes(source, start, end)],
        Kind::Return | Kind::Yield | Kind::Fail if start + 1 < end => {
            vec![vec![(start, false), (start + 1, true)]]
        }
        Kind::If | Kind::While | Kind::For => header_as_hole(source, start, end),
        _ => value_as_hole(source, start, end),
    };
    forms.iter().map(|tokens| chunk_of(source, tokens)).collect()
}

/// `step a = b #`
fn braces_as_holes(source: &Source<'_>, start: usize, end: usize) -> Vec<(usize, bool)> {
    let mut tokens = Vec::new();
    let mut at = start;
    while at < end {
        let hole = source.kind(at) == Kind::LBrace;
        tokens.push((at, hole));
        at = if hole { source.closing(at, end) + 1 } else { at + 1 };
    }
    tokens
}

/// `let a = #`, `variables.a += #`
fn value_as_hole(source: &Source<'_>, start: usize, end: usize) -> Vec<Vec<(usize, bool)>> {
    let mut at = start;
    while at + 1 < end {
        let kind = source.kind(at);
        if kind == Kind::Assign || kind.code() == Kind::AddAssign.code() {
            let mut tokens: Vec<_> = (start..=at).map(|at| (at, false)).collect();
            tokens.push((at + 1, true));
            return vec![tokens];
        }
        at = if kind.opens() { source.closing(at, end) + 1 } else { at + 1 };
    }
    Vec::new()
}

/// `if # as NAME { … }`, `for x in # as NAME parallel 8 { … }`
fn header_as_hole(source: &Source<'_>, start: usize, end: usize) -> Vec<Vec<(usize, bool)>> {
    let blocks = split::blocks(source, start, end);
    let Some((open, _)) = blocks.first().copied() else { return Vec::new() };
    let mut from = start + 1;
    if source.kind(start) == Kind::For {
        let Some(at) = (start..open).find(|at| source.kind(*at) == Kind::In) else {
            return Vec::new();
        };
        from = at + 1;
    }
    let tail = (from..open)
        .rev()
        .find(|at| source.kind(*at) == Kind::As && source.kind(at + 1).is_name())
        .or_else(|| (from..open).find(|at| source.kind(*at) == Kind::Parallel))
        .unwrap_or(open);
    if tail <= from {
        return Vec::new();
    }
    let mut tokens: Vec<_> = (start..from).map(|at| (at, false)).collect();
    tokens.push((from, true));
    let mut at = tail;
    for (open, close) in blocks {
        tokens.extend((at..=open).map(|at| (at, false)));
        at = close;
    }
    tokens.extend((at..end).map(|at| (at, false)));
    vec![tokens]
}
