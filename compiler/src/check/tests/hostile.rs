//! Programs that are large, deep or strange: no panic, no overflow, no quadratic time.

use super::{check_text, workflow};

#[test]
fn ten_thousand_steps() {
    let mut body = String::new();
    for i in 0..10_000 {
        body.push_str(&format!("step s{i} = log.info {{ message: \"{{{{ {i} }}}}\" }}\n"));
        if i % 2 == 1 {
            body.push_str(
                &format!("if steps.s{i}.attempts > 1 as c{i} {{ break_{i}() }}\n").replace(
                    &format!("break_{i}()"),
                    &format!("step t{i} = time.now {{ }}\nlet x{i} = steps.t{i}.durationMs"),
                ),
            );
        }
    }
    let checked = check_text(&workflow("", &body));
    assert!(checked.program.is_some());
}

#[test]
fn five_thousand_errors() {
    let body: String = (0..5_000).map(|i| format!("let a{i} = unknown_name_{i}\n")).collect();
    let checked = check_text(&workflow("", &body));
    assert_eq!(checked.diagnostics.len(), 5_000);
}

#[test]
fn deep_programs() {
    let nested =
        |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
    for n in [100, 127, 400] {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{ a: ", "}"),
            ("{ ...", "}"),
            ("-", ""),
            ("not ", ""),
            ("if true { ", "} else { 1 }"),
            ("upper(", ")"),
            ("\"{{ ", " }}\""),
        ] {
            check_text(&workflow("", &format!("return {}", nested(open, close, n))));
        }
        check_text(&workflow("", &format!("let x = {}", vec!["1"; n].join(" + "))));
        check_text(&workflow("", &format!("return run{}", ".a".repeat(n))));
        check_text(&format!("type A = {}int{}", "list<".repeat(n), ">".repeat(n)));
        check_text(&format!("type A = int{}", "?".repeat(n)));
        check_text(&workflow("", &format!("{}{}", "if true { ".repeat(n), "}".repeat(n))));
        check_text(&workflow("", &format!("if true {{ }}{}", " else if true { }".repeat(n))));
    }
}

#[test]
fn recursive_types_are_compared() {
    let text = "type A = { next: A?, other: list<B> }\ntype B = { next: B?, other: list<A> }\ntype C = { next: C?, other: list<C> }\n\nfn f(a: A) -> B {\n  return a\n}\n\nfn g(c: C) -> A {\n  return c\n}\n\nfn same(a: A, b: B) -> bool {\n  return a == b\n}";
    let checked = check_text(text);
    assert!(checked.program.is_some(), "{}", super::told(&checked));
}

#[test]
fn types_that_grow_are_bounded() {
    let doubled: String =
        (1..60).map(|i| format!("let x{i} = {{ a: x{0}, b: x{0} }}\n", i - 1)).collect();
    let checked = check_text(&workflow("", &format!("let x0 = 1\n{doubled}return x59")));
    assert!((1..10).contains(&checked.diagnostics.len()), "{}", super::told(&checked));
    let nested: String = (1..500).map(|i| format!("let x{i} = [x{}]\n", i - 1)).collect();
    let checked = check_text(&workflow("", &format!("let x0 = 1\n{nested}return x499")));
    assert_eq!(checked.diagnostics.len(), 1, "{}", super::told(&checked));
    let piped = " | map(x => { a: x, b: x })".repeat(60);
    let checked = check_text(&workflow("", &format!("return [1]{piped}")));
    assert!(checked.program.is_none());
    let named: String = (0..60)
        .map(|i| {
            format!(
                "type A{i} = {{ x: A{0}, y: A{0} }}\ntype B{i} = {{ x: B{0}, y: B{0} }}\n",
                i + 1
            )
        })
        .collect();
    let leaves = "type A60 = { p: int?, q: int }\ntype B60 = { p: int, q: int? }\n";
    let same = "fn f(a: A0, b: B0) -> bool {\n  return a == b\n}\n";
    check_text(&format!("{named}{leaves}{same}"));
}

#[test]
fn defaults_do_not_call_each_other() {
    let checked = check_text("fn f(n: int = f()) -> int {\n  return n\n}");
    assert_eq!(super::places(&checked), ["WF0220 1:15"]);
}
