//! Several files, references and names of schemas.

use super::import_all;

const USER: &str = r#"{"type": "object", "properties": {"login": {"type": "string"}}}"#;

fn told(used: &str, files: &[(&str, &str)]) -> Vec<String> {
    import_all(&[used], files)
        .told
        .iter()
        .map(|d| format!("{} {} [{}]", d.code.id, d.message, d.help.as_deref().unwrap_or("")))
        .collect()
}

fn text(used: &str, files: &[(&str, &str)]) -> String {
    let imported = import_all(&[used], files);
    assert_eq!(imported.told(), Vec::<String>::new());
    imported.text()
}

#[test]
fn pointers() {
    let schema = r#"{"$defs": {"a/b": {"type": "string"}, "~": {"type": "integer"}, "é$": {"type": "boolean"},
        "list": {"oneOf": [{"type": "null"}, {"type": "number"}]}}}"#;
    let files = [("dir/s.json", schema)];
    assert_eq!(text("s.json#/$defs/a~1b", &files), "string");
    assert_eq!(text("s.json#/$defs/~0", &files), "int");
    assert_eq!(text("s.json#/$defs/%C3%A9%24", &files), "bool");
    assert_eq!(text("s.json#/$defs/é$", &files), "bool");
    assert_eq!(text("s.json#/$defs/list/oneOf/1", &files), "float");
    assert_eq!(
        told("s.json#/$defs/lst", &files),
        ["WF0611 `s.json` has nothing at `#/$defs/lst` [did you mean `#/$defs/list`?]"]
    );
    assert_eq!(
        told("s.json#/$defs/list/oneOf/7", &files),
        [
            "WF0611 `s.json` has nothing at `#/$defs/list/oneOf/7` [`#/$defs/list/oneOf` has 2 items]"
        ]
    );
    assert_eq!(told("s.json#nowhere", &files).len(), 1);
    assert_eq!(told("s.json#/$defs/~/x/y", &files).len(), 1);
}

#[test]
fn references_over_files() {
    let files = [
        (
            "dir/s.json",
            r##"{"properties": {"user": {"$ref": "types/user.json"}, "tag": {"$ref": "types/all.json#/$defs/tag"}}}"##,
        ),
        ("dir/types/user.json", USER),
        (
            "dir/types/all.json",
            r##"{"$defs": {"tag": {"properties": {"by": {"$ref": "user.json"}, "up": {"$ref": "../s.json"}}}}}"##,
        ),
    ];
    assert_eq!(
        text("s.json", &files),
        "{user: {login: string?}?, tag: {by: {login: string?}?, up: T?}?}"
    );
}

#[test]
fn names_of_schemas() {
    let files = [
        (
            "dir/s.json",
            r##"{"$id": "https://x.org/schemas/s.json", "properties": {
                "a": {"$ref": "user"}, "b": {"$ref": "https://x.org/schemas/user"}, "c": {"$ref": "#tag"},
                "d": {"$ref": "https://x.org/schemas/user#/$defs/n"}, "e": {"$ref": "other.json"}},
                "$defs": {
                    "u": {"$id": "user", "type": "string", "$defs": {"n": {"type": "integer"}}, "properties": {"x": {"$ref": "#/$defs/n"}}},
                    "t": {"$anchor": "tag", "type": "boolean"}}}"##,
        ),
        ("dir/other.json", r#"{"type": "number"}"#),
    ];
    assert_eq!(text("s.json", &files), "{a: string?, b: string?, c: bool?, d: int?, e: float?}");
    let old = r##"{"$schema": "http://json-schema.org/draft-07/schema#", "items": {"$ref": "#x"}, "definitions": {"x": {"$id": "#x", "type": "string"}}}"##;
    assert_eq!(text("s.json", &[("dir/s.json", old)]), "list<string>");
    let recursive = r##"{"properties": {"a": {"$dynamicRef": "#node"}, "b": {"$recursiveRef": "#"}}, "$dynamicAnchor": "node"}"##;
    assert_eq!(text("s.json", &[("dir/s.json", recursive)]), "{a: T?, b: T?}");
}

#[test]
fn references_that_lead_nowhere() {
    let one = |reference: &str| {
        let schema = format!(
            r#"{{"properties": {{"x": {{"$ref": "{reference}"}}}}, "$defs": {{"user": true}}}}"#
        );
        let imported = import_all(
            &["s.json"],
            &[("dir/s.json", &schema), ("secret.json", USER), ("dir/bad.json", "{")],
        );
        assert_eq!(imported.told.len(), 1, "{reference}: {:?}", imported.told());
        let told = imported.told.first().expect("one was told");
        assert_eq!(told.code.id, "WF0612");
        assert_eq!(told.label, "it stands at `dir/s.json#/properties/x`");
        told.help.clone().unwrap_or_default()
    };
    assert_eq!(one("#/$defs/usr"), "did you mean `#/$defs/user`?");
    assert!(one("https://json.schemastore.org/package.json").contains("network"));
    assert!(one("../secret.json").contains("folder"));
    assert!(one("..%2Fsecret.json").contains("folder"));
    assert!(one("/etc/passwd").contains("folder"));
    assert!(one("file:///etc/passwd").contains("network"));
    assert!(one("x/../../secret.json").contains("folder"));
    assert!(one("missing.json").contains("no such file"));
    assert!(one("bad.json").contains("is not JSON"));
}

#[test]
fn a_reference_that_nothing_reaches_is_not_followed() {
    let schema = r##"{"$defs": {"a": {"type": "string"}, "b": {"$ref": "https://x.org/y"}}}"##;
    assert_eq!(text("s.json#/$defs/a", &[("dir/s.json", schema)]), "string");
}

#[test]
fn files_that_are_no_schemas() {
    assert_eq!(told("none.json", &[]).len(), 1);
    assert!(
        told("none.json", &[])[0].starts_with("WF0601 the schema `dir/none.json` can't be read")
    );
    let bad = told("s.json", &[("dir/s.json", "{\"a\": \n  tru }")]);
    assert!(bad[0].starts_with("WF0610 the schema `dir/s.json` is not JSON"), "{bad:?}");
    for (text, why) in [("5", "is no schema"), ("[]", "is no schema"), ("\"x\"", "is no schema")] {
        let told = told("s.json", &[("dir/s.json", text)]);
        assert!(told.len() == 1 && told[0].contains(why), "{told:?}");
    }
    assert_eq!(text("s.json", &[("dir/s.json", "\u{feff}{\"type\": \"string\"}")]), "string");
    // Both items are told of, and nothing else.
    let both = import_all(&["s.json", "s.json#/a"], &[("dir/s.json", "{")]);
    assert_eq!(both.told.len(), 2);
}
