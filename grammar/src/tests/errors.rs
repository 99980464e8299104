//! Several mistakes in one file, each told at its exact place, and what is left of the tree.

use super::{parse, told, workflow};
use crate::ast::{ExprKind, ItemKind, StmtKind};

#[test]
fn all_mistakes_of_a_file_are_told() {
    let text = r#"type A = { x int }

workflow one {
  trigger function()
  let a = 1 +
  step s = http.get<int> { url "x" }
  if a = 1 as c {
    let type = 2
    step t = http.get<int> { url: "y" }
    return (1
  }
  for x in [1, 2] {
    yield x ? 1 : 2
  }
  return a
}

entity B {
  name string
  ok: int
}

fn f(x: int) => int { return x }

fn g(x: int) -> int { return x && 1 }
"#;
    let parsed = parse(text);
    let expected = [
        ("WF0033", "x"),
        ("WF0001", ""),
        ("WF0033", "url"),
        ("WF0018", "="),
        ("WF0012", "type"),
        ("WF0006", "("),
        ("WF0027", "for x in [1, 2]"),
        ("WF0024", "?"),
        ("WF0033", "name"),
        ("WF0019", "=>"),
        ("WF0013", "&&"),
    ];
    let told_pairs: Vec<(&str, &str)> = parsed
        .diagnostics
        .iter()
        .map(|d| (d.code.id, &text[d.span.start as usize..d.span.end as usize]))
        .collect();
    assert_eq!(told_pairs, expected, "{}", told(text, &parsed.diagnostics));
    let workflow = parsed.file.items.iter().find_map(|item| match &item.kind {
        ItemKind::Workflow(workflow) => Some(workflow),
        _ => None,
    });
    let workflow = workflow.expect("the workflow is in the tree");
    assert_eq!(workflow.triggers.len(), 1);
    let kinds: Vec<bool> = workflow.body.stmts.iter().map(|s| s.kind == StmtKind::Error).collect();
    assert_eq!(kinds, [false; 5]);
    let StmtKind::Step(step) = &workflow.body.stmts[1].kind else { panic!() };
    assert_eq!((step.name.text.as_str(), &step.input.kind), ("s", &ExprKind::Error));
    let StmtKind::If(check) = &workflow.body.stmts[2].kind else { panic!() };
    assert_eq!(check.name.as_ref().map(|n| n.text.as_str()), Some("c"));
    assert_eq!(check.then.stmts.len(), 3);
    let names: usize =
        parsed.file.items.iter().filter(|i| matches!(i.kind, ItemKind::Fn(_))).count();
    assert_eq!(names, 1, "the broken function is left out");
    let fields = parsed.file.items.iter().find_map(|item| match &item.kind {
        ItemKind::Entity(entity) => Some(entity.fields.len()),
        _ => None,
    });
    assert_eq!(fields, Some(1));
}

/// One mistake in the body of a workflow: its code, the text at fault, a piece of the message.
const MISTAKES: &[(&str, &str, &str, &str)] = &[
    ("let type = 1", "WF0012", "type", "reserved word"),
    ("let test = 1", "WF0012", "test", "reserved for later"),
    ("step step = log.info { }", "WF0012", "step", "reserved word"),
    ("let in: int = 1", "WF0012", "in", "reserved word"),
    ("if a = 1 as c { }", "WF0018", "=", ""),
    ("while a = 1 as c max 3 { }", "WF0018", "=", ""),
    ("for x in xs { }", "WF0027", "for x in xs", "`for`"),
    ("for x in xs as parallel 8 { }", "WF0012", "parallel", "reserved word"),
    ("parallel as p { branch a { }\n let c = 1\n branch b { } }", "WF0001", "let", "`branch`"),
    ("while a as w { }", "WF0027", "while a", "max N"),
    ("while a { }", "WF0027", "while a", "as NAME"),
    ("parallel { branch a { } }", "WF0027", "parallel", ""),
    ("try { } catch { }", "WF0027", "{", "failure"),
    ("else { }", "WF0023", "else", ""),
    ("catch err { }", "WF0023", "catch", ""),
    ("log.info { message: \"x\" }", "WF0029", "log.info", "`log.info` is run by a step"),
    ("f(x)", "WF0029", "f(x)", "no statement"),
    ("1 + 2", "WF0029", "1", "no statement"),
    ("var x = 1", "WF0015", "var", ""),
    ("const x = 1", "WF0015", "const", ""),
    ("if a as c { } elif b as d { }", "WF0015", "elif", ""),
    ("let x = None", "WF0015", "None", ""),
    ("let x = 1;", "WF0013", ";", "semicolons"),
    ("variables.x -= 1", "WF0013", "-=", ""),
    ("variables.x ++", "WF0013", "++", ""),
    (
        "trigger entity A on created",
        "WF0031",
        "trigger entity A on created",
        "one `trigger` clause",
    ),
    ("let x 1", "WF0001", "1", "expected `:` or `=`"),
    ("let x =", "WF0001", "", "expected an expression"),
    ("step x http.get { }", "WF0001", "http", "expected `=`"),
    ("for x of xs as l { }", "WF0035", "of", "`in`"),
    ("if a as c return 1", "WF0037", "return", "no braces"),
    ("let s = \"abc", "WF0002", "\"", "never closed"),
    ("let s = \"a {{ b \"", "WF0002", "", "never closed"),
    ("let s = f(1, 2", "WF0006", "(", ""),
    ("let s = f(1, 2))", "WF0007", ")", ""),
    ("# comment", "WF0004", "#", ""),
    ("let x = a § b", "WF0004", "§", "U+00A7"),
    ("match a { 1 => return 2 }", "WF0037", "return", "braces"),
    ("match a { 1 -> { } }", "WF0019", "->", ""),
    ("let x = xs | 5", "WF0001", "5", "expected a name"),
    ("let x = { a: 1, a }", "WF0033", "a", ""),
    ("let x: list<int = []", "WF0001", "=", "`>`"),
];

#[test]
fn each_mistake_is_told_once_and_well() {
    for (line, code, at, fragment) in MISTAKES {
        let text = workflow(&format!("  let before = 1\n  {line}\n  let after = 2"));
        let parsed = parse(&text);
        let all = told(&text, &parsed.diagnostics);
        assert_eq!(parsed.diagnostics.len(), 1, "{line}\n{all}");
        let d = &parsed.diagnostics[0];
        let slice = &text[d.span.start as usize..d.span.end as usize];
        assert!(d.code.id == *code && d.message.contains(fragment), "{line}\n{all}");
        assert!(at.is_empty() || slice == *at, "{line}\n{all}");
        let Some(ItemKind::Workflow(workflow)) = parsed.file.items.first().map(|i| &i.kind) else {
            panic!("{line}: the workflow is lost");
        };
        let lets = |name: &str| {
            workflow
                .body
                .stmts
                .iter()
                .any(|s| matches!(&s.kind, StmtKind::Let { name: n, .. } if n.text == name))
        };
        assert!(lets("before"), "{line}");
        assert!(lets("after"), "{line}");
        assert!(!d.message.contains('_') || d.message.contains('`'), "{}", d.message);
    }
}

#[test]
fn a_missing_brace_is_told_at_its_opening() {
    let text = "workflow a {\n  trigger function()\n  for x in xs as l {\n    let y = x\n\n  return 1\n}\n\nworkflow b {\n  trigger function()\n  return 1\n}\n";
    let parsed = parse(text);
    assert_eq!(parsed.diagnostics.len(), 1, "{}", told(text, &parsed.diagnostics));
    let d = &parsed.diagnostics[0];
    assert_eq!(d.code.id, "WF0006");
    assert_eq!(d.span.start as usize, text.find("as l {").map_or(0, |at| at + 5));
    assert_eq!(parsed.file.items.len(), 2);
}

#[test]
fn items_that_are_none_are_told_once() {
    for (text, at) in [
        ("step x = log.info { }", "step"),
        ("import x", "import"),
        ("fn f() -> int { return 1 }\nlet x = 1", "let"),
        ("interface A { x: int }", "interface"),
    ] {
        let parsed = parse(text);
        assert_eq!(parsed.diagnostics.len(), 1, "{}", told(text, &parsed.diagnostics));
        let d = &parsed.diagnostics[0];
        assert_eq!((d.code.id, &text[d.span.start as usize..d.span.end as usize]), ("WF0030", at));
    }
}

#[test]
fn triggers_that_are_none_keep_the_rest() {
    for (clause, fragment) in [
        ("cron \"0 9 * * *\"", "`cron` is no kind"),
        ("entity Lead on create", "`create` is no event"),
        ("entity Lead", "expected `on`"),
        ("webhook post \"/a\"", "capital letters"),
        ("entity Lead on created where e.x", "is a lambda"),
    ] {
        let text = format!("workflow w {{\n  trigger {clause}\n  return 1\n}}");
        let parsed = parse(&text);
        let all = told(&text, &parsed.diagnostics);
        assert!(parsed.diagnostics.len() == 1 && all.contains(fragment), "{clause}\n{all}");
        let Some(ItemKind::Workflow(workflow)) = parsed.file.items.first().map(|i| &i.kind) else {
            panic!("{clause}");
        };
        assert_eq!((workflow.triggers.len(), workflow.body.stmts.len()), (1, 1));
    }
}
