//! The order in which workflows are checked: those that are called before those that call them.

use wf_diagnostics::codes::nodes;
use wf_diagnostics::{Diagnostic, Diagnostics};
use wf_grammar::ast::{Block, StmtKind, TypeExprKind};

use crate::check::globals::Globals;
use crate::resolve::scope::Named;

/// The last word of `workflow.call`, which may have blanks in it.
const CALL: &str = "call";

/// The workflows, callees first. Cycles in which a result would have to be inferred from itself
/// are told.
pub(crate) fn order(g: &Globals<'_>, bodies: &[Block], out: &mut Diagnostics) -> Vec<usize> {
    // Most programs call no workflow; then their bodies need not be walked through.
    if !g.sources.files().any(|(_, file)| file.text().contains(CALL)) {
        return (0..g.workflows.len()).collect();
    }
    let calls: Vec<Vec<usize>> = g
        .workflows
        .iter()
        .zip(bodies)
        .map(|(info, body)| {
            let mut found = Vec::new();
            collect(g, info.unit, body, &mut found, 0);
            found
        })
        .collect();
    let mut state = vec![State::New; calls.len()];
    let mut sorted = Vec::with_capacity(calls.len());
    for start in 0..calls.len() {
        if state[start] != State::New {
            continue;
        }
        state[start] = State::Open;
        let mut open = vec![(start, 0)];
        while let Some((node, next)) = open.last_mut() {
            let Some(target) = calls[*node].get(*next).copied() else {
                state[*node] = State::Done;
                sorted.push(*node);
                open.pop();
                continue;
            };
            *next += 1;
            match state[target] {
                State::New => {
                    state[target] = State::Open;
                    open.push((target, 0));
                }
                State::Open if g.workflows[target].declared.is_none() => {
                    state[target] = State::Told;
                    out.push(recursive(g, target));
                }
                _ => {}
            }
        }
    }
    sorted
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Told,
    Done,
}

fn recursive(g: &Globals<'_>, workflow: usize) -> Diagnostic {
    let name = &g.workflows[workflow].decl.name;
    let message =
        format!("the workflow `{}` calls itself, so its result can't be inferred", name.text);
    Diagnostic::new(&nodes::NEEDS_RESULT, name.span, message)
        .help(format!("say what it returns: `workflow {} -> T {{ … }}`", name.text))
}

fn collect(g: &Globals<'_>, unit: usize, block: &Block, out: &mut Vec<usize>, depth: usize) {
    if depth > 200 {
        return;
    }
    let mut inner = |block: &Block| collect(g, unit, block, out, depth + 1);
    for stmt in &block.stmts {
        match &stmt.kind {
            StmtKind::If(branch) => {
                inner(&branch.then);
                branch.otherwise.iter().for_each(&mut inner);
            }
            StmtKind::Match(m) => m.cases.iter().for_each(|c| inner(&c.body)),
            StmtKind::For(f) => inner(&f.body),
            StmtKind::While(w) => inner(&w.body),
            StmtKind::Parallel(p) => p.branches.iter().for_each(|b| inner(&b.body)),
            StmtKind::Try(t) => {
                inner(&t.body);
                t.catch.iter().for_each(|(_, b)| inner(b));
                t.finally.iter().for_each(&mut inner);
            }
            _ => {}
        }
    }
    for stmt in &block.stmts {
        let StmtKind::Step(step) = &stmt.kind else { continue };
        if step.node.text != "workflow.call" {
            continue;
        }
        let Some(TypeExprKind::Name(name, _)) = step.type_args.first().map(|t| &t.kind) else {
            continue;
        };
        if let Some(Named::Workflow(target)) = g.scopes[unit].get(&name.text).map(|e| e.named) {
            out.push(target as usize);
        }
    }
}
