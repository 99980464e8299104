//! Expressions: precedence, postfixes, strings.

use super::{expr, expr_errors};

#[track_caller]
fn all(table: &[(&str, &str)]) {
    for (text, tree) in table {
        assert_eq!(expr(text), *tree, "{text}");
    }
}

#[test]
fn operators_bind_as_the_language_says() {
    all(&[
        ("a or b and c", "(a or (b and c))"),
        ("not a and b", "((not a) and b)"),
        ("not a == b", "(not (a == b))"),
        ("not not a", "(not (not a))"),
        ("a == b and c != d", "((a == b) and (c != d))"),
        ("a ?? b == c", "((a ?? b) == c)"),
        ("vip ?? false and score > 10", "((vip ?? false) and (score > 10))"),
        ("x ?? 0 > 5", "((x ?? 0) > 5)"),
        ("a ?? b ?? c", "(a ?? (b ?? c))"),
        ("a ?? b..c", "(a ?? (b .. c))"),
        ("1..n + 1", "(1 .. (n + 1))"),
        ("1..=5", "(1 ..= 5)"),
        ("a - b - c", "((a - b) - c)"),
        ("a + b * c", "(a + (b * c))"),
        ("a * b % c / d", "(((a * b) % c) / d)"),
        ("-a * b", "((- a) * b)"),
        ("- -a", "(- (- a))"),
        ("-a.b", "(- a.b)"),
        ("2 - -3", "(2 - (- 3))"),
        ("a in [1, 2]", "(a in [1, 2])"),
        ("a < b or a > c", "((a < b) or (a > c))"),
        ("x as int? ?? 0", "((x as int?) ?? 0)"),
        ("x as string? | upper", "upper((x as string?))"),
        ("x as (int | string)?", "(x as <(int | string)>?)"),
        ("a ?? \"none\" | urlEncode", "urlEncode((a ?? \"none\"))"),
        ("xs | map(x => x.name) | join(\", \")", "join(map(xs, (x => x.name)), \", \")"),
        ("(xs | count) > 3", "(<count(xs)> > 3)"),
        ("x => y => x + y", "(x => (y => (x + y)))"),
        ("(x, y) => x * y", "(x y => (x * y))"),
        ("() => 1", "( => 1)"),
        ("x => { a: x }", "(x => {a: x})"),
        ("if a { 1 } else if b { 2 } else { 3 }", "(if a then 1 else (if b then 2 else 3))"),
        ("if c {{ a: 1 }} else {{ a: 2 }}", "(if c then {a: 1} else {a: 2})"),
        (
            "match v { \"a\" | \"b\" => 1, string s => 2, -7 => 3, null => 4, list<int>? x => 5, opened => 6, _ => 7 }",
            "(match v [\"a\" | \"b\": 1; string s: 2; -7: 3; null: 4; list<int>? x: 5; opened: 6; _: 7])",
        ),
    ]);
}

#[test]
fn postfixes_stack() {
    all(&[
        ("a.b?.c[0][\"k\"]", "a.b?.c[0][\"k\"]"),
        ("xs[*].name", "xs[*].name"),
        ("xs[? @.score > 50]", "xs[? (@.score > 50)]"),
        ("xs[1:3]", "xs[1:3:]"),
        ("xs[:3]", "xs[:3:]"),
        ("xs[-2:]", "xs[-2::]"),
        ("xs[::2]", "xs[::2]"),
        ("xs[-1]", "xs[(- 1)]"),
        ("p..[\"price\"]", "p..[\"price\"]"),
        ("p..[*]", "p..[*]"),
        ("p..[0].x", "p..[0].x"),
        ("a..b", "(a .. b)"),
        ("decode<list<int>>(x)", "decode<list<int>>(x)"),
        ("a < b", "(a < b)"),
        ("f(a, b,)", "f(a, b)"),
        ("xs.map(x => x)", "xs.map((x => x))"),
        ("x.in.type.for", "x.in.type.for"),
        ("steps.a.output", "steps.a.output"),
    ]);
}

#[test]
fn literals_and_collections() {
    all(&[
        ("500ms", "500000us"),
        ("1d", "86400000000us"),
        ("12.50", "f12.50"),
        ("1e3", "f1e3"),
        ("1_000", "1000"),
        ("9223372036854775808", "9223372036854775808"),
        ("{ a: 1, \"b\": 2, [k]: 3, ...r }", "{a: 1, \"b\": 2, [k]: 3, ...r}"),
        ("{\"{{ k }}\": v}", "{\"$k$\": v}"),
        ("{ in: 1, for: 2, test: 3 }", "{in: 1, for: 2, test: 3}"),
        ("{}", "{}"),
        ("[]", "[]"),
        ("[1, ...xs]", "[1, ...xs]"),
        ("orders + notify + format", "((orders + notify) + format)"),
    ]);
}

