//! How formatted text looks: a text, and what becomes of it.

use wf_diagnostics::FileId;

use crate::format;

fn formatted(text: &str) -> String {
    let out = format(FileId(0), text).expect("it has no errors");
    assert_eq!(format(FileId(0), &out).as_deref(), Ok(out.as_str()), "formatting again");
    out
}

/// A body of a function before and behind, without the indentation of both.
fn body(before: &str, behind: &str) {
    let wrap = |text: &str| format!("fn f() {{\n  {}\n}}\n", text.trim().replace('\n', "\n  "));
    assert_eq!(formatted(&wrap(before)), wrap(behind).replace("\n  \n", "\n\n"));
}

#[test]
fn blanks_and_line_ends_are_those_of_the_style() {
    assert_eq!(formatted(""), "");
    assert_eq!(formatted(" \n\n"), "");
    assert_eq!(formatted("\u{feff}type A=int"), "type A = int\n");
    assert_eq!(formatted("\n\ntype A=int\n\n\n\ntype B=A?\n\n"), "type A = int\n\ntype B = A?\n");
    assert_eq!(formatted("// a\r\ntype A=int\n"), "// a\r\ntype A = int\r\n");
    assert_eq!(formatted("type A=int // a\r\n\n"), "type A = int // a\r\n");
    body("let a=-b+c*(d-1)", "let a = -b + c * (d - 1)");
    body("let a = x?.b [0] .c as T ? ?? y", "let a = x?.b[0].c as T? ?? y");
    body("let a = 1 .. n", "let a = 1..n");
    body(
        "let a = xs[ 1 : 3 ] [ ? @ . a > 1 ] .. [ 'x' ]".replace('\'', "\"").as_str(),
        "let a = xs[1:3][? @.a > 1]..[\"x\"]",
    );
}

#[test]
fn lists_stay_open_or_closed() {
    body("let a = {b:1,c:[2,3]}", "let a = { b: 1, c: [2, 3] }");
    body("let a = {\nb:1,c:{ }}", "let a = {\n  b: 1\n  c: {}\n}");
    body("let a = {b:1\nc:2}", "let a = {\n  b: 1\n  c: 2\n}");
    body("let a = [\n  1, 2,\n  3\n]", "let a = [\n  1, 2\n  3\n]");
    body("let a = f([{\nb: 1}])", "let a = f([{\n  b: 1\n}])");
    body("let a = match b { 1=>2, _=>3, }", "let a = match b { 1 => 2, _ => 3 }");
}

#[test]
fn what_is_too_long_is_broken() {
    let long = "a".repeat(60);
    body(
        &format!("let x = {{ {long}: 1, {long}: 2 }}"),
        &format!("let x = {{\n  {long}: 1\n  {long}: 2\n}}"),
    );
    body(&format!("let x = f({long}, {long})"), &format!("let x = f(\n  {long}\n  {long}\n)"));
    body(
        &format!("let x = {long} | f | {long}(1)"),
        &format!("let x = {long}\n  | f\n  | {long}(1)"),
    );
    body(&format!("let x = {long} - {long}"), &format!("let x = {long} -\n  {long}"));
    body(
        &format!("if {long} and {long} {{ return }}"),
        &format!("if {long}\n  and {long}\n{{\n  return\n}}"),
    );
    body(
        &format!("let x = f(y => {{ {long}: y, {long}: 2 }})"),
        &format!("let x = f(y => {{\n  {long}: y\n  {long}: 2\n}})"),
    );
    let text = format!("let x = \"{long}{long}\"");
    body(&text, &text);
}

#[test]
fn blocks_of_one_statement_stay_on_their_line() {
    body("if a { return 1 }", "if a { return 1 }");
    body("if a { return 1 } else {\nreturn 2 }", "if a {\n  return 1\n} else {\n  return 2\n}");
    body("if a { b = 1 c = 2 }", "if a {\n  b = 1\n  c = 2\n}");
    body("for x in xs { }", "for x in xs { }");
    body("match a { 1 => { }, _ => { return } }", "match a {\n  1 => { }\n  _ => { return }\n}");
}

#[test]
fn fields_of_entities_are_lined_up() {
    let text = "entity A {\n  a: int\n  bcd: string unique\n\n  efghi: bool = true\n}\n";
    let lined = "entity A {\n  a:   int\n  bcd: string unique\n\n  efghi: bool = true\n}\n";
    assert_eq!(formatted(text), lined);
    assert_eq!(formatted("type A = { a:int, bcd:int }"), "type A = { a: int, bcd: int }\n");
    assert_eq!(formatted("config {\na:int\nbcd:int }"), "config {\n  a: int\n  bcd: int\n}\n");
}

#[test]
fn comments_stay_where_they_are() {
    body(
        "// a\nlet b = [ // c\n1, // d\n// e\n2 /* f */, /* g */ 3\n// h\n]\n\n\n// i",
        "// a\nlet b = [ // c\n  1 // d\n  // e\n  2 /* f */\n  /* g */ 3\n  // h\n]\n\n// i",
    );
    body("return /* a */ b /* c */ + // d\ne", "return /* a */ b\n  /* c */ + // d\n  e");
    body("/* a\n      * b\n  */ return", "/* a\n * b\n */ return");
    assert_eq!(formatted("/// a\n\n/// b\ntype A=int"), "/// a\n\n/// b\ntype A = int\n");
}

#[test]
fn texts_are_left_alone() {
    body("let a = \"{{b}} {{ c|d }}\"", "let a = \"{{b}} {{ c|d }}\"");
    let text = "fn f() -> string {\n    return \"\"\"\n   a {{b}}\n     c\n   \"\"\"\n}\n";
    assert_eq!(formatted(text), text.replace("    return", "  return"));
}

#[test]
fn steps_have_their_policy_behind_them() {
    let step = |text: &str| formatted(&format!("workflow w {{ {text} }}"));
    let short = "workflow w { step a = b.c<T> { d: 1 } with { timeout: 5s } }\n";
    assert_eq!(step("step a=b.c<T>{d:1}with{timeout:5s}"), short);
    let open = "workflow w {\n  step a = b {\n    d: 1\n  } with { timeout: 5s }\n}\n";
    assert_eq!(step("\nstep a = b {\nd: 1\n}\nwith { timeout: 5s }"), open);
    let long = "e".repeat(70);
    let below =
        format!("workflow w {{\n  step a = b {{ d: {long} }}\n    with {{ timeout: 5s }}\n}}\n");
    assert_eq!(step(&format!("step a = b {{ d: {long} }} with {{ timeout: 5s }}")), below);
}

#[test]
fn errors_are_told() {
    assert!(format(FileId(0), "type A =").is_err());
    assert!(format(FileId(0), "workflow w { let }").is_err());
}
