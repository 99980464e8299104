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
