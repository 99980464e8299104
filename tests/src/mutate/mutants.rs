//! The mutants of a file: each breaks one path in one way.

use std::collections::BTreeSet;
use std::ops::Range;

use wf_diagnostics::Span;

use super::collect::{Nest, Path, Sites};

/// How a path is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// A segment gets a name that nothing has.
    Rename,
    /// A segment is left out.
    Drop,
    /// A test for null, a `?.` or a `??` is left out.
    Unguard,
    /// The path is read where its step or loop is not seen.
    Move,
    /// The declared field may be null.
    Optional,
    /// The workflow has another trigger.
    Trigger,
}

impl Way {
    /// All of them, in the order of the report.
    pub const ALL: [Way; 6] =
        [Way::Rename, Way::Drop, Way::Unguard, Way::Move, Way::Optional, Way::Trigger];

    /// What it does, in a few words.
    pub fn describe(self) -> &'static str {
        match self {
            Way::Rename => "rename a segment",
            Way::Drop => "drop a segment",
            Way::Unguard => "drop a guard",
            Way::Move => "move out of scope",
            Way::Optional => "make a field optional",
            Way::Trigger => "swap the trigger",
        }
    }
}

/// What must come of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It could fail at run time, so it must be refused.
    Refused,
    /// It is refused, or valid for this reason.
    OrValid(&'static str),
}

/// A broken program.
#[derive(Clone, Debug)]
pub(super) struct Mutant {
    pub(super) way: Way,
    /// What is replaced, and by what.
    pub(super) edit: (Range<usize>, String),
    /// The places that an error may point at, in the broken text.
    pub(super) broken: Vec<Range<usize>>,
    pub(super) verdict: Verdict,
    /// An edit whose diagnostics say the type that decides whether a survivor is valid.
    pub(super) probe: Option<(Range<usize>, String)>,
}

/// The name that nothing has.
const NOTHING: &str = "zzNothing";

/// The fields of a step besides its output.
const STEP: [&str; 8] =
    ["nodeId", "nodeName", "status", "output", "executedAt", "durationMs", "attempts", "error"];

/// The roots of the data store.
const ROOTS: [&str; 6] = ["trigger", "steps", "loop", "variables", "run", "config"];

/// All mutants of a file.
pub(super) fn mutants(sites: &Sites, text: &str) -> Vec<Mutant> {
    let mut out = Vec::new();
    for path in &sites.paths {
        rename(path, text, &mut out);
        drop_segment(path, &mut out);
        unguard_safe(path, &mut out);
    }
    unguard(sites, text, &mut out);
    moved(sites, text, &mut out);
    optional(sites, &mut out);
    triggers(sites, &mut out);
    out
}

