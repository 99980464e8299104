//! Programs of shapes on which a compiler may take for ever: nested, long and large ones.

use std::fmt::Write;
use std::time::{Duration, Instant};

use crate::drive::{self, Sources};
use crate::harness::{Outcome, Test};

/// How long any of these may take, in a build without optimisation. What doubles with each level
/// would take years.
const LONGEST: Duration = Duration::from_secs(60);

/// How many levels are nested.
const DEPTH: usize = 40;

/// Adds the tests.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    let mut add = |name: &str, test: fn() -> Outcome| {
        tests.push(Test::new(format!("shapes {name}"), move |_| test()));
    };
    add("nested lambdas", || inside(&LAMBDAS));
    add("nested records and lists", || around(&RECORDS));
    add("nested unions", unions);
    add("nested templates", || around(&TEMPLATES));
    add("nested choices", || around(&CHOICES));
    add("nested generic calls", || around(&CALLS));
    add("mistakes deep inside", mistakes);
    add("a schema of five megabytes", schema);
    add("schemas that hold themselves", recursive_schemas);
    add("files that use each other in a circle", circle);
}

/// Each level has a name of its own: `N` is its number, `E` what is inside of it.
const LAMBDAS: [&str; 5] = [
    "length(trigger.arguments.xs | map(aN => E))",
    "(trigger.arguments.xs | map(aN => E) | sum)",
    "(trigger.arguments.xs | reduce(0, (aN, bN) => E))",
    "length(trigger.arguments.xs | filter(aN => E > aN))",
    "length(trigger.arguments.xs[? @ > 0 and E > 1])",
];

const RECORDS: [(&str, &str, &str); 4] = [
    ("", "{ a: 1, b: ", " }"),
    ("", "{\"a\": ", "}"),
    ("", "[", "]"),
    ("type R = { k: 1, n: json } | { k: 2, n: json }\n", "{ k: 2, n: ", " }"),
];

const TEMPLATES: [(&str, &str, &str); 2] =
    [("", "\"x {{ ", " }}\""), ("", "upper(\"{{ ", " }} y\")")];

const CHOICES: [(&str, &str, &str); 4] = [
    ("", "if length(trigger.arguments.xs) > 1 { 1 } else { ", " }"),
    ("", "match length(trigger.arguments.xs) { 1 => 1, _ => ", " }"),
    ("", "(trigger.arguments.xs[0] ?? ", ")"),
    ("", "(if 1 == 1 { ", " } else { 2 })"),
];

const CALLS: [(&str, &str, &str); 4] = [
    ("fn id<T>(x: T) -> T { return x }\n", "id(", ")"),
    ("fn two<T>(x: T, y: T) -> T { return x }\n", "two(1, ", ")"),
    ("fn all<T>(xs: list<T>) -> list<T> { return xs }\n", "length(all([", "]))"),
    ("", "(max([1, ", "]) ?? 0)"),
];

fn program(before: &str, body: &str) -> String {
    format!("{before}workflow w {{\n  trigger function(xs: list<int>)\n  return {body}\n}}\n")
}

/// Checks and compiles a program, and tells how long that took where it took too long.
fn compiles(text: &str) -> Outcome {
    let started = Instant::now();
    drive::compile(&Sources::one(text)).map_err(|e| format!("{}: {e}", start(text)))?;
    in_time(started, text)
}

fn in_time(started: Instant, text: &str) -> Outcome {
    let took = started.elapsed();
    if took > LONGEST { Err(format!("{} took {took:?}", start(text))) } else { Ok(()) }
}

fn start(text: &str) -> String {
    text.chars().take(200).collect()
}

fn inside(shapes: &[&str]) -> Outcome {
    for shape in shapes {
        let mut body = "1".to_owned();
        for level in 0..DEPTH / 2 {
            body = shape.replace('E', &body).replace('N', &format!("{level}x"));
        }
        compiles(&program("", &body))?;
    }
    Ok(())
}

fn around(shapes: &[(&str, &str, &str)]) -> Outcome {
    for (before, open, close) in shapes {
        let body = format!("{}1{}", open.repeat(DEPTH), close.repeat(DEPTH));
        compiles(&program(before, &body))?;
    }
    Ok(())
}

