//! Tests of the parser.

mod codes;
mod errors;
mod expressions;
mod files;
mod grammar;
mod hostile;
mod layout;
mod show;
mod sizes;

use wf_diagnostics::FileId;

use crate::{Parsed, ast};

/// Parses a text.
fn parse(text: &str) -> Parsed {
    crate::parse(FileId(0), text)
}

/// Parses a text that has no mistakes.
#[track_caller]
fn clean(text: &str) -> ast::File {
    let parsed = parse(text);
    assert!(parsed.diagnostics.is_empty(), "{text}\n{}", told(text, &parsed.diagnostics));
    parsed.file
}

/// The diagnostics as `code text-at-fault: message`, one a line.
fn told(text: &str, diagnostics: &[wf_diagnostics::Diagnostic]) -> String {
    let lines: Vec<String> = diagnostics
        .iter()
        .map(|d| {
            let at = &text[d.span.start as usize..d.span.end as usize];
            format!("{} {}..{} `{at}`: {}", d.code.id, d.span.start, d.span.end, d.message)
        })
        .collect();
    lines.join("\n")
}

/// A workflow with this body.
fn workflow(body: &str) -> String {
    format!("workflow w {{\n  trigger function()\n{body}\n}}\n")
}

/// The statements of a workflow with this body, which has no mistakes.
#[track_caller]
fn stmts(body: &str) -> Vec<ast::Stmt> {
    let mut file = clean(&workflow(body));
    match file.items.pop().map(|item| item.kind) {
        Some(ast::ItemKind::Workflow(workflow)) => workflow.body.stmts,
        other => panic!("no workflow: {other:?}"),
    }
}

/// The form of an expression, which has no mistakes.
#[track_caller]
fn expr(text: &str) -> String {
    let (expr, diagnostics) = crate::parse_expression(FileId(0), text);
    assert!(diagnostics.is_empty(), "{text}\n{}", told(text, &diagnostics));
    show::expr(&expr.expect("a clean expression gives a tree"))
}

/// The diagnostics of an expression.
fn expr_errors(text: &str) -> String {
    told(text, &crate::parse_expression(FileId(0), text).1)
}
