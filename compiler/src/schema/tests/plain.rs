//! Single keywords.

use super::{shape, shape_told};

#[test]
fn kinds() {
    for (name, ty) in [
        ("string", "string"),
        ("integer", "int"),
        ("number", "float"),
        ("boolean", "bool"),
        ("null", "null"),
        ("object", "map<json>"),
        ("array", "list<json>"),
    ] {
        assert_eq!(shape(&format!(r#"{{"type": "{name}"}}"#)), ty);
    }
    assert_eq!(shape("{}"), "json");
    assert_eq!(shape("true"), "json");
    assert_eq!(shape(r#"{"type": ["string", "null"]}"#), "string?");
    assert_eq!(shape(r#"{"type": ["integer", "string"]}"#), "int | string");
    assert_eq!(shape(r#"{"type": ["integer", "number"]}"#), "float");
    assert_eq!(shape(r#"{"type": ["null", "array", "string"]}"#), "(string | list<json>)?");
    assert_eq!(
        shape(r#"{"type": ["string", "number", "object", "array", "boolean", "null"]}"#),
        "json"
    );
    assert_eq!(shape(r#"{"type": "string", "nullable": true}"#), "string?");
}

#[test]
fn what_only_checks_values_is_left_out() {
    for more in [
        r#""format": "uuid""#,
        r#""format": "date-time""#,
        r#""minLength": 3, "pattern": "^a", "default": 5, "examples": [1]"#,
        r#""not": {"const": "x"}"#,
        r#""description": "text", "$comment": "c", "readOnly": true, "x-own": {}"#,
    ] {
        assert_eq!(shape(&format!(r#"{{"type": "string", {more}}}"#)), "string");
    }
    assert_eq!(shape(r#"{"type": "integer", "minimum": 1, "maximum": 5}"#), "int");
}

#[test]
fn literals() {
    assert_eq!(shape(r#"{"enum": ["a", "b"]}"#), "'a' | 'b'");
    assert_eq!(shape(r#"{"type": "string", "enum": ["a", null]}"#), "'a'");
    assert_eq!(shape(r#"{"type": ["string", "null"], "enum": ["a", "b", null]}"#), "('a' | 'b')?");
    assert_eq!(shape(r#"{"type": "string", "enum": ["a"], "nullable": true}"#), "'a'?");
    assert_eq!(shape(r#"{"enum": [1, 2.0, true, "x", null]}"#), "(1 | 2 | true | 'x')?");
    assert_eq!(shape(r#"{"enum": [true, false]}"#), "bool");
    assert_eq!(shape(r#"{"const": "x"}"#), "'x'");
    assert_eq!(shape(r#"{"const": null}"#), "null");
    assert_eq!(shape(r#"{"enum": [1, 1.5]}"#), "float");
    assert_eq!(shape(r#"{"type": "integer", "enum": [1, 1.5]}"#), "1");
    let (ty, told) = shape_told(r#"{"enum": [[1], "a"]}"#);
    assert_eq!(ty, "json");
    assert_eq!(
        told,
        [
            "WF0910 `dir/s.json#/enum/0` becomes `json`: a literal is a text, a whole number or a truth value"
        ]
    );
}

#[test]
fn objects() {
    let schema = r#"{"type": "object", "required": ["b", "c"], "properties": {
        "b": {"type": "string"}, "a": {"type": "integer"}, "c": {"type": ["string", "null"]},
        "+1": true, "none": false}, "additionalProperties": {"type": "string"}}"#;
    assert_eq!(shape(schema), "{b: string, a: int?, c: string?, +1: json}");
    // Without `type`, `properties` are meant for objects.
    let (ty, told) = shape_told(r#"{"properties": {"a": {"type": "bool"}}}"#);
    assert_eq!((ty.as_str(), told.len()), ("{a: json}", 1));
    assert_eq!(shape(r#"{"type": "object", "required": ["a"]}"#), "{a: json}");
    assert_eq!(shape(r#"{"additionalProperties": {"type": "string"}}"#), "map<string>");
    assert_eq!(shape(r#"{"type": "object", "additionalProperties": true}"#), "map<json>");
    assert_eq!(shape(r#"{"type": "object", "additionalProperties": false}"#), "map<json>");
    assert_eq!(
        shape(
            r#"{"type": "object", "patternProperties": {"^x": {"type": "integer"}}, "additionalProperties": false}"#
        ),
        "map<int>"
    );
    assert_eq!(
        shape(
            r#"{"patternProperties": {"^x": {"type": "integer"}}, "additionalProperties": {"type": "string"}}"#
        ),
        "map<int | string>"
    );
}

#[test]
fn arrays() {
    assert_eq!(shape(r#"{"type": "array", "items": {"type": "string"}}"#), "list<string>");
    assert_eq!(shape(r#"{"items": {"type": "string"}}"#), "list<string>");
    assert_eq!(shape(r#"{"type": "array", "items": true}"#), "list<json>");
    assert_eq!(
        shape(r#"{"type": "array", "items": [{"type": "string"}, {"type": "integer"}]}"#),
        "list<string | int>"
    );
    assert_eq!(
        shape(
            r#"{"type": "array", "prefixItems": [{"type": "number"}, {"type": "integer"}], "items": false}"#
        ),
        "list<float>"
    );
    assert_eq!(
        shape(
            r#"{"type": "array", "items": [{"type": "number"}], "additionalItems": {"type": "null"}}"#
        ),
        "list<float?>"
    );
    assert_eq!(
        shape(r#"{"type": "array", "items": {"type": "array", "items": {"type": "object"}}}"#),
        "list<list<map<json>>>"
    );
}
