//! Rust types as types of wf, there and back.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;
use wf_engine::data::Types;
use wf_engine::{Data, Decimal, Engine, NodeError, Program, Record, RunOptions, Secret, Value};

/// All that there is.
#[derive(Clone, Debug, PartialEq, Data)]
struct Everything {
    truth: bool,
    tiny_number: i8,
    big_number: u64,
    float: f64,
    text: String,
    id: Uuid,
    at: DateTime<Utc>,
    wait: Duration,
    back: TimeDelta,
    price: Decimal,
    any: serde_json::Value,
    maybe: Option<i64>,
    nested_maybe: Option<Option<i64>>,
    list: Vec<Inner>,
    sorted: BTreeMap<String, i64>,
    hashed: HashMap<String, Vec<bool>>,
    tree: Tree,
    level: Level,
    shape: Vec<Shape>,
    key: Vec<Key>,
    lead: LeadId,
    #[wf(rename = "+1")]
    thumbs: i64,
    r#type: String,
}

/// Is a node.
#[derive(Data)]
struct NamedInput {
    #[wf(default = "\"very-low\"")]
    level: Level,
}

#[derive(Clone, Debug, PartialEq, Data)]
struct Inner {
    /// A name.
    ///
    /// Of somebody.
    name: String,
}

/// Holds itself.
#[derive(Clone, Debug, PartialEq, Data)]
struct Tree {
    left: Option<Box<Tree>>,
    others: Vec<Tree>,
}

#[derive(Clone, Debug, PartialEq, Data)]
#[wf(rename_all = "kebab-case")]
enum Level {
    VeryLow,
    #[wf(rename = "the \"top\" {{")]
    High,
}

#[derive(Clone, Debug, PartialEq, Data)]
#[wf(rename_all = "lowercase")]
enum Shape {
    Point,
    Circle {
        /// In metres.
        radius_m: f64,
    },
    Named(Inner),
}

#[derive(Clone, Debug, PartialEq, Data)]
#[wf(untagged)]
enum Key {
    Number(i64),
    Text(String),
}

#[derive(Clone, Debug, PartialEq, Data)]
struct LeadId(Uuid);

fn everything() -> Everything {
    let tree = Tree { left: None, others: Vec::new() };
    Everything {
        truth: true,
        tiny_number: -128,
        big_number: 1 << 62,
        float: 0.5,
        text: "naïve \"{{ x }}\"".into(),
        id: Uuid::from_u128(5),
        at: DateTime::from_timestamp_micros(1_700_000_000_123_456).expect("a time"),
        wait: Duration::from_micros(1_500_001),
        back: TimeDelta::seconds(-90),
        price: "12.50".parse().expect("a decimal"),
        any: json!({ "a": [1, null, "x"] }),
        maybe: None,
        nested_maybe: Some(Some(3)),
        list: vec![Inner { name: "Ada".into() }],
        sorted: [("b".into(), 2), ("a".into(), 1)].into(),
        hashed: [("z".into(), vec![true]), ("y".into(), vec![])].into(),
        tree: Tree { left: Some(Box::new(tree.clone())), others: vec![tree] },
        level: Level::High,
        shape: vec![
            Shape::Point,
            Shape::Circle { radius_m: 2.0 },
            Shape::Named(Inner { name: "N".into() }),
        ],
        key: vec![Key::Number(1), Key::Text("a".into())],
        lead: LeadId(Uuid::from_u128(6)),
        thumbs: 3,
        r#type: "t".into(),
    }
}

/// The text of a value as JSON.
fn json_of<T: Data>(data: &T) -> String {
    let options = RunOptions::default().trigger(data).expect("it has a text");
    options.trigger.expect("it was given")
}

