//! Mistakes that people make, with the place and the mend that they are told.

use super::{check_files, check_text, places, told, workflow};

/// Arguments, body, the diagnostics, and what the first help says.
const BODIES: &[(&str, &str, &[&str], &str)] = &[
    // Habits.
    (
        "xs: list<int>",
        "return trigger.arguments.xs.length",
        &["WF0314 3:29"],
        "length(trigger.arguments.xs)",
    ),
    (
        "xs: list<int>",
        "return trigger.arguments.xs.length()",
        &["WF0209 3:29"],
        "trigger.arguments.xs | length`",
    ),
    (
        "xs: list<{ name: string }>",
        "return trigger.arguments.xs.name",
        &["WF0314 3:29"],
        "[*].name",
    ),
    ("n: string", "return trigger.arguments.n + 1", &["WF0205 3:28"], "template"),
    ("n: string", "return trigger.arguments.n * 2", &["WF0205 3:28"], "parseInt"),
    ("n: string", "let x: int = trigger.arguments.n\nreturn x", &["WF0201 3:14"], "parseInt"),
    ("n: int", "let x: float = trigger.arguments.n\nreturn x", &["WF0201 3:16"], "toFloat"),
    (
        "xs: list<int>",
        "if trigger.arguments.xs { return 1 }\nreturn 2",
        &["WF0207 3:4"],
        "length(trigger.arguments.xs) > 0",
    ),
    ("n: int?", "if trigger.arguments.n { return 1 }\nreturn 2", &["WF0207 3:4"], "!= null"),
    (
        "",
        "step s = http.get<{ total: int }> { url: \"u\" }\nreturn steps.s.output.total",
        &["WF0314 4:23"],
        "steps.s.output.body.total",
    ),
    (
        "",
        "step s = http.get { url: \"u\" }\nreturn steps.s.output.body[true]",
        &["WF0223 4:28"],
        "data[0]",
    ),
    ("", "return toUpperCase(\"a\")", &["WF0103 3:8"], "upper"),
    ("", "step s = log.info { message: \"a\" } with { timout: 5s }", &["WF0202 3:43"], "timeout"),
    (
        "",
        "step s = log.info { message: \"a\" } with { retry: { backoff: 1s } }",
        &["WF0203 3:50"],
        "attempts",
    ),
    ("", "step s = http.get { url: \"u\", acept: [404] }", &["WF0503 3:31"], "accept"),
    ("", "step s = query<Lead> { }", &["WF0501 3:10"], "entity.query"),
    (
        "xs: list<int>",
        "variables { all: list<int> = [] }\nvariables.all += 3\nreturn variables.all",
        &["WF0201 4:18"],
        "[3]",
    ),
    (
        "p: { a: int }",
        "variables { p: { a: int } = { a: 1 } }\nvariables.p.a = 2\nreturn variables.p",
        &["WF0215 4:1"],
        "...variables.p",
    ),
    ("", "variables { n: int = 0 }\nn = 2\nreturn variables.n", &["WF0215 4:1"], "variables.n"),
    ("", "variables { n: int }\nreturn variables.n", &["WF0203 3:13"], "int?"),
    (
        "s: \"a\" | \"b\"",
        "return trigger.arguments.s in [\"a\", \"x\"]",
        &["WF0206 3:37"],
        "one of",
    ),
    (
        "s: \"a\" | \"b\"",
        "return match trigger.arguments.s { \"a\" => 1, \"x\" => 2, _ => 3 }",
        &["WF0206 3:46"],
        "one of",
    ),
    (
        "m: map<int>",
        "for x in trigger.arguments.m as l { yield x }\nreturn steps.l.output.count",
        &["WF0201 3:10"],
        "entries",
    ),
    ("", "step s = entity.query<int> { }\nreturn steps.s.output.totalCount", &["WF0502 3:23"], ""),
    ("", "return { a: 1, \"b\": 2 }", &["WF0210 3:8"], "quote all keys"),
    ("", "return { a: 1, a: 2 }", &["WF0106 3:16"], "leave one of them out"),
    ("x: string?", "return upper(trigger.arguments.x)", &["WF0204 3:14"], "??"),
    (
        "x: { y: string }?",
        "return trigger.arguments.x.y",
        &["WF0204 3:28"],
        "trigger.arguments.x?.y",
    ),
    ("xs: list<int>", "return trigger.arguments.xs[0] + 1", &["WF0204 3:8"], "??"),
    ("xs: list<int>", "return sortBy(trigger.arguments.xs, x => { a: x })", &["WF0217 3:42"], ""),
    ("xs: list<int>", "return map(trigger.arguments.xs, (a, b) => a)", &["WF0208 3:34"], "x => …"),
    ("xs: list<int>", "return map(trigger.arguments.xs, upper)", &["WF0214 3:34"], "x =>"),
    (
        "t: instant",
        "return date(trigger.arguments.t, \"Berlin\")",
        &["WF0222 3:34"],
        "Europe/Berlin",
    ),
    // Errors inside of templates are marked there.
    (
        "n: int",
        "return \"a {{ trigger.arguments.n + \"x\" }} {{ m }}\"",
        &["WF0205 3:34", "WF0101 3:46"],
        "template",
    ),
    // The data store.
    (
        "n: int",
        "if trigger.arguments.n > 0 { step a = log.info { message: \"a\" } } else { return steps.a.output.success }\nreturn 1",
        &["WF0302 3:87"],
        "before the arms",
    ),
    ("", "for x in [1] as l { yield steps.l.output.count }\nreturn 1", &["WF0302 3:33"], "loop.l"),
    (
        "",
        "while steps.p.output.success as w max 3 { step p = log.info { message: \"p\" } }",
        &["WF0304 3:13"],
        "break",
    ),
    (
        "",
        "try { step s = log.info { message: \"s\" } } catch err { return err.message }\nreturn steps.s.output.sucess",
        &["WF0314 4:23"],
        "success",
    ),
    (
        "",
        "try { step s = log.info { message: \"s\" } } catch err { return steps.s.output.success }\nreturn true",
        &["WF0305 3:71"],
        "?.output",
    ),
    (
        "",
        "step x = try log.info { message: \"s\" }\nreturn steps.x.output.success",
        &["WF0204 4:23"],
        "?.success",
    ),
    ("", "return \"{{ loop.x.item }}\"", &["WF0307 3:17"], "no loop"),
    ("", "return run.name", &["WF0314 3:12"], "workflow"),
    (
        "",
        "variables { cur: string? = null }\nif variables.cur != null {\nwhile true as w max 3 { step l = log.info { message: variables.cur }\nvariables.cur = null }\n}",
        &["WF0204 5:54"],
        "??",
    ),
    // Parallel code.
    (
        "xs: list<int>",
        "for x in trigger.arguments.xs as l parallel { while x > 1 as w max 2 { break }\n for y in [x] as k { break }\n break }",
        &["WF0404 5:2"],
        "continue",
    ),
    (
        "xs: list<int>",
        "for x in trigger.arguments.xs as l { parallel as p { branch a { continue } branch b { yield 1 } } }",
        &["WF0404 3:65"],
        "",
    ),
    (
        "",
        "variables { a: int = 0 }\nparallel as p { branch x { variables.a += 1 } branch y { step l = log.info { message: \"{{ variables.a }}\" } } }\nreturn variables.a",
        &["WF0401 4:91"],
        "after",
    ),
    // One mistake is told once.
    (
        "",
        "step s = htp.get<Nothing> { url: unknown_name }\nlet a = steps.s.output.body.name\nlet b = a + 1\nreturn map(b, x => x.y.z) | join(\",\")",
        &["WF0501 3:10", "WF0101 3:34"],
        "http.get",
    ),
    (
        "",
        "let x = nothing\nlet y = x.a.b + 1\nif y { return y }\nfor z in y as l { yield z.q }\nreturn steps.l.output.results",
        &["WF0101 3:9"],
        "",
    ),
    ("x: integer", "return trigger.arguments.x + 1", &["WF0102 2:23"], "int"),
    // Notes.
    ("", "// wf: allow(WF0201) because it must\nlet x = 1", &["WF0906 3:1", "WF0903 4:5"], "mend"),
];

