//! Tests of how data finds its member of a union.

use super::*;

/// A union of records that the field `action` tells apart, beside other members.
fn events() -> (TypeIdx, Program) {
    let mut types = Types::new();
    let (string, int) = (types.add(TypeDesc::String), types.add(TypeDesc::Int));
    let opened = types.literal("opened");
    let ended = types.literals(&["closed", "deleted"]);
    let a = types.record("Opened", &[("action", opened), ("title", string)]);
    let b = types.record("Ended", &[("by", string), ("action", ended)]);
    let list = types.list(int);
    let ty = types.add(TypeDesc::Union(vec![a, b, list, int]));
    (ty, types.program)
}

#[test]
fn unions_go_by_kind_and_by_a_field_of_literal_type() {
    let (ty, program) = events();
    good("5", ty, &program, "5");
    good("[5]", ty, &program, "[5]");
    good(
        r#"{"title": "a", "action": "opened"}"#,
        ty,
        &program,
        r#"{"action":"opened","title":"a"}"#,
    );
    good(
        r#"{"x": {"action": 1}, "action": "deleted", "by": "b"}"#,
        ty,
        &program,
        r#"{"action":"deleted","by":"b"}"#,
    );
    let literals = r#"`"opened" | "closed" | "deleted"`"#;
    let table = [
        (r#"{"action": "opened"}"#, "`$.title` should be `string`, but is missing".to_owned()),
        (
            r#"{"action": "closed", "by": 1}"#,
            "`$.by` should be `string`, but is the number 1".into(),
        ),
        (
            r#"{"action": "x"}"#,
            format!(r#"`$.action` should be {literals}, but is the string "x""#),
        ),
        (r#"{"action": 7}"#, format!("`$.action` should be {literals}, but is the number 7")),
        (r#"{"title": "a"}"#, format!("`$.action` should be {literals}, but is missing")),
        (r#"[5, "a"]"#, r#"`$[1]` should be `int`, but is the string "a""#.into()),
        ("true", "`$` should be `Opened | Ended | list<int> | int`, but is true".into()),
    ];
    for (text, expected) in table {
        bad(text, ty, &program, &expected);
    }
}

#[test]
fn other_unions_take_the_first_member_that_fits() {
    let mut types = Types::new();
    let (string, int) = (types.add(TypeDesc::String), types.add(TypeDesc::Int));
    let (uuid, float) = (types.add(TypeDesc::Uuid), types.add(TypeDesc::Float));
    let named = types.record("Named", &[("id", int), ("name", string)]);
    let mailed = types.record("Mailed", &[("id", int), ("email", string)]);
    let hit = types.add(TypeDesc::Union(vec![named, mailed]));
    let id = types.add(TypeDesc::Union(vec![uuid, string]));
    let number = types.add(TypeDesc::Union(vec![int, float]));
    let open = types.literal("Open");
    let seven = types.add(TypeDesc::LiteralInt(7));
    let yes = types.add(TypeDesc::LiteralBool(true));
    let literals = types.add(TypeDesc::Union(vec![open, seven, yes]));
    let hits = types.list(hit);
    let program = &types.program;

    good(r#"{"id": 1, "email": "e"}"#, hit, program, r#"{"email":"e","id":1}"#);
    good(r#"{"id": 1, "email": "e", "name": "n"}"#, hit, program, r#"{"id":1,"name":"n"}"#);
    bad(r#"[{"id": 1}]"#, hits, program, "`$[0]` should be `Named | Mailed`, but is an object");
    let text = r#""00000000-0000-0000-0000-000000000001""#;
    assert!(matches!(decode_both(text, id, program), Ok(Value::Uuid(_))));
    assert!(matches!(decode_both("\"x\"", id, program), Ok(Value::String(_))));
    assert!(matches!(decode_both("1.5", number, program), Ok(Value::Float(_))));
    assert!(matches!(decode_both("1.0", number, program), Ok(Value::Int(1))));
    good("7", literals, program, "7");
    good("true", literals, program, "true");
    bad("false", literals, program, "`$` should be `\"Open\" | 7 | true`, but is false");
    bad("8", literals, program, "`$` should be `\"Open\" | 7 | true`, but is the number 8");
    bad("[]", literals, program, "`$` should be `\"Open\" | 7 | true`, but is a list");
}

#[test]
fn a_decoded_value_is_of_one_member() {
    let (ty, program) = events();
    let TypeDesc::Union(members) = &program.types[usize::from(ty.0)] else { panic!("a union") };
    let table = [
        (r#"{"title": "a", "action": "opened"}"#, 0),
        (r#"{"by": "a", "action": "closed"}"#, 1),
        ("[]", 2),
        ("5", 3),
    ];
    for (text, expected) in table {
        let value = decode_both(text, ty, &program).unwrap();
        let of: Vec<usize> =
            (0..members.len()).filter(|i| value.is_member(members[*i], &program)).collect();
        assert_eq!(of, [expected], "{text}");
    }
    let mut types = Types { program };
    let (string, int) = (types.add(TypeDesc::String), types.add(TypeDesc::Int));
    let (texts, ints) = (types.list(string), types.list(int));
    let lists = types.add(TypeDesc::Union(vec![texts, ints]));
    let empty = decode_both("[]", lists, &types.program).unwrap();
    assert!(empty.is_member(texts, &types.program) && !empty.is_member(ints, &types.program));
}

#[test]
fn of_a_reduced_member_a_part_is_read_and_the_whole_is_named() {
    let mut types = Types::new();
    let (string, int) = (types.add(TypeDesc::String), types.add(TypeDesc::Int));
    let (opened, closed) = (types.literal("opened"), types.literal("closed"));
    let a = types.record("Opened", &[("action", opened), ("title", string)]);
    let b = types.record("Closed", &[("action", closed), ("by", string)]);
    let read = types.record("Opened", &[("action", opened), ("-title", string)]);
    let part = types.add(TypeDesc::Reduced { of: a, read });
    let unread = types.add(TypeDesc::Unread(int));
    let (ints, lengths) = (types.list(int), types.list(unread));
    let counted = types.add(TypeDesc::Reduced { of: ints, read: lengths });
    let ty = types.add(TypeDesc::Union(vec![part, b, counted]));
    let program = &types.program;
    let value = decode_both(r#"{"title": 7, "action": "opened"}"#, ty, program).unwrap();
    assert!(value.is_member(a, program) && !value.is_member(read, program));
    good(r#"{"title": 7, "action": "opened"}"#, ty, program, r#"{"action":"opened"}"#);
    bad(
        r#"{"by": 7, "action": "closed"}"#,
        ty,
        program,
        "`$.by` should be `string`, but is the number 7",
    );
    bad("7", ty, program, "`$` should be `Opened | Closed | list<int>`, but is the number 7");
    let list = decode_both(r#"["x", null]"#, ty, program).unwrap();
    assert!(list.is_member(ints, program) && list.is_unread());
    // A value that is of a member already stays so.
    let again = decode_value(&value, ty, program).unwrap();
    assert!(again.is_member(a, program));
}

#[test]
fn several_fields_may_tell_apart() {
    let mut types = Types::new();
    let int = types.add(TypeDesc::Int);
    let (shape, text) = (types.literal("shape"), types.literal("text"));
    let (square, circle) = (types.literal("square"), types.literal("circle"));
    let a = types.record("Square", &[("kind", shape), ("form", square), ("size", int)]);
    let b = types.record("Circle", &[("kind", shape), ("form", circle), ("size", int)]);
    let c = types.record("Text", &[("kind", text), ("size", int)]);
    let ty = types.add(TypeDesc::Union(vec![a, b, c]));
    let good = r#"{"kind":"shape","form":"circle","size":1}"#;
    let value = decode_both(good, ty, &types.program).unwrap();
    assert!(value.is_member(b, &types.program));
    let wrong = r#"{"kind": "shape", "form": "oval", "size": 1}"#;
    let told = r#"`$.form` should be `"square" | "circle"`, but is the string "oval""#;
    bad(wrong, ty, &types.program, told);
}

#[test]
fn what_failed_leaves_nothing_in_the_next_value() {
    let mut types = Types::new();
    let (string, int) = (types.add(TypeDesc::String), types.add(TypeDesc::Int));
    let ints = types.list(int);
    let numbers = types.record("Numbers", &[("a", int), ("items", ints)]);
    let strings = types.list(string);
    let texts = types.record("Texts", &[("a", int), ("items", strings)]);
    let either = types.add(TypeDesc::Union(vec![numbers, texts]));
    let list = types.list(either);
    let text = r#"[{"a":1,"items":[1,2]},{"a":2,"items":["x"]},{"a":3,"items":[]},{"a":4,"items":["x","y"]}]"#;
    good(text, list, &types.program, text);
    let wrong = r#"[{"a":1,"items":["x"]},{"a":2,"items":[1,"x"]}]"#;
    bad(wrong, list, &types.program, "`$[1]` should be `Numbers | Texts`, but is an object");
}