#[test]
fn values_come_back_typed_and_from_json() {
    let given = everything();
    let value = given.to_value().expect("it has a value");
    assert_eq!(Everything::from_value(&value, &Program::default()), Ok(given.clone()));
    // The same through JSON text, where times and ids are strings.
    let text = json_of(&given);
    let value = wf_vm::value::decode::decode_json(&text).expect("it is JSON");
    assert_eq!(Everything::from_value(&value, &Program::default()), Ok(given));
    assert!(text.contains(r#""hashed":{"y":[],"z":[true]}"#), "{text}");
    assert!(text.contains(r#"{"kind":"named","name":"N"}"#), "{text}");
}

#[test]
fn the_declarations_are_wf() {
    let mut declared = Types::default();
    Everything::wf_type(&mut declared);
    let text = declared.text();
    for part in [
        "type Tree = {\n  left: Tree?\n  others: list<Tree>\n}",
        "/// Holds itself.\ntype Tree",
        r#"type Level = "very-low" | "the \"top\" \u{7b}\u{7b}""#,
        "type Key = int | string",
        "  /// A name.\n  ///\n  /// Of somebody.\n  name: string\n",
        "  kind: \"circle\"\n",
        "\"+1\": int",
        "type: string",
        "nestedMaybe: int?",
        "any: json\n",
        "lead: uuid",
    ] {
        assert!(text.contains(part), "{part}\n---\n{text}");
    }
    let engine = Engine::builder()
        .sync_node("all.of_it", |input: NamedInput| -> Result<Inner, NodeError> {
            Ok(Inner { name: format!("{:?}", input.level) })
        })
        .build()
        .expect("its signature is right");
    let node = engine.node("all.of_it").expect("it is there");
    assert_eq!(node.doc, "Is a node.");
    let node = &node.text;
    for part in ["level: Level = \"very-low\"", "success: bool"] {
        assert!(node.contains(part), "{part}\n---\n{node}");
    }
    assert_eq!(Everything::DOC, "All that there is.");
}

#[test]
fn what_does_not_fit_is_named_by_its_path() {
    let fails = |change: fn(&mut serde_json::Value), expected: &str| {
        let text = json_of(&everything());
        let mut tree: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        change(&mut tree);
        let value = wf_vm::value::json::from_json(&tree).expect("wf can hold it");
        let error = Everything::from_value(&value, &Program::default()).expect_err("it is wrong");
        assert_eq!(error.to_string(), expected);
    };
    fails(
        |t| t["tinyNumber"] = json!(128),
        "`$.tinyNumber` should be an int from -128 to 127, but is the int 128",
    );
    fails(
        |t| t["list"][0]["name"] = json!(7),
        "`$.list[0].name` should be a string, but is the int 7",
    );
    fails(|t| t["list"][0] = json!({}), "`$.list[0].name` should be a value, but is missing");
    fails(
        |t| t["shape"][1]["kind"] = json!("cube"),
        "`$.shape[1].kind` should be \"point\" | \"circle\" | \"named\", but is the string \"cube\"",
    );
    fails(|t| t["key"][0] = json!(true), "`$.key[0]` should be `Key`, but is the bool true");
    fails(
        |t| t["sorted"]["x y"] = json!(null),
        "`$.sorted[\"x y\"]` should be an int, but is null",
    );
    fails(
        |t| t["wait"] = json!("-1s"),
        "`$.wait` should be a duration that is not negative, but is -1000000 µs",
    );
}

#[test]
fn a_missing_option_or_json_is_null() {
    let value = everything().to_value().expect("it has a value");
    let Value::Map(mut map) = value else { panic!("a map") };
    let entries = map.make_mut();
    entries.shift_remove("any");
    entries.shift_remove("maybe");
    let back = Everything::from_value(&Value::Map(map), &Program::default()).expect("it fits");
    assert_eq!((back.any, back.maybe), (json!(null), None));
}

#[test]
fn numbers_that_wf_does_not_have_are_errors() {
    let error = u64::MAX.to_value().expect_err("it is too large");
    assert_eq!(error.to_string(), "`$` should be an int of 64 bits, but is 18446744073709551615");
    assert!(f64::NAN.to_value().is_err() && Duration::MAX.to_value().is_err());
    let many = vec![1.0, f64::INFINITY];
    assert_eq!(many.to_value().expect_err("it is infinite").path, "$[1]");
    // A whole number of JSON may be written as a float.
    assert_eq!(i64::from_value(&Value::Float(5.0), &Program::default()), Ok(5));
    assert!(i64::from_value(&Value::Float(5.5), &Program::default()).is_err());
}

#[test]
fn a_secret_is_not_shown() {
    let secret = Secret::new("hunter2");
    assert_eq!(format!("{secret:?}"), "Secret(***)");
    assert_eq!(secret.expose(), "hunter2");
    assert_eq!(Secret::wf_type(&mut Types::default()), "secret");
}

mod other {
    #[derive(wf_engine::Data)]
    pub(super) struct Inner {
        pub(super) size: i64,
    }
}

#[derive(Data)]
struct Both {
    first: Vec<Inner>,
    second: Vec<other::Inner>,
}

#[test]
fn two_types_of_one_name_are_told() {
    let made = other::Inner { size: 1 };
    assert!(made.to_value().is_ok());
    let built = Engine::builder().sync_node("a.b", |_: Both| -> Result<(), NodeError> { Ok(()) });
    let told = built.build().map(|_| ()).expect_err("two types have one name").to_string();
    assert!(told.contains("are both `Inner`: rename one"), "{told}");
}
