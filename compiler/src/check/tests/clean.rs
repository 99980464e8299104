//! Programs that are right, many of them nearly wrong.

use super::{check_files, check_text, told, workflow};

/// The file at the beginning of the description of the language.
const WHOLE_FILE: &str = include_str!("whole_file.wf");

fn assert_clean(text: &str) {
    let checked = check_text(text);
    assert!(checked.diagnostics.is_empty(), "{text}\n{}", told(&checked));
    assert!(checked.program.is_some(), "{text}");
}

#[test]
fn a_whole_file() {
    assert_clean(WHOLE_FILE);
}

/// Arguments and bodies of workflows.
const BODIES: &[(&str, &str)] = &[
    // Narrowing.
    (
        "x: string?",
        "if trigger.arguments.x == null { return 0 }\nreturn length(trigger.arguments.x)",
    ),
    (
        "x: string?",
        "return if trigger.arguments.x != null and trigger.arguments.x == \"a\" { 1 } else { 2 }",
    ),
    (
        "x: string?",
        "if not (trigger.arguments.x == null or false) { return length(trigger.arguments.x) }\nreturn 0",
    ),
    (
        "p: { q: { r: int? }? }",
        "if trigger.arguments.p.q?.r != null { return trigger.arguments.p.q.r + 1 }\nreturn 0",
    ),
    (
        "s: \"a\" | \"b\" | \"c\"",
        "if trigger.arguments.s == \"a\" { return 1 }\nreturn match trigger.arguments.s { \"b\" => 2, \"c\" => 3 }",
    ),
    (
        "s: \"a\" | \"b\" | null",
        "if trigger.arguments.s in [\"a\"] { let t: \"a\" = trigger.arguments.s\n return t }\nreturn \"z\"",
    ),
    (
        "xs: list<int?>",
        "if trigger.arguments.xs[0] != null { return trigger.arguments.xs[0] + 1 }\nreturn 0",
    ),
    (
        "m: map<int>",
        "if trigger.arguments.m[\"k\"] != null { return trigger.arguments.m[\"k\"] + 1 }\nreturn trigger.arguments.m[\"z\"] ?? 0",
    ),
    ("", "variables { best: int? }\nvariables.best = 3\nreturn variables.best + 1"),
    (
        "xs: list<int>",
        "variables { best: int? }\nfor x in trigger.arguments.xs as l parallel { variables.best max= x }\nreturn variables.best ?? 0",
    ),
    ("b: bool?", "if trigger.arguments.b == true { return 1 }\nreturn 0"),
    // Steps.
    (
        "n: int",
        "if trigger.arguments.n > 0 { step s = log.info { message: \"a\" } } else { step s = log.info { message: \"b\" } }\nreturn steps.s.output.success",
    ),
    (
        "n: int",
        "match trigger.arguments.n { 0 => { step s = log.info { message: \"a\" } } _ => { step s = log.info { message: \"b\" } } }\nreturn steps.s.output.success",
    ),
    (
        "n: int",
        "if trigger.arguments.n > 0 { step s = log.info { message: \"a\" } }\nif steps.s != null { return steps.s.output.success }\nreturn false",
    ),
    (
        "n: int",
        "if trigger.arguments.n > 0 { step s = log.info { message: \"a\" } } else { return false }\nreturn steps.s.output.success",
    ),
    (
        "",
        "try { step s = log.info { message: \"a\" } } catch err { fail err }\nreturn steps.s.output.success",
    ),
    (
        "",
        "try { step s = log.info { message: \"a\" } } catch err { step l = log.info { message: \"{{ err.code }} {{ steps.s?.attempts ?? 0 }}\" } }\nreturn 1",
    ),
    (
        "",
        "step x = try http.get<{ name: string }> { url: \"u\" }\nif steps.x.error != null { return steps.x.error.message }\nreturn steps.x.output.body.name",
    ),
    (
        "",
        "step x = try http.get<{ name: string }> { url: \"u\" }\nif steps.x.output == null { return steps.x.error.code }\nreturn steps.x.output.body.name",
    ),
    (
        "",
        "step x = http.get<{ name: string }> { url: \"u\", accept: [404] }\nreturn steps.x.output.body?.name ?? \"{{ steps.x.output.errorBody ?? \"none\" }}\"",
    ),
    (
        "",
        "parallel as p { branch a { step x = log.info { message: \"x\" } } branch b { step y = log.info { message: \"y\" } } }\nreturn steps.x.output.success and steps.y.output.success and steps.p.output.success",
    ),
    ("", "step c = condition { expression: 1 < 2 }\nreturn steps.c.output.evaluatedExpression"),
    (
        "n: int",
        "if trigger.arguments.n > 1 as big { step l = log.info { message: \"x\" } }\nreturn steps.big.output.evaluatedExpression",
    ),
    // Loops.
    (
        "xs: list<int>",
        "for x in trigger.arguments.xs as l { if x > 3 { continue }\n if x < 0 { break }\n yield { x: x, i: loop.l.index } }\nreturn steps.l.output.results | map(r => r.x + r.i)",
    ),
    (
        "xs: list<int>",
        "for x in trigger.arguments.xs as l parallel 4 { variables { page: int = 0 }\n while variables.page < x as pages max 10 { variables.page += 1 }\n yield variables.page }\nreturn steps.l.output.results",
    ),
    (
        "xs: list<int>",
        "for x in trigger.arguments.xs as l { yield if x > 0 { { a: x, b: null } } else { { a: 0, b: \"s\" } } }\nreturn steps.l.output.results",
    ),
    (
        "",
        "while true as w max 3 { step t = time.now { }\n yield steps.t.output.now\n break }\nreturn steps.w.output.exhausted",
    ),
    (
        "xs: list<int>",
        "variables { seen: map<int> = {}, all: list<int> = [] }\nfor x in trigger.arguments.xs as l parallel { variables.seen += {\"{{ x }}\": x}\n variables.all += [x] }\nreturn { seen: variables.seen, all: variables.all }",
    ),
    (
        "xs: list<int>",
        "variables { limit: int = 3 }\nvariables.limit = 4\nfor x in trigger.arguments.xs as l parallel { yield x + variables.limit }\nreturn steps.l.output.count",
    ),
    // Types.
    ("", "let x: float = 1\nlet y = 2 * x + 1\nreturn y"),
    ("f: float", "return trigger.arguments.f > 1"),
    (
        "t: instant",
        "return { later: trigger.arguments.t + 5m, twice: 2 * 3s, age: trigger.arguments.t - trigger.arguments.t, part: 10s / 3s }",
    ),
    (
        "n: int",
        "let s: \"UP\" | \"DOWN\" = if trigger.arguments.n > 0 { \"UP\" } else { \"DOWN\" }\nreturn s",
    ),
    (
        "a: { x: int, y: string? }, b: { y: string? }",
        "return { ...trigger.arguments.a, ...trigger.arguments.b, z: 1 }",
    ),
    (
        "j: json",
        "let a = trigger.arguments.j as { n: int }?\nreturn a?.n ?? decode<int>(trigger.arguments.j)",
    ),
    (
        "xs: list<{ n: int, tags: list<string> }>",
        "return trigger.arguments.xs | filter(x => x.n > 1) | sortBy(x => x.n) | map(x => x.tags | join(\",\")) | join(\";\")",
    ),
    (
        "xs: list<float>",
        "return sum(trigger.arguments.xs) + reduce(trigger.arguments.xs, 0.0, (a, x) => a + x)",
    ),
    (
        "xs: list<int>",
        "return (trigger.arguments.xs | count(x => x > 3)) > length(trigger.arguments.xs) / 2",
    ),
    (
        "xs: list<string>",
        "return { has: contains(trigger.arguments.xs, \"a\"), part: contains(\"abc\", \"b\"), n: length(\"abc\") + length({\"a\": 1}) }",
    ),
    (
        "xs: list<int>",
        "return trigger.arguments.xs | filterMap(x => if x > 1 { \"{{ x }}\" } else { null }) | join(\"\")",
    ),
    ("r: { \"+1\": int }", "return trigger.arguments.r[\"+1\"] + 1"),
    (
        "",
        "step p = http.post { url: \"u\", body: { a: [], b: {}, c: null, d: [1, \"two\", { e: 1.5 }] } }\nreturn steps.p.output.body",
    ),
    ("xs: list<int>", "return trigger.arguments.xs[-1] ?? trigger.arguments.xs[0] ?? 7"),
    ("n: int?", "return match trigger.arguments.n { null => 0, int n => n + 1 }"),
    (
        "",
        "let m: map<int> = { a: 1, \"b c\": 2 }\nreturn entries(m) | map(e => \"{{ e.key }}={{ e.value }}\")",
    ),
    ("a: string?, b: string", "return trigger.arguments.a == trigger.arguments.b"),
    (
        "",
        "step l = log.info { message: \"x\", data: run } with { timeout: 5s, retry: { attempts: 3, on: [\"timeout\"] } }\nreturn steps.l.attempts",
    ),
    ("", "let x: string? = \"a\"\nreturn length(x)"),
    (
        "",
        "variables { t: int = 0 }\ntry { variables.t = 1 } finally { variables.t += 1 }\nreturn variables.t",
    ),
    // Results.
    (
        "n: int",
        "if trigger.arguments.n > 1 { return { a: 1 } }\nif trigger.arguments.n > 0 { return { a: 2, b: \"x\" } }",
    ),
    (
        "n: int",
        "if trigger.arguments.n > 1 { fail \"too large: {{ trigger.arguments.n }}\" }\nreturn null",
    ),
    (
        "",
        "try { step s = log.info { message: \"x\" } } finally { step t = log.info { message: \"t\" } }\nreturn steps.s.output.success and steps.t.output.success",
    ),
    ("", "// wf: allow(WF0903) because it is an example\nlet x = 1"),
];