fn range(span: Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// A span behind an edit, in the edited text.
fn shifted(span: Span, edit: &(Range<usize>, String)) -> Range<usize> {
    let by = edit.1.len() as isize - edit.0.len() as isize;
    let move_by = |at: u32| match at as usize >= edit.0.end {
        true => (at as isize + by) as usize,
        false => at as usize,
    };
    move_by(span.start)..move_by(span.end)
}

fn rename(path: &Path, text: &str, out: &mut Vec<Mutant>) {
    for segment in path.segments.iter().filter(|segment| segment.name.is_some()) {
        let edit = (range(segment.span), NOTHING.to_owned());
        let base = Span { end: segment.whole.start, ..path.span };
        let probe = format!("({} - 1)", text.get(range(base)).unwrap_or_default());
        let broken = segment.span.start as usize..segment.span.start as usize + NOTHING.len();
        out.push(Mutant {
            way: Way::Rename,
            edit,
            broken: vec![broken],
            verdict: Verdict::Refused,
            probe: Some((range(Span { end: segment.whole.end, ..path.span }), probe)),
        });
    }
}

fn drop_segment(path: &Path, out: &mut Vec<Mutant>) {
    if !ROOTS.contains(&path.root.as_str()) {
        return;
    }
    for (at, segment) in path.segments.iter().enumerate() {
        let next = path.segments.get(at + 1);
        let next_name = next.and_then(|next| next.name.as_deref());
        let must = match (path.root.as_str(), at, next_name) {
            ("steps", 0, Some(next)) => next == "output",
            ("steps", 1, Some(next)) => {
                segment.name.as_deref() == Some("output") && !STEP.contains(&next)
            }
            ("trigger", 0, Some(next)) => {
                !["body", "headers", "entity", "arguments", "eventType"].contains(&next)
            }
            _ => false,
        };
        let edit = (range(segment.whole), String::new());
        let start = segment.whole.start as usize;
        let broken = match next {
            Some(next) => shifted(next.whole, &edit),
            None => path.root_span.start as usize..start,
        };
        out.push(Mutant {
            way: Way::Drop,
            edit,
            broken: vec![broken],
            verdict: match must {
                true => Verdict::Refused,
                false => Verdict::OrValid("what is left is a path too, and fits"),
            },
            probe: None,
        });
    }
}

fn unguard_safe(path: &Path, out: &mut Vec<Mutant>) {
    for segment in path.segments.iter().filter(|segment| segment.safe) {
        let question = segment.whole.start as usize..segment.whole.start as usize + 1;
        let edit = (question, String::new());
        out.push(Mutant {
            way: Way::Unguard,
            broken: vec![shifted(segment.span, &edit)],
            edit,
            verdict: Verdict::OrValid("it is not null here"),
            probe: None,
        });
    }
}

fn unguard(sites: &Sites, text: &str, out: &mut Vec<Mutant>) {
    for (whole, left) in &sites.defaults {
        let edit = (left.end as usize..whole.end as usize, String::new());
        let anywhere = 0..text.len();
        out.push(Mutant {
            way: Way::Unguard,
            edit,
            broken: vec![anywhere],
            verdict: Verdict::OrValid("null may stand here, or never comes"),
            probe: None,
        });
    }
    for guard in &sites.guards {
        let edit = (range(guard.cond), guard.disarmed.to_owned());
        // A path that goes on from the one that was tested, inside of what the test covers.
        let leaning = sites.paths.iter().filter(|path| {
            let inside = guard.covers.start <= path.span.start && path.span.end <= guard.covers.end;
            let written = text.get(range(path.span)).unwrap_or_default();
            let rest = written.strip_prefix(guard.path.as_str());
            inside && rest.is_some_and(|rest| rest.starts_with('.'))
        });
        let broken: Vec<_> = leaning.map(|path| shifted(path.span, &edit)).collect();
        let verdict = match broken.is_empty() {
            true => Verdict::OrValid("no path goes on from what is tested"),
            false => Verdict::Refused,
        };
        out.push(Mutant { way: Way::Unguard, edit, broken, verdict, probe: None });
    }
}

fn moved(sites: &Sites, text: &str, out: &mut Vec<Mutant>) {
    let mut seen = BTreeSet::new();
    for path in &sites.paths {
        let Some((index, flow)) = path.workflow.and_then(|w| Some((w, sites.flows.get(w)?))) else {
            continue;
        };
        let written = text.get(range(path.span)).unwrap_or_default();
        if !["steps", "loop"].contains(&path.root.as_str())
            || written.contains(['(', '\n'])
            || path.segments.iter().any(|segment| segment.name.is_none())
            || !seen.insert((index, written.to_owned()))
        {
            continue;
        }
        let name = path.segments[0].name.clone().unwrap_or_default();
        let nest = flow.steps.get(&name).cloned().unwrap_or_default();
        let mut place = |at: usize, verdict: Verdict| {
            let before = "let zzMoved = ";
            let line = format!("{before}{written}\n  ");
            let start = at + before.len();
            let broken = start..start + written.len();
            out.push(Mutant {
                way: Way::Move,
                edit: (at..at, line),
                broken: vec![broken],
                verdict,
                probe: None,
            });
        };
        if let Some(first) = flow.first {
            place(first.start as usize, Verdict::Refused);
        }
        let Some(last) = flow.last else { continue };
        let verdict = match path.root.as_str() {
            "loop" => Verdict::Refused,
            _ if nest.contains(&Nest::Loop) => Verdict::Refused,
            _ => Verdict::OrValid("its step has run by then, or null is allowed for"),
        };
        match flow.leaves {
            // The first statement is the last one where there is nothing else.
            true if Some(last) == flow.first => {}
            true => place(last.start as usize, verdict),
            false => {}
        }
    }
}

fn optional(sites: &Sites, out: &mut Vec<Mutant>) {
    for field in &sites.fields {
        let at = field.ty.end as usize;
        let edit = (at..at, "?".to_owned());
        // Paths that go on behind the field, whatever it is a field of.
        let mut broken = Vec::new();
        for path in &sites.paths {
            for (i, segment) in path.segments.iter().enumerate() {
                let named = segment.name.as_deref() == Some(&field.name);
                if let (true, Some(next)) = (named, path.segments.get(i + 1))
                    && !next.safe
                    && ROOTS.contains(&path.root.as_str())
                    && i >= 1
                {
                    broken.push(shifted(next.whole, &edit));
                }
            }
        }
        out.push(Mutant {
            way: Way::Optional,
            edit,
            broken,
            verdict: Verdict::OrValid("it is read only where null is allowed, or not at all"),
            probe: None,
        });
    }
}

fn triggers(sites: &Sites, out: &mut Vec<Mutant>) {
    let others = [
        ("schedule \"0 9 * * *\"", ["scheduledAt", "cronExpression"].as_slice()),
        ("function(zzOther: int)", ["arguments"].as_slice()),
    ];
    for (index, flow) in sites.flows.iter().enumerate() {
        let Some(trigger) = flow.trigger else { continue };
        for (other, fields) in others {
            let edit = (range(trigger), other.to_owned());
            let reads = sites.paths.iter().filter(|path| {
                path.workflow == Some(index)
                    && path.root == "trigger"
                    && path.span.start >= trigger.end
            });
            let broken: Vec<_> = reads
                .filter_map(|path| {
                    let first = path.segments.first()?;
                    let known = first.name.as_deref().is_some_and(|name| fields.contains(&name));
                    (!known).then(|| shifted(first.span, &edit))
                })
                .collect();
            let verdict = match broken.is_empty() {
                true => Verdict::OrValid("nothing of the trigger is read that the other lacks"),
                false => Verdict::Refused,
            };
            out.push(Mutant { way: Way::Trigger, edit, broken, verdict, probe: None });
        }
    }
}
