//! What a profile tells: times by step and by line, and as text.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use wf_bytecode::{Program, StepInfo, StepKind};
use wf_diagnostics::{SourceMap, Span};

use super::{Profile, Spot, State};
use crate::sources_of;

/// Where the time of runs went. Times are in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileReport {
    /// How many runs were seen.
    pub runs: usize,
    /// How long they took, in all.
    pub elapsed: i64,
    /// How many workers ran them.
    pub workers: usize,
    /// How long these worked, in all.
    pub work: i64,
    /// How long steps waited, in all: several may wait at once.
    pub waiting: i64,
    /// Steps, loops and blocks that ran, those that took longest first.
    pub steps: Vec<StepCost>,
    /// Lines at which workers worked or steps waited, the dearest first. Their work is all of
    /// [`work`](Self::work) but for what belongs to no line.
    pub lines: Vec<LineCost>,
}

/// What a step, named condition, loop or parallel block cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepCost {
    /// Its name.
    pub name: String,
    /// What it is: the name of the node, or `for`, `while`, `if`, `parallel`.
    pub kind: String,
    /// Whether other steps may be in it, whose times are in its own.
    pub is_block: bool,
    /// Its file and line, from 1.
    pub place: (String, u32),
    /// How often it ran.
    pub count: u64,
    /// How often it failed.
    pub failed: u64,
    /// How often its node was called.
    pub calls: u64,
    /// How long it took in all: `work` and `waiting`.
    pub total: i64,
    /// How long workers were busy with it. Of a block: all but the waits for it as a whole.
    pub work: i64,
    /// How long it waited: for answers, before retries, for workflows that it called.
    pub waiting: i64,
}

/// What a line of the source cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineCost {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// Its text.
    pub text: String,
    /// How long workers were seen at it.
    pub work: i64,
    /// How long its steps waited.
    pub waiting: i64,
    /// How often its steps ran.
    pub count: u64,
}

impl Profile {
    /// Where the time of the runs of this program went.
    pub fn report(&self, program: &Program) -> ProfileReport {
        let state = self.lock();
        let sources = sources_of(program);
        let elapsed = state.runs.iter().filter_map(|run| Some(run.ended? - run.began)).sum();
        let steps = steps(&state, program, &sources);
        ProfileReport {
            runs: state.runs.len(),
            elapsed,
            workers: state.workers.iter().filter(|worker| worker.worked > 0).count(),
            work: state.workers.iter().map(|worker| worker.worked).sum(),
            waiting: state.steps.values().map(|sum| sum.waiting).sum(),
            steps,
            lines: lines(&state, program, &sources),
        }
    }
}

fn steps(state: &State, program: &Program, sources: &SourceMap) -> Vec<StepCost> {
    let mut steps: Vec<StepCost> = state
        .steps
        .iter()
        .filter_map(|(step, sum)| {
            let info = program.steps.get(usize::from(*step))?;
            let (file, line) = place(info.span, sources)?;
            let is_block = !matches!(info.kind, StepKind::Node { .. } | StepKind::Call { .. });
            Some(StepCost {
                name: info.name.to_string(),
                kind: kind(info, program),
                is_block,
                place: (file.to_owned(), line),
                count: sum.count,
                failed: sum.failed,
                calls: if is_block { 0 } else { sum.calls },
                total: sum.total,
                work: sum.total - sum.waiting,
                waiting: sum.waiting,
            })
        })
        .collect();
    // By a stable sort: what took as long stays in the order of the source.
    steps.sort_by_key(|step| std::cmp::Reverse(step.total));
    steps
}

fn lines(state: &State, program: &Program, sources: &SourceMap) -> Vec<LineCost> {
    let mut lines: BTreeMap<(String, u32), LineCost> = BTreeMap::new();
    let mut at = |span: Option<Span>, add: &dyn Fn(&mut LineCost)| {
        let Some((file, line)) = span.and_then(|span| place(span, sources)) else { return };
        let cost = lines.entry((file.to_owned(), line)).or_insert_with(|| LineCost {
            file: file.to_owned(),
            line,
            text: span.map(|span| line_text(span, sources)).unwrap_or_default(),
            ..LineCost::default()
        });
        add(cost);
    };
    let span_of = |step: u16| program.steps.get(usize::from(step)).map(|info| info.span);
    for (spot, work) in &state.lines {
        let span = match spot {
            Spot::Step(step) => span_of(*step),
            Spot::Source(span) => Some(*span),
            Spot::Unknown => None,
        };
        at(span, &|cost| cost.work += work);
    }
    for (step, sum) in &state.steps {
        at(span_of(*step), &|cost| {
            cost.waiting += sum.waiting;
            cost.count += sum.count;
        });
    }
    let mut lines: Vec<LineCost> = lines.into_values().collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.work + line.waiting));
    lines
}

