//! Whole files: items, workflows, statements.

use super::show::{expr, pattern, show_type, template};
use super::{clean, stmts, workflow};
use crate::ast::{
    AssignOp, CommentKind, EntityEvent, ExprKind, File, ItemKind, StmtKind, TriggerKind, Workflow,
};

/// The file at the head of the language's description.
pub(super) const WHOLE: &str = r#"/// A person or company that may buy.
entity Lead {
  name:   string
  email:  string?
  status: "Open" | "Contacted" | "Closed"
  score:  int
}

type Person = { score: int, tags: list<string> }

/// Scores every open lead and marks the hot ones.
workflow follow_up_open_leads {
  trigger entity Lead on created

  variables {
    totalCount: int = 0
    hot: list<uuid> = []
  }

  step query_leads = entity.query<Lead> {
    where: lead => lead.status == "Open" and lead.score > 10
    orderBy: lead => lead.score
    limit: 200
  }

  for lead in steps.query_leads.output.entities as process_items parallel 8 {
    step enrich = http.get<Person> {
      url: "https://api.example.com/score?email={{ lead.email ?? "none" | urlEncode }}"
    } with { timeout: 5s, retry: { attempts: 3, backoff: 200ms } }

    if steps.enrich.output.body.score >= 80 as is_hot {
      step mark = entity.update<Lead> { id: lead.id, set: { status: "Contacted" } }
      variables.hot += [loop.process_items.item.id]
    }
    variables.totalCount += 1
    yield { lead: lead.id, score: steps.enrich.output.body.score }
  }

  step report = log.info {
    message: "{{ trigger.entity.name }}: {{ variables.totalCount }} leads, {{ steps.process_items.output.count }} scored"
  }

  return { contacted: variables.totalCount, hot: variables.hot }
}
"#;

#[track_caller]
fn workflow_of(file: &File) -> &Workflow {
    match file.items.last().map(|item| &item.kind) {
        Some(ItemKind::Workflow(workflow)) => workflow,
        other => panic!("no workflow: {other:?}"),
    }
}

#[test]
fn the_whole_file_reads() {
    let file = clean(WHOLE);
    assert_eq!(file.items.len(), 3);
    assert_eq!(file.items[0].doc, "A person or company that may buy.");
    let ItemKind::Entity(lead) = &file.items[0].kind else { panic!() };
    assert_eq!(lead.fields.len(), 4);
    assert_eq!(show_type(&lead.fields[2].ty), "(\"Open\" | \"Contacted\" | \"Closed\")");
    let workflow = workflow_of(&file);
    assert_eq!(file.items[2].doc, "Scores every open lead and marks the hot ones.");
    let TriggerKind::Entity { entity, events, .. } = &workflow.triggers[0].kind else { panic!() };
    assert_eq!((entity.text.as_str(), events[0].0), ("Lead", EntityEvent::Created));
    let body = &workflow.body.stmts;
    assert_eq!(body.len(), 5);
    let StmtKind::For(each) = &body[2].kind else { panic!() };
    assert_eq!(expr(&each.items), "steps.query_leads.output.entities");
    assert_eq!(each.name.as_ref().map(|n| n.text.as_str()), Some("process_items"));
    assert!(each.parallel.as_ref().is_some_and(|p| p.limit.is_some()));
    let StmtKind::Step(enrich) = &each.body.stmts[0].kind else { panic!() };
    assert_eq!(enrich.node.text, "http.get");
    assert_eq!(
        expr(&enrich.input),
        "{url: \"https://api.example.com/score?email=$urlEncode((lead.email ?? \"none\"))$\"}"
    );
    assert_eq!(
        enrich.policy.as_ref().map(expr).as_deref(),
        Some("{timeout: 5000000us, retry: {attempts: 3, backoff: 200000us}}")
    );
    let span = body[4].span;
    assert_eq!(
        &WHOLE[span.start as usize..span.end as usize],
        "return { contacted: variables.totalCount, hot: variables.hot }"
    );
    let kinds: Vec<_> = file.comments.iter().map(|c| c.kind).collect();
    assert_eq!(kinds, [CommentKind::Doc, CommentKind::Doc]);
}