#[test]
fn right_bodies_have_no_diagnostics() {
    let mut failures = String::new();
    for (arguments, body) in BODIES {
        let text = workflow(arguments, body);
        let checked = check_text(&text);
        if !checked.diagnostics.is_empty() || checked.program.is_none() {
            failures.push_str(&format!("{text}{}\n", told(&checked)));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Whole files.
const FILES: &[&str] = &[
    "type Tree = { value: int, children: list<Tree>, parent: Tree? }\n\nfn total(t: Tree) -> int {\n  return t.value + sum(t.children | map(c => total(c)))\n}",
    "fn fib(n: int, depth: int = 0) -> int {\n  let mut a = depth\n  let mut b = 1\n  for i in 0..n {\n    let next = a + b + i - i\n    a = b\n    b = next\n  }\n  while b > 1000 { b = b / 2 }\n  return if a > 10 { fib(a - 1) } else { a }\n}",
    "fn forever() -> int {\n  while true { }\n}",
    "type Status = \"Open\" | \"Closed\"\ntype Any = Status | \"Lost\" | null\n\nfn f(s: Any) -> string {\n  return s ?? \"none\"\n}",
    "entity Lead {\n  name: string unique\n  email: string?\n}\n\nworkflow w {\n  trigger entity Lead on updated, deleted\n  if trigger.eventType == \"updated\" {\n    return trigger.previousEntity.name\n  }\n  step s = entity.create<Lead> { payload: { name: \"x\" } }\n  return steps.s.output.payload.createdAt | date()\n}",
    "workflow w {\n  trigger webhook POST \"/in/{source}\" { body: { n: int }, headers: { \"x-event\": string? }, queryParams: { page: int? } }\n  return { s: trigger.pathParams.source, e: trigger.headers[\"x-event\"] ?? \"\", p: trigger.queryParams.page ?? 1, n: trigger.body.n, raw: trigger.rawBody }\n}",
    "entity Lead { name: string }\n\nworkflow w {\n  trigger entity Lead on created, updated\n  return match trigger.eventType { \"updated\" => trigger.previousEntity.name, _ => \"\" }\n}",
    "workflow w {\n  trigger function()\n  let x = 1 // wf: allow(WF0903) because it stays\n  step s = try http.get<int> { url: \"u\" }\n  return match steps.s.status { \"Complete\" => steps.s.output.body, \"Failed\" => steps.s.error.attempts }\n}",
    "config { url: string, pages: int = 3 }\n\nworkflow w {\n  trigger schedule \"*/5 9-17 * JAN-MAR MON#1\" in \"Europe/Berlin\"\n  while true as l max config.pages { yield config.url }\n  return trigger.scheduledAt\n}",
    "workflow a -> int {\n  trigger function(n: int = 3)\n  step s = workflow.call<b> { arguments: { m: 1 } }\n  return steps.s.output.m\n}\n\nworkflow b {\n  trigger function(m: int)\n  step s = workflow.call<a> { }\n  return { m: trigger.arguments.m + steps.s.output }\n}",
    "fn f(x: { a: int }) -> int {\n  return x.a\n}\n\nworkflow w {\n  trigger function()\n  return f({ ...{ a: 1, b: 2 } })\n}",
];

#[test]
fn right_files_have_no_diagnostics() {
    FILES.iter().for_each(|text| {
        let checked = check_text(text);
        assert!(checked.diagnostics.is_empty(), "{text}\n{}", told(&checked));
        assert!(checked.program.is_some(), "{text}");
    });
}

#[test]
fn files_use_each_other() {
    let checked = check_files(&[
        (
            "a.wf",
            "use \"b.wf\"\n\nfn even(n: int) -> bool {\n  return if n == 0 { true } else { odd(n - 1) }\n}",
        ),
        (
            "b.wf",
            "use { even } from \"a.wf\"\n\nfn odd(n: int) -> bool {\n  return if n == 0 { false } else { even(n - 1) }\n}",
        ),
    ]);
    assert!(checked.diagnostics.is_empty(), "{}", told(&checked));
}
