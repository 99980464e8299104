//! Schemas in the style of those that services publish: OpenAPI components, events, blocks.

use super::{import_all, shape, shape_told};

/// The type of `Of` among OpenAPI components, and the names of the types that it is made of.
fn component(components: &str) -> (String, Vec<String>) {
    let file = format!(r#"{{"components": {{"schemas": {components}}}}}"#);
    let used = "s.json#/components/schemas/Of";
    let imported = import_all(&[used], &[("dir/s.json", &file)]);
    assert_eq!(imported.told(), Vec::<String>::new(), "{file}");
    let names = imported.defs.iter().map(|(_, def)| def.name.to_string()).skip(1).collect();
    (imported.text(), names)
}

const BASE: &str = r#""Base": {"type": "object", "required": ["id", "kind"],
    "properties": {"id": {"type": "string"}, "kind": {"type": "string"}}}"#;

/// An alternative that is put together of a base and what is its own.
fn own(properties: &str, title: &str) -> String {
    format!(
        r##"{{{title} "allOf": [{{"$ref": "#/components/schemas/Base"}}, {{"type": "object", "properties": {{{properties}}}}}]}}"##
    )
}

#[test]
fn alternatives_are_called_by_what_tells_them_apart() {
    let cat = own(r#""kind": {"const": "cat"}, "lives": {"type": "integer"}"#, "");
    let dogs = own(r#""kind": {"enum": ["dog", "wolf"]}"#, "");
    let (ty, names) = component(&format!(r#"{{{BASE}, "Of": {{"oneOf": [{cat}, {dogs}]}}}}"#));
    assert_eq!(ty, "{id: string, kind: 'cat', lives: int?} | {id: string, kind: 'dog' | 'wolf'}");
    assert_eq!(names, ["T.cat", "T.dog|wolf"]);
    // A title is a name, and so is the key of a definition.
    let titled = own(r#""kind": {"const": "cat"}"#, r#""title": "A cat","#);
    let all = format!(
        r##"{{{BASE}, "Of": {{"oneOf": [{titled}, {{"$ref": "#/components/schemas/Dog"}}]}}, "Dog": {dogs}}}"##
    );
    assert_eq!(component(&all).1, ["T.A cat", "Dog"]);
    // Alternatives of a part, of an alternative, and of a definition that is an alternative.
    let inner = format!(r##"{{"type": "array", "items": {{"oneOf": [{cat}, {dogs}]}}}}"##);
    let all =
        format!(r#"{{{BASE}, "Of": {{"type": "object", "properties": {{"pets": {inner}}}}}}}"#);
    assert_eq!(component(&all).1, ["T.pets[].cat", "T.pets[].dog|wolf"]);
    let bird = r#"{"type": "object", "required": ["kind"], "properties": {"kind": {"const": 7}}}"#;
    let all = format!(
        r##"{{{BASE}, "Of": {{"oneOf": [{{"$ref": "#/components/schemas/Pet"}}, {bird}]}}, "Pet": {{"oneOf": [{cat}, {dogs}]}}}}"##
    );
    assert_eq!(component(&all).1, ["Pet.cat", "Pet.dog|wolf", "T.7"]);
}

#[test]
fn a_discriminator_without_a_mapping_has_the_names() {
    let of = r##"{"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
        "discriminator": {"propertyName": "kind"}}"##;
    let all = |cat: &str, dog: &str| {
        format!(r#"{{{BASE}, "Of": {of}, "Cat": {}, "Dog": {}}}"#, own(cat, ""), own(dog, ""))
    };
    let (ty, names) = component(&all(r#""lives": {"type": "integer"}"#, ""));
    assert_eq!(ty, "{id: string, kind: 'Cat', lives: int?} | {id: string, kind: 'Dog'}");
    assert_eq!(names, ["Cat", "Dog"]);
    // What an alternative says itself counts.
    let (ty, _) =
        component(&all(r#""kind": {"const": "cat"}"#, r#""kind": {"enum": ["dog", "wolf"]}"#));
    assert_eq!(ty, "{id: string, kind: 'cat'} | {id: string, kind: 'dog' | 'wolf'}");
    let (ty, _) = component(&all(r#""kind": {"const": "cat"}"#, ""));
    assert_eq!(ty, "{id: string, kind: string}");
}

#[test]
fn what_says_of_no_type_is_told() {
    let told = |schema: &str, why: &str| {
        let (ty, told) = shape_told(schema);
        assert_eq!(ty, "json", "{schema}");
        assert!(told.len() == 1 && told[0].contains(why), "{schema}: {told:?}");
    };
    told(r#"{"not": {"type": "string"}}"#, "`not` says what its values are not");
    told(r#"{"if": {"required": ["a"]}, "then": {"required": ["b"]}}"#, "`if` says nothing");
    told(r#"{"minLength": 3}"#, "it limits its values, but has no `type`");
    told(r#"{"format": "date-time", "description": "at"}"#, "it limits its values");
    // What only describes says nothing, as `true` does.
    assert_eq!(shape(r#"{"description": "anything", "default": null}"#), "json");
    assert_eq!(shape(r#"{"type": "string", "not": {"enum": ["x"]}}"#), "string");
    assert_eq!(shape(r#"{"anyOf": [{"type": "string"}, {"not": {"type": "null"}}]}"#), "json");
}

#[test]
fn what_must_not_be_there() {
    let schema = |never: &str| {
        format!(
            r#"{{"type": "object", "required": ["a"], "properties": {{"a": {{"type": "string"}}, "b": {never}}}}}"#
        )
    };
    for never in ["false", r#"{"not": {}}"#, r#"{"not": true}"#] {
        assert_eq!(shape(&schema(never)), "{a: string}");
    }
    assert_eq!(shape(&schema(r#"{"type": "null", "not": false}"#)), "{a: string, b: null}");
    assert_eq!(shape(r#"{"anyOf": [{"type": "string"}, {"not": {}}]}"#), "string");
}

#[test]
fn what_is_not_evaluated() {
    let further = r#"{"type": "object", "unevaluatedProperties": {"type": "integer"}}"#;
    assert_eq!(shape(further), "map<int>");
    let closed = r#"{"allOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}], "unevaluatedProperties": false}"#;
    assert_eq!(shape(closed), "{a: string}");
    let items = r#"{"type": "array", "prefixItems": [{"type": "string"}], "unevaluatedItems": {"type": "integer"}}"#;
    assert_eq!(shape(items), "list<string | int>");
}

#[test]
fn ids_of_draft_4() {
    let schema = |draft: &str| {
        format!(
            r##"{{"$schema": "http://json-schema.org/{draft}/schema#", "id": "https://x.org/a/root.json",
            "properties": {{"a": {{"$ref": "item.json"}}, "id": {{"$ref": "#whole"}}}},
            "definitions": {{"item": {{"id": "item.json", "type": "string"}}, "n": {{"id": "#whole", "type": "integer"}}}}}}"##
        )
    };
    assert_eq!(shape(&schema("draft-04")), "{a: string?, id: int?}");
    let (_, told) = shape_told(&schema("draft-07"));
    assert_eq!(told.len(), 2, "{told:?}");
}

#[test]
fn blocks_and_events() {
    let (ty, names) = component(
        r##"{"Of": {"anyOf": [
            {"type": "object", "required": ["type", "text"], "properties": {"type": {"const": "section"}, "text": {"$ref": "#/components/schemas/text"}}, "additionalProperties": false},
            {"type": "object", "required": ["type"], "properties": {"type": {"const": "divider"}}},
            {"title": "Image", "type": "object", "required": ["type", "url"], "properties": {"type": {"const": "image"}, "url": {"type": "string"}}}]},
          "text": {"type": "object", "required": ["type"], "properties": {"type": {"enum": ["plain", "mrkdwn"]}, "emoji": {"type": "boolean"}}}}"##,
    );
    assert_eq!(
        ty,
        "{type: 'section', text: {type: 'plain' | 'mrkdwn', emoji: bool?}} | {type: 'divider'} | {type: 'image', url: string}"
    );
    assert_eq!(names, ["T.section", "T.divider", "T.Image", "text"]);
    // Either the id of something or the thing itself, as it is or deleted, which nothing tells apart.
    let (ty, _) = component(
        r##"{"Of": {"type": "object", "required": ["customer"], "properties": {
            "customer": {"anyOf": [{"type": "string", "maxLength": 5000}, {"$ref": "#/components/schemas/customer"}, {"$ref": "#/components/schemas/deleted"}], "nullable": true},
            "metadata": {"type": "object", "additionalProperties": {"type": "string"}}}},
          "customer": {"type": "object", "required": ["object"], "properties": {"object": {"enum": ["customer"]}, "email": {"type": "string", "nullable": true}}},
          "deleted": {"type": "object", "required": ["object", "deleted"], "properties": {"object": {"enum": ["customer"]}, "deleted": {"enum": [true]}}}}"##,
    );
    assert_eq!(
        ty,
        "{customer: (string | {object: 'customer', email: string?, deleted: true?})?, metadata: map<string>?}"
    );
    let event = r#"{"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "minLength": 1},
        "time": {"type": ["string", "null"], "format": "date-time"},
        "data": {"type": ["object", "string", "number", "array", "boolean", "null"]}}}"#;
    assert_eq!(shape(event), "{id: string, time: string?, data: json}");
    assert_eq!(
        shape(r#"{"type": ["string", "array", "null"], "items": {"type": "integer"}}"#),
        "(string | list<int>)?"
    );
    let names = r#"{"type": "object", "propertyNames": {"enum": ["a"]}, "additionalProperties": {"type": "integer"}}"#;
    assert_eq!(shape(names), "map<int>");
}