#[test]
fn items_of_every_kind() {
    let file = clean(
        r#"
use "a.wf"
use { A, b
  c } from "b.wf"
use schema "hooks.json#/definitions/issues$opened" as IssueOpened
type T =
  | "a"
  | "b"
type F = { f: (int, T) -> U?, "+1": int? }
entity E { email: string unique = "", n: int index }
config { name: string = "x", token: secret
  limit: int = 50 }
fn name<T: ordered = json, U>(xs: list<T>, f: (T) -> U) -> list<U>
fn add(a: int, b: int = 1) -> int { let mut x: int = a  x = x + b  return x }
/// Sends.
node http.request<T = json?> {
  input {
    /// The method.
    method: "GET" | "POST" = "GET"
    headers: map<string> = {}
    accept: list<int> = [] // status codes
  }
  output { statusCode: int, body: T }
}
node time.now { output { now: instant } }
workflow w -> { a: int }? { trigger function() return null }
"#,
    );
    let kinds: Vec<&str> = file
        .items
        .iter()
        .map(|item| match &item.kind {
            ItemKind::Use(_) => "use",
            ItemKind::UseSchema(_) => "schema",
            ItemKind::Type(_) => "type",
            ItemKind::Entity(_) => "entity",
            ItemKind::Fn(_) => "fn",
            ItemKind::Config(_) => "config",
            ItemKind::Node(_) => "node",
            ItemKind::Workflow(_) => "workflow",
        })
        .collect();
    assert_eq!(kinds.join(" "), "use use schema type type entity config fn fn node node workflow");
    let ItemKind::Use(files) = &file.items[1].kind else { panic!() };
    assert_eq!(files.imports.as_ref().map(Vec::len), Some(3));
    let ItemKind::Type(t) = &file.items[3].kind else { panic!() };
    assert_eq!(show_type(&t.ty), "(\"a\" | \"b\")");
    let ItemKind::Type(f) = &file.items[4].kind else { panic!() };
    assert_eq!(show_type(&f.ty), "{f: (int, T) -> U?, +1: int?}");
    let ItemKind::Entity(e) = &file.items[5].kind else { panic!() };
    assert_eq!(e.fields[0].marks[0].text, "unique");
    assert!(e.fields[0].default.is_some());
    assert_eq!(e.fields[1].marks[0].text, "index");
    let ItemKind::Fn(name) = &file.items[7].kind else { panic!() };
    assert_eq!(name.type_params[0].bound.as_ref().map(|b| b.text.as_str()), Some("ordered"));
    assert!(name.body.is_none() && name.result.is_some());
    let ItemKind::Fn(add) = &file.items[8].kind else { panic!() };
    assert_eq!(add.body.as_ref().map(|b| b.stmts.len()), Some(3));
    let ItemKind::Node(node) = &file.items[9].kind else { panic!() };
    assert_eq!(node.name.text, "http.request");
    assert_eq!(node.input[0].doc, "The method.");
    assert_eq!(file.items[9].doc, "Sends.");
    assert_eq!(show_type(&node.output), "{statusCode: int, body: T}");
}

#[test]
fn triggers_of_every_kind() {
    let triggers = |clause: &str| {
        let file = clean(&format!("workflow w {{\n  {clause}\n  return 1\n}}"));
        workflow_of(&file).triggers.clone()
    };
    let all = triggers(
        "trigger webhook POST \"/leads/{source}\" { body: A, queryParams: { a: int } } as opened\n  \
         or schedule \"0 9 * * MON-FRI\" in \"Europe/Berlin\" as daily",
    );
    let TriggerKind::Webhook { method, path, parts } = &all[0].kind else { panic!() };
    assert_eq!((method.text.as_str(), parts.len()), ("POST", 2));
    assert_eq!(template(path), "\"/leads/{source}\"");
    assert_eq!(all[1].alias.as_ref().map(|n| n.text.as_str()), Some("daily"));
    assert!(matches!(&all[1].kind, TriggerKind::Schedule { zone: Some(_), .. }));
    for clause in [
        "trigger entity Issue on created, updated where e => e.a == 1 and e.b or e.c including own",
        "trigger entity Issue\n    on created, updated\n    where e => e.a == 1\n    including own",
        "trigger entity Issue on created, updated including own where e => e.a",
    ] {
        let one = &triggers(clause)[0].kind;
        let TriggerKind::Entity { events, filter, including_own, .. } = one else { panic!() };
        assert!(events.len() == 2 && filter.is_some() && *including_own, "{clause}");
    }
    let function = triggers("trigger function(name: string, type: int = 1)");
    let TriggerKind::Function { params } = &function[0].kind else { panic!() };
    assert_eq!(params[1].name.text, "type");
    assert_eq!(triggers("").len(), 0);
}