fn unions() -> Outcome {
    let nested = |open: &str, close: &str, value: &str| {
        let ty = format!("{}string{}", open.repeat(DEPTH), close.repeat(DEPTH));
        format!("type T = {ty}\nfn f(t: T) -> T {{ return t }}\nfn g() -> T {{ return {value} }}\n")
    };
    let list = format!("{}\"a\"{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    compiles(&program(&nested("list<int | ", ">", &list), "1"))?;
    let record = format!("{}\"a\"{}", "{ b: ".repeat(DEPTH), " }".repeat(DEPTH));
    compiles(&program(&nested("{ a: int } | { b: ", " }", &record), "1"))?;
    for last in ["{ k: 3, n: ", "{ k: 1, n: "] {
        let value = format!("{}null{}", last.repeat(DEPTH), " }".repeat(DEPTH));
        let own = "type T = { k: 1, n: T? } | { k: 2, n: T? } | { k: 3, n: T? }\n";
        compiles(&program(&format!("{own}fn f() -> T {{ return {value} }}\n"), "1"))?;
    }
    // Nothing but their fields tells these apart.
    let value = format!("{}null{}", "{ c: ".repeat(DEPTH), " }".repeat(DEPTH));
    let own = "type T = { a: T? } | { b: T? } | { c: T? }\n";
    compiles(&program(&format!("{own}fn f() -> T {{ return {value} }}\n"), "1"))
}

/// A mistake in the middle of nested code is told once, and soon.
fn mistakes() -> Outcome {
    let mut body = "nothing".to_owned();
    for level in 0..DEPTH / 2 {
        body = format!("(trigger.arguments.xs | map(a{level} => {body}))");
    }
    one_error(&body, "WF0101")?;
    for (open, close) in [("\"x {{ ", " }}\""), ("[", "]"), ("{ a: 1, b: ", " }"), ("abs(", ")")] {
        one_error(&format!("{}nothing{}", open.repeat(DEPTH), close.repeat(DEPTH)), "WF0101")?;
    }
    // What is spread in a literal is looked at twice, which has its limit.
    let spread = "{ a: 1, ...{ b: ".repeat(DEPTH);
    one_error(&format!("{spread}1{}", " } }".repeat(DEPTH)), "WF0218")
}

fn one_error(body: &str, code: &str) -> Outcome {
    let text = program("", body);
    let started = Instant::now();
    let told = drive::check(&Sources::one(&text)).diagnostics;
    let found: Vec<&str> = told.iter().map(|d| d.code.id).collect();
    if found != [code] {
        return Err(format!("{}: {found:?}, not one {code}", start(&text)));
    }
    in_time(started, &text)
}

/// Definitions with titles and descriptions as real ones have, of which each uses others.
fn large_schema() -> String {
    const DEFINITIONS: usize = 550;
    let mut text = "{ \"definitions\": {".to_owned();
    for i in 0..DEFINITIONS {
        let comma = if i == 0 { "" } else { "," };
        let about = "What this is for, at some length. ".repeat(20);
        let _ = write!(
            text,
            "{comma}\n\"d{i}\": {{ \"type\": \"object\", \"title\": \"{i}\", \"description\": \"{about}\", \
             \"required\": [\"id\", \"kind\", \"next\"], \"properties\": {{"
        );
        for field in 0..12 {
            let _ = write!(
                text,
                "\"f{field}\": {{ \"type\": [\"string\", \"null\"], \"description\": \"Of {about}\" }},"
            );
        }
        let next = (i * 7 + 1) % DEFINITIONS;
        let _ = write!(
            text,
            "\"id\": {{ \"type\": \"integer\" }}, \"kind\": {{ \"enum\": [\"a\", \"b\"] }}, \
             \"next\": {{ \"type\": \"array\", \"items\": {{ \"$ref\": \"#/definitions/d{next}\" }} }} }} }}"
        );
    }
    text.push_str("} }");
    text
}

fn schema() -> Outcome {
    let schema = large_schema();
    if !(5_000_000..16_000_000).contains(&schema.len()) {
        return Err(format!("the schema has {} bytes", schema.len()));
    }
    let started = Instant::now();
    let check = |path: &str| {
        let main = format!(
            "use schema \"s.json#/definitions/d5\" as T\n\nworkflow w {{\n  trigger webhook POST \"/\" {{ body: T }}\n  return {path}\n}}\n"
        );
        let files = vec![("main.wf".to_owned(), main), ("s.json".to_owned(), schema.clone())];
        let told = drive::check(&Sources::new(files)).diagnostics;
        told.iter().map(|d| d.code.id).collect::<Vec<_>>()
    };
    let right = check("trigger.body.next | flatMap(d => d.next) | map(d => d.f11 ?? d.kind)");
    let wrong = check("trigger.body.next | flatMap(d => d.next) | map(d => d.f12)");
    if !right.is_empty() || wrong != ["WF0202"] {
        return Err(format!("right: {right:?}, wrong: {wrong:?}"));
    }
    in_time(started, "the schema")
}

fn recursive_schemas() -> Outcome {
    let tree = r##"{ "type": "object", "required": ["n", "all"], "properties": { "n": { "type": "integer" },
        "all": { "type": "array", "items": { "$ref": "#" } }, "other": { "$ref": "b.json" } } }"##;
    let back = r##"{ "type": "object", "required": ["back"], "properties": { "back": { "type": "array", "items": { "$ref": "a.json" } } } }"##;
    let main = "use schema \"a.json\" as Tree\n\nfn total(t: Tree) -> int { return t.n + (t.all | map(c => total(c)) | sum) }\n\n\
        workflow w {\n  trigger function(t: Tree)\n  let other = trigger.arguments.t.other?.back ?? []\n  \
        return total(trigger.arguments.t) + (other | map(t => total(t)) | sum)\n}\n";
    let files = [("main.wf", main), ("a.json", tree), ("b.json", back)];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
    drive::compile(&Sources::new(files.into()))
}

/// Two hundred files, of which each uses the next one and one before it.
fn circle() -> Outcome {
    const FILES: usize = 200;
    let started = Instant::now();
    let name = |i: usize| if i == 0 { "main.wf".to_owned() } else { format!("f{i}.wf") };
    let mut files = Vec::new();
    for i in 0..FILES {
        let (next, other) = ((i + 1) % FILES, (i * 3 + 2) % FILES);
        let mut text = format!("use {{ T{next}, f{next} }} from \"{}\"\n", name(next));
        if other != next && other != i {
            let _ = writeln!(text, "use \"{}\"", name(other));
        }
        let _ = writeln!(
            text,
            "type T{i} = {{ n: int, more: list<T{next}> }}\nfn f{i}(t: T{i}) -> int {{ return t.n + (t.more | map(x => f{next}(x)) | sum) }}"
        );
        files.push((name(i), text));
    }
    if let Some((_, main)) = files.first_mut() {
        main.push_str(
            "workflow w {\n  trigger function(t: T0)\n  return f0(trigger.arguments.t)\n}\n",
        );
    }
    drive::compile(&Sources::new(files))?;
    in_time(started, "the files")
}