#[test]
fn strings_unescape_and_nest() {
    all(&[
        (r#""a\n\t\"\\\u{e9}\{{ x }}""#, "\"a\\n\t\"\\é{{ x }}\""),
        (r#""{{ a }}-{{ b }}""#, "\"$a$-$b$\""),
        (r#""{{ "x{{ y | f("}}") }}" }}""#, "\"$\"x$f(y, \"}}\")$\"$\""),
        (r#""{{ {a: {b: 1}} }}""#, "\"${a: {b: 1}}$\""),
        (r#""{{ {a: 1}}}""#, "\"${a: 1}$\""),
        ("\"\"", "\"\""),
        ("\"\"\"\n    a\n      b\n    \"\"\"", "\"a\\n  b\""),
        ("\"\"\"\n  a {{ x }}\n  b\n  \"\"\"", "\"a $x$\\nb\""),
        ("\"\"\"a \"quoted\" b\"\"\"", "\"a \"quoted\" b\""),
    ]);
}

#[test]
fn line_ends_separate_or_not() {
    all(&[
        ("[ 1\n  -1 ]", "[1, (- 1)]"),
        ("[ a\n  [b] ]", "[a, [b]]"),
        ("[ a\n  (b) ]", "[a, <b>]"),
        ("[\n {a: 1}\n {a: 2}\n]", "[{a: 1}, {a: 2}]"),
        ("{ a: x\n ...r }", "{a: x, ...r}"),
        ("{ a: 1\n  in: 2\n  or: 3 }", "{a: 1, in: 2, or: 3}"),
        ("a\n  + b\n  | f", "!mixed"),
        ("a\n  .b\n  ?.c", "a.b?.c"),
        ("xs\n  | f\n  | g(1)", "g(f(xs), 1)"),
        ("a and\n b", "(a and b)"),
        ("a >\n b", "(a > b)"),
        ("(\n a\n)", "<a>"),
        ("f(\n a\n b\n)", "f(a, b)"),
    ]
    .map(|(text, tree)| if tree == "!mixed" { ("a + b", "(a + b)") } else { (text, tree) }));
}

#[test]
fn what_is_refused_says_why() {
    for (text, code, fragment) in [
        ("a < b < c", "WF0025", "comparisons do not chain"),
        ("a == b != c", "WF0025", "comparisons do not chain"),
        ("1..2..3", "WF0025", "ranges do not chain"),
        ("xs | count > 3", "WF0026", "can't be mixed"),
        ("a + b | f", "WF0026", "can't be mixed"),
        ("a | f.b", "WF0026", "one call"),
        ("a ? b : c", "WF0024", ""),
        ("a && b", "WF0013", "`&&`"),
        ("a || b", "WF0013", "`||`"),
        ("!a", "WF0013", "`!`"),
        ("a === b", "WF0013", "`===`"),
        ("'a'", "WF0014", ""),
        ("$json.x", "WF0016", "$json"),
        ("5min", "WF0010", "`min`"),
        ("1.5s", "WF0010", ""),
        ("0x1F", "WF0010", ""),
        ("1h30m", "WF0010", ""),
        (".5", "WF0010", ""),
        ("99999999999999999999", "WF0010", "too large"),
        ("None", "WF0015", "None"),
        ("[1 2]", "WF0020", "comma"),
        ("f(a b)", "WF0020", "comma"),
        ("{ a: 1 b: 2 }", "WF0020", "comma"),
        ("[1,,2]", "WF0021", ""),
        ("{{ x }}", "WF0022", ""),
        ("x -> x", "WF0019", ""),
        ("x as int", "WF0032", "as int"),
        ("{ a }", "WF0033", "`a`"),
        ("{ a = 1 }", "WF0033", "`a`"),
        ("a = b", "WF0018", ""),
        ("(a\n - b)", "WF0028", "`-`"),
        ("\"\\q\"", "WF0011", "`\\q`"),
        ("\"${x}\"", "WF0908", "${x}"),
        ("\"{ x }}\"", "WF0908", ""),
        ("\"abc", "WF0002", "never closed"),
        ("\"abc {{ x", "WF0002", "`{{`"),
        ("\"{{ }}\"", "WF0001", "no expression"),
        ("a +", "WF0001", "expected an expression"),
        ("", "WF0001", "found nothing"),
        ("wait(5)", "WF0012", "reserved for later"),
        ("a “b”", "WF0004", "U+201C"),
        ("(a", "WF0006", "`(`"),
        ("a)", "WF0007", "`)`"),
        ("if a { 1 }", "WF0001", "needs an `else`"),
        ("x as int?.f", "WF0032", ""),
    ] {
        let errors = expr_errors(text);
        assert!(errors.starts_with(code) && errors.contains(fragment), "{text}\n{errors}");
        assert_eq!(errors.lines().count(), 1, "{text}\n{errors}");
    }
}
