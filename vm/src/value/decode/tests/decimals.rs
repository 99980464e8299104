//! Tests of decimals at the border: their digits are those of the text, and what they are not able
//! to hold is refused.

use super::*;

fn text_of(value: &Value) -> String {
    let mut out = String::new();
    crate::value::json::write_json(value, &Program::default(), &mut out).unwrap();
    out
}

/// The JSON text of what a text is decoded to, straight and by way of `json`.
fn both(text: &str, ty: TypeIdx, program: &Program) -> (String, String) {
    let straight = decode_text(text, ty, program).unwrap();
    let json = decode_json(text).unwrap();
    (text_of(&straight), text_of(&decode_value(&json, ty, program).unwrap()))
}

#[test]
fn a_decimal_keeps_the_digits_of_its_text() {
    let (decimal, program) = alone(TypeDesc::Decimal);
    let table = [
        ("0.10", "0.10"),
        ("12.50", "12.50"),
        ("7", "7"),
        ("-0", "0"),
        ("\"12.50\"", "12.50"),
        ("\"1e3\"", "1000"),
        ("12345678901234567890", "12345678901234567890"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
        ("1e-400", "1e-400"),
        ("1e400", "1e400"),
        ("1234567890123456789012345678901234", "1234567890123456789012345678901234"),
    ];
    for (text, expected) in table {
        let (straight, by_json) = both(text, decimal, &program);
        assert_eq!((straight.as_str(), by_json.as_str()), (expected, expected), "{text}");
    }
}

#[test]
fn what_is_no_decimal_is_told_with_its_path() {
    let mut types = Types::new();
    let decimal = types.add(TypeDesc::Decimal);
    let order = types.record("Order", &[("price", decimal)]);
    let long = "9".repeat(10_000);
    let table = [
        ("true", "true"),
        ("null", "null"),
        ("\"12,50\"", "the string \"12,50\""),
        ("\"\"", "the string \"\""),
        ("1e400000000", "the number 1e400000000, which is out of range"),
        ("\"1e400000000\"", "the string \"1e400000000\", which is out of range"),
        ("-1e-99999999999999999999", "the number -1e-99999999999999999999, which is out of range"),
        (
            "1.0000000000000000000000000000000001",
            "the number 1.0000000000000000000000000000000001, which has more than 34 digits",
        ),
    ];
    for (text, found) in table {
        let error =
            decode_text(&format!("{{\"price\": {text}}}"), order, &types.program).unwrap_err();
        assert_eq!((error.path.as_str(), error.found.as_str()), ("$.price", found));
        assert_eq!(error.expected, "`decimal`");
    }
    let error = decode_text(&format!("{{\"price\": {long}}}"), order, &types.program).unwrap_err();
    assert!(error.found.ends_with("…, which has more than 34 digits"), "{error}");
}

#[test]
fn json_holds_every_digit_and_compares_by_value() {
    let same = [("1", "1.0"), ("1.50", "1.5"), ("1e0", "1.00"), ("0.10", "1e-1"), ("0", "-0.00")];
    for (a, b) in same {
        let (a, b) = (decode_json(a).unwrap(), decode_json(b).unwrap());
        assert!(a.equal(&b) && b.equal(&a), "{a:?} {b:?}");
    }
    let other = [
        ("0.1", "0.1000000000000000055511151231257827"),
        ("12345678901234567890", "12345678901234567891"),
        ("1e-400", "0"),
        ("1e-324", "0"),
    ];
    for (a, b) in other {
        let (a, b) = (decode_json(a).unwrap(), decode_json(b).unwrap());
        assert!(!a.equal(&b) && !b.equal(&a), "{a:?} {b:?}");
    }
    for text in ["0.10", "100.00", "0.1000000000000000055511151231257827", "1e-400", "2.5", "-0.5"]
    {
        assert_eq!(text_of(&decode_json(text).unwrap()), text);
    }
}

#[test]
fn a_decimal_in_json_is_read_as_any_other_number() {
    let decimal = |text: &str| Value::decimal(text.parse().unwrap());
    let (int, ints) = alone(TypeDesc::Int);
    assert_eq!(decode_value(&decimal("5.00"), int, &ints).unwrap().as_int(), Some(5));
    let error = decode_value(&decimal("5.01"), int, &ints).unwrap_err();
    assert_eq!(error.found, "the number 5.01");
    assert!(decode_value(&decimal("1e400"), int, &ints).is_err());
    let (float, floats) = alone(TypeDesc::Float);
    let read = decode_value(&decimal("0.10"), float, &floats).unwrap();
    assert!(matches!(read, Value::Float(0.1)));
    assert!(decode_value(&decimal("1e400"), float, &floats).is_err());
    let (seven, literals) = alone(TypeDesc::LiteralInt(7));
    assert!(matches!(decode_value(&decimal("7.0"), seven, &literals), Ok(Value::Int(7))));
    let (string, strings) = alone(TypeDesc::String);
    assert!(decode_value(&decimal("7.0"), string, &strings).is_err());
}
