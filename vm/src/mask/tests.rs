//! Tests of masking.

use serde_json::json;

use super::*;
use crate::FailureKind;
use crate::value::samples::Types;

const TOKEN: &str = "s3cr3t \"t\u{f6}ken\"/+";

#[test]
fn texts_lose_secrets_in_every_form() {
    let mask = Mask::new([TOKEN]);
    let table = [
        ("nothing here", "nothing here"),
        ("Bearer s3cr3t \"t\u{f6}ken\"/+!", "Bearer ***!"),
        (r#"{"t":"s3cr3t \"töken\"/+"}"#, r#"{"t":"***"}"#),
        ("https://x/?t=s3cr3t+%22t%C3%B6ken%22%2F%2B&a=1", "https://x/?t=***&a=1"),
        ("https://x/?t=s3cr3t%20%22t%C3%B6ken%22%2F%2B", "https://x/?t=***"),
        // The secret behind 0, 1 and 2 bytes, and in the alphabet of URLs.
        ("Basic czNjcjN0ICJ0w7ZrZW4iLys=.", "Basic ***."),
        ("Basic YXMzY3IzdCAidMO2a2VuIi8r.", "Basic ***."),
        ("Basic YWJzM2NyM3QgInTDtmtlbiIvKw==.", "Basic ***."),
        ("s3cr3t \"t\u{f6}ken\"/+s3cr3t \"t\u{f6}ken\"/+", "***"),
        ("s3cr3t", "s3cr3t"),
    ];
    for (text, masked) in table {
        assert_eq!(mask.text(text), masked, "{text}");
        assert_eq!(mask.finds(text), text != masked, "{text}");
    }
}

#[test]
fn secrets_that_overlap_are_masked_together() {
    let mask = Mask::new(["aaaa", "token-a", "token-aaaa-b"]);
    assert_eq!(mask.text("x token-aaaa-b y"), "x *** y");
    assert_eq!(mask.text("aaaaaaaaaaa"), "***");
    assert_eq!(mask.text("\u{fc}aaaa\u{fc}"), "\u{fc}***\u{fc}");
    assert_eq!(Mask::new(["\u{fc}\u{fc}"]).text("\u{fc}\u{fc}\u{fc}"), "***");
}

#[test]
fn short_secrets_would_hide_ordinary_text() {
    let mask = Mask::new(["", "a", "abc"]);
    assert!(mask.is_empty());
    assert_eq!(mask.text("abc"), "abc");
}

#[test]
fn json_stays_json() {
    let mask = Mask::new(["123456", "token"]);
    let tree = json!({ "token": ["a token", 123456, 1234567, true, { "b": "123456" }] });
    let masked = json!({ "***": ["a ***", "***", 1234567, true, { "b": "***" }] });
    assert_eq!(mask.json(tree.clone()), masked);
    // Within a number the digits are not taken for the secret, unless that keeps JSON from being one.
    let text = mask.json_text(r#"{"a":123456}"#).into_owned();
    assert_eq!(serde_json::from_str::<Tree>(&text).unwrap(), json!({ "a": "***" }));
    assert_eq!(mask.json_text(r#"{"a":"token"}"#), r#"{"a":"***"}"#);
    assert_eq!(mask.json_text(r#"{"a":1.0}"#), r#"{"a":1.0}"#);
}

#[test]
fn values_and_failures_lose_secrets() {
    let mut types = Types::new();
    let shape = types.shape(&["a", "b"]);
    let mask = Mask::new(["token"]);
    let value = Value::record(
        shape,
        vec![
            Value::list(vec![Value::string("my token"), Value::Null]),
            Value::map([("token", Value::Missing)]),
        ],
    );
    let shown = format!("{:?}", mask.value(&value));
    assert!(!shown.contains("token") && shown.contains("my ***"), "{shown}");
    let mut failure = Failure::new(FailureKind::Node, "token", "no token for you");
    failure.details = value;
    let shown = format!("{:?}", mask.failure(&failure));
    assert!(!shown.contains("token") && shown.contains("no *** for you"), "{shown}");
}

#[test]
fn values_of_any_depth_are_masked() {
    let mut deep = Value::string("token");
    for _ in 0..100_000 {
        deep = Value::list(vec![deep]);
    }
    assert!(matches!(Mask::new(["token"]).value(&deep), Value::List(_)));
}

#[test]
fn a_mask_does_not_show_its_secrets() {
    assert!(!format!("{:?}", Mask::new(["token"])).contains("token"));
}