#[test]
fn mistakes_in_bodies() {
    let mut failures = String::new();
    for (arguments, body, expected, help) in BODIES {
        let text = workflow(arguments, body);
        let checked = check_text(&text);
        let first = checked.diagnostics.first().and_then(|d| d.help.clone()).unwrap_or_default();
        if places(&checked) != *expected || !first.contains(help) {
            failures
                .push_str(&format!("{text}expected {expected:?} [{help}]\n{}\n", told(&checked)));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Whole files and the diagnostics that they give.
const FILES: &[(&str, &[&str])] = &[
    ("type A = B\ntype B = A\ntype C = { d: D }\ntype D = { c: C? }", &["WF0109 1:6"]),
    ("type A = int | secret", &["WF0232 1:10"]),
    ("type A = (int) -> int", &["WF0214 1:10"]),
    ("use schema \"a.json\" as A", &["WF0601 1:12"]),
    ("fn f() { step s = log.info { message: \"x\" } }", &["WF0221 1:15"]),
    ("fn f(a: int = 1, b: int) -> int { return a + b }", &["WF0208 1:18"]),
    ("fn f(a: int = g) -> int { return a }", &["WF0101 1:15"]),
    ("fn f(a: int) -> int { a = 2 return a }", &["WF0215 1:23"]),
    (
        "fn f(x: { a: int }) -> string? { return g(x) }\nfn g(x: { a: int, email: string? }) -> string? { return x.email }",
        &["WF0201 1:43"],
    ),
    ("entity A { b: B }\nentity B { name: string }", &["WF0511 1:15"]),
    ("config { a: int }\nconfig { a: int }", &["WF0106 2:10"]),
    (
        "workflow w { trigger webhook FETCH \"/a/{b}/{b}\" { bdy: int, headers: { \"X-A\": string } } }",
        &["WF0506 1:30", "WF0506 1:36", "WF0506 1:51", "WF0311 1:72"],
    ),
    (
        "workflow w { trigger schedule \"*/5 5/2 * FOO 8\" }",
        &["WF0507 1:36", "WF0507 1:42", "WF0507 1:46"],
    ),
    ("workflow w { trigger schedule \"0 0 9 * * *\" }", &["WF0507 1:31"]),
    ("workflow w { trigger function() or schedule \"0 9 * * *\" as daily }", &["WF0520 1:22"]),
    ("workflow w -> int { trigger function() }", &["WF0216 1:10"]),
    ("workflow w -> int { trigger function() return \"x\" }", &["WF0201 1:47"]),
    (
        "workflow w { trigger function(a: int) if trigger.arguments.a > 1 { return 1 } return \"x\" }",
        &["WF0211 1:86"],
    ),
    (
        "entity E { n: int }\nworkflow w { trigger entity E on created step s = entity.update<E> { id: trigger.entity.id, set: { m: 1 } } }",
        &["WF0202 2:100"],
    ),
    (
        "entity E { n: int }\nworkflow w { trigger entity E on created where e => e.n + 1 return 1 }",
        &["WF0207 2:53"],
    ),
];

#[test]
fn mistakes_in_files() {
    let mut failures = String::new();
    for (text, expected) in FILES {
        let checked = check_text(text);
        if places(&checked) != *expected {
            failures.push_str(&format!("{text}\nexpected {expected:?}\n{}\n", told(&checked)));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn mistakes_of_all_files_are_told_in_one_run() {
    let checked = check_files(&[
        (
            "a.wf",
            "use { f, h } from \"b.wf\"\nuse \"c.wf\"\n\nfn g() -> int {\n  return f(\"x\")\n}",
        ),
        ("b.wf", "fn f(n: int) -> int {\n  return m\n}\n\nfn broken( {\n}"),
    ]);
    let found = places(&checked);
    for expected in ["WF0602 1:10", "WF0601 2:5", "WF0201 5:12", "WF0101 2:10"] {
        assert!(found.iter().any(|f| f == expected), "{expected}\n{}", told(&checked));
    }
    assert!(found.iter().any(|f| f.starts_with("WF00")), "{}", told(&checked));
}
