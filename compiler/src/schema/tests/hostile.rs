//! Schemas that try to take forever, to recurse or to be enormous.

use super::{import_all, shape, shape_told};

#[test]
fn circles_of_references() {
    let (ty, told) = shape_told(r##"{"$ref": "#"}"##);
    assert_eq!(ty, "json");
    assert_eq!(told, ["WF0910 `dir/s.json` becomes `json`: its `$ref` leads back to itself"]);
    let (ty, told) = shape_told(
        r##"{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}"##,
    );
    assert_eq!((ty.as_str(), told.len()), ("json", 1));
    assert_eq!(shape(r##"{"type": "string", "allOf": [{"$ref": "#"}, {"$ref": "#"}]}"##), "string");
    assert_eq!(shape(r##"{"anyOf": [{"$ref": "#"}, {"type": "string"}]}"##), "string");
    assert_eq!(
        shape(
            r##"{"allOf": [{"type": "string"}, {"anyOf": [{"$ref": "#"}, {"enum": ["a", "b"]}]}]}"##
        ),
        "string"
    );
    let (ty, told) = shape_told(r##"{"anyOf": [{"$ref": "#"}]}"##);
    assert_eq!((ty.as_str(), told.len()), ("json", 1));
    let (ty, _) =
        shape_told(r##"{"oneOf": [{"$ref": "#"}, {"$ref": "#"}], "allOf": [{"$ref": "#"}]}"##);
    assert_eq!(ty, "json");
    assert_eq!(shape_told(r##"{"items": {"$ref": "#"}}"##).0, "list<s>");
    assert_eq!(shape_told(r##"{"additionalProperties": {"$ref": "#"}}"##).0, "map<s>");
    assert_eq!(
        shape_told(r##"{"if": {"$ref": "#"}, "then": {"$ref": "#"}, "else": {"$ref": "#"}}"##).0,
        "json"
    );
}

#[test]
fn long_chains() {
    let defs = |each: &dyn Fn(usize) -> String| {
        let all: Vec<String> = (0..10_000).map(|i| format!(r#""d{i}": {}"#, each(i))).collect();
        format!(
            r##"{{"$ref": "#/$defs/d0", "$defs": {{{}, "d10000": {{"type": "string"}}}}}}"##,
            all.join(",")
        )
    };
    let next = |i: usize| format!(r##"{{"$ref": "#/$defs/d{}"}}"##, i + 1);
    shape_told(&defs(&|i| next(i)));
    shape_told(&defs(&|i| format!(r#"{{"allOf": [{}]}}"#, next(i))));
    shape_told(&defs(&|i| format!(r#"{{"anyOf": [{}, {{"type": "null"}}]}}"#, next(i))));
    shape_told(&defs(&|i| format!(r#"{{"type": "array", "items": {}}}"#, next(i))));
    shape_told(&defs(&|i| format!(r#"{{"type": "object", "additionalProperties": {}}}"#, next(i))));
    shape_told(&defs(&|i| format!(r#"{{"type": "object", "properties": {{"p": {}}}}}"#, next(i))));
    shape_told(&defs(&|i| {
        format!(r#"{{"type": "object", "required": ["p"], "properties": {{"p": {}}}}}"#, next(i))
    }));
    shape_told(&defs(&|i| format!(r#"{{"if": {0}, "then": {0}, "else": {0}}}"#, next(i))));
}

#[test]
fn exponential_alternatives() {
    let any = |i: usize| {
        let one = |v: usize| {
            format!(r#"{{"required": ["a{i}"], "properties": {{"a{i}": {{"const": {v}}}}}}}"#)
        };
        format!(r#"{{"anyOf": [{}, {}]}}"#, one(1), one(2))
    };
    let all: Vec<String> = (0..40).map(any).collect();
    let (ty, told) = shape_told(&format!(r#"{{"type": "object", "allOf": [{}]}}"#, all.join(",")));
    assert_eq!(ty, "json");
    assert_eq!(told, ["WF0910 `dir/s.json` becomes `json`: it has too many alternatives"]);
    // Doubled at each step.
    let defs: Vec<String> = (0..60)
        .map(|i| format!(r##""d{i}": {{"anyOf": [{{"$ref": "#/$defs/d{0}"}}, {{"allOf": [{{"$ref": "#/$defs/d{0}"}}, {{"required": ["r{i}"]}}]}}]}}"##, i + 1))
        .collect();
    shape_told(&format!(
        r##"{{"$ref": "#/$defs/d0", "$defs": {{{}, "d60": {{"type": "object"}}}}}}"##,
        defs.join(",")
    ));
}

#[test]
fn merging_that_grows() {
    // Each object is merged with the next ones, and so are their properties.
    let defs: Vec<String> = (0..40)
        .map(|i| {
            let next = |k: usize| format!(r##"{{"$ref": "#/$defs/d{}"}}"##, (i * 7 + k) % 40);
            format!(
                r#""d{i}": {{"type": "object", "properties": {{"p": {{"anyOf": [{}, {}]}}, "q": {{"allOf": [{}, {}]}}}}}}"#,
                next(1), next(2), next(3), next(5)
            )
        })
        .collect();
    shape_told(&format!(r##"{{"$ref": "#/$defs/d0", "$defs": {{{}}}}}"##, defs.join(",")));
}

#[test]
fn many_members() {
    let told_apart: Vec<String> = (0..300)
        .map(|i| format!(r#"{{"type": "object", "required": ["k"], "properties": {{"k": {{"const": "{i}"}}, "n{i}": {{"type": "string"}}}}}}"#))
        .collect();
    let (ty, told) = shape_told(&format!(r#"{{"oneOf": [{}]}}"#, told_apart.join(",")));
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(ty.matches(" | ").count(), 299);
    let together: Vec<String> = (0..300)
        .map(|i| format!(r#"{{"type": "object", "properties": {{"n{i}": {{"type": "string"}}}}}}"#))
        .collect();
    let (ty, _) = shape_told(&format!(r#"{{"oneOf": [{}]}}"#, together.join(",")));
    assert_eq!(ty.matches("string?").count(), 300);
    let values: Vec<String> = (0..50_000).map(|i| format!(r#""v{i}""#)).collect();
    assert_eq!(shape_told(&format!(r#"{{"enum": [{}]}}"#, values.join(","))).0, "string");
    let fields: Vec<String> =
        (0..50_000).map(|i| format!(r#""f{i}": {{"type": "string"}}"#)).collect();
    let (ty, told) = shape_told(&format!(r#"{{"properties": {{{}}}}}"#, fields.join(",")));
    assert_eq!((ty.as_str(), told.len()), ("map<json>", 1));
    let refs: Vec<String> =
        (0..20_000).map(|i| format!(r##""f{i}": {{"$ref": "#/$defs/x"}}"##)).collect();
    shape_told(&format!(
        r##"{{"items": {{"oneOf": [{}]}}, "$defs": {{"x": true, {}}}}}"##,
        together.join(","),
        refs.join(",")
    ));
}

#[test]
fn deep_nesting() {
    let deep = |n: usize| format!("{}true{}", r#"{"items": "#.repeat(n), "}".repeat(n));
    assert_eq!(shape_told(&deep(100)).1, Vec::<String>::new());
    let (_, told) = shape_told(&deep(200));
    assert_eq!(told, ["WF0610 the schema `dir/s.json` is nested too deeply"]);
    shape_told(&"[".repeat(100_000));
    shape_told(&format!(r#"{{"allOf": {}"#, "[{\"allOf\": ".repeat(50_000)));
}

#[test]
fn many_records() {
    let defs: Vec<String> = (0..30_000)
        .map(|i| {
            format!(r#""d{i}": {{"type": "object", "properties": {{"n": {{"type": "string"}}}}}}"#)
        })
        .collect();
    let uses: Vec<String> =
        (0..30_000).map(|i| format!(r##"{{"$ref": "#/$defs/d{i}"}}"##)).collect();
    let records: Vec<String> = uses
        .chunks(1000)
        .enumerate()
        .map(|(i, uses)| {
            let fields: Vec<String> =
                uses.iter().enumerate().map(|(k, u)| format!(r#""f{k}": {u}"#)).collect();
            format!(r#""r{i}": {{"type": "object", "properties": {{{}}}}}"#, fields.join(","))
        })
        .collect();
    let (_, told) = shape_told(&format!(
        r#"{{"type": "object", "properties": {{{}}}, "$defs": {{{}}}}}"#,
        records.join(","),
        defs.join(",")
    ));
    assert_eq!(told.len(), 8, "the others are counted");
}

#[test]
fn too_large_files() {
    let large = format!("\"{}\"", "x".repeat(17 << 20));
    let imported = import_all(&["s.json"], &[("dir/s.json", &large)]);
    assert_eq!(imported.told(), ["WF0610 the schema `dir/s.json` is too large"]);
}
