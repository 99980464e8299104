//! What follows from a mistake that is told already is not told again.

use rustc_hash::FxHashSet;
use wf_diagnostics::codes::{files, names, nodes, paths, syntax, types, warnings};
use wf_diagnostics::{Code, Diagnostic, Diagnostics, FileId, SourceMap, Span};

use crate::check::globals::Globals;
use crate::load::Unit;

/// Drops what follows from what could not be read.
pub(crate) fn quiet(units: &[Unit], sources: &SourceMap, diagnostics: &mut Diagnostics) {
    broken_files(diagnostics);
    unread_names(units, sources, diagnostics);
    foreign_operators(diagnostics);
    do_while(sources, diagnostics);
    missing_files(diagnostics);
    parts_of_mismatches(diagnostics);
}

/// The `while` behind the block of a `do` is a part of the same statement.
fn do_while(sources: &SourceMap, diagnostics: &mut Diagnostics) {
    let is_do = |d: &&Diagnostic| d.code == &syntax::NO_STATEMENT && sources.slice(d.span) == "do";
    let mut heads: Vec<Span> = diagnostics.iter().filter(is_do).map(|d| d.span).collect();
    if heads.is_empty() {
        return;
    }
    heads.sort_by_key(|span| (span.file, span.start));
    diagnostics.retain(|d| {
        let tail = d.code == &syntax::BLOCK_FORM && d.message.ends_with("`while` has no braces");
        let before = |head: &Span| head.file == d.span.file && head.end <= d.span.start;
        match heads.iter().rposition(before).filter(|_| tail) {
            Some(at) => {
                heads.remove(at);
                false
            }
            None => true,
        }
    });
}

/// Of a value that does not fit at all, nothing is said about parts whose type is not known.
fn parts_of_mismatches(diagnostics: &mut Diagnostics) {
    let mismatch = |d: &&Diagnostic| d.code == &types::TYPE_MISMATCH;
    let place = |span: Span| (span.file, span.start);
    let mut wrong: Vec<Span> = diagnostics.iter().filter(mismatch).map(|d| d.span).collect();
    wrong.sort_by_key(|span| place(*span));
    // For each place the end of what reaches farthest of all that begin before it.
    let mut farthest = Vec::with_capacity(wrong.len());
    for span in &wrong {
        let end = match farthest.last() {
            Some((file, end)) if *file == span.file => span.end.max(*end),
            _ => span.end,
        };
        farthest.push((span.file, end));
    }
    diagnostics.retain(|d| {
        let before = wrong.partition_point(|span| place(*span) <= place(d.span));
        let around = before.checked_sub(1).and_then(|at| farthest.get(at));
        let is_part = around.is_some_and(|(file, end)| *file == d.span.file && d.span.end <= *end);
        !(d.code == &types::TYPE_UNKNOWN && is_part)
    });
}

/// Where a file that is used can't be read, nothing is said about names that may be declared in it.
fn missing_files(diagnostics: &mut Diagnostics) {
    let users: Vec<_> = diagnostics
        .iter()
        .filter(|d| d.code == &files::FILE_NOT_FOUND)
        .map(|d| d.span.file)
        .collect();
    diagnostics.retain(|d| {
        let unknown = [
            &names::UNKNOWN_TYPE,
            &names::UNKNOWN_FUNCTION,
            &names::UNKNOWN_ENTITY,
            &names::UNKNOWN_WORKFLOW,
        ];
        !(unknown.contains(&d.code) && users.contains(&d.span.file))
    });
}

/// The files with syntax errors.
fn broken(diagnostics: &Diagnostics) -> Vec<FileId> {
    diagnostics
        .iter()
        .filter(|d| d.is_error() && d.code.id.starts_with("WF00"))
        .map(|d| d.span.file)
        .collect()
}

/// In a file with syntax errors nothing is said about what nobody reads or reaches and where a
/// `return` is missing: it may stand in what could not be read.
fn broken_files(diagnostics: &mut Diagnostics) {
    let broken = broken(diagnostics);
    diagnostics.retain(|d| {
        let follows = [
            &warnings::UNUSED_STEP,
            &warnings::UNUSED_VARIABLE,
            &warnings::UNUSED_LET,
            &warnings::UNREACHABLE,
            &types::MISSING_RETURN,
        ];
        !(follows.contains(&d.code) && broken.contains(&d.span.file))
    });
    // Code that is refused where it stands is not called unreachable's cause as well.
    let leaves: Vec<Span> = diagnostics
        .iter()
        .filter(|d| d.is_error() && d.code.id.starts_with("WF04"))
        .map(|d| d.span)
        .collect();
    diagnostics.retain(|d| {
        let after = |l: &Span| l.file == d.span.file && l.start < d.span.start;
        !(d.code == &warnings::UNREACHABLE && leaves.iter().any(after))
    });
}

/// The codes that say that a name is not there.
const UNKNOWN: [&Code; 9] = [
    &names::UNKNOWN_NAME,
    &names::UNKNOWN_TYPE,
    &names::UNKNOWN_FUNCTION,
    &names::UNKNOWN_ENTITY,
    &names::UNKNOWN_WORKFLOW,
    &paths::UNKNOWN_STEP,
    &paths::UNKNOWN_VARIABLE,
    &paths::UNKNOWN_LOOP,
    &types::NOT_ASSIGNABLE,
];

/// A part that could not be read may have declared the names that are missing elsewhere.
fn unread_names(units: &[Unit], sources: &SourceMap, diagnostics: &mut Diagnostics) {
    let unread: FxHashSet<&str> =
        units.iter().flat_map(|unit| unit.file.unread.iter().map(|name| name.as_str())).collect();
    if unread.is_empty() {
        return;
    }
    let started = ["trigger", "on", "triggers"].iter().any(|word| unread.contains(word));
    diagnostics.retain(|d| {
        let follows = UNKNOWN.contains(&d.code) && unread.contains(sources.slice(d.span));
        !(follows || (started && d.code == &nodes::NO_TRIGGER))
    });
}

/// What is wrong with the operands of an operator of another language is told when ours is there.
/// The same of names with letters of other scripts.
fn foreign_operators(diagnostics: &mut Diagnostics) {
    let by_itself = [&syntax::FOREIGN_OPERATOR, &syntax::BAD_CHARACTER];
    let told: Vec<Span> =
        diagnostics.iter().filter(|d| by_itself.contains(&d.code)).map(|d| d.span).collect();
    let at = |span: Span| told.contains(&span);
    diagnostics.retain(|d: &Diagnostic| by_itself.contains(&d.code) || !at(d.span));
}

/// Nothing is said again about a name that another file was asked for and does not have.
pub(crate) fn missing_names(globals: &Globals<'_>, diagnostics: &mut Diagnostics) {
    if globals.scopes.iter().all(|scope| scope.missing.is_empty()) {
        return;
    }
    let missing = |d: &Diagnostic| {
        let unit = globals.units.iter().position(|unit| unit.id == d.span.file);
        let scope = unit.and_then(|unit| globals.scopes.get(unit));
        scope.is_some_and(|scope| scope.missing.contains(globals.sources.slice(d.span)))
    };
    diagnostics.retain(|d| !(UNKNOWN.contains(&d.code) && missing(d)));
}
