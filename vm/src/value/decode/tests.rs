//! Tests of the border.

mod decimals;
mod limits;
mod unions;

use wf_bytecode::{Program, TypeDesc, TypeIdx};

use super::*;
use crate::value::json::{json_of, to_json};
use crate::value::samples::{self, Types};
use crate::{Failure, FailureKind};

/// A type alone in a program.
fn alone(desc: TypeDesc) -> (TypeIdx, Program) {
    let mut types = Types::new();
    (types.add(desc), types.program)
}

/// Decodes the text, and the `json` of it, which have to agree.
fn decode_both(text: &str, ty: TypeIdx, program: &Program) -> Result<Value, DecodeError> {
    let value = decode_text(text, ty, program);
    if let Ok(json) = decode_json(text) {
        match (&value, decode_value(&json, ty, program)) {
            (Ok(a), Ok(b)) => assert!(a.equal(&b), "{text}: {a:?} {b:?}"),
            (Err(a), Err(b)) => assert_eq!(a.path, b.path, "{text}"),
            (a, b) => panic!("{text}: {a:?} {b:?}"),
        }
    }
    value
}

/// The value as JSON text, which tells ints from floats.
fn shown(value: &Value, program: &Program) -> String {
    json_of(value, program).to_string()
}

fn good(text: &str, ty: TypeIdx, program: &Program, expected: &str) {
    match decode_both(text, ty, program) {
        Ok(value) => assert_eq!(shown(&value, program), expected, "{text}"),
        Err(error) => panic!("{text}: {error}"),
    }
}

fn bad(text: &str, ty: TypeIdx, program: &Program, expected: &str) {
    match decode_both(text, ty, program) {
        Ok(value) => panic!("{text}: {value:?}"),
        Err(error) => assert_eq!(error.to_string(), expected, "{text}"),
    }
}

