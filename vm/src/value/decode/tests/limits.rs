//! Tests of what hostile data, and hostile tables of types, can do.

use super::*;

#[test]
fn members_inside_members_do_not_take_for_ever() {
    let mut types = Types::new();
    let int = types.add(TypeDesc::Int);
    // The type is recursive: its number is known before it is added.
    let tree = TypeIdx(types.program.types.len() as u16 + 2);
    let a = types.record("A", &[("next?", tree), ("x", int)]);
    let b = types.record("B", &[("next?", tree), ("y", int)]);
    assert_eq!(types.add(TypeDesc::Union(vec![a, b])), tree);
    let deep = |levels: usize| "{\"next\":".repeat(levels) + "{}" + &"}".repeat(levels);
    for levels in [3, 40, 90] {
        let text = deep(levels);
        assert!(decode_text(&text, tree, &types.program).is_err());
        let json = decode_json(&text).unwrap();
        assert!(decode_value(&json, tree, &types.program).is_err());
    }
    let error = decode_text(&deep(90), tree, &types.program).unwrap_err();
    assert_eq!(error.found, "ambiguous too often");
}

#[test]
fn depth_is_limited_where_values_are_made_and_not_where_they_are_skipped() {
    let lists = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let objects = |levels: usize| "{\"a\":".repeat(levels) + "1" + &"}".repeat(levels);
    let limit = usize::from(MAX_NESTING);
    assert!(decode_json(&lists(limit)).is_ok() && decode_json(&objects(limit)).is_ok());
    for text in [lists(limit + 1), objects(limit + 1), lists(1_000_000), objects(1_000_000)] {
        let error = decode_json(&text).unwrap_err();
        assert_eq!(error.expected, "nested at most 128 levels deep");
    }

    let mut types = Types::new();
    let int = types.add(TypeDesc::Int);
    let tree = TypeIdx(1);
    let children = TypeIdx(2);
    assert_eq!(types.record("Tree", &[("a?", int), ("b?", children)]), tree);
    assert_eq!(types.list(tree), children);
    let text = "{\"b\":[".repeat(1_000_000);
    let error = decode_text(&text, tree, &types.program).unwrap_err();
    assert_eq!(error.expected, "nested at most 128 levels deep");
    let text = format!("{{\"a\": 1, \"x\": {}, \"y\": {}}}", lists(1_000_000), objects(1_000_000));
    good(&text, tree, &types.program, "{\"a\":1}");

    let deep = (0..1_000_000).fold(Value::Null, |value, _| Value::list(vec![value]));
    let list = types.list(TypeIdx(4));
    assert_eq!(types.list(list), TypeIdx(4), "a type that is a list of itself");
    let error = decode_value(&deep, list, &types.program).unwrap_err();
    assert_eq!(error.expected, "nested at most 128 levels deep");
}

#[test]
fn types_that_no_checked_program_has_are_errors() {
    let mut types = Types::new();
    let own = TypeIdx(0);
    assert_eq!(types.optional(own), own);
    assert_eq!(types.add(TypeDesc::Union(vec![TypeIdx(1), own])), TypeIdx(1));
    let unknown = types.list(TypeIdx(999));
    let shape = wf_bytecode::ShapeIdx(77);
    let record = types.add(TypeDesc::Record { name: "".into(), shape, fields: vec![] });
    let bad_union = types.add(TypeDesc::Union(vec![]));
    for ty in [own, TypeIdx(1), unknown, record, bad_union, TypeIdx(500)] {
        for text in ["5", "[5]", "{\"a\":5}", "\"x\""] {
            let json = decode_json(text).unwrap();
            assert!(decode_text(text, ty, &types.program).is_err(), "{ty:?} {text}");
            assert!(decode_value(&json, ty, &types.program).is_err(), "{ty:?} {text}");
            type_name(ty, &types.program);
        }
    }
}

#[test]
fn memory_is_limited() {
    let mut types = Types::new();
    let int = types.add(TypeDesc::Int);
    let names: Vec<String> = (0..200).map(|i| format!("f{i}?")).collect();
    let fields: Vec<_> = names.iter().map(|name| (name.as_str(), int)).collect();
    let wide = types.record("Wide", &fields);
    let list = types.list(wide);
    let text = format!("[{}]", vec!["{}"; 1_000].join(","));
    assert!(decode_text_within(&text, list, &types.program, 10_000_000).is_ok());
    let error = decode_text_within(&text, list, &types.program, 1_000_000).unwrap_err();
    assert_eq!(error.found, "too large");
    let json = types.add(TypeDesc::Json);
    let text = format!("[\"{}\"]", "x".repeat(1_000));
    assert!(decode_text_within(&text, json, &types.program, 900).is_err());
}

#[test]
fn empty_containers_take_memory() {
    let mut types = Types::new();
    let json = types.add(TypeDesc::Json);
    for empty in ["[]", "{}"] {
        let text = format!("[{}]", vec![empty; 10_000].join(","));
        assert!(decode_text_within(&text, json, &types.program, 2_000_000).is_ok());
        let error = decode_text_within(&text, json, &types.program, 500_000).unwrap_err();
        assert_eq!(error.found, "too large", "{empty}");
    }
}