#[test]
fn statements_of_every_kind() {
    let body = stmts(
        r#"
  variables { a: int = 0, best: int? }
  let x: int = 1
  step s = try http.get<list<int>> { url: "x" } with { timeout: 5s }
  variables.a = 1 variables.best max= 3
  if x > 1 as c { return 1 } else if x < 0 as d { fail "no" } else { break }
  match x { 1 | 2 => { } _ => { return }, null => {} }
  for i in 0..10 as l
    parallel { yield i  continue }
  while x < 3 as w max 10 { }
  parallel as p { branch a { } branch b { let y = 1 } }
  try { fail err } catch err { } finally { }
  return
"#,
    );
    let names: Vec<&str> = body
        .iter()
        .map(|stmt| match &stmt.kind {
            StmtKind::Error => "error",
            StmtKind::Let { .. } => "let",
            StmtKind::Variables(_) => "variables",
            StmtKind::Assign { .. } => "assign",
            StmtKind::Step(_) => "step",
            StmtKind::If(_) => "if",
            StmtKind::Match(_) => "match",
            StmtKind::For(_) => "for",
            StmtKind::While(_) => "while",
            StmtKind::Parallel(_) => "parallel",
            StmtKind::Try(_) => "try",
            StmtKind::Yield(_) => "yield",
            StmtKind::Fail(_) => "fail",
            StmtKind::Return(_) => "return",
            StmtKind::Break => "break",
            StmtKind::Continue => "continue",
        })
        .collect();
    assert_eq!(
        names.join(" "),
        "variables let step assign assign if match for while parallel try return"
    );
    let StmtKind::Step(step) = &body[2].kind else { panic!() };
    assert!(step.try_span.is_some() && step.policy.is_some());
    assert_eq!(show_type(&step.type_args[0]), "list<int>");
    let StmtKind::Assign { op, place, .. } = &body[4].kind else { panic!() };
    assert_eq!((*op, expr(&place.expr)), (AssignOp::Max, "variables.best".to_owned()));
    let StmtKind::If(first) = &body[5].kind else { panic!() };
    assert!(first.else_if);
    let Some(otherwise) = &first.otherwise else { panic!() };
    let StmtKind::If(second) = &otherwise.stmts[0].kind else { panic!() };
    assert!(!second.else_if && second.otherwise.is_some());
    assert_eq!(second.name.as_ref().map(|n| n.text.as_str()), Some("d"));
    let StmtKind::Match(choice) = &body[6].kind else { panic!() };
    let patterns: Vec<String> = choice.cases.iter().map(|c| pattern(&c.pattern)).collect();
    assert_eq!(patterns, ["1 | 2", "_", "null"]);
    let StmtKind::For(each) = &body[7].kind else { panic!() };
    assert!(each.parallel.as_ref().is_some_and(|p| p.limit.is_none()));
    assert_eq!(each.body.stmts.len(), 2);
    let StmtKind::Parallel(both) = &body[9].kind else { panic!() };
    assert_eq!((both.name.text.as_str(), both.branches.len()), ("p", 2));
    let StmtKind::Try(attempt) = &body[10].kind else { panic!() };
    assert!(attempt.catch.is_some() && attempt.finally.is_some());
    assert!(matches!(body[11].kind, StmtKind::Return(None)));
}

#[test]
fn words_are_free_where_they_are_fields() {
    for body in [
        "step s = time.sleep { for: 5s }",
        "return trigger.body.type.node.in.test",
        "let max = 1\n let min = max(1, 2)",
        "let r = { type: 1, node: 2, in: 3, step: 4 }",
        "let orders = 1\n let notify = orders\n let format = 2\n let iff = 3\n let endpoint = 4",
        "let input = 1\n let output = input\n let where = 2\n let on = 3\n let schedule = 4",
        "let webhook = 1\n let function = 2\n let from = 3\n let schema = 4\n let own = 5",
    ] {
        clean(&workflow(body));
    }
}

#[test]
fn spans_end_without_blanks() {
    let text = workflow("  let x = a + b  // why\n\n  return x   ");
    let file = clean(&text);
    let stmts = &workflow_of(&file).body.stmts;
    let slice = |span: wf_diagnostics::Span| &text[span.start as usize..span.end as usize];
    assert_eq!(slice(stmts[0].span), "let x = a + b");
    assert_eq!(slice(stmts[1].span), "return x");
    let StmtKind::Let { value, .. } = &stmts[0].kind else { panic!() };
    assert_eq!(slice(value.span), "a + b");
    let ExprKind::Binary { op_span, right, .. } = &value.kind else { panic!() };
    assert_eq!((slice(*op_span), slice(right.span)), ("+", "b"));
    assert_eq!(file.comments.len(), 1);
    assert_eq!(slice(file.comments[0].span), "// why");
}

#[test]
fn line_ends_tabs_and_a_mark_at_the_beginning_do_not_matter() {
    let windows = format!("\u{feff}{}", WHOLE.replace('\n', "\r\n").replace("  ", "\t"));
    assert_eq!(clean(&windows).items.len(), 3);
    let braces = WHOLE.replace(" {\n", "\n{\n");
    assert_eq!(clean(&braces).items.len(), 3);
    clean("/* a /* b */ c */ // d\nfn f() -> int { return 1 } /* e */");
}