#[test]
fn scalars_that_fit() {
    use TypeDesc::{Bool, Duration, Float, Instant, Int, Json, Null, String, Uuid};
    let table = [
        (Null, "null", "null"),
        (Bool, " true\n", "true"),
        (Bool, "false", "false"),
        (Int, "0", "0"),
        (Int, "-0", "0"),
        (Int, "5.0", "5"),
        (Int, "5e0", "5"),
        (Int, "-50.00E-1", "-5"),
        (Int, "0.5e1", "5"),
        (Int, "0e999999999999999999999", "0"),
        (Int, "1e18", "1000000000000000000"),
        (Int, "9223372036854775807", "9223372036854775807"),
        (Int, "-9223372036854775808", "-9223372036854775808"),
        (Float, "5", "5.0"),
        (Float, "-0", "0.0"),
        (Float, "-0.0", "0.0"),
        (Float, "0.1", "0.1"),
        (Float, "1e-400", "0.0"),
        (Float, "1.7976931348623157e308", "1.7976931348623157e+308"),
        (String, r#""""#, r#""""#),
        (String, r#""ü 😀""#, r#""ü 😀""#),
        (String, r#""\u00fc\ud83d\ude00\n\/\"""#, r#""ü😀\n/\"""#),
        (
            Uuid,
            r#""0123ABCD-0000-0000-0000-000000000000""#,
            r#""0123abcd-0000-0000-0000-000000000000""#,
        ),
        (Instant, r#""2023-11-14T23:13:20.50+01:00""#, r#""2023-11-14T22:13:20.5Z""#),
        (Duration, r#""90m""#, r#""1h30m""#),
        (Duration, r#""PT5S""#, r#""5s""#),
        (Json, "null", "null"),
        (Json, "[1, 2.5, \"a\", {\"b\": true}, -0, 1.0]", "[1,2.5,\"a\",{\"b\":true},0,1.0]"),
        (Json, "1e300", "1e+300"),
        (
            Json,
            "[9007199254740993.0, 1e16, 1e15, 1e19]",
            "[9007199254740993,10000000000000000,1000000000000000.0,1e+19]",
        ),
        (TypeDesc::LiteralString("Open".into()), r#""Open""#, r#""Open""#),
        (TypeDesc::LiteralInt(7), "7.0", "7"),
        (TypeDesc::LiteralBool(true), "true", "true"),
    ];
    for (desc, text, expected) in table {
        let (ty, program) = alone(desc);
        good(text, ty, &program, expected);
    }
}

#[test]
fn an_integer_between_two_floats_is_read_exactly() {
    let (ty, program) = alone(TypeDesc::Int);
    good("9007199254740993.0", ty, &program, "9007199254740993");
    good("90071992547409930e-1", ty, &program, "9007199254740993");
}

#[test]
fn scalars_that_do_not_fit() {
    use TypeDesc::{Bool, Duration, Float, Instant, Int, Null, String, Uuid};
    let table = [
        (Null, "0", "`$` should be `null`, but is the number 0"),
        (Bool, "1", "`$` should be `bool`, but is the number 1"),
        (Bool, "null", "`$` should be `bool`, but is null"),
        (Int, "5.5", "`$` should be `int`, but is the number 5.5"),
        (Int, "true", "`$` should be `int`, but is true"),
        (Int, r#""5""#, r#"`$` should be `int`, but is the string "5""#),
        (Int, "[1]", "`$` should be `int`, but is a list"),
        (Float, r#""5""#, r#"`$` should be `float`, but is the string "5""#),
        (Float, "{}", "`$` should be `float`, but is an object"),
        (String, "5", "`$` should be `string`, but is the number 5"),
        (Uuid, r#""x""#, r#"`$` should be `uuid`, but is the string "x""#),
        (Instant, r#""2023-11-14""#, r#"`$` should be `instant`, but is the string "2023-11-14""#),
        (Instant, "0", "`$` should be `instant`, but is the number 0"),
        (Duration, r#""5""#, r#"`$` should be `duration`, but is the string "5""#),
        (TypeDesc::LiteralInt(7), "8", "`$` should be `7`, but is the number 8"),
        (TypeDesc::LiteralBool(true), "false", "`$` should be `true`, but is false"),
        (
            TypeDesc::LiteralString("A".into()),
            r#""a""#,
            r#"`$` should be `"A"`, but is the string "a""#,
        ),
        (TypeDesc::Lambda, "1", "`$` should be `lambda`, but is the number 1"),
        (TypeDesc::Secret, "7", "`$` should be `secret`, but is a number"),
    ];
    for (desc, text, expected) in table {
        let (ty, program) = alone(desc);
        bad(text, ty, &program, expected);
    }
}

#[test]
fn numbers_too_large_are_errors_and_never_rounded() {
    let (int, program) = alone(TypeDesc::Int);
    for text in [
        "12345678901234567890",
        "9223372036854775808",
        "-9223372036854775809",
        "1e19",
        "1e400",
        "1e99999999999999999999",
        "9223372036854775808.0",
    ] {
        let error = decode_text(text, int, &program).unwrap_err();
        assert_eq!(error.found, format!("the number {text}, which is out of range"));
    }
    for text in ["5.0000000000000000000001", "1e-1", "1e-99999999999999999999", "0.1e0"] {
        let error = decode_text(text, int, &program).unwrap_err();
        assert_eq!(error.found, format!("the number {text}"));
    }
    let (float, program) = alone(TypeDesc::Float);
    assert!(decode_text("1e400", float, &program).is_err());
    assert!(decode_text("-1e400", float, &program).is_err());
    let digits = "9".repeat(35);
    for text in [digits.as_str(), &format!("[-{digits}]"), "{\"a\": 1e6145}"] {
        let error = decode_json(text).unwrap_err();
        assert_eq!(error.expected, "a number of 34 digits or a finite float", "{text}");
    }
    assert_eq!(decode_json("{\"a\": [0, 1e400000000]}").unwrap_err().path, "$.a[1]");
    let long = "1".repeat(1_000_000);
    let error = decode_text(&long, int, &Program::default()).unwrap_err();
    assert!(error.found.len() < 100, "a message does not repeat the whole text");
    assert!(
        decode_text(&format!("{long}.5e-1000000"), alone(TypeDesc::Int).0, &alone(TypeDesc::Int).1)
            .is_err()
    );
}

#[test]
fn text_that_is_no_json() {
    let (int, program) = alone(TypeDesc::Json);
    let table = [
        ("", "a value", "the end of the text", (1, 1)),
        ("  ", "a value", "the end of the text", (1, 3)),
        ("nul", "a value", "`n`", (1, 1)),
        ("True", "a value", "`T`", (1, 1)),
        ("1 2", "nothing more", "`2`", (1, 3)),
        ("{} x", "nothing more", "`x`", (1, 4)),
        ("01", "nothing more", "`1`", (1, 2)),
        ("-", "a digit", "the end of the text", (1, 2)),
        ("1.", "a digit", "the end of the text", (1, 3)),
        ("1e+", "a digit", "the end of the text", (1, 4)),
        (".5", "a value", "`.`", (1, 1)),
        ("+5", "a value", "`+`", (1, 1)),
        ("NaN", "a value", "`N`", (1, 1)),
        ("[1,\n 2", "`,` or `]`", "the end of the text", (2, 3)),
        ("[1 2]", "`,` or `]`", "`2`", (1, 4)),
        ("[1,]", "something behind the `,`", "`]`", (1, 4)),
        ("[,1]", "a value", "`,`", (1, 2)),
        ("[1}", "`,` or `]`", "`}`", (1, 3)),
        ("{\"a\"}", "`:`", "`}`", (1, 5)),
        ("{\"a\":}", "a value", "`}`", (1, 6)),
        ("{\"a\":1,}", "something behind the `,`", "`}`", (1, 8)),
        ("{a:1}", "a name in quotes", "`a`", (1, 2)),
        ("{\"ü\": x}", "a value", "`x`", (1, 7)),
        ("\"abc", "the end of a string", "the end of the text", (1, 5)),
        ("\"a\nb\"", "no control character in a string", "U+000A", (1, 3)),
        ("\"\\x\"", "a valid escape", "`\\`", (1, 2)),
        ("\"\\u12\"", "a valid escape", "`\\`", (1, 2)),
        ("\"\\", "a valid escape", "`\\`", (1, 2)),
        ("\"\\é\"", "a valid escape", "`\\`", (1, 2)),
        (r#""\ud83d""#, "valid escapes", "`\"`", (1, 1)),
        (r#""\ude00 x""#, "valid escapes", "`\"`", (1, 1)),
        (r#""\ud83d\u0041""#, "valid escapes", "`\"`", (1, 1)),
        ("\u{feff}1", "a value", "`\u{feff}`", (1, 1)),
        ("'a'", "a value", "`'`", (1, 1)),
        ("1 // x", "nothing more", "`/`", (1, 3)),
    ];
    for (text, expected, found, place) in table {
        let error = decode_text(text, int, &program).unwrap_err();
        assert_eq!(
            (error.expected.as_str(), error.found.as_str(), error.syntax),
            (expected, found, Some(place)),
            "{text}"
        );
        assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
    }
    let error = decode_text("[1,\n 2", int, &program).unwrap_err();
    let expected = "the text is no JSON: there should be `,` or `]` at line 2, column 3 \
                    (in `$`), but there is the end of the text";
    assert_eq!(error.to_string(), expected);
}

/// `Lead`, in a list of it.
fn leads() -> (TypeIdx, Program) {
    let mut types = Types::new();
    let (string, int) = (types.add(TypeDesc::String), types.add(TypeDesc::Int));
    let json = types.add(TypeDesc::Json);
    let email = types.optional(string);
    let status = types.literals(&["Open", "Closed"]);
    let tags = types.list(string);
    let limits = types.map(int);
    let fields = [
        ("name", string),
        ("email?", email),
        ("status", status),
        ("+1?", int),
        ("tags?", tags),
        ("limits?", limits),
        ("-unread", int),
        ("rest?", json),
    ];
    let lead = types.record("Lead", &fields);
    let leads = types.list(lead);
    let page = types.record("", &[("items", leads), ("total", int)]);
    (page, types.program)
}

#[test]
fn records_that_fit() {
    let (ty, program) = leads();
    let table = [
        (r#"{"items": [], "total": 0}"#, r#"{"items":[],"total":0}"#),
        (r#"{"total": 0, "items": []}"#, r#"{"items":[],"total":0}"#),
        (
            r#"{"items": [{"status": "Open", "x": [[{}], "\n"], "name": "a", "unread": "no int"}], "total": 1, "y": 1e999}"#,
            r#"{"items":[{"name":"a","status":"Open"}],"total":1}"#,
        ),
        (
            r#"{"items": [{"name": "a", "email": null, "status": "Closed", "+1": 3, "tags": ["x"], "limits": {"b": 1, "a": 2.0}, "rest": {"k": [null]}}], "total": 1}"#,
            r#"{"items":[{"+1":3,"email":null,"limits":{"a":2,"b":1},"name":"a","rest":{"k":[null]},"status":"Closed","tags":["x"]}],"total":1}"#,
        ),
    ];
    for (text, expected) in table {
        // Beyond what `json` can hold, as `1e999` in an unread field, only the text is decoded.
        good(text, ty, &program, expected);
    }
}

#[test]
fn records_that_do_not_fit_say_where() {
    let (ty, program) = leads();
    let item = |item: &str| {
        format!(r#"{{"total": 1, "items": [{{"name": "a", "status": "Open"}}, {item}]}}"#)
    };
    let table = [
        ("[]".into(), "`$` should be `{ items: list<Lead>, total: int }`, but is a list"),
        (r#"{"items": []}"#.into(), "`$.total` should be `int`, but is missing"),
        (
            r#"{"items": {}, "total": 1}"#.into(),
            "`$.items` should be `list<Lead>`, but is an object",
        ),
        (item("null"), "`$.items[1]` should be `Lead`, but is null"),
        (
            item(r#"{"name": "a"}"#),
            r#"`$.items[1].status` should be `"Open" | "Closed"`, but is missing"#,
        ),
        (
            item(r#"{"name": "a", "status": "open"}"#),
            r#"`$.items[1].status` should be `"Open" | "Closed"`, but is the string "open""#,
        ),
        (
            item(r#"{"name": "a", "status": 1}"#),
            r#"`$.items[1].status` should be `"Open" | "Closed"`, but is the number 1"#,
        ),
        (
            item(r#"{"name": "a", "status": "Open", "email": 5}"#),
            "`$.items[1].email` should be `string`, but is the number 5",
        ),
        (
            item(r#"{"name": "a", "status": "Open", "+1": null}"#),
            r#"`$.items[1]["+1"]` should be `int`, but is null"#,
        ),
        (
            item(r#"{"name": "a", "status": "Open", "tags": ["x", 1]}"#),
            "`$.items[1].tags[1]` should be `string`, but is the number 1",
        ),
        (
            item(r#"{"name": "a", "status": "Open", "limits": {"a\"b": "x"}}"#),
            r#"`$.items[1].limits["a\"b"]` should be `int`, but is the string "x""#,
        ),
    ];
    for (text, expected) in table {
        bad(&text, ty, &program, expected);
    }
}

#[test]
fn a_name_is_given_once() {
    let (ty, program) = leads();
    let table = [
        (r#"{"total": 1, "items": [], "total": 1}"#, Some("$.total")),
        (
            r#"{"total": 1, "items": [{"name": "a", "name": "a", "status": "Open"}]}"#,
            Some("$.items[0].name"),
        ),
        (
            r#"{"total": 1, "items": [{"name": "a", "status": "Open", "limits": {"a": 1, "a": 1}}]}"#,
            Some("$.items[0].limits.a"),
        ),
        (
            r#"{"total": 1, "items": [{"name": "a", "status": "Open", "rest": {"k": {"a": 1, "\u0061": 1}}}]}"#,
            Some("$.items[0].rest.k.a"),
        ),
        // What the program never reads does not fail the step.
        (r#"{"total": 1, "items": [], "x": {"a": 1, "a": 1}, "x": 2}"#, None),
        (
            r#"{"total": 1, "items": [{"name": "a", "status": "Open", "unread": 1, "unread": 2}]}"#,
            None,
        ),
    ];
    for (text, path) in table {
        let decoded = decode_text(text, ty, &program);
        assert_eq!(decoded.as_ref().err().map(|error| error.path.as_str()), path, "{text}");
        if let Err(error) = decoded {
            assert!(error.to_string().ends_with("should be given once, but is given twice"));
        }
    }
    assert_eq!(decode_json(r#"{"a": 1, "a": 1}"#).unwrap_err().path, "$.a");
}

#[test]
fn missing_fields_are_missing_and_null_ones_are_null() {
    let (ty, program) = leads();
    let text =
        r#"{"total": 1, "items": [{"name": "a", "status": "Open", "unread": 5, "email": null}]}"#;
    let Ok(Value::Record(page)) = decode_text(text, ty, &program) else { panic!("a page") };
    let Value::List(items) = page.get(0) else { panic!("a list") };
    let Value::Record(lead) = &items.as_slice()[0] else { panic!("a record") };
    assert!(matches!(lead.fields()[1], Value::Null), "email was given as null");
    assert!(matches!(lead.fields()[4], Value::Missing), "tags were not given");
    assert!(matches!(lead.fields()[6], Value::Missing), "unread is not demanded");
}

#[test]
fn wide_records_are_read_in_any_order() {
    let mut types = Types::new();
    let int = types.add(TypeDesc::Int);
    let names: Vec<String> = (0..60).map(|i| format!("field{i}")).collect();
    let fields: Vec<_> = names.iter().map(|name| (name.as_str(), int)).collect();
    let ty = types.record("Wide", &fields);
    let entry = |i: &usize| format!("\"field{i}\": {i}");
    let backwards: Vec<_> = (0..60).rev().collect::<Vec<_>>().iter().map(entry).collect();
    let text = format!("{{{}, \"other\": 1}}", backwards.join(", "));
    let Ok(Value::Record(record)) = decode_both(&text, ty, &types.program) else { panic!("fits") };
    let slots: Vec<_> = record.fields().iter().map(|field| field.as_int()).collect();
    assert_eq!(slots, (0..60).map(Some).collect::<Vec<_>>());
}

#[test]
fn every_type_reads_what_it_writes() {
    let sample = samples::one_of_each();
    let (ty, program) = (sample.ty, &sample.program);
    let value = decode_both(sample.json, ty, program).unwrap();
    assert!(value.equal(&sample.value));
    // Typed values are read as well as their JSON.
    assert!(decode_value(&sample.value, ty, program).unwrap().equal(&sample.value));
    let form = to_json(sample.value.clone(), program).unwrap();
    assert!(decode_value(&form, ty, program).unwrap().equal(&sample.value));
}

#[test]
fn a_typed_value_fits_the_string_that_its_json_is() {
    let mut types = Types::new();
    let string = types.add(TypeDesc::String);
    let map = types.map(string);
    let shape = types.shape(&["a", "b", "c"]);
    let record = Value::record(shape, vec![Value::Instant(0), Value::Missing, Value::string("x")]);
    let decoded = decode_value(&record, map, &types.program).unwrap();
    assert_eq!(shown(&decoded, &types.program), r#"{"a":"1970-01-01T00:00:00Z","c":"x"}"#);
}

#[test]
fn an_error_becomes_a_failure() {
    let (ty, program) = leads();
    let error = decode_text(r#"{"total": "1"}"#, ty, &program).unwrap_err();
    let failure: Failure = error.to_failure();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Decode, "Decode"));
    assert_eq!(failure.message, r#"`$.total` should be `int`, but is the string "1""#);
    let details = shown(&failure.details, &program);
    assert_eq!(details, r#"{"expected":"`int`","found":"the string \"1\"","path":"$.total"}"#);
}

#[test]
fn types_have_names() {
    let mut types = Types::new();
    let int = types.add(TypeDesc::Int);
    let status = types.literals(&["Open", "a \"b\""]);
    let optional = types.optional(status);
    let list = types.list(optional);
    let map = types.map(list);
    let lead = types.record("Lead", &[("a", int)]);
    let record = types.record("", &[("a", int), ("b", lead)]);
    let many: Vec<String> = (0..20).map(|i| format!("m{i}")).collect();
    let many = types.literals(&many.iter().map(String::as_str).collect::<Vec<_>>());
    let table = [
        (map, r#"map<list<("Open" | "a \"b\"")?>>"#),
        (record, "{ a: int, b: Lead }"),
        (many, r#""m0" | "m1" | "m2" | "m3" | "m4" | "m5" | "m6" | "m7" | …"#),
        (TypeIdx(999), "…"),
    ];
    for (ty, name) in table {
        assert_eq!(type_name(ty, &types.program), name);
    }
}
