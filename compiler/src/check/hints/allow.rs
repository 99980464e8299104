//! Notes that allow a warning for one statement: `// wf: allow(WF0903) because …`.

use rustc_hash::{FxHashMap, FxHashSet};
use wf_diagnostics::codes::{self, warnings};
use wf_diagnostics::{Diagnostic, Diagnostics, Severity, SourceMap, Span};
use wf_grammar::ast::{Comment, CommentKind};

use crate::load::Unit;

/// A note: the codes, and the statement that it is for.
struct Note {
    ids: Vec<String>,
    target: Span,
    /// The note itself.
    span: Span,
    /// Which of the codes have been told in the statement.
    used: Vec<bool>,
}

/// Takes out the warnings that are allowed, and tells what is wrong with the notes.
pub(crate) fn apply(
    units: &[Unit],
    sources: &SourceMap,
    stmts: &[Span],
    diagnostics: &mut Diagnostics,
) {
    let mut notes: FxHashMap<u32, Vec<Note>> = FxHashMap::default();
    let mut told = Vec::new();
    let mut by_line: FxHashMap<(u32, usize), Span> = FxHashMap::default();
    let is_note = |comment: &Comment| {
        comment.kind == CommentKind::Line && sources.slice(comment.span).contains("wf:")
    };
    let with_notes: FxHashSet<u32> =
        units.iter().filter(|u| u.file.comments.iter().any(is_note)).map(|u| u.id.0).collect();
    if with_notes.is_empty() {
        return;
    }
    for span in stmts.iter().filter(|s| with_notes.contains(&s.file.0)) {
        let Some(file) = sources.get(span.file) else { continue };
        // The outermost statement of a line is the one that was met first.
        by_line.entry((span.file.0, file.line_of(span.start))).or_insert(*span);
    }
    for unit in units.iter().filter(|u| with_notes.contains(&u.id.0)) {
        let Some(file) = sources.get(unit.id) else { continue };
        for comment in unit.file.comments.iter().filter(|c| c.kind == CommentKind::Line) {
            let text = file.slice(comment.span);
            let Some(rest) = text.trim_start_matches('/').trim_start().strip_prefix("wf:") else {
                continue;
            };
            let Some(ids) = read_note(rest.trim(), comment.span, &mut told) else { continue };
            let mut line = file.line_of(comment.span.start);
            let alone = file
                .text()
                .get(file.line_range(line).start..comment.span.start as usize)
                .is_none_or(|before| before.trim().is_empty());
            if alone {
                line += 1;
                while line < file.line_count() {
                    let text = file.text().get(file.line_range(line)).unwrap_or("").trim();
                    if !text.is_empty() && !text.starts_with("//") {
                        break;
                    }
                    line += 1;
                }
            }
            let range = file.line_range(line);
            let whole = Span::new(unit.id, range.start as u32, range.end as u32);
            let target = by_line.get(&(unit.id.0, line)).map_or(whole, |stmt| stmt.to(whole));
            notes.entry(unit.id.0).or_default().push(Note {
                used: vec![false; ids.len()],
                ids,
                target,
                span: comment.span,
            });
        }
    }
    diagnostics.retain(|d| {
        let Some(notes) = notes.get_mut(&d.span.file.0).filter(|_| !d.is_error()) else {
            return true;
        };
        let mut allowed = false;
        for note in notes.iter_mut() {
            if note.target.start > d.span.start || d.span.end > note.target.end {
                continue;
            }
            for (id, used) in note.ids.iter().zip(&mut note.used) {
                let same = id == d.code.id;
                *used |= same;
                allowed |= same;
            }
        }
        !allowed
    });
    // Where there are errors, warnings may be left out that the note is for.
    let broken: FxHashSet<u32> =
        diagnostics.iter().filter(|d| d.is_error()).map(|d| d.span.file.0).collect();
    for unit in units.iter().filter(|unit| !broken.contains(&unit.id.0)) {
        let notes = notes.get(&unit.id.0).into_iter().flatten();
        told.extend(notes.filter_map(allows_nothing));
    }
    diagnostics.extend(told);
}

/// A note for a warning that is not told.
fn allows_nothing(note: &Note) -> Option<Diagnostic> {
    let idle: Vec<&String> =
        note.ids.iter().zip(&note.used).filter(|(_, used)| !**used).map(|(id, _)| id).collect();
    let first = idle.first()?;
    let message = match note.ids.len() {
        1 => format!("this note allows nothing: `{first}` is not told here"),
        _ => format!("`{first}` is not told here, so there is nothing to allow"),
    };
    let help = match note.ids.len() == idle.len() {
        true => "remove the note".to_owned(),
        false => format!("leave `{first}` out"),
    };
    Some(Diagnostic::new(&warnings::BAD_ALLOW, note.span, message).help(help))
}

/// The codes of a note, `allow(WF0903) because …`.
fn read_note(text: &str, span: Span, told: &mut Diagnostics) -> Option<Vec<String>> {
    let mut wrong = |message: String, help: &str| {
        told.push(Diagnostic::new(&warnings::BAD_ALLOW, span, message).help(help.to_owned()));
        None
    };
    let form = "write `// wf: allow(WF0903) because …`";
    let Some((inside, reason)) = text.strip_prefix("allow(").and_then(|rest| rest.split_once(')'))
    else {
        return wrong("this note for the compiler can't be read".to_owned(), form);
    };
    let ids: Vec<String> = inside.split(',').map(|id| id.trim().to_owned()).collect();
    for id in &ids {
        match codes::find(id) {
            None => return wrong(format!("there is no code `{id}`"), form),
            Some(code) if code.severity == Severity::Error => {
                return wrong(
                    format!("`{id}` is an error, and errors can't be allowed"),
                    "mend what it tells",
                );
            }
            Some(_) => {}
        }
    }
    let reason = reason.trim().strip_prefix("because").map(str::trim);
    if reason.is_none_or(str::is_empty) {
        return wrong("this note does not say why the warning is allowed".to_owned(), form);
    }
    Some(ids)
}
