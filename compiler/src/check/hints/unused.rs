//! Warnings about what is never read.

use wf_diagnostics::Diagnostic;
use wf_diagnostics::codes::warnings;

use crate::check::body::Body;

/// The nodes that only read: running one without looking at its output does nothing.
const READERS: [&str; 6] =
    ["entity.query", "entity.get", "http.get", "time.now", "random.uuid", "condition"];

/// Warns of steps, variables and locals that nothing reads. Where something is wrong in a body
/// nothing is said: what is not read may be what was meant.
pub(crate) fn warn(body: &mut Body<'_>) {
    if body.out.iter().any(Diagnostic::is_error) {
        return;
    }
    let mut found = Vec::new();
    if let Some(w) = &body.w {
        for (i, step) in w.outline.steps.iter().enumerate() {
            let reader = w.nodes[i].is_some_and(|node| READERS.contains(&node));
            if reader && !w.used[i] {
                let message = format!("nothing reads `steps.{}`", step.name);
                found.push(
                    Diagnostic::new(&warnings::UNUSED_STEP, step.span, message)
                        .help("this node only reads: use its output, or remove the step"),
                );
            }
        }
        let nodes = || w.outline.steps.iter().zip(&w.nodes);
        if !nodes().any(|(_, node)| *node == Some("entity.commit")) {
            for (step, _) in nodes().filter(|(_, node)| **node == Some("entity.transaction")) {
                let message = format!("nothing commits the transaction of `{}`", step.name);
                found.push(
                    Diagnostic::new(&warnings::NEVER_COMMITTED, step.span, message)
                        .help(format!(
                            "add `step done = entity.commit {{ transaction: steps.{}.output.transaction }}`",
                            step.name
                        )),
                );
            }
        }
        for variable in w.variables.iter().filter(|v| !v.read) {
            let message = format!("nothing reads `variables.{}`", variable.name);
            found.push(
                Diagnostic::new(&warnings::UNUSED_VARIABLE, variable.span, message)
                    .help("use it, or remove it"),
            );
        }
    }
    for (local, info) in body.locals.iter().zip(&body.local_info) {
        if info.is_let && !info.used && !local.name.starts_with('_') {
            let message = format!("nothing reads `{}`", local.name);
            found.push(
                Diagnostic::new(&warnings::UNUSED_LET, info.span, message)
                    .help(format!("use it, remove it, or call it `_{}`", local.name)),
            );
        }
    }
    body.out.extend(found);
}