/// What a step is.
pub(super) fn kind(info: &StepInfo, program: &Program) -> String {
    match &info.kind {
        StepKind::Node { node, .. } => {
            let node = program.nodes.get(usize::from(*node));
            node.map_or("?", |node| node.name.as_str()).to_owned()
        }
        StepKind::Call { workflow, .. } => {
            let called = program.workflows.get(usize::from(*workflow));
            format!("workflow.call<{}>", called.map_or("?", |called| called.name.as_str()))
        }
        StepKind::If => "if".to_owned(),
        StepKind::For => "for".to_owned(),
        StepKind::While => "while".to_owned(),
        StepKind::Parallel => "parallel".to_owned(),
    }
}

/// File and line of a span.
pub(super) fn place(span: Span, sources: &SourceMap) -> Option<(&str, u32)> {
    let file = sources.get(span.file)?;
    Some((file.name(), file.line_column(span.start).line))
}

fn line_text(span: Span, sources: &SourceMap) -> String {
    let Some(file) = sources.get(span.file) else { return String::new() };
    let range = file.line_range(file.line_of(span.start));
    let text = file.text().get(range).unwrap_or("").trim();
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

impl ProfileReport {
    /// The report for people: what went on in all, and the first `top` steps and lines.
    pub fn to_text(&self, top: usize) -> String {
        let mut out = String::new();
        let runs = if self.runs == 1 { "run" } else { "runs" };
        let workers = if self.workers == 1 { "worker" } else { "workers" };
        let _ = writeln!(
            out,
            "{} {runs}, {}: {} work on {} {workers}, {} waiting",
            self.runs,
            time(self.elapsed),
            time(self.work),
            self.workers,
            time(self.waiting),
        );
        self.steps_text(top, &mut out);
        self.lines_text(top, &mut out);
        out
    }

    fn steps_text(&self, top: usize, out: &mut String) {
        if self.steps.is_empty() {
            return;
        }
        let name = |step: &StepCost| format!("{} ({})", step.name, step.kind);
        let shown = &self.steps[..top.min(self.steps.len())];
        let wide = shown.iter().map(|step| name(step).chars().count()).max().unwrap_or(0);
        let _ = writeln!(
            out,
            "\n{:wide$}  {:>7}  {:>7}  {:>9}  {:>9}  {:>9}",
            "by step", "count", "calls", "total", "work", "waiting"
        );
        for step in shown {
            let (calls, work, waiting) = match step.is_block {
                true => (String::new(), String::new(), String::new()),
                false => (step.calls.to_string(), time(step.work), time(step.waiting)),
            };
            let line = format!(
                "{:wide$}  {:>7}  {calls:>7}  {:>9}  {work:>9}  {waiting:>9}",
                name(step),
                step.count,
                time(step.total),
            );
            let _ = writeln!(out, "{}", line.trim_end());
        }
        and_more(self.steps.len() - shown.len(), out);
    }

    fn lines_text(&self, top: usize, out: &mut String) {
        if self.lines.is_empty() {
            return;
        }
        let name = |line: &LineCost| format!("{}:{}", line.file, line.line);
        let shown = &self.lines[..top.min(self.lines.len())];
        let wide = shown.iter().map(|line| name(line).chars().count()).max().unwrap_or(0);
        let wide = wide.max("by line".len());
        let head =
            format!("\n{:wide$}  {:>7}  {:>9}  {:>9}", "by line", "count", "work", "waiting");
        let _ = writeln!(out, "{head}");
        for line in shown {
            let count = if line.count == 0 { String::new() } else { line.count.to_string() };
            let text = format!(
                "{:wide$}  {count:>7}  {:>9}  {:>9}  {}",
                name(line),
                time(line.work),
                time(line.waiting),
                cut(&line.text),
            );
            let _ = writeln!(out, "{}", text.trim_end());
        }
        and_more(self.lines.len() - shown.len(), out);
    }
}

fn and_more(left: usize, out: &mut String) {
    if left > 0 {
        let _ = writeln!(out, "and {left} more");
    }
}

/// The beginning of a line.
fn cut(text: &str) -> String {
    const WIDE: usize = 48;
    match text.char_indices().nth(WIDE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn time(micros: i64) -> String {
    match micros {
        ..=0 => "-".to_owned(),
        _ => format!("{:.1?}", Duration::from_micros(micros.unsigned_abs())),
    }
}
