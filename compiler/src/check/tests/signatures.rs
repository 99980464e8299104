//! Signatures that are right and wrong.

use wf_types::{Bound, Type};

use crate::registry::places::{Place, count, places};
use crate::registry::{build_registry, library};

#[test]
fn signatures_become_a_registry() {
    let registry = build_registry(&[
        ("a.wf", "type Shape = \"round\" | \"square\"\n\n/// Draws.\nnode draw.it<T: border = json?> {\n  input {\n    shape: Shape = \"round\"\n    size: float = 1\n  }\n  output { drawn: T, success: bool }\n}"),
        ("b.wf", "fn area<N: number>(shape: Shape, size: N) -> N\nfn area(text: string) -> int"),
    ])
    .expect("the signatures are right");
    let node = &registry.nodes["draw.it"];
    assert_eq!(node.doc, "Draws.");
    assert_eq!(node.type_params[0].bound, Some(Bound::Border));
    assert_eq!(node.type_params[0].default, Some(Type::Json));
    assert_eq!(node.defaults[1].as_deref(), Some("1"));
    assert!(node.text.starts_with("node draw.it<T"));
    assert_eq!(registry.functions["area"].type_params.len(), 1);
    assert_eq!(registry.overloads["area"].len(), 1);
    assert!(registry.defs.iter().any(|(_, def)| def.name == "Failure"));
}

#[test]
fn wrong_signatures_are_told() {
    for (text, code) in [
        ("node a<T: large> { input { } output { success: bool } }", "WF0513"),
        ("node a { input { x: int = \"one\" } output { success: bool } }", "WF0201"),
        ("node a { input { x: Nothing } output { success: bool } }", "WF0102"),
        (
            "node a { input { } output { success: bool } }\nnode a { input { } output { success: bool } }",
            "WF0106",
        ),
        ("fn f(n: int) -> int { return n }", "WF0513"),
        ("entity E { n: int }", "WF0513"),
        ("type T = { next: T }", "WF0109"),
        ("type T = int\ntype T = string", "WF0106"),
        ("fn f(n: int = steps.x) -> int", "WF0220"),
    ] {
        let error = build_registry(&[("a.wf", text)]).expect_err(text);
        let codes: Vec<&str> = error.diagnostics.iter().map(|d| d.code.id).collect();
        assert_eq!(codes, [code], "{text}: {error}");
    }
}

const LIBRARY: &[(&str, &str)] = &[
    (
        "a.wf",
        "/// Draws.\n/// It is slow.\nnode draw.it<T> {\n  input { x: T, y: int = 1 }\n  output { z: list<T> }\n}\n// A note.\n\n/// The area.\nfn area<T>(of: list<T>) -> int\nfn area(of: string) -> int\nfn area(of: map<json>, more: int = 2) -> float\n",
    ),
    ("b.wf", "fn fails() -> Failure?\n"),
];

static PLACES: [Place; count(LIBRARY)] = places(LIBRARY);

#[test]
fn a_library_is_read_as_a_registry_is_built() {
    let (eager, lazy) =
        (build_registry(LIBRARY).expect("they are right"), library(LIBRARY, &PLACES));
    assert_eq!(format!("{eager:?}"), format!("{lazy:?}"));
    assert_eq!(lazy.overloads["area"].len(), 2);
    assert!(lazy.nodes["draw.it"].doc.contains("slow"));
    assert!(lazy.functions.get("fail").is_none() && lazy.functions.contains_key("fails"));
}
