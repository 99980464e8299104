//! The rules about lines and words, on whole statements.

use super::show::expr;
use super::{parse, stmts, told, workflow};
use crate::ast::StmtKind;

#[test]
fn values_begin_on_the_line_of_their_word() {
    let body = stmts("  if a as c { return\n  variables.x = 3 }\n  return -1");
    let StmtKind::If(first) = &body[0].kind else { panic!() };
    assert!(matches!(first.then.stmts[0].kind, StmtKind::Return(None)));
    assert!(matches!(first.then.stmts[1].kind, StmtKind::Assign { .. }));
    let errors = parse(&workflow("  yield\n    1")).diagnostics;
    assert_eq!(errors[0].code.id, "WF0001");
}

#[test]
fn a_name_behind_as_is_no_type() {
    let body = stmts(
        "  for lead in steps.q.output.entities as process_items parallel 8 { }\n  if ok as is_hot { }\n  \
         let y = x as string? | upper\n  if x as int? == 3 as c { }",
    );
    let StmtKind::For(each) = &body[0].kind else { panic!() };
    assert_eq!(each.name.as_ref().map(|n| n.text.as_str()), Some("process_items"));
    let StmtKind::If(check) = &body[1].kind else { panic!() };
    assert_eq!(expr(&check.cond), "ok");
    let StmtKind::Let { value, .. } = &body[2].kind else { panic!() };
    assert_eq!(expr(value), "upper((x as string?))");
    let StmtKind::If(check) = &body[3].kind else { panic!() };
    assert_eq!(expr(&check.cond), "((x as int?) == 3)");
}

#[test]
fn ranges_are_no_descendants() {
    let body = stmts("  for i in start..stop as l { }\n  let d = payload..[\"price\"]");
    let StmtKind::For(each) = &body[0].kind else { panic!() };
    assert_eq!(expr(&each.items), "(start .. stop)");
    let StmtKind::Let { value, .. } = &body[1].kind else { panic!() };
    assert_eq!(expr(value), "payload..[\"price\"]");
}

#[test]
fn a_line_that_begins_with_a_bracket_is_told() {
    for body in ["  let x = a\n    - b", "  let x = a\n    (b)", "  let x = f\n    [0]"] {
        let text = workflow(body);
        let errors = parse(&text).diagnostics;
        assert_eq!(told(&text, &errors).matches("WF0028").count(), 1, "{}", told(&text, &errors));
        assert_eq!(errors.len(), 1);
    }
}

#[test]
fn doc_comments_belong_to_what_follows() {
    let file = super::clean(
        "/// One.\n/// Two.\n\nfn f() -> int { return 1 }\ntype T = {\n  /// A.\n  a: int /// no\n  b: int\n}",
    );
    assert_eq!(file.items[0].doc, "One.\nTwo.");
    let crate::ast::ItemKind::Type(ty) = &file.items[1].kind else { panic!() };
    let crate::ast::TypeExprKind::Record(fields) = &ty.ty.kind else { panic!() };
    assert_eq!((fields[0].doc.as_str(), fields[1].doc.as_str()), ("A.", ""));
    assert_eq!(file.comments.len(), 4);
}
