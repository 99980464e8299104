//! Schemas that are put together of others.

use super::{import_all, shape, shape_told};

#[test]
fn alternatives() {
    assert_eq!(shape(r#"{"oneOf": [{"type": "string"}, {"type": "null"}]}"#), "string?");
    assert_eq!(shape(r#"{"anyOf": [{"type": "string"}, {"type": "integer"}]}"#), "string | int");
    // What is hidden by another alternative is not there twice.
    assert_eq!(shape(r#"{"anyOf": [{"type": "string"}, {"enum": [""]}]}"#), "string");
    assert_eq!(shape(r#"{"anyOf": [{"type": "integer"}, {"type": "number"}]}"#), "float");
    assert_eq!(shape(r#"{"anyOf": [{"type": "string"}, {}]}"#), "json");
    assert_eq!(shape(r#"{"anyOf": [{"type": "string"}, false]}"#), "string");
    assert_eq!(
        shape(
            r#"{"oneOf": [{"type": "array", "items": {"type": "string"}}, {"type": "array", "items": {"type": "integer"}}]}"#
        ),
        "list<string | int>"
    );
    // The type beside the alternatives holds for all of them.
    assert_eq!(
        shape(
            r#"{"type": "string", "anyOf": [{"enum": ["a", 1]}, {"const": "b"}, {"type": "null"}]}"#
        ),
        "'a' | 'b'"
    );
}

#[test]
fn objects_that_a_literal_tells_apart() {
    let schema = r#"{"oneOf": [
        {"type": "object", "required": ["kind", "n"], "properties": {"kind": {"const": "a"}, "n": {"type": "integer"}}},
        {"type": "object", "required": ["kind", "s"], "properties": {"kind": {"enum": ["b", "c"]}, "s": {"type": "string"}}}]}"#;
    assert_eq!(shape(schema), "{kind: 'a', n: int} | {kind: 'b' | 'c', s: string}");
    // Those that it does not tell apart become one.
    let schema = r#"{"oneOf": [
        {"required": ["kind", "n"], "properties": {"kind": {"const": "a"}, "n": {"type": "integer"}}},
        {"required": ["kind", "m"], "properties": {"kind": {"const": "b"}, "m": {"type": "integer"}}},
        {"required": ["kind", "s"], "properties": {"kind": {"const": "a"}, "s": {"type": "string"}, "n": {"type": "string"}}}]}"#;
    assert_eq!(shape(schema), "{kind: 'a', n: (int | string)?, s: string?} | {kind: 'b', m: int}");
    // A literal that may be missing tells nothing.
    let schema = r#"{"oneOf": [
        {"required": ["n"], "properties": {"kind": {"const": "a"}, "n": {"type": "integer"}}},
        {"required": ["n"], "properties": {"kind": {"const": "b"}, "n": {"type": "integer"}, "x": {"type": "boolean"}}}]}"#;
    assert_eq!(shape(schema), "{kind: ('a' | 'b')?, n: int, x: bool?}");
}

#[test]
fn objects_and_maps_can_not_be_told_apart() {
    let (ty, told) =
        shape_told(r#"{"anyOf": [{"type": "object"}, {"properties": {"a": {"type": "string"}}}]}"#);
    assert_eq!(ty, "json");
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("`dir/s.json` becomes `json`"), "{told:?}");
}

#[test]
fn all_of() {
    let schema = r##"{"allOf": [{"$ref": "#/$defs/base"}, {"required": ["b"], "properties": {"b": {"type": "string"}}}],
        "$defs": {"base": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": ["string", "integer"]}}}}}"##;
    assert_eq!(shape(schema), "{a: string, b: string}");
    assert_eq!(
        shape(r#"{"allOf": [{"enum": ["a", "b", "c"]}, {"enum": ["b", "c", "d"]}]}"#),
        "'b' | 'c'"
    );
    assert_eq!(shape(r#"{"allOf": [{"type": "number"}, {"type": "integer"}]}"#), "int");
    assert_eq!(shape(r#"{"allOf": [{"type": ["string", "null"]}, {"type": "string"}]}"#), "string");
    // Null in both, texts in both, but not the one with the other.
    let nullable = r#"{"anyOf": [{"type": "string"}, {"type": "null"}]}"#;
    assert_eq!(shape(&format!(r#"{{"allOf": [{nullable}, {nullable}]}}"#)), "string?");
    let (ty, told) = shape_told(r#"{"allOf": [{"type": "string"}, {"type": "integer"}]}"#);
    assert_eq!((ty.as_str(), told.len()), ("json", 1));
    assert!(told[0].ends_with("no value fits it"));
    // A `nullable` beside it is meant for the whole.
    assert_eq!(
        shape(
            r##"{"nullable": true, "allOf": [{"$ref": "#/$defs/s"}], "$defs": {"s": {"type": "string"}}}"##
        ),
        "string?"
    );
}

#[test]
fn extends_of_draft_3() {
    let schema = r##"{"$schema": "http://json-schema.org/draft-03/schema#", "type": "object",
        "properties": {"b": {"type": "integer"}}, "required": ["b"], "extends": {"$ref": "#/definitions/base"},
        "definitions": {"base": {"properties": {"a": {"type": "string"}}, "extends": {"properties": {"z": {"type": "boolean"}}}}}}"##;
    assert_eq!(shape(schema), "{b: int, a: string?, z: bool?}");
    let several = r#"{"extends": [{"type": "string"}, {"enum": ["a", 1]}]}"#;
    assert_eq!(shape(several), "'a'");
    // Only schemas can be held besides; and what extends itself is what it is.
    assert_eq!(shape(r#"{"type": "string", "extends": "other.json"}"#), "string");
    let circle = r##"{"type": "string", "extends": {"$ref": "#"}}"##;
    assert_eq!(shape(circle), "string");
    let (ty, told) = shape_told(r#"{"extends": [{"type": "string"}, {"type": "integer"}]}"#);
    assert_eq!((ty.as_str(), told.len()), ("json", 1));
}

#[test]
fn any_of_these_is_required() {
    let schema = r#"{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}, "c": {"type": "string"}},
        "required": ["c"], "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}"#;
    assert_eq!(shape(schema), "{a: string?, b: string?, c: string}");
}

#[test]
fn conditions() {
    let schema = r#"{"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["a", "b"]}},
        "if": {"properties": {"kind": {"const": "a"}}},
        "then": {"required": ["n"], "properties": {"n": {"type": "integer"}}},
        "else": {"properties": {"s": {"type": "string"}}}}"#;
    assert_eq!(shape(schema), "{kind: 'a' | 'b', n: int?, s: string?}");
    assert_eq!(
        shape(r#"{"type": "string", "if": {"minLength": 3}, "then": {"pattern": "a"}}"#),
        "string"
    );
}

#[test]
fn what_stands_beside_a_reference() {
    let schema = |draft: &str| {
        format!(
            r##"{{"$schema": "{draft}", "$ref": "#/$defs/a", "required": ["x"], "$defs": {{"a": {{"properties": {{"x": {{"type": "string"}}}}}}}}}}"##
        )
    };
    assert_eq!(shape(&schema("http://json-schema.org/draft-07/schema#")), "{x: string?}");
    assert_eq!(shape(&schema("https://json-schema.org/draft/2020-12/schema")), "{x: string}");
}

#[test]
fn recursion() {
    let schema = r##"{"type": "object", "required": ["children", "name"], "properties": {
        "name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#"}}, "next": {"$ref": "#"}}}"##;
    assert_eq!(shape(schema), "{name: string, children: list<T>, next: T?}");
    // Without records on the way.
    let schema = r##"{"$ref": "#/$defs/v", "$defs": {"v": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#/$defs/v"}}, {"type": "null"}]}}}"##;
    assert_eq!(shape(schema), "string | list<v?>?");
}

#[test]
fn a_type_without_end() {
    let schema = r##"{"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#"}, "n": {"type": "integer"}}}"##;
    let (ty, told) = shape_told(schema);
    assert_eq!(ty, "{next: json, n: int?}");
    assert_eq!(
        told,
        [
            "WF0910 `dir/s.json#/properties/next` becomes `json`: it holds itself in a field that is always there, without end"
        ]
    );
    let schema = r##"{"$ref": "#/$defs/a", "$defs": {
        "a": {"type": "object", "required": ["b"], "properties": {"b": {"$ref": "#/$defs/b"}}},
        "b": {"type": "object", "required": ["a"], "properties": {"a": {"oneOf": [{"$ref": "#/$defs/a"}, {"type": "string"}]}}}}}"##;
    let (ty, told) = shape_told(schema);
    assert_eq!(ty, "{b: {a: json}}");
    assert_eq!(told.len(), 1);
}

#[test]
fn types_are_shared_and_named() {
    let schema = r##"{"definitions": {
        "issue": {"type": "object", "properties": {"user": {"$ref": "#/definitions/simple-user"}, "by": {"$ref": "#/definitions/simple-user"},
            "lock": {"type": "object", "properties": {"why": {"type": "string"}}}}},
        "simple-user": {"type": "object", "properties": {"login": {"type": "string"}}}}}"##;
    let imported = import_all(
        &["s.json#/definitions/issue", "s.json#/definitions/issue"],
        &[("dir/s.json", schema)],
    );
    let names: Vec<&str> = imported.defs.iter().map(|(_, def)| def.name.as_str()).collect();
    assert_eq!(names, ["T", "T2", "simple-user", "T.lock"]);
    assert_eq!(imported.written(imported.types[1]), imported.text());
    // The program's own name wins.
    let imported = import_all(
        &["s.json#/definitions/issue", "s.json#/definitions/simple-user"],
        &[("dir/s.json", schema)],
    );
    let names: Vec<&str> = imported.defs.iter().map(|(_, def)| def.name.as_str()).collect();
    assert_eq!(names, ["T", "T2", "T.lock"]);
}

#[test]
fn a_discriminator_with_a_mapping_tells_apart() {
    let schema = |mapping: &str| {
        format!(
            r##"{{"oneOf": [{{"$ref": "#/$defs/Cat"}}, {{"$ref": "#/$defs/Dog"}}],
            "discriminator": {{"propertyName": "kind"{mapping}}},
            "$defs": {{
                "Cat": {{"type": "object", "required": ["lives"], "properties": {{"kind": {{"type": "string"}}, "lives": {{"type": "integer"}}}}}},
                "Dog": {{"type": "object", "required": ["kind"], "properties": {{"kind": {{"type": "string"}}, "bark": {{"type": "boolean"}}}}}}
            }}}}"##
        )
    };
    let mapping = r##", "mapping": {"cat": "#/$defs/Cat", "tiger": "Cat", "dog": "Dog"}"##;
    assert_eq!(
        shape(&schema(mapping)),
        "{kind: 'cat' | 'tiger', lives: int} | {kind: 'dog', bark: bool?}"
    );
    // Without one the values are the names.
    let named = "{kind: 'Cat', lives: int} | {kind: 'Dog', bark: bool?}";
    assert_eq!(shape(&schema("")), named);
    // With one that names others, nothing is known of the values.
    let merged = "{kind: string?, lives: int?, bark: bool?}";
    assert_eq!(shape(&schema(r#", "mapping": {"bird": "Bird"}"#)), merged);
    assert_eq!(shape(&schema(r#", "mapping": ["cat"]"#)), merged);
}

#[test]
fn schemas_that_depend_on_a_property() {
    let schema = |keyword: &str| {
        format!(
            r#"{{"type": "object", "required": ["a"], "properties": {{"a": {{"type": "string"}}}},
            "{keyword}": {{"a": {{"required": ["b"], "properties": {{"b": {{"type": "integer"}}}}}}}}}}"#
        )
    };
    assert_eq!(shape(&schema("dependentSchemas")), "{a: string, b: int?}");
    assert_eq!(shape(&schema("dependencies")), "{a: string, b: int?}");
    assert_eq!(
        shape(
            r#"{"type": "object", "properties": {"a": {"type": "string"}}, "dependencies": {"a": ["b"]}}"#
        ),
        "{a: string?}"
    );
}

#[test]
fn a_type_that_no_draft_has_is_told() {
    for schema in [
        r#"{"type": "text"}"#,
        r#"{"type": ["text", "null"]}"#,
        r#"{"type": [{"type": "string"}]}"#,
        r#"{"type": {"type": "string"}}"#,
    ] {
        let (ty, told) = shape_told(schema);
        assert_eq!((ty.as_str(), told.len()), ("json", 1), "{schema}");
        assert!(told[0].ends_with("its `type` is none of JSON Schema"), "{told:?}");
    }
    assert_eq!(shape(r#"{"type": "any"}"#), "json");
}
